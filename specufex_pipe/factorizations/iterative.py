"""Factorizations that are fitted by iterations, each of which looks at all the data."""

from abc import abstractmethod
from collections.abc import Generator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from specufex_pipe.events.frames import EventFrames
from specufex_pipe.factorizations.base import Factorization
from specufex_pipe.factorizations.start import Survey, require_possible, survey
from specufex_pipe.fitting.driver import drive
from specufex_pipe.fitting.estimator import Arrays, Attributes, History, ShouldStop
from specufex_pipe.fitting.parameters import RANDOM_STATE_RULE, Rule, at_least, whole_numbers
from specufex_pipe.numerics.randomness import START, random_generator
from specufex_pipe.numerics.threads import one_blas_thread


class IterativeFactorization(Factorization):
    """The fit by iterations; a factorization adds what it does in one.

    Attributes
    ----------
    cost_ : list of float
        Before the first iteration and after each.
    """

    n_components: int
    max_iter: int
    tol: float | None
    random_state: int
    cost_: list[float]

    _cost_meaning: ClassVar[str]

    _rules: ClassVar[tuple[Rule, ...]] = (
        whole_numbers(1, "n_components", "max_iter"),
        RANDOM_STATE_RULE,
        at_least(0, "tol"),
    )

    @abstractmethod
    def _begin(self, data: Any, rng: np.random.Generator, start: Arrays) -> None:
        """Choose where to start, given the data and start values by name; set `cost_`."""

    @abstractmethod
    def _iterate(self, data: Any) -> None:
        """Do one iteration, and add to `cost_`."""

    @abstractmethod
    def _running_arrays(self) -> Arrays:
        """Return what a fit needs to resume beside what is kept of a fitted model."""

    @abstractmethod
    def _from_running_arrays(self, arrays: Arrays) -> None:
        """Take up what `_running_arrays` returned."""

    @property
    def history_(self) -> History:
        """How the fit went; the first cost is that of the start."""
        steps = list(range(len(self.cost_)))
        return History("Cost", "Iteration", steps, self.cost_, self._cost_meaning)

    @property
    def warnings_(self) -> list[str]:
        """What to distrust of the fit: a cost that has not settled."""
        if self._has_settled():
            return []
        return [f"the cost had not settled after max_iter = {self.max_iter} iterations"]

    def outcome(self) -> str:
        """Return how the fit ended, for a log line."""
        return f"{self.n_iter_} iterations, cost {self.cost_[-1]:.6g}"

    def _progress(self) -> str:
        return f"cost {self.cost_[-1]:.6g}"

    @one_blas_thread
    def _fit(
        self,
        frames: EventFrames,
        start: Arrays,
        checkpoint: str | Path | None,
        should_stop: ShouldStop | None,
    ) -> Any:
        """Fit to frames, from start values in a dict; return the data as `_prepare` made them."""
        kept = self._checkpoint(checkpoint, frames, start)
        rng = random_generator(self.random_state, START)
        data = self._prepare(frames, rng, start)
        self.n_features_in_ = frames.n_rows
        if self._resume(kept):
            self._prepare_to_resume(data)
        else:
            self.n_iter_, self.cost_ = 0, []
            self._begin(data, rng, start)
        drive(
            self,
            self._iterations(data),
            range(self.n_iter_, self.max_iter),
            unit="iteration",
            checkpoint=kept,
            should_stop=should_stop,
        )
        self._log_warnings()
        return data

    def _iterations(self, data: Any) -> Generator[bool, None, None]:
        """Do an iteration each time, until the cost has settled; yield whether it has."""
        while not self._has_settled():
            self._iterate(data)
            self.n_iter_ += 1
            yield self._has_settled()

    def _running_state(self) -> tuple[Arrays, Attributes]:
        arrays, attributes = self._state()
        return arrays | self._running_arrays(), attributes

    def _take_running_state(self, arrays: Arrays, attributes: Attributes) -> None:
        self._take_state(arrays, attributes)
        self._from_running_arrays(arrays)

    def _prepare_to_resume(self, data: Any) -> None:
        """Bring the data to where they were when the fit was interrupted."""

    def _has_settled(self) -> bool:
        if len(self.cost_) < 2:
            return False
        before, now = self.cost_[-2:]
        return self.tol is not None and before - now <= self.tol * abs(before)

    def _prepare(self, frames: EventFrames, rng: np.random.Generator, start: Arrays) -> Any:
        """Return the data as iterations need them, a `Survey` or what is made from one."""
        return self._survey(frames, rng)

    def _survey(self, frames: EventFrames, rng: np.random.Generator) -> Survey:
        data = survey(frames, self._frames_at_a_time(), rng)
        n_usable = int(np.count_nonzero(data.sample.any(axis=1)))
        require_possible(data.row_sums, n_usable, self.n_components, self._rows, self._n_lags())
        return data

    def _n_lags(self) -> int:
        """Return the number of frames of a component."""
        return 1

    def _frames_at_a_time(self) -> int | None:
        """Return the number of frames to read at a time; None for all."""
        return None

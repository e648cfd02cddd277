"""Stochastic variational inference: the fitting loop that the NMF and the HMM share.

A model updates its global factors from one minibatch of events at a time, with step sizes that
fall; events that are held out give a bound that rises and then is flat, and that ends the fit.
Hoffman, Blei, Wang, Paisley, JMLR 14 (2013), 1303-1347.
"""

import logging
from abc import abstractmethod
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import ClassVar, Self

import numpy as np

from specufex_pipe.events.checks import EventsLike, as_frames, read_checked
from specufex_pipe.events.frames import Batch, EventFrames
from specufex_pipe.events.reading import read_ahead
from specufex_pipe.fitting.driver import drive
from specufex_pipe.fitting.estimator import (
    Arrays,
    Attributes,
    EventEstimator,
    History,
    ShouldStop,
)
from specufex_pipe.fitting.minibatches import hold_out, minibatches
from specufex_pipe.fitting.parameters import (
    RANDOM_STATE_RULE,
    Rule,
    above_zero,
    at_least,
    shares,
    whole_numbers,
)
from specufex_pipe.numerics.threads import one_blas_thread
from specufex_pipe.numerics.types import IntArray

log = logging.getLogger(__name__)

# Of the bound; it rises and falls by less from minibatch to minibatch.
_SHARE_OF_A_FALL = 1e-3


def is_flat(bounds: Sequence[float], tolerance: float, patience: int) -> bool:
    """Tell whether a bound has stopped rising.

    Parameters
    ----------
    bounds : sequence of float
        The bound after each check.
    tolerance : float
        Rise, as a share of the bound, below which it counts as flat.
    patience : int
        Number of checks in a row without such a rise.
    """
    if len(bounds) <= patience:
        return False
    before, recent = max(bounds[:-patience]), max(bounds[-patience:])
    return recent - before <= tolerance * abs(before)


class StochasticVariationalModel(EventEstimator):
    """The fit of a Bayesian model by minibatches; a model adds its factors.

    Attributes
    ----------
    bound_ : list of float
        Held-out bound after each check, nats per frame.
    bound_steps_ : list of int
        The steps of these checks.
    """

    batch_size: int
    max_iter: int
    check_every: int
    patience: int
    tol: float
    held_out_share: float
    random_state: int
    warm_start: bool
    bound_: list[float]
    bound_steps_: list[int]

    _rules: ClassVar[tuple[Rule, ...]] = (
        whole_numbers(1, "batch_size", "max_iter", "check_every", "patience", "max_local_rounds"),
        RANDOM_STATE_RULE,
        at_least(1, "delay"),
        above_zero("evidence_weight"),
        at_least(0, "tol", "local_tol"),
        shares("held_out_share"),
        Rule(("forgetting",), lambda value: 0.5 < value <= 1, "a number in (0.5, 1]"),
    )

    @abstractmethod
    def _start(self, frames: EventFrames, events: IntArray) -> None:
        """Choose the first factors from some of the events."""

    @abstractmethod
    def _update(self, batch: Batch, scale: float, step: int) -> None:
        """Take a step with a minibatch, whose sums count `scale` times."""

    @abstractmethod
    def _local_bound(self, batch: Batch) -> float:
        """Return the bound on the log-likelihood of events, given the factors, nats."""

    @abstractmethod
    def _finish(self) -> None:
        """Bring the factors of a fit that has ended into their order."""

    @one_blas_thread
    def fit(
        self,
        X: EventsLike,
        y: None = None,
        *,
        checkpoint: str | Path | None = None,
        should_stop: ShouldStop | None = None,
    ) -> Self:
        """Fit the model to events.

        Parameters
        ----------
        X : list of ndarray of shape (n_rows, n_frames_of_event), ndarray of shape \
(n_events, n_rows, n_frames), or ndarray of shape (n_rows, n_frames), a single event, or \
frames.EventFrames, such as a store
            Entries >= 0. Events may differ in length.
        y : ignored
        checkpoint : str or Path, optional
            File for the state of the fit. It is written from time to time, when the fit is asked to
            stop, and at its end. A fit of the same data with the same parameters resumes from it,
            and its result is the same, bit for bit, as without the interruption. Any other fit
            starts from scratch. The file stays after the fit, and so does the state before it, as
            NAME.previous.h5.
        should_stop : callable, optional
            Called after each step; when it returns True, the fit saves its state and stops.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a parameter or an event is not valid; the message names it.
        OSError
            If the checkpoint cannot be written.
        errors.FitInterrupted
            If `should_stop` asked for it.
        """
        self._check_parameters()
        continued = self.warm_start and hasattr(self, "n_iter_")
        # What was made with a model that is updated, such as an HMM, knows its factors by number.
        self._keeps_all_factors = continued
        frames = as_frames(X, n_rows=self.n_features_in_ if continued else None, rows=self._rows)
        learned, held_out = hold_out(frames.n_events, self.held_out_share, self.random_state)
        kept = self._checkpoint(checkpoint, frames, self._to_arrays() if continued else {})
        first = self.n_iter_ if continued else 0
        if not self._resume(kept):
            if continued:
                self.bound_, self.bound_steps_ = [], []
            else:
                self._begin(frames, learned)
        if not self._has_settled():
            last = first + self.max_iter
            drive(
                self,
                self._steps(frames, learned, held_out, last),
                range(self.n_iter_, last),
                unit="step",
                checkpoint=kept,
                should_stop=should_stop,
            )
        if not continued:
            self._finish()
        self._log_warnings()
        return self

    @one_blas_thread
    def partial_fit(
        self, X: EventsLike, y: None = None, *, n_frames_total: float | None = None
    ) -> Self:
        """Take one step with a minibatch.

        Parameters
        ----------
        X : as for `fit`
        y : ignored
        n_frames_total : int, optional
            Number of frames in the whole data set that the minibatch stands for; by default the
            minibatch is the data set.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If X or a parameter is not valid, or `n_frames_total` is less than the minibatch has.
        """
        self._check_parameters()
        first = not hasattr(self, "n_iter_")
        self._keeps_all_factors = False
        frames = as_frames(X, n_rows=None if first else self.n_features_in_, rows=self._rows)
        if first:
            self._begin(frames, np.arange(frames.n_events))
        if n_frames_total is None:
            n_frames_total = frames.n_frames
        if not frames.n_frames <= n_frames_total < np.inf:
            raise ValueError(
                f"n_frames_total is {n_frames_total!r}, expected at least the number of frames of "
                f"the minibatch, {frames.n_frames}"
            )
        scale = n_frames_total / frames.n_frames
        self._update(read_checked(frames, range(frames.n_events)), scale, self.n_iter_)
        self.n_iter_ += 1
        return self

    @one_blas_thread
    def score(self, X: EventsLike, y: None = None) -> float:
        """Return the bound on the log-likelihood of events, given the model's factors.

        Parameters
        ----------
        X : as for `fit`
        y : ignored

        Returns
        -------
        float
            Nats per frame.
        """
        frames = self._frames_of(X)
        return self._score(frames, np.arange(frames.n_events))

    @property
    def history_(self) -> History:
        """How the fit went; the bound is that of the events that were held out."""
        return History(
            "Held-out bound (nats per frame)",
            "Step",
            self.bound_steps_,
            self.bound_,
            "the bound on the likelihood of events that took no part in the fit",
        )

    @property
    def warnings_(self) -> list[str]:
        """What to distrust of the fit: a bound that has not settled, or that fell."""
        if not self.bound_:
            return []
        found, best = [], int(np.argmax(self.bound_))
        if not self._has_settled():
            found.append(f"the bound had not settled after max_iter = {self.max_iter} steps")
        if self.bound_[best] - self.bound_[-1] > _SHARE_OF_A_FALL * abs(self.bound_[best]):
            found.append(
                f"the held-out bound fell from {self.bound_[best]:.4g} nats per frame at step "
                f"{self.bound_steps_[best]} to {self.bound_[-1]:.4g} at step {self.n_iter_}; the "
                "last model is kept, which fits its own events better and others worse"
            )
        return found

    def outcome(self) -> str:
        """Return how the fit ended, for a log line."""
        return f"{self.n_iter_} steps, held-out bound {self.bound_[-1]:.3f} nats per frame"

    def _progress(self) -> str:
        return f"held-out bound {self.bound_[-1]:.4f} nats per frame" if self.bound_ else ""

    def _state(self) -> tuple[Arrays, Attributes]:
        arrays, attributes = super()._state()
        steps = np.array(self.bound_steps_, dtype=np.int64)
        return arrays | {"bound": np.array(self.bound_), "bound_steps": steps}, attributes

    def _take_state(self, arrays: Arrays, attributes: Attributes) -> None:
        super()._take_state(arrays, attributes)
        self.bound_ = arrays["bound"].tolist()
        self.bound_steps_ = arrays["bound_steps"].tolist()

    def _begin(self, frames: EventFrames, events: IntArray) -> None:
        self._start(frames, events)
        self.n_features_in_, self.n_iter_ = frames.n_rows, 0
        self.bound_, self.bound_steps_ = [], []

    def _has_settled(self) -> bool:
        return is_flat(self.bound_, self.tol, self.patience)

    def _score(self, frames: EventFrames, events: IntArray) -> float:
        total, n_frames = 0.0, 0
        for start in range(0, len(events), self.batch_size):
            batch = read_checked(frames, events[start : start + self.batch_size])
            total += self._local_bound(batch)
            n_frames += len(batch.frames)
        return total / n_frames

    def _steps(
        self, frames: EventFrames, learned: IntArray, held_out: IntArray, last: int
    ) -> Generator[bool, None, None]:
        """Take a step each time, from the one that was reached; yield whether the bound is flat."""
        lengths = np.diff(frames.offsets)
        n_frames = int(lengths[learned].sum())
        batches = minibatches(learned, self.batch_size, self.random_state, self.n_iter_)
        for events, batch in read_ahead(frames, batches):
            self._update(batch, n_frames / lengths[events].sum(), self.n_iter_)
            self.n_iter_ += 1
            is_check = self.n_iter_ % self.check_every == 0 or self.n_iter_ == last
            if is_check:
                self._check_bound(frames, held_out)
            yield is_check and self._has_settled()

    def _check_bound(self, frames: EventFrames, held_out: IntArray) -> None:
        self.bound_.append(self._score(frames, held_out))
        self.bound_steps_.append(self.n_iter_)
        log.debug("step %d: %s", self.n_iter_, self._progress())

"""What all models have in common: parameters that are checked, files, checkpoints."""

import hashlib
import json
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Protocol, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from specufex_pipe import __version__
from specufex_pipe.events.checks import EventsLike, as_frames
from specufex_pipe.events.frames import EventFrames
from specufex_pipe.fitting.checkpoint import Checkpoint
from specufex_pipe.fitting.findings import ShowsFindings, to_distrust
from specufex_pipe.fitting.parameters import Choice, Rule, check_parameters
from specufex_pipe.numerics.types import Array
from specufex_pipe.store import read_arrays, write_arrays

log = logging.getLogger(__name__)

Arrays = dict[str, Array]
Attributes = dict[str, Any]
ShouldStop = Callable[[], bool]


class HasDigest(Protocol):
    """Data that tell by a digest what they hold."""

    @property
    def digest(self) -> str:
        """Digest of the content."""


class History(NamedTuple):
    """How a fit went.

    Attributes
    ----------
    measure : str
        What was measured, with its unit.
    step : str
        What was counted.
    steps : list of int
        The steps at which it was measured.
    values : list of float
    meaning : str
        What the measure says of the fit, as the part of a sentence.
    """

    measure: str
    step: str
    steps: list[int]
    values: list[float]
    meaning: str


class EventEstimator(ShowsFindings, BaseEstimator, ABC):
    """A model of events, which `fit` learns and a file keeps.

    Attributes
    ----------
    n_iter_ : int
        Number of steps taken; there once the model is fitted.
    n_features_in_ : int
        Number of rows of the events that it was fitted to.
    """

    # What the rows of its events are, and what its file is called.
    _rows: ClassVar[str]
    _kind: ClassVar[str]
    # What its parameters may be, and which of them may be None.
    _rules: ClassVar[tuple[Rule, ...]] = ()
    _optional: ClassVar[tuple[str, ...]] = ()
    _choices: ClassVar[tuple[Choice, ...]] = ()

    n_iter_: int
    n_features_in_: int
    verbose: bool

    @abstractmethod
    def fit(
        self,
        X: EventsLike,
        y: None = None,
        *,
        checkpoint: str | Path | None = None,
        should_stop: ShouldStop | None = None,
    ) -> Self:
        """Fit the model to events; see `BayesianNMF.fit`."""

    @abstractmethod
    def _to_arrays(self) -> Arrays:
        """Return all that the fit has reached, as arrays by name."""

    @abstractmethod
    def _from_arrays(self, arrays: Arrays) -> None:
        """Take up what `_to_arrays` returned."""

    @property
    @abstractmethod
    def history_(self) -> History:
        """How the fit went."""

    @property
    def warnings_(self) -> list[str]:
        """What to distrust of the fit."""
        return []

    @abstractmethod
    def outcome(self) -> str:
        """Return how the fit ended, for a log line."""

    def _findings(self) -> dict[str, str]:
        rows = {"steps": f"{self.n_iter_:,}"}
        # A fit that was interrupted early, or a model of another program, has no measures.
        if self.history_.values:
            rows |= {"outcome": self.outcome()} | to_distrust(self.warnings_)
        return rows

    def _log_warnings(self) -> None:
        for warning in self.warnings_:
            log.warning("%s: %s", type(self).__name__, warning)

    @abstractmethod
    def _progress(self) -> str:
        """Return how far a running fit has come, for the progress bar."""

    def save(
        self,
        path: str | Path,
        *,
        settings: Mapping[str, Any] | None = None,
        inputs: Mapping[str, Any] | None = None,
    ) -> None:
        """Write the model to an HDF5 file.

        Parameters
        ----------
        path : str or Path
        settings, inputs : dict, optional
            The settings and the digests of the data that made it, for the record.
        """
        check_is_fitted(self, "n_iter_")
        arrays, attributes = self._state()
        write_arrays(
            path, self._kind, arrays, attributes=attributes, settings=settings, inputs=inputs
        )

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a model that `save` wrote.

        Parameters
        ----------
        path : str or Path

        Raises
        ------
        OSError
            If the file is missing, damaged, of another kind or of another format.
        """
        return cls._restored(path, *read_arrays(path, cls._kind))

    @classmethod
    def _restored(cls, path: str | Path, arrays: Arrays, attributes: Attributes) -> Self:
        """Return the model that `_state` gave arrays and attributes of."""
        owner = attributes.get("estimator", cls.__name__)
        if owner != cls.__name__:
            raise OSError(f"{path}: a model of {owner}, expected one of {cls.__name__}")
        try:
            model = cls(**json.loads(attributes["parameters"]))
            model._take_state(arrays, attributes)
        except (KeyError, TypeError, ValueError) as error:
            raise OSError(f"{path}: not the file of a {cls.__name__} ({error})") from error
        return model

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        tags.input_tags.positive_only = True
        return tags

    def _state(self) -> tuple[Arrays, Attributes]:
        """Return (arrays, attributes) of all that a fit has reached."""
        parameters = json.dumps(self._parameters())
        return self._to_arrays(), {
            "estimator": type(self).__name__,
            "n_iter": self.n_iter_,
            "parameters": parameters,
        }

    def _take_state(self, arrays: Arrays, attributes: Attributes) -> None:
        self._from_arrays(arrays)
        # A file that may have several models has a number for each.
        self.n_iter_ = int(np.asarray(attributes["n_iter"]).item())

    def _running_state(self) -> tuple[Arrays, Attributes]:
        """Return (arrays, attributes) of all that a fit needs to resume."""
        return self._state()

    def _take_running_state(self, arrays: Arrays, attributes: Attributes) -> None:
        """Take up what `_running_state` returned."""
        self._take_state(arrays, attributes)

    def _parameters(self) -> dict[str, Any]:
        # A NumPy scalar as a parameter is as good as a number of Python's.
        return {
            name: value.item() if isinstance(value, np.generic) else value
            for name, value in self.get_params().items()
        }

    def _checkpoint(
        self, path: str | Path | None, frames: HasDigest, start: Arrays
    ) -> Checkpoint | None:
        """Return the `Checkpoint` of a fit that begins with some arrays; None without a path."""
        if path is None:
            return None
        return Checkpoint(path, self._identity(frames, start), type(self).__name__)

    def _identity(self, frames: HasDigest, start: Arrays) -> str:
        """Return a digest of all that decides how a fit ends."""
        parameters = self._parameters()
        del parameters["verbose"]
        parts = [type(self).__name__, __version__, frames.digest, parameters]
        identity = hashlib.blake2b(json.dumps(parts).encode(), digest_size=16)
        for name, values in sorted(start.items()):
            identity.update(name.encode())
            identity.update(np.ascontiguousarray(values).tobytes())
        return identity.hexdigest()

    def _resume(self, checkpoint: Checkpoint | None) -> bool:
        """Take up the state that a checkpoint keeps; return False if it has none of this fit."""
        state = None if checkpoint is None else checkpoint.read()
        if checkpoint is None or state is None:
            return False
        self._take_running_state(*state)
        name = type(self).__name__
        log.info("%s: resumes after step %d of %s", name, state[1]["n_iter"], checkpoint.path)
        return True

    def _frames_of(self, X: EventsLike) -> EventFrames:
        check_is_fitted(self, "n_iter_")
        self._check_parameters()
        return as_frames(X, n_rows=self.n_features_in_, rows=self._rows)

    def _check_parameters(self) -> None:
        check_parameters(self, self._rules, self._optional, self._choices)

"""`HMMEnsemble`: several HMMs of the same energies, which differ in nothing but their seeds."""

import copy
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from specufex_pipe.errors import FitInterrupted
from specufex_pipe.events.checks import EventsLike
from specufex_pipe.fitting.estimator import Arrays, Attributes, ShouldStop
from specufex_pipe.fitting.findings import to_distrust
from specufex_pipe.hmm.model import BayesianHMM
from specufex_pipe.numerics.randomness import seed_of_model
from specufex_pipe.numerics.types import FloatArray
from specufex_pipe.store import read_arrays, write_arrays
from specufex_pipe.summaries import shows_itself

log = logging.getLogger(__name__)

_KIND = "hmm"
# Arrays with an entry for each check of a model; the others have one for each model.
_OF_CHECKS = ("bound", "bound_steps")


class EnsemblePosterior(NamedTuple):
    """What several HMMs infer of events.

    Attributes
    ----------
    state_probabilities : list of ndarray of shape (n_states, n_frames_of_event)
        Of the first HMM alone.
    fingerprints : ndarray of shape (n_events, n_models, n_states, n_states)
    occupancy : ndarray of shape (n_events, n_models, n_states)
        Share of the event's frames in each state.
    """

    state_probabilities: list[FloatArray]
    fingerprints: FloatArray
    occupancy: FloatArray


@shows_itself
class HMMEnsemble:
    """Several HMMs of the same energies and parameters, whose fingerprints are joined.

    An HMM finds one of several ways to divide frames into states, and the seed decides which. The
    results of several HMMs together depend less on the seed.

    Parameters
    ----------
    n_models : int
        Number of HMMs.
    **parameters
        Parameters of each `BayesianHMM`. The first HMM has `random_state` as its seed, so it is the
        same as without the others. The seeds of the others follow from it.

    Attributes
    ----------
    models : list of BayesianHMM

    Raises
    ------
    ValueError
        If `n_models` is not a whole number of 1 or more.

    Examples
    --------
    >>> import numpy as np
    >>> from specufex_pipe import HMMEnsemble
    >>> rng = np.random.default_rng(0)
    >>> energies = [rng.gamma(0.5, size=(6, 40)) for _ in range(30)]  # components, frames
    >>> hmms = HMMEnsemble(2, n_states=4, max_iter=20).fit(energies)
    >>> hmms.posterior(energies).fingerprints.shape
    (30, 2, 4, 4)
    """

    def __init__(self, n_models: int = 2, **parameters: Any) -> None:
        if not isinstance(n_models, int | np.integer) or isinstance(n_models, bool) or n_models < 1:
            raise ValueError(f"n_models is {n_models!r}, expected a whole number >= 1")
        self.models = _with_seeds([BayesianHMM(**parameters) for _ in range(n_models)])

    @classmethod
    def of(cls, models: Sequence[BayesianHMM]) -> Self:
        """Return an ensemble of existing models.

        Parameters
        ----------
        models : sequence of BayesianHMM
            One or more, with the same numbers of states and components.
        """
        ensemble = cls(1)
        ensemble.models = list(models)
        return ensemble

    def with_fingerprints(self, fingerprint: str, horizon: int) -> Self:
        """Return the same HMMs with another fingerprint; this ensemble does not change.

        Parameters
        ----------
        fingerprint, horizon : as for `BayesianHMM`
        """
        return self.of(
            [
                copy.copy(model).set_params(fingerprint=fingerprint, horizon=horizon)
                for model in self.models
            ]
        )

    @property
    def n_states(self) -> int:
        """Number of states of each HMM."""
        return self.models[0].n_states

    @property
    def warnings_(self) -> list[str]:
        """What to distrust of the fits; a warning that several HMMs share is given once."""
        numbers_of: dict[str, list[int]] = {}
        for number, model in enumerate(self.models, start=1):
            for warning in model.warnings_:
                numbers_of.setdefault(warning, []).append(number)
        if len(self.models) == 1:
            return list(numbers_of)
        return [
            f"{len(numbers)} of {len(self.models)} HMMs ({_enumerated(numbers)}): {warning}"
            for warning, numbers in numbers_of.items()
        ]

    def outcome(self) -> str:
        """Return how the fits ended, for a log line."""
        if len(self.models) == 1:
            return self.models[0].outcome()
        steps = [model.n_iter_ for model in self.models]
        bounds = [model.bound_[-1] for model in self.models]
        return (
            f"{len(self.models)} HMMs, {min(steps)} to {max(steps)} steps, held-out bounds "
            f"{min(bounds):.3f} to {max(bounds):.3f} nats per frame"
        )

    def _summary(self) -> dict[str, str]:
        seeds = ", ".join(str(model.random_state) for model in self.models)
        rows = {"models": f"{len(self.models)} of {self.models[0]!r}", "seeds": seeds}
        if all(hasattr(model, "n_iter_") and model.bound_ for model in self.models):
            rows |= {"outcome": self.outcome()} | to_distrust(self.warnings_)
        return rows

    def start_from(self, earlier: Self) -> Self:
        """Let `fit` update the HMMs of an earlier fit, and fit additional ones from scratch.

        Parameters
        ----------
        earlier : HMMEnsemble
            Fitted. If it has more HMMs, the last ones are left out. The others take the parameters
            of the HMMs that they replace.
        """
        for number, model in enumerate(earlier.models[: len(self.models)]):
            parameters = self.models[number].get_params() | {"warm_start": True}
            self.models[number] = model.set_params(**parameters)
        return self

    def fit(
        self,
        X: EventsLike,
        *,
        checkpoint: str | Path | None = None,
        should_stop: ShouldStop | None = None,
    ) -> Self:
        """Fit the HMMs to events, one after the other.

        Parameters
        ----------
        X : as for `BayesianHMM.fit`
        checkpoint : str or Path, optional
            File that keeps the state of the first HMM; the others have files of their own beside
            it, see `checkpoint_of_model`. An HMM that was fitted resumes at its end.
        should_stop : callable, optional
            Called after each step of each HMM; when it returns True, the fit stops.

        Returns
        -------
        self

        Raises
        ------
        ValueError, OSError, errors.FitInterrupted
            As for `BayesianHMM.fit`.
        """
        for number, model in enumerate(self.models):
            kept = None if checkpoint is None else checkpoint_of_model(checkpoint, number)
            try:
                model.fit(X, checkpoint=kept, should_stop=should_stop)
            except FitInterrupted as error:
                raise FitInterrupted(f"{self._name(number)}{error}") from error
            if len(self.models) > 1:
                log.info("%s%s", self._name(number), model.outcome())
        return self

    def posterior(self, X: EventsLike) -> EnsemblePosterior:
        """Infer states and fingerprints of events by each HMM.

        Parameters
        ----------
        X : as for `fit`

        Returns
        -------
        EnsemblePosterior
        """
        # One at a time, since all that an HMM infers takes more memory than what is kept of it.
        states: list[FloatArray] = []
        fingerprints, occupancy = [], []
        for model in self.models:
            found = model.posterior(X)
            states = states or found.state_probabilities
            fingerprints.append(found.fingerprints)
            occupancy.append(np.stack([each.mean(axis=1) for each in found.state_probabilities]))
        return EnsemblePosterior(
            states, np.stack(fingerprints, axis=1), np.stack(occupancy, axis=1)
        )

    def save(
        self,
        path: str | Path,
        *,
        settings: Mapping[str, Any] | None = None,
        inputs: Mapping[str, Any] | None = None,
    ) -> None:
        """Write the HMMs to one HDF5 file.

        Parameters
        ----------
        path : str or Path
        settings, inputs : dict, optional
            The settings and the digests of the data that made them, for the record.
        """
        check_is_fitted(self)
        states = [model._state() for model in self.models]
        first, attributes = states[0]
        arrays = {name: np.concatenate([state[name] for state, _ in states]) for name in first}
        attributes = attributes | {"n_iter": np.array([model.n_iter_ for model in self.models])}
        write_arrays(path, _KIND, arrays, attributes=attributes, settings=settings, inputs=inputs)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a file that `save` or `BayesianHMM.save` wrote.

        Parameters
        ----------
        path : str or Path

        Raises
        ------
        OSError
            If the file is missing, damaged, of another kind or of another format.
        """
        arrays, attributes = read_arrays(path, _KIND)
        try:
            parts = _split(arrays, attributes)
        except KeyError as error:
            raise OSError(f"{path}: not a file of HMMs, it has no {error}") from error
        return cls.of(_with_seeds([BayesianHMM._restored(path, *part) for part in parts]))

    # With these two, scikit-learn's `check_is_fitted` and `FrozenEstimator` take an ensemble.
    def __sklearn_tags__(self) -> Any:
        return self.models[0].__sklearn_tags__()

    def __sklearn_is_fitted__(self) -> bool:
        return all(hasattr(model, "n_iter_") for model in self.models)

    def _name(self, number: int) -> str:
        """Return what the lines about a model begin with."""
        return f"HMM {number + 1} of {len(self.models)}: " if len(self.models) > 1 else ""


def checkpoint_of_model(path: str | Path, number: int) -> Path:
    """Return the file that keeps the state of one of several HMMs.

    Parameters
    ----------
    path : str or Path
        That of the first: hmm.checkpoint.h5.
    number : int
        From 0; of number 1 it is hmm.1.checkpoint.h5.
    """
    path = Path(path)
    stem, dot, rest = path.name.partition(".")
    return path.with_name(f"{stem}.{number}{dot}{rest}") if number else path


def _with_seeds(models: list[BayesianHMM]) -> list[BayesianHMM]:
    """Give models the seeds that follow from that of the first."""
    seed = models[0].random_state
    for number, model in enumerate(models):
        model.random_state = seed_of_model(seed, number)
    return models


def _split(arrays: Arrays, attributes: Attributes) -> list[tuple[Arrays, Attributes]]:
    """Return arrays and attributes of each of the HMMs that are stacked in a file."""
    parts = []
    steps, ends = np.ravel(attributes["n_iter"]), np.cumsum(arrays["n_checks"])
    for number, end in enumerate(ends):
        checks = slice(end - arrays["n_checks"][number], end)
        own = {
            name: values[checks] if name in _OF_CHECKS else values[number : number + 1]
            for name, values in arrays.items()
        }
        parts.append((own, attributes | {"n_iter": steps[number]}))
    return parts


def _enumerated(numbers: Sequence[int]) -> str:
    """Return numbers as they stand in a sentence: number 2; numbers 1, 2 and 5."""
    *most, last = map(str, numbers)
    return f"numbers {', '.join(most)} and {last}" if most else f"number {last}"

"""What the stages that fit a model share: checkpoints, time limits, updates of earlier fits."""

import json
import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar

from specufex_pipe.errors import FitInterrupted, StageError
from specufex_pipe.events.frames import EventFrames
from specufex_pipe.fitting.estimator import EventEstimator, ShouldStop
from specufex_pipe.fitting.interruption import StopRequest
from specufex_pipe.progress import per_second
from specufex_pipe.store import read_attributes
from specufex_pipe.store.provenance import inputs_of

log = logging.getLogger(__name__)

# Of a job's time; the rest is for its start, the last step and the checkpoint.
_SHARE_OF_RUNTIME = 0.9


class ModelSettings(Protocol):
    """The settings of a model."""

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of the estimator."""

    def record(self) -> dict[str, Any]:
        """Return what the model depends on."""


class Fits(Protocol):
    """What can be fitted: an estimator, or several."""

    def fit(
        self, X: EventFrames, *, checkpoint: Path | None, should_stop: ShouldStop | None
    ) -> Any:
        """Fit to events; see `BayesianNMF.fit`."""


Model = TypeVar("Model", bound=EventEstimator)


def begin(model_class: type[Model], settings: ModelSettings, saved: Path | None) -> Model:
    """Return a model to fit: a new one, or a saved one that is updated.

    Parameters
    ----------
    model_class : type
        The estimator that the settings are of.
    settings : ModelSettings
    saved : Path or None
        File of the model to update; None for a new one.
    """
    if saved is None:
        return model_class(**settings.parameters(), verbose=True)
    model = model_class.load(saved)
    log.info("updates %s, which took %d steps", saved, model.n_iter_)
    model.set_params(**settings.parameters(), warm_start=True, verbose=True)
    return model


def saved_model(output: Path, update: bool) -> Path | None:
    """Return the file to update, None for a new model."""
    return output if update and output.exists() else None


def origin_of(path: Path | None) -> str | None:
    """Return what tells a fit, and the updates of it, from other fits; None for no file.

    Components of one origin keep their numbers, which an HMM knows them by.
    """
    return None if path is None else str(inputs_of(path)["origin"])


def is_fitted_to(saved: Path, settings: ModelSettings, inputs: Mapping[str, Any]) -> bool:
    """Tell whether a saved model has had these settings and inputs already.

    So an update that was killed after the model was saved is not made twice.
    """
    attributes = read_attributes(saved)
    same_settings = json.loads(attributes["settings"]) == settings.record()
    return same_settings and json.loads(attributes["inputs"]) == inputs


def fit(
    model: Fits,
    frames: EventFrames,
    *,
    checkpoint: Path | None,
    runtime: float | None,
    time_budget: float | None,
) -> str:
    """Fit a model, or stop in time for another job to resume it.

    Parameters
    ----------
    model : HMMEnsemble or one of the factorizations
    frames : EventFrames
    checkpoint : Path or None
    runtime : float or None
        Minutes that the job may take.
    time_budget : float or None
        Minutes after which to stop, if that is earlier.

    Returns
    -------
    str
        Rate of the steps of this job, for a log line.

    Raises
    ------
    StageError
        If the settings do not fit the data.
    FitInterrupted
        If the time is over, or a signal asks the process to end.
    """
    limits = [] if runtime is None else [_SHARE_OF_RUNTIME * runtime]
    limits += [] if time_budget is None else [time_budget]
    clock = time.monotonic()
    with StopRequest(min(limits, default=None)).listening() as stop:
        try:
            model.fit(frames, checkpoint=checkpoint, should_stop=stop)
        except FitInterrupted as error:
            later = "starts afresh" if checkpoint is None else f"resumes from {checkpoint}"
            raise FitInterrupted(
                f"{error}, since {stop.reason}; started again, the fit {later}"
            ) from error
        except ValueError as error:
            raise StageError(str(error)) from error
    return per_second(stop.n_asked, clock, "steps")

"""Learn the components of the spectrograms, by the method that the settings name."""

import json
import logging
from pathlib import Path

import numpy as np

from specufex_pipe.errors import StageError
from specufex_pipe.events.frames import EventFrames, event_batches
from specufex_pipe.events.sampling import sample_events
from specufex_pipe.factorizations.registry import FACTORIZATIONS
from specufex_pipe.settings import NMFSettings
from specufex_pipe.stages.fitting import begin, fit, is_fitted_to, origin_of, saved_model
from specufex_pipe.store import FrameStore
from specufex_pipe.store.provenance import require_same_processing
from specufex_pipe.words import counted

log = logging.getLogger(__name__)
_EVENTS_AT_A_TIME = 256


def run(
    settings: NMFSettings,
    output: Path,
    *,
    spectrograms: Path,
    checkpoint: Path | None = None,
    update: bool = False,
    runtime: float | None = None,
    time_budget: float | None = None,
) -> None:
    """Fit the NMF.

    Parameters
    ----------
    settings : settings.NMFSettings
    output : Path
        nmf.h5
    spectrograms : Path
        spectrograms.h5
    checkpoint : Path, optional
        File that keeps the state while the fit runs, from which an interrupted one resumes. It
        stays when the fit has ended, so that a model that is lost is there again in a moment.
    update : bool
        Start from the output of an earlier fit, with what is now in the spectrograms.
    runtime : float, optional
        Minutes that the job may take; the fit stops after nine tenths of them.
    time_budget : float, optional
        Minutes after which the fit stops, if that is earlier.

    Raises
    ------
    StageError
        If the settings leave no component, or the earlier fit was of other spectrograms.
    FitInterrupted
        If the time is over, or a signal asks the process to end.
    """
    method, saved = FACTORIZATIONS[settings.method], saved_model(output, update)
    with FrameStore(spectrograms, "spectrograms") as store:
        processing = json.loads(store.attributes["processing"])
        inputs = {
            "spectrograms": store.digest,
            "processing": processing,
            "origin": origin_of(saved) or store.digest,
        }
        if saved is not None:
            require_same_processing(spectrograms, processing, saved)
            if is_fitted_to(saved, settings, inputs):
                log.info("NMF: %s has these spectrograms already", saved)
                return
        model = begin(method, settings, saved)
        frames: EventFrames = store
        if not method.reads_minibatches:
            frames = sample_events(store, settings.random_state, settings.max_events)
            if frames is not store:
                log.info(
                    "NMF: learns from %d of %s", frames.n_events, counted(store.n_events, "event")
                )
        if not method.accepts_empty_rows:
            _require_all_frequencies(frames, store)
        rate = fit(model, frames, checkpoint=checkpoint, runtime=runtime, time_budget=time_budget)
    model.save(output, settings=settings.record(), inputs=inputs)
    log.info(
        "NMF (%s): %d of %s, %s, %s",
        settings.method, model.n_components_, counted(model.n_components, "component"),
        model.outcome(), rate,
    )  # fmt: skip


def _require_all_frequencies(frames: EventFrames, store: FrameStore) -> None:
    """Raise a StageError if a frequency is 0 in all frames."""
    sums = np.zeros(frames.n_rows)
    for events in event_batches(frames.n_events, _EVENTS_AT_A_TIME):
        sums += frames.read(events).frames.sum(axis=0, dtype=np.float64)
    if not sums.all():
        empty = ", ".join(f"{frequency:.4g}" for frequency in store.array("frequencies")[sums == 0])
        able = [name for name in FACTORIZATIONS if FACTORIZATIONS[name].accepts_empty_rows]
        raise StageError(
            f"the spectrograms are 0 in all frames at {empty} Hz, where nothing can be learned: "
            "choose spectrograms.fmin and spectrograms.fmax without these frequencies, or the "
            f"method {' or '.join(able)}"
        )

"""Learn the patterns of the spectrograms, by the method that the settings name."""

import json
import logging

import numpy as np

from specufex_pipe.errors import StageError
from specufex_pipe.events.frames import Selection, event_batches
from specufex_pipe.factorizations import METHODS
from specufex_pipe.fitting.estimator import SAMPLE, random_generator
from specufex_pipe.stages.fitting import begin, finish, fit, is_fitted_to, origin_of, saved_model
from specufex_pipe.stages.provenance import require_same_processing
from specufex_pipe.store import FrameStore

log = logging.getLogger(__name__)
_EVENTS_AT_A_TIME = 256


def run(
    settings,
    output,
    *,
    spectrograms,
    checkpoint=None,
    update=False,
    runtime=None,
    time_budget=None,
):
    """Fit the NMF.

    Parameters
    ----------
    settings : config.NMFSettings
    output : str or Path
        nmf.h5
    spectrograms : str or Path
        spectrograms.h5
    checkpoint : str or Path, optional
        File that keeps the state while the fit runs, from which an interrupted one goes on.
    update : bool
        Go on from the output of an earlier fit, with what is now in the spectrograms.
    runtime, time_budget : float, optional
        Minutes; the fit stops after nine tenths of the first or after the second.

    Raises
    ------
    StageError
        If the settings leave no pattern, or the earlier fit was of other spectrograms.
    FitInterrupted
        If the time is over, or a signal asks the process to end.
    """
    saved = saved_model(output, update)
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
        model = begin(METHODS[settings.method], settings, saved)
        frames = _frames_to_fit(store, settings)
        if settings.method != "bayesian":
            _require_all_frequencies(frames, store)
        rate = fit(model, frames, checkpoint=checkpoint, runtime=runtime, time_budget=time_budget)
    finish(model, output, settings=settings, inputs=inputs, checkpoint=checkpoint)
    log.info(
        "NMF (%s): %d of %d patterns, %s, %s",
        settings.method, model.n_components_, model.n_components, model.outcome(), rate,
    )  # fmt: skip


def _require_all_frequencies(frames, store):
    """Raise a StageError if a frequency is 0 in all frames, which only the Bayesian NMF takes."""
    sums = np.zeros(frames.n_rows)
    for events in event_batches(frames.n_events, _EVENTS_AT_A_TIME):
        sums += frames.read(events).frames.sum(axis=0, dtype=np.float64)
    if not sums.all():
        empty = ", ".join(f"{frequency:.4g}" for frequency in store.array("frequencies")[sums == 0])
        raise StageError(
            f"the spectrograms are 0 in all frames at {empty} Hz, where nothing can be learned: "
            "choose spectrograms.fmin and spectrograms.fmax without these frequencies, or the "
            "method bayesian"
        )


def _frames_to_fit(store, settings):
    """Return all events for the Bayesian NMF, which takes them in minibatches, or a sample."""
    if settings.method == "bayesian" or store.n_events <= settings.max_events:
        return store
    rng = random_generator(settings.random_state, SAMPLE)
    chosen = rng.choice(store.n_events, settings.max_events, replace=False)
    log.info("NMF: learns from %d of %d events", settings.max_events, store.n_events)
    return Selection(store, np.sort(chosen))

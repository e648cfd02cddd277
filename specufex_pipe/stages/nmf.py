"""Learn the patterns of the spectrograms."""

import json
import logging

from specufex_pipe.nmf import BayesianNMF
from specufex_pipe.stages.fitting import begin, finish, fit, is_fitted_to, origin_of, saved_model
from specufex_pipe.stages.provenance import require_same_processing
from specufex_pipe.store import FrameStore

log = logging.getLogger(__name__)


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
        model = begin(BayesianNMF, settings, saved)
        rate = fit(model, store, checkpoint=checkpoint, runtime=runtime, time_budget=time_budget)
    finish(model, output, settings=settings, inputs=inputs, checkpoint=checkpoint)
    log.info(
        "NMF: %d patterns of %d left after %d steps, held-out bound %.3f nats per frame, %s",
        model.n_components_, model.n_components, model.n_iter_, model.bound_[-1], rate,
    )  # fmt: skip

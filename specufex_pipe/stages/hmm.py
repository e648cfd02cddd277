"""Learn the states, the combinations of patterns that events pass through."""

import logging

from specufex_pipe import factorizations
from specufex_pipe.hmm import BayesianHMM
from specufex_pipe.stages.fitting import begin, finish, fit, is_fitted_to, origin_of, saved_model
from specufex_pipe.stages.provenance import require_made_with
from specufex_pipe.store import FrameStore, read_attributes

log = logging.getLogger(__name__)


def run(
    settings,
    output,
    *,
    activations,
    nmf,
    checkpoint=None,
    update=False,
    runtime=None,
    time_budget=None,
):
    """Fit the HMM.

    Parameters
    ----------
    settings : config.HMMSettings
    output : str or Path
        hmm.h5
    activations : str or Path
        activations.h5
    nmf : str or Path
        nmf.h5, which tells the energy that an activation stands for.
    checkpoint : str or Path, optional
        File that keeps the state while the fit runs, from which an interrupted one goes on.
    update : bool
        Go on from the output of an earlier fit, with what is now in the activations.
    runtime, time_budget : float, optional
        Minutes; the fit stops after nine tenths of the first or after the second.

    Raises
    ------
    StageError
        If the activations were not made with this NMF, or the settings do not fit the earlier fit.
    FitInterrupted
        If the time is over, or a signal asks the process to end.
    """
    require_made_with(activations, "nmf", nmf)
    saved = saved_model(output, update)
    with FrameStore(activations, "activations") as store:
        inputs = {
            "activations": store.digest,
            "nmf": read_attributes(nmf)["digest"],
            "origin": origin_of(nmf),
        }
        if saved is not None and origin_of(saved) != inputs["origin"]:
            log.warning("HMM: starts afresh: %s has states of other patterns than %s", saved, nmf)
            saved = None
        if saved is not None and is_fitted_to(saved, settings, inputs):
            log.info("HMM: %s has these activations already", saved)
            return
        model = begin(BayesianHMM, settings, saved)
        energies = factorizations.load(nmf).energies(store)
        rate = fit(model, energies, checkpoint=checkpoint, runtime=runtime, time_budget=time_budget)
    finish(model, output, settings=settings, inputs=inputs, checkpoint=checkpoint)
    log.info(
        "HMM: %d states after %d steps, held-out bound %.3f nats per frame, %s",
        model.n_states, model.n_iter_, model.bound_[-1], rate,
    )  # fmt: skip

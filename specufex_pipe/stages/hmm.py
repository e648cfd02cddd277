"""Learn the states, the combinations of components that events pass through."""

import logging
from pathlib import Path

from specufex_pipe.factorizations.files import load
from specufex_pipe.hmm.ensemble import HMMEnsemble
from specufex_pipe.settings import HMMSettings
from specufex_pipe.stages.fitting import fit, is_fitted_to, origin_of, saved_model
from specufex_pipe.store import FrameStore, read_attributes
from specufex_pipe.store.provenance import require_made_with
from specufex_pipe.words import counted

log = logging.getLogger(__name__)


def run(
    settings: HMMSettings,
    output: Path,
    *,
    activations: Path,
    nmf: Path,
    checkpoint: Path | None = None,
    update: bool = False,
    runtime: float | None = None,
    time_budget: float | None = None,
) -> None:
    """Fit the HMMs, one after the other.

    Parameters
    ----------
    settings : settings.HMMSettings
    output : Path
        hmm.h5
    activations : Path
        activations.h5
    nmf : Path
        nmf.h5, which tells the energy that an activation stands for.
    checkpoint : Path, optional
        File that keeps the state of the first HMM while it is fitted, from which an interrupted
        fit resumes; the others have theirs beside it, hmm.1.checkpoint.h5 and so on. They stay
        when the fits have ended, so that a model that is lost is there again in a moment.
    update : bool
        Start from the output of an earlier fit, with what is now in the activations. HMMs that it
        does not have are fitted afresh.
    runtime : float, optional
        Minutes that the job may take; the fits stop after nine tenths of them.
    time_budget : float, optional
        Minutes after which the fits stop, if that is earlier.

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
            log.warning("HMM: starts afresh: %s has states of other components than %s", saved, nmf)
            saved = None
        if saved is not None and is_fitted_to(saved, settings, inputs):
            log.info("HMM: %s has these activations already", saved)
            return
        models = HMMEnsemble(settings.n_models, **settings.parameters(), verbose=True)
        if saved is not None:
            models.start_from(HMMEnsemble.load(saved))
            log.info("updates %s", saved)
        energies = load(nmf).energies(store)
        rate = fit(
            models, energies, checkpoint=checkpoint, runtime=runtime, time_budget=time_budget
        )
    models.save(output, settings=settings.record(), inputs=inputs)
    log.info("HMM: %s, %s, %s", counted(models.n_states, "state"), models.outcome(), rate)

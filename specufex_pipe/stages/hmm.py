"""Learn the states, the combinations of patterns that events pass through."""

import logging
from pathlib import Path

from specufex_pipe.hmm import BayesianHMM
from specufex_pipe.nmf import BayesianNMF
from specufex_pipe.store import FrameStore

log = logging.getLogger(__name__)


def run(settings, output, *, activations, nmf, checkpoint=None):
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
    """
    with FrameStore(activations, "activations") as store:
        energies = BayesianNMF.load(nmf).energies(store)
        model = BayesianHMM(**settings.model_dump(), verbose=True).fit(
            energies, checkpoint=checkpoint
        )
        inputs = {"activations": store.digest}
    model.save(output, settings=settings.model_dump(), inputs=inputs)
    if checkpoint is not None:
        Path(checkpoint).unlink(missing_ok=True)
    log.info(
        "HMM: %d states after %d steps, held-out bound %.3f nats per frame",
        model.n_states, model.n_iter_, model.bound_[-1],
    )  # fmt: skip

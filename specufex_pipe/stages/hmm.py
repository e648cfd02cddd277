"""Learn the states, the combinations of patterns that events pass through."""

import logging

from specufex_pipe.hmm import BayesianHMM
from specufex_pipe.nmf import BayesianNMF
from specufex_pipe.store import FrameStore

log = logging.getLogger(__name__)


def run(settings, output, *, activations, nmf):
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
    """
    with FrameStore(activations, "activations") as store:
        energies = BayesianNMF.load(nmf).energies(store)
        model = BayesianHMM(**settings.model_dump(), verbose=True).fit(energies)
        inputs = {"activations": store.digest}
    model.save(output, settings=settings.model_dump(), inputs=inputs)
    log.info(
        "HMM: %d states after %d steps, held-out bound %.3f nats per frame",
        model.n_states, model.n_iter_, model.bound_[-1],
    )  # fmt: skip

"""What NMF and HMMs say of events: states, fingerprints, occupancy, energies of components."""

from typing import NamedTuple

import numpy as np

from specufex_pipe.events.frames import Frames
from specufex_pipe.factorizations.base import Factorization
from specufex_pipe.hmm.ensemble import HMMEnsemble
from specufex_pipe.numerics.types import FloatArray


class OfModels(NamedTuple):
    """What the models say of events, in the precision in which fingerprints.h5 keeps it.

    Attributes
    ----------
    states : list of ndarray of shape (n_frames_of_event, n_states)
        Probabilities of the states of the first HMM.
    fingerprints : ndarray of float32, shape (n_events, n_models, n_states, n_states)
    occupancy : ndarray of float32, shape (n_events, n_models, n_states)
        Share of the event's frames in each state.
    mean_energies : ndarray of float64, shape (n_events, n_components)
        Of each component over the frames of the event.
    """

    states: list[FloatArray]
    fingerprints: FloatArray
    occupancy: FloatArray
    mean_energies: FloatArray


def features_of_models(
    activations: Frames, factorization: Factorization, hmms: HMMEnsemble
) -> OfModels:
    """Infer the states of events, and make what the HMMs tell of them.

    What is said of an event depends on the models and on that event alone.

    Parameters
    ----------
    activations : Frames
        One event or more.
    factorization : Factorization
        The one that made the activations.
    hmms : HMMEnsemble
        Fitted to its energies.
    """
    energies = factorization.energies(activations).whole()
    posterior = hmms.posterior(energies)
    events = energies.read(range(energies.n_events)).events()
    return OfModels(
        [event.T for event in posterior.state_probabilities],
        posterior.fingerprints.astype(np.float32),
        posterior.occupancy.astype(np.float32),
        np.stack([frames.mean(axis=0, dtype=np.float64) for frames in events]),
    )

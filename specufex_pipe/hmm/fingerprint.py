"""The fingerprint of an event: which state comes before which, and how much of it there is."""

import numpy as np

from specufex_pipe.numerics.compiling import njit
from specufex_pipe.numerics.types import FloatArray, IntArray


def normalize_transitions(pair_sums: FloatArray) -> FloatArray:
    """Return transition probabilities; the row of a state that was never left is uniform.

    Parameters
    ----------
    pair_sums : ndarray of shape (..., n_states, n_states)
        Expected number of times that state j follows state i.
    """
    totals = pair_sums.sum(axis=-1, keepdims=True)
    # A state that takes part in a fraction 1e-6 of one frame was not visited.
    visited = totals > 1e-6
    uniform = np.full_like(pair_sums, 1 / pair_sums.shape[-1])
    return np.divide(pair_sums, totals, out=uniform, where=visited)


def discounted_occupancy(start: FloatArray, transitions: FloatArray, horizon: int) -> FloatArray:
    """Return how much an event is in each state, the later the less.

    v = pi' (I + cA + ... + (cA)^H), normalized to sum 1, with c = H / (H + 1); Holtzman et al.,
    Science Advances 4 (2018), supplement.

    Parameters
    ----------
    start : ndarray of shape (..., n_states)
    transitions : ndarray of shape (..., n_states, n_states)
    horizon : int
        H, in frames.

    Returns
    -------
    ndarray of shape (..., n_states)
    """
    discounted = horizon / (horizon + 1) * transitions
    identity = np.eye(transitions.shape[-1])
    # v (I - cA) = pi' (I - (cA)^(H+1))
    right = identity - np.linalg.matrix_power(discounted, horizon + 1)
    right = np.einsum("...i,...ij->...j", start, right)
    left = np.swapaxes(identity - discounted, -1, -2)
    occupancy = np.linalg.solve(left, right[..., None])[..., 0]
    return occupancy / occupancy.sum(axis=-1, keepdims=True)


def transition_fingerprint(start: FloatArray, transitions: FloatArray, horizon: int) -> FloatArray:
    """Return SpecUFEx's fingerprint, F_ij = v_i sqrt(A_ij) with v the discounted occupancy.

    Holtzman et al., Science Advances 4 (2018), supplement.

    Parameters
    ----------
    start : ndarray of shape (..., n_states)
    transitions : ndarray of shape (..., n_states, n_states)
    horizon : int
        H, in frames; SpecUFEx takes 100.

    Returns
    -------
    ndarray of shape (..., n_states, n_states)
    """
    occupancy = discounted_occupancy(start, transitions, horizon)
    return occupancy[..., None] * np.sqrt(transitions)


def sequence_fingerprints(
    state_probabilities: FloatArray, offsets: IntArray, emissions: FloatArray, horizon: int
) -> FloatArray:
    """Return the square roots of the shares of passages from state to state, F = sqrt(K M K).

    M_ij is the energy of state i times that of state j, summed over all frames and those that
    follow them with the weight c^lag, c = horizon / (horizon + 1), and divided by its sum over i
    and j. K_ij, the squared cosine between the emissions of two states, lets states that are alike
    stand for each other.

    Parameters
    ----------
    state_probabilities : ndarray of shape (n_frames, n_states)
        Of all events, stacked.
    offsets : ndarray of int, shape (n_events + 1,)
        Where the events begin. The only frame of an event counts as followed by itself.
    emissions : ndarray of shape (n_states, n_components)
    horizon : int
        In frames.

    Returns
    -------
    ndarray of shape (n_events, n_states, n_states)
    """
    energies = state_probabilities * emissions.sum(axis=1)
    passages = np.zeros((len(offsets) - 1, *[len(emissions)] * 2))
    _add_passages(energies, offsets, horizon / (horizon + 1), passages)
    passages /= passages.sum(axis=(1, 2), keepdims=True)
    directions = emissions / np.linalg.norm(emissions, axis=1, keepdims=True)
    likeness = (directions @ directions.T) ** 2
    return np.sqrt(likeness @ passages @ likeness)


@njit(nogil=True, cache=True)
def _add_passages(
    energies: FloatArray, offsets: IntArray, discount: float, passages: FloatArray
) -> None:
    n_states = energies.shape[1]
    before = np.empty(n_states)
    for n in range(len(offsets) - 1):
        first, last = offsets[n], offsets[n + 1] - 1
        before[:] = discount * energies[first]
        for t in range(min(first + 1, last), last + 1):
            for i in range(n_states):
                for j in range(n_states):
                    passages[n, i, j] += before[i] * energies[t, j]
            for i in range(n_states):
                before[i] = discount * (before[i] + energies[t, i])

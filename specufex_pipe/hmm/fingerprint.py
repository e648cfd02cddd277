"""The fingerprint of an event: how long it stays in each state, and which state follows which."""

import numpy as np

HORIZON = 100


def normalize_transitions(pair_sums):
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


def discounted_occupancy(start, transitions, horizon=HORIZON):
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


def fingerprint(start, transitions, horizon=HORIZON):
    """Return F_ij = v_i sqrt(A_ij), with v the discounted occupancy.

    Parameters
    ----------
    start : ndarray of shape (..., n_states)
    transitions : ndarray of shape (..., n_states, n_states)
    horizon : int

    Returns
    -------
    ndarray of shape (..., n_states, n_states)
    """
    occupancy = discounted_occupancy(start, transitions, horizon)
    return occupancy[..., None] * np.sqrt(transitions)

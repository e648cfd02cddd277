"""The updates of smooth NMF and smooth convex NMF: functions of arrays, apart from the models.

    C(W, H) = D_KL(X | H W) + beta / 2 sum_k lambda_k^2 sum_t (h_tk - h_(t-1)k)^2

with x_td the entry of frame t at frequency d, W (K, D), H (T, K), and lambda_k = sum_d w_kd, so
that nothing is won by making activations small and components large. The second sum is over frames
that follow each other in an event. In the convex form the components are sums of frames, W = L' X.
Essid and Févotte, IEEE Transactions on Multimedia 15 (2013), 415-425.

Each update minimizes an upper bound of the divergence (Jensen's inequality) plus the penalty, which
leaves one quadratic equation for each entry.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import kl_div

from specufex_pipe.numerics.types import BoolArray, FloatArray, IntArray

# What a model says of an entry that it cannot explain; its inverse is a number still.
_FLOOR = 1e-100


def links_of(offsets: IntArray) -> BoolArray:
    """Return whether each frame is of the same event as the one before it.

    Parameters
    ----------
    offsets : ndarray of int, shape (n_events + 1,)

    Returns
    -------
    ndarray of bool, shape (n_frames + 1,)
        False at both ends.
    """
    links = np.ones(offsets[-1] + 1, dtype=bool)
    links[offsets] = False
    return links


def squared_steps(H: FloatArray, links: BoolArray) -> FloatArray:
    """Return the sum over time of the squared differences of neighbouring frames.

    Parameters
    ----------
    H : ndarray of shape (n_frames, n_components)
    links : as `links_of` returns them

    Returns
    -------
    ndarray of shape (n_components,)
    """
    steps = np.diff(H, axis=0)[links[1:-1]]
    return np.einsum("tk,tk->k", steps, steps)


def divergence(X: FloatArray, H: FloatArray, W: FloatArray) -> float:
    """Return the Kullback-Leibler divergence of frames from what components and activations give.

    Parameters
    ----------
    X : ndarray of shape (n_frames, n_frequencies)
    H : ndarray of shape (n_frames, n_components)
    W : ndarray of shape (n_components, n_frequencies)

    Returns
    -------
    float
    """
    return float(kl_div(X, np.maximum(H @ W, _FLOOR)).sum())


def penalty(H: FloatArray, W: FloatArray, links: BoolArray, beta: float) -> float:
    """Return what the roughness of the activations costs."""
    return float(beta / 2 * (W.sum(axis=1) ** 2 * squared_steps(H, links)).sum())


def update_activations(
    X: FloatArray,
    H: FloatArray,
    W: FloatArray,
    beta: float,
    links: BoolArray,
    before: FloatArray,
    after: FloatArray,
) -> FloatArray:
    """Return new activations of some frames in a row.

    All frames may be updated at once, each with the old values of its neighbours: for a chain,
    twice the diagonal of the penalty's matrix minus the matrix is positive semidefinite, so the
    cost does not rise.

    Parameters
    ----------
    X : ndarray of shape (n_frames, n_frequencies)
    H : ndarray of shape (n_frames, n_components)
    W : ndarray of shape (n_components, n_frequencies)
    beta : float
    links : ndarray of bool, shape (n_frames + 1,)
        Whether each frame is linked to the one before it; the last is that of the next frame.
    before, after : ndarray of shape (n_components,)
        Activations of the frame before and of that after these.

    Returns
    -------
    ndarray of shape (n_frames, n_components)
    """
    explained = H * (_ratio(X, H @ W) @ W.T)
    lengths = W.sum(axis=1)
    around = np.vstack([before, H, after])
    linked = links[:, None]
    neighbours = around[:-2] * linked[:-1] + around[2:] * linked[1:]
    degrees = linked[:-1].astype(float) + linked[1:]
    curvature = beta * lengths**2
    return positive_root(curvature * degrees, lengths - curvature * neighbours, explained)


def allocate(X: FloatArray, H: FloatArray, W: FloatArray) -> FloatArray:
    """Return how the entries of frames are allocated to the components, up to a factor W.

    Parameters
    ----------
    X, H, W : as for `divergence`

    Returns
    -------
    ndarray of shape (n_components, n_frequencies)
        Sum over t of h_tk x_td / (H W)_td.
    """
    return H.T @ _ratio(X, H @ W)


def update_components(
    W: FloatArray, allocation: FloatArray, sums: FloatArray, steps: FloatArray, beta: float
) -> FloatArray:
    """Return new components.

    Each entry is updated with the old values of the others. Where a component's other entries weigh
    much, all of them together may overshoot; `majorize_components` never does.

    Parameters
    ----------
    W : ndarray of shape (n_components, n_frequencies)
    allocation : ndarray of the same shape
        As `allocate` returns it.
    sums : ndarray of shape (n_components,)
        Sum of the activations over time.
    steps : ndarray of shape (n_components,)
        As `squared_steps` returns them.
    beta : float

    Returns
    -------
    ndarray of the shape of W
    """
    curvature = beta * steps[:, None]
    others = W.sum(axis=1, keepdims=True) - W
    return positive_root(curvature, sums[:, None] + curvature * others, W * allocation)


def majorize_components(
    W: FloatArray, allocation: FloatArray, sums: FloatArray, steps: FloatArray, beta: float
) -> FloatArray:
    """Return new components with which the cost does not rise.

    The squared sum of a component is bounded by Jensen's inequality. Parameters as for
    `update_components`.
    """
    curvature = beta * steps * W.sum(axis=1)
    return W * _shrinkage(allocation, sums[:, None], curvature[:, None])


def majorize_coefficients(
    L: FloatArray,
    gains: FloatArray,
    frame_sums: FloatArray,
    lengths: FloatArray,
    sums: FloatArray,
    steps: FloatArray,
    beta: float,
) -> FloatArray:
    """Return new coefficients of some frames with which the cost does not rise.

    Parameters
    ----------
    L : ndarray of shape (n_frames, n_components)
    gains : ndarray of the same shape
        X times the transposed allocation.
    frame_sums : ndarray of shape (n_frames,)
    lengths : ndarray of shape (n_components,)
        Sums of the components that L made.
    sums, steps, beta : as for `update_components`

    Returns
    -------
    ndarray of the shape of L
    """
    frame_sums = frame_sums[:, None]
    return L * _shrinkage(gains, frame_sums * sums, frame_sums * (beta * steps * lengths))


def _ratio(X: FloatArray, model: FloatArray) -> FloatArray:
    return X / np.maximum(model, _FLOOR)


def _shrinkage(gain: FloatArray, linear: FloatArray, curvature: FloatArray) -> FloatArray:
    """Return the factor x that solves curvature x^2 + linear x = gain; 0 where all are 0."""
    denominator = linear + np.sqrt(linear**2 + 4 * curvature * gain)
    return np.divide(2 * gain, denominator, out=np.zeros_like(gain), where=denominator > 0)


def positive_root(a: ArrayLike, b: ArrayLike, c: ArrayLike) -> FloatArray:
    """Return the positive root of a x^2 + b x = c, for a and c >= 0; 0 where there is none."""
    a, b, c = np.broadcast_arrays(a, b, c)
    root = np.sqrt(b**2 + 4 * a * c)
    # Of the two forms of the root, the one without a difference of numbers that are alike.
    falling = b < 0
    numerator = np.where(falling, root - b, 2 * c)
    denominator = np.where(falling, 2 * a, root + b)
    return np.divide(numerator, denominator, out=np.zeros_like(root), where=denominator > 0)

"""The compiled kernels of the NMF: activations inferred, and what the components learn from them.

Every kernel takes frames of single or double precision and works in the precision that it is
given. None holds Python's lock, so threads run them side by side; the caller keeps BLAS to one
thread.

Two scales can be chosen freely, since an allocation of energy over components is a ratio: one for
each frequency of What and one for each frame of Vhat. They are chosen so that the largest entry is
near 1, for exp(psi(1 / 75)) is 1e-33 and single precision ends at 1e-38.
"""

from typing import Any

import numpy as np

from specufex_pipe.numerics.compiling import njit
from specufex_pipe.numerics.exp_digamma import exp_digamma_parts, is_single, times_exponential
from specufex_pipe.numerics.types import FloatArray, IntArray

# A number of Python, or one in the precision of the frames.
_Float = float | np.floating[Any]

# An extrapolation goes no further than this many rounds at once.
_LONGEST_STEP = 64.0
# Nor does it take more than nine tenths from a component: one that falls to its prior is lost to
# the frame, for what rounds give back to it begins with exp(psi(prior)), e^-75 and the like.
_LARGEST_FALL = 0.1

# Products and sums may be fused, but keep their order.
_options: dict[str, Any] = {
    "nogil": True,
    "cache": True,
    "error_model": "numpy",
    "fastmath": {"contract", "nsz"},
}


@njit(**_options)
def _largest_or_enough(values: FloatArray, enough: _Float) -> _Float:
    """Return the largest value, or the first that is `enough`."""
    largest = values[0]
    for k in range(1, values.size):
        if largest >= enough:
            break
        largest = max(largest, values[k])
    return largest


@njit(**_options)
def geometric_means(
    shape: FloatArray, power: _Float, means: FloatArray, buffer: FloatArray
) -> None:
    """Compute exp(E[ln V]) of gamma factors of rate 1, up to a scale for each frame.

    Parameters
    ----------
    shape : ndarray of shape (n_frames, n_components)
        Shapes, > 0.
    power : float
        The result is raised to it: 1 over the temperature.
    means, buffer : ndarray of shape (n_frames, n_components)
        `means` is filled.
    """
    exp_digamma_parts(shape.reshape(-1), means.reshape(-1), buffer.reshape(-1))
    for t in range(shape.shape[0]):
        largest = _largest_or_enough(buffer[t], -1)
        # Only a frame in which all components are weak would underflow.
        if largest < -1:
            for k in range(shape.shape[1]):
                buffer[t, k] -= largest
    times_exponential(means.reshape(-1), buffer.reshape(-1))
    if power != 1:
        means[:] = means**power


@njit(**_options)
def _ratios(X: FloatArray, expected: FloatArray) -> None:
    """Put X / expected in the place of `expected`."""
    # Below it, the ratio to energies that are measured might not be finite.
    kind = X.dtype.type
    floor = kind(1e-30) if is_single(kind) else kind(1e-290)
    for t in range(X.shape[0]):
        for d in range(X.shape[1]):
            expected[t, d] = X[t, d] / max(expected[t, d], floor)


@njit(**_options)
def _round(
    X: FloatArray,
    shape: FloatArray,
    What: FloatArray,
    transposed: FloatArray,
    prior: _Float,
    power: _Float,
    means: FloatArray,
    buffer: FloatArray,
    ratios: FloatArray,
    updated: FloatArray,
) -> None:
    """Take one round: the best allocation under `shape`, then the best shape, in `updated`."""
    geometric_means(shape, power, means, buffer)
    np.dot(means, What, ratios)
    _ratios(X, ratios)
    np.dot(ratios, transposed, updated)
    for t in range(updated.shape[0]):
        for k in range(updated.shape[1]):
            updated[t, k] = prior + means[t, k] * updated[t, k]


@njit(**_options)
def _plain_rounds(
    X: FloatArray,
    What: FloatArray,
    transposed: FloatArray,
    prior: _Float,
    power: _Float,
    n_rounds: int,
    shape: FloatArray,
) -> None:
    means, buffer, ratios = np.empty_like(shape), np.empty_like(shape), np.empty_like(X)
    for _ in range(n_rounds):
        _round(X, shape, What, transposed, prior, power, means, buffer, ratios, shape)


# These sums may be taken in another order, so that they become vector instructions.
@njit(**{**_options, "fastmath": {"contract", "nsz", "reassoc"}})
def _measure(old: FloatArray, new: FloatArray, newer: FloatArray) -> tuple[_Float, _Float]:
    """Return the change of a round as a share, and the length of step that two rounds suggest."""
    kind = old.dtype.type
    total, change, first, second = kind(0), kind(0), kind(0), kind(0)
    for k in range(old.size):
        total += new[k]
    # Shares, whose squares stay within the range of the precision.
    unit = kind(1) / total
    for k in range(old.size):
        step = (new[k] - old[k]) * unit
        bend = (newer[k] - new[k]) * unit - step
        change += abs(step)
        first += step * step
        second += bend * bend
    length = np.sqrt(first / max(second, kind(1e-30)))
    return change, min(max(length, kind(1)), kind(_LONGEST_STEP))


@njit(**_options)
def _extrapolate(
    old: FloatArray,
    new: FloatArray,
    newer: FloatArray,
    length: _Float,
    prior: _Float,
    result: FloatArray,
) -> None:
    kind = old.dtype.type
    for k in range(old.size):
        step = new[k] - old[k]
        bend = newer[k] - new[k] - step
        lowest = max(prior, kind(_LARGEST_FALL) * newer[k])
        result[k] = max(old[k] + length * (kind(2) * step + length * bend), lowest)


@njit(**_options)
def _accelerated_rounds(
    X: FloatArray,
    What: FloatArray,
    transposed: FloatArray,
    prior: _Float,
    power: _Float,
    max_rounds: int,
    tolerance: _Float,
    shape: FloatArray,
) -> None:
    """Two rounds, an extrapolation along the way that they went, and a third round from there.

    SQUAREM (Varadhan and Roland, Scandinavian Journal of Statistics 35, 2008), each frame with its
    own length of step. Frames that have settled leave; the others move up and go on.
    """
    n = len(X)
    X, old = X.copy(), shape.copy()
    new, newer = np.empty_like(shape), np.empty_like(shape)
    means, buffer, ratios = np.empty_like(shape), np.empty_like(shape), np.empty_like(X)
    frames = np.arange(n)
    # What does not fill a cycle of three comes first.
    for _ in range(max_rounds % 3):
        _round(X, old, What, transposed, prior, power, means, buffer, ratios, old)
    for _ in range(max_rounds // 3):
        _round(X[:n], old[:n], What, transposed, prior, power, means[:n], buffer[:n], ratios[:n],
               new[:n])  # fmt: skip
        _round(X[:n], new[:n], What, transposed, prior, power, means[:n], buffer[:n], ratios[:n],
               newer[:n])  # fmt: skip
        left = 0
        for t in range(n):
            change, length = _measure(old[t], new[t], newer[t])
            if change < tolerance:
                shape[frames[t]] = newer[t]
                continue
            _extrapolate(old[t], new[t], newer[t], length, prior, new[left])
            X[left], frames[left] = X[t], frames[t]
            left += 1
        n = left
        if n == 0:
            break
        _round(X[:n], new[:n], What, transposed, prior, power, means[:n], buffer[:n], ratios[:n],
               old[:n])  # fmt: skip
    for t in range(n):
        shape[frames[t]] = old[t]


@njit(**_options)
def infer_shapes(
    X: FloatArray,
    pieces: IntArray,
    What: FloatArray,
    prior: _Float,
    power: _Float,
    max_rounds: int,
    tolerance: _Float,
    shape: FloatArray,
) -> None:
    """Infer the activations of frames, a piece of them at a time.

    Parameters
    ----------
    X : ndarray of shape (n_frames, n_frequencies)
    pieces : ndarray of int, shape (n_pieces + 1,)
        Where the pieces begin. A piece is a matrix product, so its frames' results may differ in
        their last bits with its size, and with nothing else outside the frame.
    What : ndarray of shape (n_components, n_frequencies)
        exp(E[ln W] + E[ln A]), each component over the rate of its activations; any scale for each
        frequency.
    prior : float
        Shape of the prior of the activations.
    power : float
        1 over the temperature.
    max_rounds : int
    tolerance : float
        A frame is settled when a round changes its shapes by less than this share of their sum.
        0: plain rounds, `max_rounds` of them.
    shape : ndarray of shape (n_frames, n_components)
        Shapes of the gamma factors, > 0: the start is replaced by the result.
    """
    transposed = np.ascontiguousarray(What.T)
    for i in range(len(pieces) - 1):
        frames = slice(pieces[i], pieces[i + 1])
        if tolerance > 0:
            _accelerated_rounds(X[frames], What, transposed, prior, power, max_rounds, tolerance,
                                shape[frames])  # fmt: skip
        else:
            _plain_rounds(X[frames], What, transposed, prior, power, max_rounds, shape[frames])


@njit(**_options)
def add_allocated(
    X: FloatArray,
    pieces: IntArray,
    What: FloatArray,
    power: _Float,
    shape: FloatArray,
    allocated: FloatArray,
) -> None:
    """Add up the energy that goes to each component and frequency, but for the factor What.

    Parameters
    ----------
    X, pieces, What, power, shape : as for `infer_shapes`
    allocated : ndarray of float64, shape (n_components, n_frequencies)
        Vhat' R is added to it.
    """
    for i in range(len(pieces) - 1):
        frames = slice(pieces[i], pieces[i + 1])
        means, buffer = np.empty_like(shape[frames]), np.empty_like(shape[frames])
        geometric_means(shape[frames], power, means, buffer)
        ratios = np.dot(means, What)
        _ratios(X[frames], ratios)
        allocated += np.dot(means.T, ratios)

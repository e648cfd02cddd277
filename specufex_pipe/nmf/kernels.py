"""The compiled kernels of the NMF: activations inferred, and what the patterns learn from them.

Every kernel takes frames of single or double precision and works in the precision that it is
given. None holds Python's lock, so threads run them side by side; the caller keeps BLAS to one
thread.

Two scales can be chosen freely, since an allocation of energy over patterns is a ratio: one for
each frequency of What and one for each frame of Vhat. They are chosen so that the largest entry is
near 1, for exp(psi(1 / 75)) is 1e-33 and single precision ends at 1e-38.
"""

import numpy as np
from numba import njit, types
from numba.extending import overload, register_jitable

# The coefficients c_n of exp(psi(y + 1/2)) = y (1 + sum_n c_n y^-2n), from the asymptotic series of
# psi, Abramowitz and Stegun 6.3.18.
_SERIES = (
    1 / 24,
    -37 / 5760,
    10313 / 2903040,
    -5509121 / 1393459200,
    2709398569 / 367873228800,
    -499769010050743 / 24103053950976000,
    47655701498228027 / 578473294823424000,
    -4150166648794176251083 / 9440684171518279680000,
)
_LOG2_E = 1.4426950408889634
_LN_2_HIGH, _LN_2_LOW = 0.693145751953125, 1.42860682030941723212e-6
# An extrapolation goes no further than this many rounds at once.
_LONGEST_STEP = 64.0
# Nor does it take more than nine tenths from a pattern: one that falls to its prior is lost to the
# frame, for what rounds give back to it begins with exp(psi(prior)), e^-75 and the like.
_LARGEST_FALL = 0.1

# Products and sums may be fused, but keep their order.
_options = {"nogil": True, "cache": True, "error_model": "numpy", "fastmath": {"contract", "nsz"}}


def _power_of_two(n):
    """Return 2 ** n for a whole number n in the exponent's range, by its bits."""


@overload(_power_of_two)
def _power_of_two_overload(n):
    if n == types.float32:
        return lambda n: np.int32((np.int32(n) + np.int32(127)) << np.int32(23)).view(np.float32)
    return lambda n: np.int64((np.int64(np.int32(n)) + 1023) << 52).view(np.float64)


@register_jitable
def _is_single(kind):
    # Known when the kernels are compiled: single precision has no such number.
    return kind(1e-300) == 0


@njit(**_options)
def _geometric_mean_parts(shape, factor, exponent):
    """Split exp(psi(x)) into factor * exp(exponent).

    psi(x) = psi(x + shift) - sum_i 1 / (x + i): the asymptotic series gives the factor, which
    needs no exponential, and the sum is a quotient of two polynomials.
    """
    kind = shape.dtype.type
    single = _is_single(kind)
    shift = 4 if single else 8
    n_terms = 4 if single else 8
    for i in range(shape.size):
        x = shape[i]
        small = x < kind(shift)
        product, derivative = x, kind(1)
        for j in range(1, shift):
            term = x + kind(j)
            derivative = derivative * term + product
            product = product * term
        y = (x + kind(shift) if small else x) - kind(0.5)
        z = kind(1) / (y * y)
        series = kind(0)
        for n in range(n_terms - 1, -1, -1):
            series = kind(_SERIES[n]) + z * series
        factor[i] = y * (kind(1) + z * series)
        exponent[i] = -derivative / product if small else kind(0)


@njit(**_options)
def _times_exponential(factor, exponent):
    """Multiply each factor by exp(exponent), none of which is above 0."""
    kind = factor.dtype.type
    single = _is_single(kind)
    lowest = kind(-87) if single else kind(-700)
    for i in range(factor.size):
        x = max(exponent[i], lowest)
        n = np.floor(x * kind(_LOG2_E) + kind(0.5))
        rest = (x - n * kind(_LN_2_HIGH)) - n * kind(_LN_2_LOW)
        # Taylor's series, for |rest| < (ln 2) / 2.
        result = kind(1)
        for m in range(7 if single else 12, 0, -1):
            result = kind(1) + rest * kind(1 / m) * result
        factor[i] = factor[i] * result * _power_of_two(n)


@njit(**_options)
def _largest_or_enough(values, enough):
    """Return the largest value, or the first that is `enough`."""
    largest = values[0]
    for k in range(1, values.size):
        if largest >= enough:
            break
        largest = max(largest, values[k])
    return largest


@njit(**_options)
def geometric_means(shape, power, means, buffer):
    """Compute exp(E[ln V]) of gamma factors of rate 1, up to a scale for each frame.

    Parameters
    ----------
    shape : ndarray of shape (n_frames, n_patterns)
        Shapes, > 0.
    power : float
        The result is raised to it: 1 over the temperature.
    means, buffer : ndarray of shape (n_frames, n_patterns)
        `means` is filled.
    """
    _geometric_mean_parts(shape.reshape(-1), means.reshape(-1), buffer.reshape(-1))
    for t in range(shape.shape[0]):
        largest = _largest_or_enough(buffer[t], -1)
        # Only a frame in which all patterns are weak would underflow.
        if largest < -1:
            for k in range(shape.shape[1]):
                buffer[t, k] -= largest
    _times_exponential(means.reshape(-1), buffer.reshape(-1))
    if power != 1:
        means[:] = means**power


@njit(**_options)
def _ratios(X, expected):
    """Put X / expected in the place of `expected`."""
    # Below it, the ratio to energies that are measured might not be finite.
    kind = X.dtype.type
    floor = kind(1e-30) if _is_single(kind) else kind(1e-290)
    for t in range(X.shape[0]):
        for d in range(X.shape[1]):
            expected[t, d] = X[t, d] / max(expected[t, d], floor)


@njit(**_options)
def _round(X, shape, What, transposed, prior, power, means, buffer, ratios, updated):
    """Take one round: the best allocation under `shape`, then the best shape, in `updated`."""
    geometric_means(shape, power, means, buffer)
    np.dot(means, What, ratios)
    _ratios(X, ratios)
    np.dot(ratios, transposed, updated)
    for t in range(updated.shape[0]):
        for k in range(updated.shape[1]):
            updated[t, k] = prior + means[t, k] * updated[t, k]


@njit(**_options)
def _plain_rounds(X, What, transposed, prior, power, n_rounds, shape):
    means, buffer, ratios = np.empty_like(shape), np.empty_like(shape), np.empty_like(X)
    for _ in range(n_rounds):
        _round(X, shape, What, transposed, prior, power, means, buffer, ratios, shape)


# These sums may be taken in another order, so that they become vector instructions.
@njit(**{**_options, "fastmath": {"contract", "nsz", "reassoc"}})
def _measure(old, new, newer):
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
def _extrapolate(old, new, newer, length, prior, result):
    kind = old.dtype.type
    for k in range(old.size):
        step = new[k] - old[k]
        bend = newer[k] - new[k] - step
        lowest = max(prior, kind(_LARGEST_FALL) * newer[k])
        result[k] = max(old[k] + length * (kind(2) * step + length * bend), lowest)


@njit(**_options)
def _accelerated_rounds(X, What, transposed, prior, power, max_rounds, tolerance, shape):
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
def infer_shapes(X, pieces, What, prior, power, max_rounds, tolerance, shape):
    """Infer the activations of frames, a piece of them at a time.

    Parameters
    ----------
    X : ndarray of shape (n_frames, n_frequencies)
    pieces : ndarray of int, shape (n_pieces + 1,)
        Where the pieces begin. A piece is a matrix product, so its frames' results may differ in
        their last bits with its size, and with nothing else outside the frame.
    What : ndarray of shape (n_patterns, n_frequencies)
        exp(E[ln W] + E[ln A]), each pattern over the rate of its activations; any scale for each
        frequency.
    prior : float
        Shape of the prior of the activations.
    power : float
        1 over the temperature.
    max_rounds : int
    tolerance : float
        A frame is settled when a round changes its shapes by less than this share of their sum.
        0: plain rounds, `max_rounds` of them.
    shape : ndarray of shape (n_frames, n_patterns)
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
def add_allocated(X, pieces, What, power, shape, allocated):
    """Add up the energy that goes to each pattern and frequency, but for the factor What.

    Parameters
    ----------
    X, pieces, What, power, shape : as for `infer_shapes`
    allocated : ndarray of float64, shape (n_patterns, n_frequencies)
        Vhat' R is added to it.
    """
    for i in range(len(pieces) - 1):
        frames = slice(pieces[i], pieces[i + 1])
        means, buffer = np.empty_like(shape[frames]), np.empty_like(shape[frames])
        geometric_means(shape[frames], power, means, buffer)
        ratios = np.dot(means, What)
        _ratios(X[frames], ratios)
        allocated += np.dot(means.T, ratios)

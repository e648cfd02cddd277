"""Compiled loops over pairs of events: what the correlation does beside its transforms.

Sums are taken in one order, and in no other with other threads or other pairs beside.
"""

import numpy as np

from specufex_pipe.numerics.compiling import njit
from specufex_pipe.numerics.types import ComplexArray, FloatArray, IntArray

# Of the shorter waveform, and of the energy of each: where less overlaps, a bit of noise that
# happens to fit would be taken for a match.
_LEAST_OVERLAP = 0.5
_LEAST_ENERGY = 0.1
_MOST_STEPS = 50
# Samples.
_TOLERANCE = 1e-6

_options = {"cache": True, "nogil": True}


@njit(**_options)
def scale_waveforms(
    samples: FloatArray,
    offsets: IntArray,
    padded: FloatArray,
    rows: IntArray,
    energies: FloatArray,
) -> None:
    """Scale waveforms to an energy of 1, and add up the energy along each.

    Parameters
    ----------
    samples : ndarray of shape (n_samples,)
        Of all events, one below the other.
    offsets : ndarray of int, shape (n_events + 1,)
        Where they begin.
    padded : ndarray of float32, shape (n_events, n_padded)
        Zeros, which the waveforms are written to; those without any energy stay 0.
    rows : ndarray of int, shape (n_events,)
        Of `energies`, in which the events are.
    energies : ndarray of float32, shape (>= n_events, n_longest + 1)
        Filled with the energy before each sample.
    """
    for event in range(len(offsets) - 1):
        row = rows[event]
        start, stop = offsets[event], offsets[event + 1]
        energy = 0.0
        for i in range(start, stop):
            energy += np.float64(samples[i]) ** 2
        scale = 1 / np.sqrt(energy) if energy > 0 else 0.0
        total = 0.0
        for i in range(stop - start):
            padded[event, i] = samples[start + i] * scale
            energies[row, i] = total
            total += np.float64(padded[event, i]) ** 2
        energies[row, stop - start :] = total


@njit(**_options)
def cross_spectra(
    first: ComplexArray,
    second: ComplexArray,
    first_rows: IntArray,
    second_rows: IntArray,
    spectra: ComplexArray,
) -> None:
    """Multiply the spectra of pairs, the first conjugated.

    Parameters
    ----------
    first, second : ndarray of complex64, shapes (n_first, n_bins) and (n_second, n_bins)
    first_rows, second_rows : ndarray of int, shape (n_pairs,)
        Which of them are a pair; -1 where a pair has no waveforms.
    spectra : ndarray of complex64, shape (>= n_pairs, n_bins)
        Zeros, which the products are written to.
    """
    for pair in range(len(first_rows)):
        if first_rows[pair] < 0:
            continue
        one, other = first[first_rows[pair]], second[second_rows[pair]]
        for i in range(len(one)):
            spectra[pair, i] = one[i].conjugate() * other[i]


@njit(inline="always", **_options)
def _overlapping(
    one: FloatArray, other: FloatArray, n_one: int, n_other: int, lag: int
) -> tuple[float, float]:
    """Return the energies of the overlapping parts; zeros where they are not enough."""
    begin, end = max(0, -lag), min(n_one, n_other - lag)
    if end - begin < _LEAST_OVERLAP * min(n_one, n_other):
        return 0.0, 0.0
    energy, other_energy = one[end] - one[begin], other[end + lag] - other[begin + lag]
    if min(energy, other_energy) < _LEAST_ENERGY:
        return 0.0, 0.0
    return energy, other_energy


@njit(**_options)
def add_coefficients(
    products: FloatArray,
    first_energies: FloatArray,
    second_energies: FloatArray,
    first_rows: IntArray,
    second_rows: IntArray,
    lengths: IntArray,
    sums: FloatArray,
) -> None:
    """Divide products by the energies of the parts that overlap, and add them up.

    Parameters
    ----------
    products : ndarray of float32, shape (>= n_pairs, n_padded)
        Sums of the products of samples at lags 0, 1, ..., -2, -1.
    first_energies, second_energies : ndarray of shape (n_first or n_second, n_longest + 1)
        As `scale_waveforms` fills them.
    first_rows, second_rows : ndarray of int, shape (n_pairs,)
        -1 where a pair has no waveforms.
    lengths : ndarray of int, shape (n_pairs, 2)
        Number of samples of each.
    sums : ndarray of float64, shape (n_pairs, 2 * most + 1)
        Of the coefficients of other channels, at lags -most to most, to which those are added.
    """
    most = sums.shape[1] // 2
    for pair in range(len(first_rows)):
        if first_rows[pair] < 0:
            continue
        one, other = first_energies[first_rows[pair]], second_energies[second_rows[pair]]
        n_one, n_other = lengths[pair]
        for lag in range(-most, most + 1):
            energy, other_energy = _overlapping(one, other, n_one, n_other, lag)
            if energy > 0:
                # Lags below 0 are at the end.
                product = products[pair, lag if lag >= 0 else products.shape[1] + lag]
                sums[pair, lag + most] += product / np.sqrt(energy * other_energy)


@njit(**_options)
def maxima(sums: FloatArray) -> tuple[FloatArray, IntArray, FloatArray]:
    """Return the maximum of each row, by a parabola through the highest value and those beside it.

    Parameters
    ----------
    sums : ndarray of shape (n_pairs, n_lags)

    Returns
    -------
    heights : ndarray of shape (n_pairs,)
    places : ndarray of int, shape (n_pairs,)
        Of the highest value, the first of several.
    beyond : ndarray of shape (n_pairs,)
        How far from there the maximum lies, at most a half; NaN where the highest value is the
        first or the last, which need not be a maximum.
    """
    n_pairs, n_lags = sums.shape
    heights, places = np.empty(n_pairs), np.empty(n_pairs, np.int64)
    beyond = np.full(n_pairs, np.nan)
    for pair in range(n_pairs):
        place = 0
        for i in range(1, n_lags):
            if sums[pair, i] > sums[pair, place]:
                place = i
        heights[pair], places[pair] = sums[pair, place], place
        if 0 < place < n_lags - 1:
            before, after = sums[pair, place - 1], sums[pair, place + 1]
            curvature = before - 2 * sums[pair, place] + after
            if curvature < 0:
                beyond[pair] = (before - after) / 2 / curvature
                heights[pair] -= (before - after) * beyond[pair] / 4
    return heights, places, beyond


@njit(**_options)
def add_normalised_spectra(
    first: ComplexArray,
    second: ComplexArray,
    first_energies: FloatArray,
    second_energies: FloatArray,
    lengths: IntArray,
    lag: int,
    spectra: ComplexArray,
) -> None:
    """Add up what the coefficients of a pair are near a lag, as functions of it.

    The root of the energies that overlap changes with the lag, too; near to `lag` it is taken to
    do so at a constant rate.

    Parameters
    ----------
    first, second : ndarray of complex64, shape (n_bins,)
    first_energies, second_energies : ndarray of shape (n_longest + 1,)
    lengths : ndarray of int, shape (2,)
        Number of samples of each.
    lag : int
        Samples.
    spectra : ndarray of complex128, shape (2, n_bins)
        Of other channels, to which are added: the spectrum of the coefficients as they are if the
        energies are those at `lag`, and the one of what they change by for each sample beyond.
    """
    if _overlapping(first_energies, second_energies, lengths[0], lengths[1], lag)[0] <= 0:
        return
    logarithms, n_found = np.zeros(3), 0
    for place in range(3):
        energy, other_energy = _overlapping(
            first_energies, second_energies, lengths[0], lengths[1], lag + place - 1
        )
        if energy > 0:
            logarithms[place] = -0.5 * np.log(energy * other_energy)
            n_found += 1
    scale = np.exp(logarithms[1])
    slope = (logarithms[2] - logarithms[0]) / 2 if n_found == 3 else 0.0
    for i in range(len(first)):
        product = np.complex128(first[i].conjugate()) * np.complex128(second[i])
        spectra[0, i] += scale * product
        spectra[1, i] += scale * slope * product


@njit(**_options)
def _values_at(spectra: ComplexArray, n_padded: int, lag: int, beyond: float) -> FloatArray:
    """Return the coefficient at a lag, its first and its second derivative."""
    step = 2 * np.pi / n_padded
    turn = np.exp(1j * step * (lag + beyond))
    phase = 1 + 0j
    coefficient, slope, curvature = 0.0, 0.0, 0.0
    for i in range(spectra.shape[1]):
        # All but the mean and the Nyquist frequency stand for two bins.
        weight = 1.0 if i == 0 or 2 * i == n_padded else 2.0
        value, change = weight * spectra[0, i] * phase, weight * spectra[1, i] * phase
        of_frequency = 1j * step * i
        derivative = of_frequency * value + change
        coefficient += (value + beyond * change).real
        slope += derivative.real
        curvature += (of_frequency * derivative).real
        phase *= turn
    return np.array([coefficient, slope, curvature]) / n_padded


@njit(**_options)
def highest(spectra: ComplexArray, n_padded: int, lag: int, start: float) -> tuple[float, float]:
    """Return where the band-limited interpolation of coefficients is highest near a lag.

    Newton's method, which a bracket of one sample on either side holds.

    Parameters
    ----------
    spectra : ndarray of complex128, shape (2, n_bins)
        As `add_normalised_spectra` fills them.
    n_padded : int
        Number of samples that were transformed.
    lag : int
        Samples, where the coefficient is highest among the samples.
    start : float
        Samples from `lag`, above -1 and below 1.

    Returns
    -------
    coefficient : float
        A sum over the channels.
    beyond : float
        Samples from `lag`.
    """
    low, high, beyond = -1.0, 1.0, start
    for _ in range(_MOST_STEPS):
        _, slope, curvature = _values_at(spectra, n_padded, lag, beyond)
        if slope > 0:
            low = beyond
        else:
            high = beyond
        following = beyond - slope / curvature if curvature < 0 else 2.0
        if not low <= following <= high:
            following = (low + high) / 2
        change, beyond = abs(following - beyond), following
        if change < _TOLERANCE:
            break
    return _values_at(spectra, n_padded, lag, beyond)[0], beyond

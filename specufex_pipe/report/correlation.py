"""Whether the rates of clusters follow other series: rank correlation over lags, and its test."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from specufex_pipe.catalogs.series import Series
from specufex_pipe.numerics.types import FloatArray, IntArray
from specufex_pipe.plotting.time_axis import BIN_WIDTHS, seconds_of
from specufex_pipe.words import counted

_MOST_BINS, _LEAST_BINS = 1000, 20
SIGNIFICANT = 0.05
_ROUNDING = 1e-9


class Bins(NamedTuple):
    """Rates and a series in the same bins of time.

    Attributes
    ----------
    label : str
        Of the series.
    width : float
        s.
    in_words : str
        The width.
    counts : dict of ndarray of shape (n_bins,)
        Events of each cluster.
    values : ndarray of shape (n_bins,)
        Means of the series; NaN where it has no sample.
    """

    label: str
    width: float
    in_words: str
    counts: dict[int, FloatArray]
    values: FloatArray


class Correlation(NamedTuple):
    """How the rate of a cluster goes with a series.

    Attributes
    ----------
    label : str
        Of the series.
    cluster : int
        0 for all events.
    coefficient : float
        Spearman's, at the lag where it is farthest from 0.
    lag : float
        By which events follow the series, s; less than 0: the series follows the events.
    longest_lag : float
        That was tried, in both directions, s.
    bin_in_words : str
        Width of a bin.
    n_bins : int
    p_value : float
        Adjusted for all tests.
    """

    label: str
    cluster: int
    coefficient: float
    lag: float
    longest_lag: float
    bin_in_words: str
    n_bins: int
    p_value: float


def bin_series(
    times: NDArray[np.datetime64], labels: IntArray, clusters: Sequence[int], series: Series
) -> Bins | str:
    """Count events and average a series in bins of the time that both have.

    A bin is wide enough for a sample of the series, and for one event on average.

    Parameters
    ----------
    times : ndarray of datetime64, shape (n_events,)
        UTC.
    labels : ndarray of int, shape (n_events,)
        Clusters.
    clusters : sequence of int
        Those whose rates count.
    series : Series

    Returns
    -------
    Bins or str
        A sentence that says why there are none, where it is so.
    """
    has_value = np.isfinite(series.values)
    samples, seconds = seconds_of(series.times[has_value]), seconds_of(times)
    values = series.values[has_value]
    if len(samples) == 1:
        return f"{series.label} has one value, and is not compared."
    if not len(samples) or samples[0] >= seconds.max() or samples[-1] <= seconds.min():
        return f"{series.label} has no values in the time of the events, and is not compared."
    start, end = max(samples[0], seconds.min()), min(samples[-1], seconds.max())
    n_inside = max(1, np.count_nonzero((seconds >= start) & (seconds <= end)))
    least = max((end - start) / min(_MOST_BINS, n_inside), np.median(np.diff(samples)))
    width, name = next((each for each in BIN_WIDTHS if each[0] >= least), BIN_WIDTHS[-1])
    # Whole bins alone: the others would have fewer events for no other reason.
    first, stop = int(np.ceil(start / width)), int(np.floor(end / width))
    if stop - first < _LEAST_BINS:
        return (
            f"{series.label} and the events share too short a time to be compared: "
            f"{counted(max(stop - first, 0), 'bin')} (width: {name}), expected {_LEAST_BINS} or "
            "more."
        )
    bins = (first, stop, float(width))
    n_samples, sums = _sums(samples, bins), _sums(samples, bins, values)
    means = np.divide(sums, n_samples, out=np.full(len(sums), np.nan), where=n_samples > 0)
    counts = {number: _sums(seconds[labels == number], bins) for number in clusters}
    varying = {number: each for number, each in counts.items() if np.ptp(each) > 0}
    if np.count_nonzero(n_samples) < _LEAST_BINS or np.nanmax(means) == np.nanmin(means):
        return f"{series.label} does not vary in the time of the events, and is not compared."
    return Bins(series.label, width, name, varying, means)


def _sums(
    seconds: FloatArray, bins: tuple[int, int, float], values: FloatArray | None = None
) -> FloatArray:
    """Return sums of values, or counts, in bins from one multiple of a width to another."""
    first, stop, width = bins
    places = np.floor(seconds / width).astype(np.int64) - first
    is_in = (places >= 0) & (places < stop - first)
    weights = None if values is None else values[is_in]
    return np.bincount(places[is_in], weights, minlength=stop - first).astype(float)


def correlate(binned: Sequence[Bins]) -> list[Correlation]:
    """Return how the rates of clusters go with series, and whether by more than chance.

    Ranks are correlated, since counts and series such as rain have few large values that would
    decide over a correlation of the values themselves. The largest coefficient over the lags is
    held against those of the series shifted circularly by every number of bins, so that what is
    slow in both stays so. A shift by less than the lags finds the same again: a probability is
    never below the share of the lags in the bins. As many lags are tried as let a test be
    significant.

    Parameters
    ----------
    binned : sequence of Bins
        All that are tested together.

    Returns
    -------
    list of Correlation
        With probabilities that are adjusted for clusters by what the largest of them gives under
        the same shift (Westfall & Young 1993, step-down), and for series by their number.
    """
    found = []
    for bins in binned:
        n_lags = _count_lags(len(bins.values), len(binned))
        coefficients = [rank_correlations(bins.values, counts) for counts in bins.counts.values()]
        lags = np.arange(-n_lags, n_lags + 1)
        best = [int(lags[np.argmax(np.abs(each[lags]))]) for each in coefficients]
        p_values = np.minimum(len(binned) * shift_test(coefficients, n_lags), 1)
        found += [
            Correlation(
                label=bins.label,
                cluster=cluster,
                coefficient=float(each[lag]),
                lag=lag * bins.width,
                longest_lag=n_lags * bins.width,
                bin_in_words=bins.in_words,
                n_bins=len(bins.values),
                p_value=float(p_value),
            )
            for cluster, each, lag, p_value in zip(
                bins.counts, coefficients, best, p_values, strict=True
            )
        ]
    return found


def _count_lags(n_bins: int, n_series: int) -> int:
    """Return how many lags, in each direction, let a test of one of several series succeed."""
    most = (SIGNIFICANT * n_bins / n_series - 1) // 2
    return int(max(most, 0))


def shift_test(coefficients: Sequence[FloatArray], n_lags: int) -> FloatArray:
    """Return how probable as large coefficients are by chance, adjusted for their number.

    Parameters
    ----------
    coefficients : sequence of ndarray of shape (n_bins,)
        Of each cluster, for every shift.
    n_lags : int
        In each direction.

    Returns
    -------
    ndarray of shape (n_clusters,)
    """
    lags = range(-n_lags, n_lags + 1)
    peaks = np.array(
        [np.max([np.roll(np.abs(each), lag) for lag in lags], axis=0) for each in coefficients]
    )
    p_values = np.ones(len(peaks))
    # The strongest is held against the largest of all, the next against that of the others.
    remaining, least = list(np.argsort(-peaks[:, 0], kind="stable")), 0.0
    while remaining:
        largest, strongest = peaks[remaining].max(axis=0), remaining.pop(0)
        least = max(least, float(np.mean(largest >= peaks[strongest, 0] - _ROUNDING)))
        p_values[strongest] = least
    return p_values


def rank_correlations(values: FloatArray, counts: FloatArray) -> FloatArray:
    """Return the rank correlation of counts with values that are shifted circularly.

    Parameters
    ----------
    values : ndarray of shape (n_bins,)
        NaN where missing; these bins are left out, wherever they are shifted to.
    counts : ndarray of shape (n_bins,)

    Returns
    -------
    ndarray of shape (n_bins,)
        For a shift by so many bins to later times.
    """
    is_there = np.isfinite(values)
    x = np.zeros(len(values))
    x[is_there] = rankdata(values[is_there])
    x[is_there] -= x[is_there].mean()
    y = rankdata(counts)
    y -= y.mean()
    n = is_there.sum()
    products = _shifted_products(x, y)
    sums = _shifted_products(is_there.astype(float), y)
    squares = _shifted_products(is_there.astype(float), y**2)
    variances = np.maximum(squares - sums**2 / n, 0)
    scale = np.sqrt((x**2).sum() * variances)
    return np.divide(products, scale, out=np.zeros(len(x)), where=scale > _ROUNDING * n**3)


def _shifted_products(x: FloatArray, y: FloatArray) -> FloatArray:
    """Return the sum over t of x(t - k) y(t) for each shift k."""
    return np.fft.irfft(np.conj(np.fft.rfft(x)) * np.fft.rfft(y), n=len(x))

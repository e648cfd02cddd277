"""Families aligned: the delays of their members, and the stack of their waveforms."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import scipy.sparse as sparse
from scipy.fft import irfft, next_fast_len, rfft, rfftfreq
from scipy.sparse.csgraph import breadth_first_order, minimum_spanning_tree
from scipy.sparse.linalg import lsqr

from specufex_pipe.numerics.types import FloatArray, IntArray
from specufex_pipe.repeaters.recordings import NOT_RECORDED, Channel

# Relative; lags are in single precision.
_TOLERANCE = 1e-9
_EVENTS_AT_A_TIME = 256
# Samples; a delay may be a whole number of them but for rounding.
_ROUNDING = 1e-6


class Stack(NamedTuple):
    """The stacked waveform of a family on a channel.

    Attributes
    ----------
    waveform : ndarray of shape (n_samples,)
        As long as that of the reference. Members have an energy of 1 in it, whatever their size.
    coefficients : ndarray of shape (n_members,)
        Of each member with the stack, which it is a part of; NaN for those that are not.
    """

    waveform: FloatArray
    coefficients: FloatArray


def reference_of(members: IntArray, pairs: IntArray, coefficients: FloatArray) -> int:
    """Return the member of a family whose mean coefficient is the highest.

    Parameters
    ----------
    members : ndarray of int, shape (n_members,)
        Numbers of the events, rising.
    pairs : ndarray of int, shape (n_pairs, 2)
        Of members.
    coefficients : ndarray of shape (n_pairs,)
        NaN for pairs that cannot be compared, which do not count.

    Returns
    -------
    int
        Number of the event; the first of several, and the first of all if none can be compared.
    """
    is_known = np.isfinite(coefficients)
    places = np.searchsorted(members, pairs[is_known]).ravel()
    values = np.repeat(coefficients[is_known], 2)
    counts = np.bincount(places, minlength=len(members))
    totals = np.bincount(places, values, len(members))
    means = np.divide(totals, counts, out=np.full(len(members), -np.inf), where=counts > 0)
    return int(members[means.argmax()])


def delays(
    members: IntArray,
    pairs: IntArray,
    lags: FloatArray,
    coefficients: FloatArray,
    reference: int,
) -> FloatArray:
    """Return how much later than the reference the members of a family come.

    They are those that fit the lags of all pairs best, by least squares weighted with the squares
    of the coefficients (as VanDecar & Crosson 1990 fit delays between stations).

    Parameters
    ----------
    members : ndarray of int, shape (n_members,)
        Numbers of the events, rising.
    pairs : ndarray of int, shape (n_pairs, 2)
        Of members: those whose lags are to be trusted.
    lags : ndarray of shape (n_pairs,)
        How much later the second is at a station, s; NaN where it is not known.
    coefficients : ndarray of shape (n_pairs,)
        At the station.
    reference : int
        A member.

    Returns
    -------
    ndarray of shape (n_members,)
        s; 0 for the reference, NaN for members that no pairs connect with it.
    """
    is_used = np.isfinite(lags) & (coefficients > 0)
    rows = np.searchsorted(members, pairs[is_used])
    lags, coefficients = lags[is_used].astype(np.float64), coefficients[is_used]
    start = int(np.searchsorted(members, reference))
    found = _along_tree(len(members), rows, lags, coefficients, start)
    is_reached = np.isfinite(found)
    inside = is_reached[rows[:, 0]]
    rows, residuals = rows[inside], lags[inside] - np.diff(found[rows[inside]], axis=1)[:, 0]
    weights = coefficients[inside].astype(np.float64)
    changes = _least_squares(rows, weights, residuals, len(members))
    return found + changes - changes[start]


def _least_squares(
    rows: IntArray, weights: FloatArray, lags: FloatArray, n_members: int
) -> FloatArray:
    """Return delays that fit lags best, up to a constant."""
    equations = np.repeat(np.arange(len(rows)), 2)
    signs = np.tile([-1.0, 1.0], len(rows)) * np.repeat(weights, 2)
    matrix = sparse.csr_array((signs, (equations, rows.ravel())), shape=(len(rows), n_members))
    found: FloatArray = lsqr(matrix, weights * lags, atol=_TOLERANCE, btol=_TOLERANCE)[0]
    return found


def _along_tree(
    n_members: int, rows: IntArray, lags: FloatArray, coefficients: FloatArray, start: int
) -> FloatArray:
    """Return delays along the pairs with the highest coefficients that connect the members.

    From there least squares take few steps, however long a chain of pairs is.
    """
    # A pair of distance 0 would be none.
    graph = sparse.csr_array(
        (2.0 - coefficients, (rows[:, 0], rows[:, 1])), shape=(n_members, n_members)
    )
    tree = minimum_spanning_tree(graph)
    order, before = breadth_first_order(tree, start, directed=False)
    lag_of = dict(zip(map(tuple, rows.tolist()), lags.tolist(), strict=True))
    found = np.full(n_members, np.nan)
    found[start] = 0.0
    for member in order[1:].tolist():
        other = int(before[member])
        lag = lag_of.get((other, member))
        found[member] = found[other] + (-lag_of[member, other] if lag is None else lag)
    return found


def stack(
    channel: Channel, members: IntArray, delays_of_members: FloatArray, reference: int
) -> Stack:
    """Return the mean of the waveforms of a family, moved by their delays.

    They are moved by parts of a sample with their spectra. Where a member has no samples, the mean
    is over the others.

    Parameters
    ----------
    channel : recordings.Channel
    members : ndarray of int, shape (n_members,)
        Numbers of the events, rising.
    delays_of_members : ndarray of shape (n_members,)
        As `delays` returns them, s. Members with NaN are left out, and so are those that the
        channel does not have.
    reference : int
        The member that the stack begins and ends with.

    Returns
    -------
    Stack

    Raises
    ------
    ValueError
        If the channel does not have the reference.
    """
    if channel.places[reference] == NOT_RECORDED:
        raise ValueError(f"the channel does not have event {reference}, which is the reference")
    length = int(channel.lengths[reference])
    used = np.flatnonzero(
        np.isfinite(delays_of_members) & (channel.places[members] != NOT_RECORDED)
    )
    total, counts = np.zeros(length), np.zeros(length)
    for _, waveform, covered in _aligned(channel, members, delays_of_members, used, length):
        total[covered] += waveform
        counts[covered] += 1
    mean = np.divide(total, counts, out=np.zeros(length), where=counts > 0)
    coefficients = np.full(len(members), np.nan)
    for row, waveform, covered in _aligned(channel, members, delays_of_members, used, length):
        size = np.linalg.norm(mean[covered]) * np.linalg.norm(waveform)
        coefficients[row] = waveform @ mean[covered] / size if size > 0 else 0.0
    return Stack(mean, coefficients)


def _aligned(
    channel: Channel, members: IntArray, delays_of_members: FloatArray, used: IntArray, length: int
) -> Iterator[tuple[int, FloatArray, slice]]:
    """Yield which member it is, its moved waveform with an energy of 1, and what that covers."""
    for start in range(0, len(used), _EVENTS_AT_A_TIME):
        rows = used[start : start + _EVENTS_AT_A_TIME]
        batch = channel.waveforms.read(channel.places[members[rows]])
        for row, samples in zip(rows.tolist(), batch.events(), strict=True):
            later = float(delays_of_members[row]) * channel.sampling_rate
            covered, waveform = _moved(samples.reshape(-1).astype(np.float64), later, length)
            size = np.linalg.norm(waveform)
            yield row, waveform / size if size > 0 else waveform, covered


def _moved(samples: FloatArray, later: float, length: int) -> tuple[slice, FloatArray]:
    """Return a waveform that comes earlier by some samples, where it has any.

    Parameters
    ----------
    samples : ndarray of shape (n_samples,)
    later : float
        By how much it is late, samples.
    length : int
        Number of samples to return at most.

    Returns
    -------
    slice
        Which samples of `length` it covers.
    ndarray
        These samples.
    """
    first = max(0, int(np.ceil(-later - _ROUNDING)))
    stop = min(length, int(np.floor(len(samples) - 1 - later + _ROUNDING)) + 1)
    if stop <= first:
        return slice(0, 0), samples[:0]
    n_padded = next_fast_len(max(len(samples), length) + int(np.ceil(abs(later))), real=True)
    turns = np.exp(2j * np.pi * later * rfftfreq(n_padded))
    moved: FloatArray = irfft(turns * rfft(samples, n_padded), n_padded)
    return slice(first, stop), moved[first:stop]

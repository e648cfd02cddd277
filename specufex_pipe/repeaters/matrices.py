"""Distances between all pairs of up to 5 000 events, for clustering of one's own."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from scipy.spatial.distance import pdist, squareform

from specufex_pipe.events.frames import EventFrames
from specufex_pipe.numerics.threads import one_blas_thread
from specufex_pipe.numerics.types import FloatArray, IntArray
from specufex_pipe.repeaters.correlation import correlate
from specufex_pipe.repeaters.recordings import Station

# A matrix of theirs takes 100 MB.
MOST_EVENTS = 5_000
_PAIRS_AT_A_TIME = 1_000_000
_ROWS_AT_A_TIME = 256
# Of values that have a variance of 1 over all frames of their event.
_LEAST_VARIANCE = 1e-5


def waveform_distances(
    events: IntArray,
    stations: Sequence[Station],
    *,
    max_shift: float,
    threshold: float,
    megabytes: float = 1_000,
) -> FloatArray:
    """Return 1 - coefficient of the waveforms of events, a mean over the stations.

    Parameters
    ----------
    events : ndarray of int, shape (n_events,)
        Numbers in the catalog.
    stations : sequence of Station
    max_shift, threshold, megabytes : float
        As for `correlation.correlate_blocks`.

    Returns
    -------
    ndarray of float32, shape (n_events, n_events)
        From 0 to 2, symmetric, 0 on the diagonal; NaN where no station has both events.

    Raises
    ------
    ValueError
        If there are more than 5 000 events, and as `correlate_blocks` does.
    """
    n_events = _checked(len(events))
    chosen = [_of_events(station, events) for station in stations]
    distances = np.zeros((n_events, n_events), np.float32)
    rows_at_a_time = max(1, _PAIRS_AT_A_TIME // max(1, n_events))
    for start in range(0, n_events, rows_at_a_time):
        rows = np.arange(start, min(start + rows_at_a_time, n_events))
        first, second = np.nonzero(rows[:, None] < np.arange(n_events))
        pairs = np.column_stack([rows[first], second])
        found = correlate(
            pairs, chosen, max_shift=max_shift, threshold=threshold, megabytes=megabytes
        )
        distances[pairs[:, 0], pairs[:, 1]] = 1 - found.means()
    return _mirrored(distances)


def _of_events(station: Station, events: IntArray) -> Station:
    """Return a station as if there were no other events."""
    channels = [
        replace(channel, places=np.asarray(channel.places)[events]) for channel in station.channels
    ]
    return Station(station.name, tuple(channels))


def feature_distances(features: FloatArray) -> FloatArray:
    """Return the Euclidean distances between the features of events.

    Parameters
    ----------
    features : ndarray of shape (n_events, n_features)

    Returns
    -------
    ndarray of float32, shape (n_events, n_events)
        Symmetric, 0 on the diagonal.

    Raises
    ------
    ValueError
        If there are more than 5 000 events.
    """
    if _checked(len(features)) < 2:
        return np.zeros((len(features), len(features)), np.float32)
    return squareform(pdist(features).astype(np.float32))


@one_blas_thread
def spectrogram_distances(spectrograms: EventFrames, places: IntArray) -> FloatArray:
    """Return 1 - the correlation of the spectrograms of events over the frames that both have.

    Windows are placed alike, so frames with the same number show the same part of an event, and
    those that only the longer one has are left out. The correlation is that of all values of the
    frames, less their means: it does not depend on what an event's loudness adds to decibels.

    Parameters
    ----------
    spectrograms : events.frames.EventFrames
        Of which those that are chosen are read at once.
    places : ndarray of int, shape (n_events,)
        Where each event is in them.

    Returns
    -------
    ndarray of float32, shape (n_events, n_events)
        From 0 to 2, symmetric, 0 on the diagonal; 1 where one has the same value everywhere.

    Raises
    ------
    ValueError
        If there are more than 5 000 events.
    """
    n_events = _checked(len(places))
    if n_events == 0:
        return np.zeros((0, 0), np.float32)
    lengths = np.diff(spectrograms.offsets)[places]
    # The longest first: those that have a frame are then the first few.
    order = np.argsort(-lengths, kind="stable")
    sums = _sums(spectrograms, np.asarray(places)[order], lengths[order])
    distances = np.zeros((n_events, n_events), np.float32)
    for start in range(0, n_events, _ROWS_AT_A_TIME):
        rows = np.arange(start, min(start + _ROWS_AT_A_TIME, n_events))
        distances[rows] = 1 - sums.correlations(rows)
    back = np.argsort(order)
    return _mirrored(distances)[back[:, None], back]


class _Sums(NamedTuple):
    """Sums over the first frames of events, which are sorted by length, the longest first.

    Attributes
    ----------
    products : ndarray of shape (n_events, n_events)
        Of the values of two events, over the frames of the shorter one.
    totals, squares : ndarray of shape (n_events, n_lengths)
        Of the values of an event and of their squares, over the frames of each length.
    counts : ndarray of shape (n_lengths,)
        Number of values in them.
    lengths : ndarray of int, shape (n_events,)
        Which of the lengths each has.
    """

    products: FloatArray
    totals: FloatArray
    squares: FloatArray
    counts: FloatArray
    lengths: IntArray

    def correlations(self, rows: IntArray) -> FloatArray:
        """Return those of some events with all that are no longer; anything with the others."""
        counts, totals, squares = (
            values[..., self.lengths] for values in (self.counts, self.totals, self.squares)
        )
        own, own_squares = totals[rows], squares[rows]
        other, other_squares = np.diagonal(totals), np.diagonal(squares)
        covariances = self.products[rows] - own * other / counts
        variances = (own_squares - own**2 / counts) * (other_squares - other**2 / counts)
        has_variance = variances > (_LEAST_VARIANCE * counts) ** 2
        return np.divide(
            covariances,
            np.sqrt(np.maximum(variances, 0)),
            out=np.zeros(variances.shape),
            where=has_variance,
        ).clip(-1, 1)


def _sums(spectrograms: EventFrames, places: IntArray, lengths: IntArray) -> _Sums:
    n_events, n_rows = len(places), spectrograms.n_rows
    levels, level_of = np.unique(lengths, return_inverse=True)
    batch = spectrograms.read(places)
    frames = np.concatenate([_standardised(event) for event in batch.events()])
    products = np.zeros((n_events, n_events), np.float32)
    totals, squares = np.zeros((2, n_events, len(levels)))
    start = 0
    for level, stop in enumerate(levels.tolist()):
        n_long = int((lengths >= stop).sum())
        rows = batch.offsets[:n_long, None] + np.arange(start, stop)
        part = frames[rows].reshape(n_long, -1)
        products[:n_long, :n_long] += part @ part.T
        totals[:n_long, level:] += part.sum(axis=1, dtype=np.float64)[:, None]
        squares[:n_long, level:] += (part.astype(np.float64) ** 2).sum(axis=1)[:, None]
        start = stop
    return _Sums(products, totals, squares, levels * float(n_rows), level_of)


def _standardised(event: FloatArray) -> FloatArray:
    """Return values of about 1, of whose products single precision keeps enough."""
    values = event.astype(np.float64) - event.mean(dtype=np.float64)
    deviation = values.std()
    return (values / deviation if deviation > 0 else values).astype(np.float32)


def _mirrored(distances: FloatArray) -> FloatArray:
    """Return a matrix with what is above the diagonal also below it, and 0 on it."""
    upper = np.triu(distances, 1)
    return upper + upper.T


def _checked(n_events: int) -> int:
    if n_events > MOST_EVENTS:
        raise ValueError(
            f"there are {n_events} events, expected at most {MOST_EVENTS}: a matrix of all of "
            "their distances is meant for some of them"
        )
    return n_events

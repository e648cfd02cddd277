"""Spectra of waveforms, padded with zeros so that those of two events can be multiplied."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft

from specufex_pipe.events.frames import Batch, EventFrames
from specufex_pipe.numerics.types import ComplexArray, FloatArray, IntArray
from specufex_pipe.repeaters.kernels import scale_waveforms
from specufex_pipe.repeaters.recordings import NOT_RECORDED, Channel

# A transform takes several rows at once if the processor can, and what is left one by one, which
# may round in another way. With so many there is nothing left.
_ROWS_AT_ONCE = 16
_ROWS_OF_A_TRANSFORM = 256
# Where fewer of the events between the first and the last are asked for, they are read apart.
_SHARE_TO_READ_WHOLE = 0.2
# Lengths that are told apart between a power of two and the next.
_STEPS = 8


class Spectra(NamedTuple):
    """The waveforms of some events on a channel, transformed.

    Attributes
    ----------
    spectra : ndarray of complex64, shape (n_events, n_bins)
        Of waveforms that have an energy of 1.
    energies : ndarray of float32, shape (n_events, n_longest + 1)
        The energy before each sample.
    events : ndarray of int, shape (n_events,)
        Numbers in the catalog, rising.
    """

    spectra: ComplexArray
    energies: FloatArray
    events: IntArray

    def rows_of(self, events: IntArray) -> IntArray:
        """Return the rows of events of the catalog; -1 for those that are not there."""
        rows = np.searchsorted(self.events, events)
        is_there = np.zeros(len(events), bool)
        inside = rows < len(self.events)
        is_there[inside] = self.events[rows[inside]] == events[inside]
        return np.where(is_there, rows, NOT_RECORDED)


def rounded_up(lengths: IntArray) -> IntArray:
    """Return lengths, rounded up so that few differ, and by no more than an eighth."""
    steps = 2 ** np.maximum(0, np.floor(np.log2(np.maximum(lengths, 1)))).astype(np.int64)
    steps = np.maximum(1, steps // _STEPS)
    return -(-lengths // steps) * steps


def padded_length(longest: int, most_samples: int) -> int:
    """Return how many samples to transform, so that no lag sees the other end of a waveform.

    Parameters
    ----------
    longest : int
        Number of samples of the longest waveform.
    most_samples : int
        Of the largest lag.
    """
    return int(next_fast_len(longest + most_samples, real=True))


def read_spectra(channel: Channel, events: IntArray, n_padded: int) -> Spectra:
    """Read and transform the waveforms of events, as far as a channel has them.

    Parameters
    ----------
    channel : recordings.Channel
    events : ndarray of int
        Numbers in the catalog, rising.
    n_padded : int
        As `padded_length` returns it.
    """
    events = events[channel.places[events] != NOT_RECORDED]
    longest = int(channel.lengths[events].max(initial=0))
    energies = np.empty((len(events), longest + 1), np.float32)
    spectra = np.empty((len(events), n_padded // 2 + 1), np.complex64)
    # Places may be in another order than events.
    order = np.argsort(channel.places[events], kind="stable")
    for start in range(0, len(events), _ROWS_OF_A_TRANSFORM):
        rows = order[start : start + _ROWS_OF_A_TRANSFORM]
        samples, offsets = read_events(channel.waveforms, channel.places[events[rows]])
        padded = np.zeros((_whole_rows(len(rows)), n_padded), np.float32)
        scale_waveforms(samples.reshape(-1), offsets, padded, rows, energies)
        spectra[rows] = rfft(padded, axis=1, workers=1)[: len(rows)]
    return Spectra(spectra, energies, events)


def products_of(spectra: ComplexArray, n_padded: int) -> FloatArray:
    """Transform the products of spectra back, to sums of products at each lag.

    Parameters
    ----------
    spectra : ndarray of complex64, shape (n_pairs, n_bins)
        Of as many rows as `empty_spectra` gives.
    n_padded : int

    Returns
    -------
    ndarray of float32, shape (n_pairs, n_padded)
        At lags 0, 1, ..., -2, -1.
    """
    products: FloatArray = irfft(spectra, n_padded, axis=1, overwrite_x=True, workers=1)
    return products


def empty_spectra(n_pairs: int, n_padded: int) -> ComplexArray:
    """Return zeros for the spectra of pairs, with rows more to make a whole."""
    return np.zeros((_whole_rows(n_pairs), n_padded // 2 + 1), np.complex64)


def _whole_rows(number: int) -> int:
    return -(-number // _ROWS_AT_ONCE) * _ROWS_AT_ONCE


def read_events(waveforms: EventFrames, places: IntArray) -> Batch:
    """Read events, of which those between are read along where that is faster.

    Parameters
    ----------
    waveforms : events.frames.EventFrames
    places : ndarray of int
        Rising.
    """
    first, last = int(places[0]), int(places[-1])
    if len(places) < _SHARE_TO_READ_WHOLE * (last - first + 1):
        return waveforms.read(places)
    whole = waveforms.read(range(first, last + 1))
    if (np.diff(places) == 1).all():
        return whole
    starts, stops = whole.offsets[places - first], whole.offsets[places - first + 1]
    parts = [whole.frames[start:stop] for start, stop in zip(starts, stops, strict=True)]
    return Batch(np.concatenate(parts), np.concatenate([[0], np.cumsum(stops - starts)]))


def blocks_of(sizes: IntArray, most: float) -> list[range]:
    """Divide events into ranges, none of which is larger than `most` but those of one event.

    Parameters
    ----------
    sizes : ndarray of int, shape (n_events,)
        Of each event.
    most : float
        Sum of the sizes of a range.
    """
    starts, total = [0], 0
    for event, size in enumerate(sizes.tolist()):
        if total + size > most and event > starts[-1]:
            starts.append(event)
            total = 0
        total += size
    return [range(*ends) for ends in pairwise([*starts, len(sizes)])]

"""Cross-correlation of the waveforms of pairs of events.

Two waveforms are moved along each other by up to a largest lag. The coefficient at a lag is the sum
of their products, over the root of the energies of the parts that overlap there: 1 where these are
the same but for their size. Means are not removed, since waveforms are filtered. The channels of a
station are moved together, and each counts the same; stations have lags of their own.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from specufex_pipe.numerics.threads import map_threads
from specufex_pipe.numerics.types import FloatArray, IntArray
from specufex_pipe.repeaters.correlator import Correlator, most_samples
from specufex_pipe.repeaters.recordings import Station
from specufex_pipe.repeaters.spectra import Spectra, blocks_of, rounded_up

_PAIRS_AT_A_TIME = 128
_MEGABYTE = 1 << 20
# Of a sample: its part of the spectrum, and the energy before it.
_BYTES_OF_A_SAMPLE = 8


class Correlations(NamedTuple):
    """How alike the waveforms of pairs of events are.

    Attributes
    ----------
    coefficients : ndarray of float32, shape (n_pairs, n_stations)
        The largest of all lags, a mean over the channels that both events have; NaN where they
        have none in common.
    lags : ndarray of float32, shape (n_pairs, n_stations)
        s, where it is the largest. Above 0 the second event comes later in its waveform. NaN also
        where this is the largest lag that was tried: beyond it the coefficient may be larger.
    """

    coefficients: FloatArray
    lags: FloatArray

    @property
    def n_stations(self) -> IntArray:
        """Number of stations that have both events, of each pair."""
        return np.isfinite(self.coefficients).sum(axis=1)

    def means(self, n_stations_min: int = 1) -> FloatArray:
        """Return the mean over the stations that have both events, of each pair.

        Parameters
        ----------
        n_stations_min : int
            Pairs that fewer stations have are not compared.

        Returns
        -------
        ndarray of shape (n_pairs,)
            NaN for pairs that are not compared.
        """
        known = np.where(np.isfinite(self.coefficients), self.coefficients, 0.0)
        totals = known.sum(axis=1, dtype=np.float64)
        means = np.full(len(self.coefficients), np.nan)
        is_compared = self.n_stations >= max(1, n_stations_min)
        return np.divide(totals, self.n_stations, out=means, where=is_compared)


def correlate(
    pairs: IntArray,
    stations: Sequence[Station],
    *,
    max_shift: float,
    threshold: float,
    megabytes: float = 1_000,
) -> Correlations:
    """Correlate the waveforms of pairs of events; see `correlate_blocks`.

    Returns
    -------
    Correlations
        Of all pairs.
    """
    shape = (len(pairs), len(stations))
    found = Correlations(np.empty(shape, np.float32), np.empty(shape, np.float32))
    for rows, part in correlate_blocks(
        pairs, stations, max_shift=max_shift, threshold=threshold, megabytes=megabytes
    ):
        found.coefficients[rows], found.lags[rows] = part
    return found


def correlate_blocks(
    pairs: IntArray,
    stations: Sequence[Station],
    *,
    max_shift: float,
    threshold: float,
    megabytes: float = 1_000,
) -> Iterator[tuple[slice, Correlations]]:
    """Iterate over the correlations of pairs of events, a range of pairs at a time.

    What a pair gets depends on its two events alone, to the last bit. Lags are found between the
    samples: by a parabola, and from near the threshold on at the maximum of the band-limited
    interpolation (Schaff & Waldhauser 2005 and others take the parabola, which is off by up to a
    tenth of a sample).

    Parameters
    ----------
    pairs : ndarray of int, shape (n_pairs, 2)
        Numbers of events in the catalog, sorted, as `candidates.candidate_pairs` returns them.
    stations : sequence of Station
    max_shift : float
        Largest lag, s. Lags at which less than half of the shorter waveform overlaps, or less
        than a tenth of the energy of one, are left out.
    threshold : float
        Of the coefficients that matter: below it, by more than 0.1, lags and coefficients are
        rough.
    megabytes : float
        Memory that waveforms and their spectra may take.

    Yields
    ------
    slice
        Of the pairs.
    Correlations
        Of these pairs.

    Raises
    ------
    ValueError
        If there is no station, they are of different catalogs, pairs are not sorted or not of
        events of the catalog, or max_shift is less than a sample.
    """
    _check_pairs(pairs, stations)
    for station in stations:
        interval = 1 / station.sampling_rate
        if not interval * (1 - 1e-9) <= max_shift < np.inf:
            raise ValueError(
                f"max_shift is {max_shift} s, expected a sample or more: {interval:g} s at station "
                f"{station.name}"
            )
    sizes = np.max([_sizes(station, max_shift) for station in stations], axis=0)
    # Two blocks are in memory, and what is at work.
    blocks = blocks_of(sizes, max(1.0, megabytes * _MEGABYTE / 2))
    block_starts = np.array([block.start for block in blocks])
    for block in blocks:
        rows = slice(*np.searchsorted(pairs[:, 0], [block.start, block.stop]).tolist())
        if rows.start == rows.stop:
            continue
        found = [
            _of_station(pairs[rows], station, max_shift, threshold, block_starts)
            for station in stations
        ]
        coefficients, lags = (np.column_stack(each) for each in zip(*found, strict=True))
        yield rows, Correlations(coefficients, lags)


def _check_pairs(pairs: IntArray, stations: Sequence[Station]) -> None:
    """Raise a ValueError if pairs are not sorted, or not of events that stations know."""
    if not stations:
        raise ValueError("there is no station, expected one or more")
    numbers = {station.name: station.n_events for station in stations}
    if len(set(numbers.values())) > 1:
        said = ", ".join(f"{name} of {number}" for name, number in numbers.items())
        raise ValueError(f"stations are of catalogs of different numbers of events: {said}")
    if pairs.ndim != 2 or pairs.shape[1] != 2 or not np.issubdtype(pairs.dtype, np.integer):
        raise ValueError(
            f"pairs have shape {pairs.shape} and type {pairs.dtype}, expected two whole "
            "numbers each"
        )
    n_events = stations[0].n_events
    if len(pairs) and not 0 <= pairs.min() <= pairs.max() < n_events:
        raise ValueError(
            f"pairs are of events {pairs.min()} to {pairs.max()}, expected 0 to {n_events - 1}"
        )
    if (np.diff(pairs[:, 0]) < 0).any():
        raise ValueError("pairs are not sorted by their first event")


def _sizes(station: Station, max_shift: float) -> IntArray:
    """Return the bytes that each event takes at a station."""
    most = most_samples(station, max_shift)
    lengths = sum(rounded_up(channel.lengths) + most for channel in station.channels)
    return _BYTES_OF_A_SAMPLE * np.asarray(lengths, np.int64)


def _of_station(
    pairs: IntArray, station: Station, max_shift: float, threshold: float, block_starts: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Return coefficients and lags of pairs whose first events are of one block."""
    coefficients, lags = (np.full(len(pairs), np.nan, np.float32) for _ in range(2))
    # Transforms are as long as the longest waveform of a pair needs, and no longer because
    # another pair is there.
    longest: IntArray = np.zeros(len(pairs), np.int64)
    for channel in station.channels:
        lengths = channel.lengths[pairs]
        longest = np.maximum(longest, np.where(lengths.min(axis=1) > 0, lengths.max(axis=1), 0))
    longest = rounded_up(longest)
    blocks = np.searchsorted(block_starts, pairs[:, 1], side="right")
    for length in np.unique(longest[longest > 0]).tolist():
        rows = np.flatnonzero(longest == length)
        work = Correlator(station, length, max_shift, threshold)
        coefficients[rows], lags[rows] = _of_length(work, pairs[rows], blocks[rows])
    return coefficients, lags


def _of_length(
    work: Correlator, pairs: IntArray, blocks: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Return coefficients and lags of pairs, given the blocks of their second events."""
    coefficients, lags = np.empty((2, len(pairs)), np.float32)
    first = work.read(pairs[:, 0])
    for block in np.unique(blocks):
        rows = np.flatnonzero(blocks == block)
        coefficients[rows], lags[rows] = _of_block(work, pairs[rows], first)
    return coefficients, lags


def _of_block(
    work: Correlator, pairs: IntArray, first: list[Spectra]
) -> tuple[FloatArray, FloatArray]:
    """Return coefficients and lags of pairs whose second events are of one block."""
    shared = work.shared(pairs, first, work.read(pairs[:, 1]))
    starts = range(0, len(pairs), _PAIRS_AT_A_TIME)
    parts = [slice(start, start + _PAIRS_AT_A_TIME) for start in starts]
    coefficients, lags = zip(*map_threads(partial(work.correlate, shared), parts), strict=True)
    return np.concatenate(coefficients), np.concatenate(lags)

"""The correlation of pairs of events at one station, whose waveforms are of about one length."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from specufex_pipe.numerics.types import ComplexArray, FloatArray, IntArray
from specufex_pipe.repeaters.kernels import (
    add_coefficients,
    add_normalised_spectra,
    cross_spectra,
    highest,
    maxima,
)
from specufex_pipe.repeaters.recordings import NOT_RECORDED, Station
from specufex_pipe.repeaters.spectra import (
    Spectra,
    empty_spectra,
    padded_length,
    products_of,
    read_spectra,
)

# A parabola through samples underestimates the maximum by less, up to a fifth of the sampling rate.
_MARGIN = 0.1


class Shared(NamedTuple):
    """What a channel has of some pairs.

    Attributes
    ----------
    first, second : Spectra
    first_rows, second_rows : ndarray of int, shape (n_pairs,)
        Where the events of each pair are in them; -1 where they are not both there.
    lengths : ndarray of int, shape (n_pairs, 2)
        Number of samples of each event.
    """

    first: Spectra
    second: Spectra
    first_rows: IntArray
    second_rows: IntArray
    lengths: IntArray

    def of(self, part: slice) -> "Shared":
        """Return the same of some of the pairs."""
        return Shared(*self[:2], *(rows[part] for rows in self[2:]))


class Correlator:
    """Correlates waveforms that are no longer than `longest` samples.

    Parameters
    ----------
    station : recordings.Station
    longest : int
    max_shift : float
        s.
    threshold : float
        Maxima lower than this by more than 0.1 are not refined.
    """

    def __init__(self, station: Station, longest: int, max_shift: float, threshold: float) -> None:
        self._station = station
        self._most = min(longest, most_samples(station, max_shift))
        self._longest = longest
        self._n_padded = padded_length(longest, self._most)
        self._lengths = [channel.lengths for channel in station.channels]
        self._bar = threshold - _MARGIN

    def read(self, events: IntArray) -> list[Spectra]:
        """Return the spectra of events of the catalog, for each channel."""
        events = np.unique(events)
        return [
            # On a channel that the other event of a pair does not have, one may be longer.
            read_spectra(channel, events[lengths[events] <= self._longest], self._n_padded)
            for channel, lengths in zip(self._station.channels, self._lengths, strict=True)
        ]

    def shared(
        self, pairs: IntArray, first: Sequence[Spectra], second: Sequence[Spectra]
    ) -> list[Shared]:
        """Return what each channel has of pairs, given the spectra of their events."""
        found = []
        for one, other, lengths in zip(first, second, self._lengths, strict=True):
            rows, other_rows = one.rows_of(pairs[:, 0]), other.rows_of(pairs[:, 1])
            is_missing = (rows == NOT_RECORDED) | (other_rows == NOT_RECORDED)
            rows[is_missing] = other_rows[is_missing] = NOT_RECORDED
            found.append(Shared(one, other, rows, other_rows, lengths[pairs]))
        return found

    def correlate(self, shared: Sequence[Shared], part: slice) -> tuple[FloatArray, FloatArray]:
        """Return coefficients and lags (s) of some of the pairs."""
        shared = [each.of(part) for each in shared]
        n_channels = np.sum([each.first_rows != NOT_RECORDED for each in shared], axis=0)
        sums = np.zeros((len(n_channels), 2 * self._most + 1))
        for first, second, rows, other_rows, lengths in shared:
            spectra = empty_spectra(len(rows), self._n_padded)
            cross_spectra(first.spectra, second.spectra, rows, other_rows, spectra)
            products = products_of(spectra, self._n_padded)
            add_coefficients(
                products, first.energies, second.energies, rows, other_rows, lengths, sums
            )
        coefficients, places, beyond = maxima(sums)
        is_refined = np.isfinite(beyond) & (coefficients >= self._bar * n_channels)
        for pair in np.flatnonzero(is_refined).tolist():
            lag = int(places[pair]) - self._most
            spectra = self._normalised_spectra(shared, pair, lag)
            coefficients[pair], beyond[pair] = highest(spectra, self._n_padded, lag, beyond[pair])
        lags = (places - self._most + beyond) / self._station.sampling_rate
        return np.clip(coefficients / n_channels, -1, 1), lags

    def _normalised_spectra(self, shared: Sequence[Shared], pair: int, lag: int) -> ComplexArray:
        spectra = np.zeros((2, self._n_padded // 2 + 1), np.complex128)
        for first, second, rows, other_rows, lengths in shared:
            row, other_row = rows[pair], other_rows[pair]
            if row != NOT_RECORDED:
                add_normalised_spectra(
                    first.spectra[row],
                    second.spectra[other_row],
                    first.energies[row],
                    second.energies[other_row],
                    lengths[pair],
                    lag,
                    spectra,
                )
        return spectra


def most_samples(station: Station, max_shift: float) -> int:
    """Return the largest lag at a station in samples."""
    # 0.29 s of 100 Hz are 29 samples, which the product is a little less than.
    return int(max_shift * station.sampling_rate * (1 + 1e-9))

"""Events as arrays of a byte a number: small pictures of them, and records to look at closely."""

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np

from specufex_pipe.numerics.types import Array, FloatArray, IntArray
from specufex_pipe.plotting.views import Clock
from specufex_pipe.report.explorer.explored import Detail, Explored
from specufex_pipe.report.explorer.pooling import Pooling, pool_frequencies
from specufex_pipe.report.explorer.samples import envelope, mu_law, peaks_of, thin_out

# Columns and rows of spectrograms, at most.
PICTURE_COLUMNS, PICTURE_ROWS = 48, 32
RECORD_COLUMNS, RECORD_ROWS = 256, 128
_MOST = 255


class _Stacked(NamedTuple):
    """Events one after the other."""

    samples: FloatArray
    sample_offsets: IntArray
    frames: FloatArray
    state_probabilities: FloatArray
    n_frames: IntArray

    @classmethod
    def of(cls, details: Sequence[Detail], waveforms: Sequence[FloatArray]) -> Self:
        return cls(
            np.concatenate(waveforms),
            np.cumsum([0, *map(len, waveforms)]),
            np.concatenate([each.frames for each in details]),
            np.concatenate([each.state_probabilities for each in details]),
            np.array([len(each.frames) for each in details]),
        )


def pictures_of(explored: Explored, details: Sequence[Detail]) -> dict[str, Array]:
    """Return small pictures of events.

    Parameters
    ----------
    explored : explored.Explored
        Of which they are.
    details : sequence of explored.Detail

    Returns
    -------
    dict of ndarray
        Envelope, spectrogram, most probable states and fingerprint of each event, and what they
        are scaled by: the part `picture` of docs/file_formats.md. Those of several sequences of
        events may be put one after the other.
    """
    events = _Stacked.of(details, [each.samples for each in details])
    columns = Pooling.of(events.n_frames, PICTURE_COLUMNS)
    peaks = peaks_of(events.samples, events.sample_offsets)
    fingerprints = np.stack([each.fingerprint for each in details])
    return {
        "peak": peaks.astype(np.float32),
        "start": np.full(len(details), -explored.clock.before, np.float32),
        "duration": _single(np.diff(events.sample_offsets) / explored.clock.sampling_rate),
        "envelope": envelope(events.samples, events.sample_offsets, peaks),
        "spectrogram": _bytes(
            pool_frequencies(columns.means(events.frames), PICTURE_ROWS), explored.spectrogram_end
        ),
        "states": columns.means(events.state_probabilities).argmax(axis=1).astype(np.uint8),
        "fingerprint": _bytes(fingerprints, explored.fingerprint_end),
        **_times_of(columns, explored.clock),
    }


def records_of(explored: Explored, details: Sequence[Detail]) -> dict[str, Array]:
    """Return what is shown of events that are looked at closely, and what is heard of them.

    Parameters
    ----------
    explored : explored.Explored
        Of which they are.
    details : sequence of explored.Detail

    Returns
    -------
    dict of ndarray
        Samples, spectrogram and state probabilities of each event, and what they are scaled by:
        the part `record` of docs/file_formats.md.
    """
    thinned = [thin_out(each.samples) for each in details]
    events = _Stacked.of(details, [samples for samples, _ in thinned])
    columns = Pooling.of(events.n_frames, RECORD_COLUMNS)
    peaks = peaks_of(events.samples, events.sample_offsets)
    factors = np.array([factor for _, factor in thinned])
    return {
        "peak": peaks.astype(np.float32),
        "start": np.full(len(details), -explored.clock.before, np.float32),
        "sampling_rate": _single(explored.clock.sampling_rate / factors),
        "lengths": np.diff(events.sample_offsets).astype(np.uint32),
        "samples": mu_law(events.samples, events.sample_offsets, peaks),
        "spectrogram": _bytes(
            pool_frequencies(columns.means(events.frames), RECORD_ROWS), explored.spectrogram_end
        ),
        "states": _bytes(columns.means(events.state_probabilities), 1.0),
        **_times_of(columns, explored.clock),
    }


def frequencies_of_rows(frequencies: FloatArray, most: int) -> FloatArray:
    """Return the frequencies of the rows of a spectrogram that has at most so many.

    Parameters
    ----------
    frequencies : ndarray of shape (n_frequencies,)
        Hz.
    most : int
    """
    return pool_frequencies(frequencies[None], most)[0]


def _times_of(columns: Pooling, clock: Clock) -> dict[str, Array]:
    """Return how many columns events have, and when they are; the middle of the first is exact."""
    first = clock.frames(1)[0]
    return {
        "widths": columns.widths.astype(np.uint16),
        "frame_start": _single(first + (columns.sizes - 1) / 2 * clock.frame_interval),
        "frame_interval": _single(columns.sizes * clock.frame_interval),
    }


def _single(values: FloatArray) -> Array:
    return values.astype(np.float32)


def _bytes(values: FloatArray, end: float) -> Array:
    """Return values from 0 to an upper end as whole numbers up to 255."""
    return np.rint(np.clip(values * (_MOST / end), 0, _MOST)).astype(np.uint8)

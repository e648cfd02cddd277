"""A synthetic catalog with planted families of repeating earthquakes, whose members are known.

A source is a P and an S wave train: noise of a band whose amplitude begins at once and decays
exponentially. An event is a source, scaled, shifted by parts of a sample as an uncertain origin
time shifts it, and in noise of the same band. The signal-to-noise ratio is that of the energies
over the window; two members of a family at a ratio of r are expected to have a coefficient of
r / (1 + r). There are

- families of two to twelve members;
- near families, in pairs whose sources are alike to a given degree, each pair with an event that
  lies between the two and belongs to none;
- single events, of the same band and the same shape.
"""

from typing import NamedTuple

import numpy as np
from scipy.fft import irfft, rfft, rfftfreq
from scipy.signal import butter, sosfiltfilt

RATE = 100.0  # Hz
DURATION = 10.0  # s
BAND = (2.0, 15.0)  # Hz
_ONSETS, _DECAYS, _AMPLITUDES = (2.0, 4.0), (0.5, 1.0), (1.0, 2.0)  # of P and S, s and s
_MARGIN = 2.0  # s, on either side of the window
_RATIO_SPREAD = 3.0  # dB, above and below


class Catalog(NamedTuple):
    """The planted catalog.

    Attributes
    ----------
    waveforms : ndarray of float32, shape (n_stations, n_events, n_samples)
    labels : ndarray of int, shape (n_events,)
        Family of each event, from 1; 0 for none.
    shifts : ndarray of shape (n_events,)
        How much later than at its source each event comes, s; the same at all stations.
    """

    waveforms: np.ndarray
    labels: np.ndarray
    shifts: np.ndarray


def generate(
    seed,
    ratio,
    *,
    n_families=14,
    n_near=3,
    n_single=120,
    likeness=0.85,
    largest_shift=0.2,
    n_stations=1,
):
    """Make a catalog.

    Parameters
    ----------
    seed : int
    ratio : float
        Signal-to-noise ratio, dB; that of an event is up to 3 dB higher or lower.
    n_families, n_near, n_single : int
        Number of families, of pairs of near families, of single events.
    likeness : float
        Coefficient of the sources of two near families.
    largest_shift : float
        s, either way.
    n_stations : int
        Each has sources and noise of its own.
    """
    rng = np.random.default_rng((seed, 1))
    n_sources = n_families + 2 * n_near
    sizes = rng.integers(2, 13, n_sources)
    labels = np.concatenate([np.repeat(np.arange(1, n_sources + 1), sizes), np.zeros(n_near, int)])
    labels = np.concatenate([labels, np.zeros(n_single, int)])
    shifts = rng.uniform(-largest_shift, largest_shift, len(labels))
    ratios = ratio + rng.uniform(-_RATIO_SPREAD, _RATIO_SPREAD, len(labels))
    sizes = 10 ** rng.uniform(-1, 1, len(labels))
    order = rng.permutation(len(labels))
    waveforms = []
    for station in range(n_stations):
        of_station = np.random.default_rng((seed, 2, station))
        signals = _signals(of_station, labels, n_families, n_near, likeness)
        moved = _shifted(signals, shifts)
        noise = _in_window(_band_limited(of_station, len(labels)))
        energies = 10 ** (-ratios / 10) * (moved**2).sum(axis=1)
        noise *= np.sqrt(energies / (noise**2).sum(axis=1))[:, None]
        waveforms.append((sizes[:, None] * (moved + noise))[order])
    return Catalog(np.array(waveforms, np.float32), labels[order], shifts[order])


def _signals(rng, labels, n_families, n_near, likeness):
    """Return the source of each event, with the margin around the window."""
    sources = _sources(rng, n_families + 2 * n_near)
    between = []
    for first in range(n_families, n_families + 2 * n_near, 2):
        one, other = sources[first], sources[first + 1]
        other -= (one @ other) * one
        other /= np.linalg.norm(other)
        sources[first + 1] = likeness * one + np.sqrt(1 - likeness**2) * other
        between.append(sources[first] + sources[first + 1])
    signals = _sources(rng, len(labels))
    signals[labels > 0] = sources[labels[labels > 0] - 1]
    n_members = np.count_nonzero(labels)
    signals[n_members : n_members + n_near] = between
    return signals


def _sources(rng, number):
    times = np.arange(round((DURATION + 2 * _MARGIN) * RATE)) / RATE - _MARGIN
    envelopes = np.zeros((number, len(times)))
    for onset, decay, amplitude in zip(_ONSETS, _DECAYS, _AMPLITUDES, strict=True):
        after = np.maximum(times - onset, 0)
        sizes = amplitude * rng.uniform(0.5, 1.5, (number, 1))
        envelopes += sizes * np.where(times > onset, np.exp(-after / decay), 0)
    sources = _filtered(envelopes * rng.normal(size=envelopes.shape))
    return sources / np.linalg.norm(sources, axis=1, keepdims=True)


def _band_limited(rng, number):
    return _filtered(rng.normal(size=(number, round((DURATION + 2 * _MARGIN) * RATE))))


def _filtered(waveforms):
    return sosfiltfilt(butter(3, BAND, "bandpass", fs=RATE, output="sos"), waveforms, axis=1)


def _shifted(signals, shifts):
    turns = np.exp(-2j * np.pi * shifts[:, None] * rfftfreq(signals.shape[1], 1 / RATE))
    return _in_window(irfft(turns * rfft(signals, axis=1), signals.shape[1], axis=1))


def _in_window(waveforms):
    margin = round(_MARGIN * RATE)
    return waveforms[:, margin:-margin]

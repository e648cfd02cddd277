"""Labelled events: synthetic seismic sources in real noise.

The noise is cut from the demonstration's records, from windows that are labelled as noise, of one
station for each set, as users work on a channel at a time. The signal-to-noise ratio is that of the
powers over the window, between 1 and 25 Hz. Three sets of sources:

- `SOURCES`: five kinds of volcanic event. Within a kind, onset, frequency, decay and loudness vary
  as they would for one source area.
- `ORDERS`: four kinds in pairs that have the same mean spectrum and differ only in their order in
  time: a tone that glides up or down, a high and a low burst in one order or the other.
- `RHYTHMS`: one burst, two, or a long one in the same band; a tone that rises and falls, or falls
  and rises. It played no part in the choice of any default.
"""

import csv

import numpy as np
from demo_clusters import REPOSITORY
from obspy import UTCDateTime, read
from scipy.signal import butter, sosfiltfilt

DEMO = REPOSITORY / "resources/demo"
STATIONS = ("UV05", "UV06", "UV10")
RATE = 100.0  # Hz
DURATION = 16.0  # s
SIGNAL_TO_NOISE = (0.0, 12.0)  # dB
BAND = (1.0, 25.0)  # Hz
_TIMES = np.arange(round(DURATION * RATE)) / RATE


def generate(kinds, n_events, seed):
    """Make events.

    Parameters
    ----------
    kinds : sequence of callable
        Each takes a random generator and returns a signal.
    n_events, seed : int
        The seed also decides which station the noise is from.

    Returns
    -------
    waveforms : ndarray of float32, shape (n_events, n_samples)
    labels : ndarray of int, shape (n_events,)
        The kind of each event.
    """
    rng = np.random.default_rng(seed)
    noise = noise_windows(STATIONS[seed % len(STATIONS)])
    labels = rng.integers(len(kinds), size=n_events)
    return np.array([_event(kinds[label], noise, rng) for label in labels], np.float32), labels


def noise_windows(station):
    """Return the windows of a station that are labelled as noise, high-passed, as ndarrays."""
    with (DEMO / "labels.csv").open(newline="", encoding="utf-8") as file:
        quiet = {row["event_id"] for row in csv.DictReader(file) if row["label"] == "noise"}
    with (DEMO / "catalog.csv").open(newline="", encoding="utf-8") as file:
        times = [UTCDateTime(r["time"]) for r in csv.DictReader(file) if r["event_id"] in quiet]
    stream = read(str(DEMO / f"waveforms/*.{station}.*.mseed"))
    windows = []
    for time in times:
        (trace,) = stream.slice(time - 5, time + 14.99, keep_empty_traces=False)
        samples = trace.data - trace.data.mean()
        windows.append(_filtered(samples, BAND[0], None))
    return windows


def _event(kind, noise, rng):
    signal, window = kind(rng), noise[rng.integers(len(noise))]
    first = rng.integers(len(window) - len(signal) + 1)
    background = window[first : first + len(signal)]
    powers = [(_filtered(part, *BAND) ** 2).mean() for part in (background, signal)]
    gain = 10 ** (rng.uniform(*SIGNAL_TO_NOISE) / 20)
    return background + gain * np.sqrt(powers[0] / powers[1]) * signal


def _filtered(samples, low, high):
    corners, kind = (low, "highpass") if high is None else ((low, high), "bandpass")
    return sosfiltfilt(butter(2, corners, kind, fs=RATE, output="sos"), samples)


def _noise(rng, low, high):
    return _filtered(rng.normal(size=len(_TIMES)), low, high)


def _burst(rng, onset, low, high, rise, decay):
    """Return noise in a band that rises and then decays."""
    t = np.maximum(_TIMES - onset, 0)
    burst = _noise(rng, low, high) * (1 - np.exp(-t / rise)) * np.exp(-t / decay)
    return burst / burst.std()


def _ringing(rng, onset, frequency, decay):
    """Return a resonance of three harmonics that decay, the higher the sooner."""
    t = np.maximum(_TIMES - onset, 0)
    ringing = (1 - np.exp(-t / 0.15)) * sum(
        np.sin(2 * np.pi * n * frequency * t + rng.uniform(0, 2 * np.pi))
        * np.exp(-t * np.sqrt(n) / decay)
        / n
        for n in (1, 2, 3)
    )
    return ringing / ringing.std()


def _progress(onset, duration):
    """Return the share of a signal's duration that has passed, from 0 to 1."""
    return np.clip((_TIMES - onset) / duration, 0, 1)


def _tapered(onset, duration, flank=0.2):
    """Return an envelope with flanks of a cosine."""
    x = _progress(onset, duration)
    return np.sin(np.pi / 2 * np.minimum(np.minimum(x, 1 - x) / flank, 1)) ** 2


def _tone(rng, frequency, n_harmonics=1):
    """Return harmonics of a frequency that changes, ndarray in Hz."""
    phase = 2 * np.pi * np.cumsum(frequency) / RATE
    return sum(np.sin(n * phase + rng.uniform(0, 2 * np.pi)) / n for n in range(1, n_harmonics + 1))


def _anywhere(rng, duration):
    """Return an onset such that the signal ends within the window."""
    return rng.uniform(0.5, DURATION - duration - 0.5)


def volcano_tectonic(rng):
    """Return an earthquake: P, then a louder, lower and longer S."""
    onset, corner = rng.uniform(2, 5), rng.uniform(8, 12)
    p = _burst(rng, onset, 0.7 * corner, 1.8 * corner, 0.03, rng.uniform(0.3, 0.6))
    later = onset + rng.uniform(1.0, 2.0)
    s = _burst(rng, later, 0.4 * corner, 1.2 * corner, 0.05, rng.uniform(0.8, 1.6))
    return rng.uniform(0.4, 0.8) * p + s


def long_period(rng):
    """Return a long-period event: a resonance that decays."""
    return _ringing(rng, rng.uniform(2, 5), rng.uniform(1.8, 2.8), rng.uniform(2.0, 3.5))


def hybrid(rng):
    """Return a hybrid event: a high-frequency onset on a long-period one."""
    onset = rng.uniform(2, 5)
    burst = _burst(rng, onset, 6, rng.uniform(14, 18), 0.03, rng.uniform(0.4, 0.8))
    ringing = _ringing(rng, onset + 0.1, rng.uniform(1.8, 2.8), rng.uniform(2.0, 3.5))
    return rng.uniform(0.5, 1.0) * burst + ringing


def rockfall(rng):
    """Return a rockfall: noise that swells and fades, rough with single impacts."""
    swelling = _progress(rng.uniform(1, 4), rng.uniform(7, 11)) ** rng.uniform(0.7, 1.4)
    impacts = 1 + 2.5 * _noise(rng, 0.5, 2)
    return (
        _noise(rng, rng.uniform(2, 4), rng.uniform(12, 16))
        * np.sin(np.pi * swelling) ** 2
        * impacts
    )


def gliding_tremor(rng):
    """Return harmonic tremor that glides up."""
    onset, duration, low = rng.uniform(1, 3), rng.uniform(8, 12), rng.uniform(1.8, 2.4)
    frequency = low * rng.uniform(1.7, 2.2) ** _progress(onset, duration)
    return _tone(rng, frequency, 5) * _tapered(onset, duration)


def _glide(rng, course):
    """Return a tone between a low and a high frequency; the course says where, from 0 to 1."""
    low, high, duration = rng.uniform(3, 5), rng.uniform(9, 13), rng.uniform(4, 8)
    onset = _anywhere(rng, duration)
    frequency = low * (high / low) ** course(_progress(onset, duration))
    return _tone(rng, frequency) * _tapered(onset, duration)


def glide_up(rng):
    """Return a tone that rises."""
    return _glide(rng, lambda x: x)


def glide_down(rng):
    """Return a tone that falls."""
    return _glide(rng, lambda x: 1 - x)


def rise_and_fall(rng):
    """Return a tone that rises and falls again."""
    return _glide(rng, lambda x: 1 - abs(2 * x - 1))


def fall_and_rise(rng):
    """Return a tone that falls and rises again."""
    return _glide(rng, lambda x: abs(2 * x - 1))


def _two_bursts(rng, bands):
    durations, gap = rng.uniform(1.5, 3.5, 2), rng.uniform(0, 0.5)
    onset = _anywhere(rng, durations.sum() + gap)
    parts = zip(bands, durations, (onset, onset + durations[0] + gap), strict=True)
    return sum(
        _noise(rng, *band) * _tapered(start, duration, 0.3) / np.sqrt(band[1] - band[0])
        for band, duration, start in parts
    )


def high_then_low(rng):
    """Return a burst at 12 to 17 Hz and one at 5 to 8 Hz."""
    return _two_bursts(rng, ((12, 17), (5, 8)))


def low_then_high(rng):
    """Return a burst at 5 to 8 Hz and one at 12 to 17 Hz."""
    return _two_bursts(rng, ((5, 8), (12, 17)))


def _in_one_band(rng, envelope):
    return _noise(rng, rng.uniform(5, 7), rng.uniform(9, 11)) * envelope


def one_burst(rng):
    """Return a short burst of noise."""
    return _in_one_band(rng, _tapered(rng.uniform(1, 12), rng.uniform(1, 1.6), 0.3))


def two_alike(rng):
    """Return two short bursts of noise."""
    onset = rng.uniform(1, 8)
    first = _tapered(onset, rng.uniform(1, 1.6), 0.3)
    second = _tapered(onset + rng.uniform(3, 4.5), rng.uniform(1, 1.6), 0.3)
    return _in_one_band(rng, first + second)


def long_burst(rng):
    """Return noise that lasts."""
    duration = rng.uniform(5, 8)
    return _in_one_band(rng, _tapered(_anywhere(rng, duration), duration))


SOURCES = (volcano_tectonic, long_period, hybrid, rockfall, gliding_tremor)
ORDERS = (glide_up, glide_down, high_then_low, low_then_high)
RHYTHMS = (one_burst, two_alike, long_burst, rise_and_fall, fall_and_rise)

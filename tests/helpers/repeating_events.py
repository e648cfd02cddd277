"""Made-up repeating events: stores of their waveforms, with known families and arrivals."""

import numpy as np

from specufex_pipe.store import write_events

RATE = 100.0
N_SAMPLES = 600


def shifted(samples, seconds):
    """Return samples later by any time, band-limited."""
    n_padded = 2 * len(samples)
    frequencies = np.fft.rfftfreq(n_padded, 1 / RATE)
    spectrum = np.fft.rfft(samples, n_padded) * np.exp(-2j * np.pi * frequencies * seconds)
    return np.fft.irfft(spectrum, n_padded)[: len(samples)]


def wavelet(rng):
    """Return an arrival at 2 s with its coda, up to half of the Nyquist frequency."""
    samples = np.zeros(N_SAMPLES)
    envelope = np.exp(-np.arange(300) / 60) * np.minimum(1, np.arange(300) / 5)
    samples[200:500] = rng.standard_normal(300) * envelope
    spectrum = np.fft.rfft(samples)
    frequencies = np.fft.rfftfreq(N_SAMPLES, 1 / RATE)
    taper = np.clip((25 - frequencies) / 5, 0, 1) * np.clip(frequencies / 2, 0, 1)
    return np.fft.irfft(spectrum * taper, N_SAMPLES)


def write_waveforms(path, channel, event_ids, families, delays, *, noise=0.02, first=None, seed=0):
    """Write waveforms.h5 of a channel.

    Events of a family (0: of none) share a wavelet, which arrives `delays` (s) later than 2 s after
    the first sample; `first` are the times of first samples after the origin.
    """
    rng = np.random.default_rng(seed)
    of_family = {family: wavelet(rng) for family in sorted(set(families) - {0})}
    first = np.zeros(len(event_ids)) if first is None else first
    with write_events(path, "waveforms", settings={}, inputs={}) as store:
        for event_id, family, delay, time in zip(event_ids, families, delays, first, strict=True):
            base = of_family[family] if family else wavelet(rng)
            samples = shifted(base, delay) * rng.uniform(0.1, 10)
            samples += noise * samples.std() * rng.standard_normal(N_SAMPLES)
            store.append(
                [event_id], [N_SAMPLES], samples.astype(np.float32),
                onset=np.array([2.0]), first_sample=np.array([time]),
            )  # fmt: skip
        store.attributes(channel=channel, sampling_rate=RATE)

"""Made-up waveforms that are alike, at stations."""

import numpy as np
from scipy.signal import butter, sosfiltfilt

from specufex_pipe.events.frames import Frames
from specufex_pipe.repeaters.recordings import Channel, Station

RATE = 100.0


def band_limited(n_samples, seed, low=2.0, high=15.0, rate=RATE):
    """Return noise of a band, Hz."""
    noise = np.random.default_rng(seed).normal(size=n_samples)
    return sosfiltfilt(butter(4, [low, high], "bandpass", fs=rate, output="sos"), noise)


def pulse(n_samples, onset, seed=0, low=2.0, high=15.0, rate=RATE):
    """Return a source-time function of times: band-limited noise that begins and decays.

    It is a sum of sines whose amplitudes are smooth, so that it is known between the samples.
    """
    rng = np.random.default_rng(seed)
    frequencies = np.linspace(low, high, 40)
    amplitudes, phases = rng.normal(size=40), rng.uniform(0, 2 * np.pi, 40)

    def at(shift=0.0):
        """Return the samples of the pulse, shift seconds later."""
        times = np.arange(n_samples) / rate - onset - shift
        waves = np.sin(2 * np.pi * frequencies[:, None] * times + phases[:, None])
        return np.exp(-((times / 0.6) ** 2)) * (amplitudes @ waves)

    return at


def channel_of(waveforms, places=None, rate=RATE):
    """Return a channel of waveforms that may differ in length; None where there is none."""
    present = [np.asarray(each, np.float32) for each in waveforms if each is not None]
    offsets = np.concatenate([[0], np.cumsum([len(each) for each in present])])
    if places is None:
        has = np.array([each is not None for each in waveforms])
        places = np.where(has, np.cumsum(has) - 1, -1)
    return Channel(Frames(np.concatenate(present)[:, None], offsets), np.asarray(places), rate)


def station_of(*channels, name="STA", rate=RATE):
    """Return a station of channels, each a list of waveforms."""
    return Station(name, tuple(channel_of(each, rate=rate) for each in channels))


def all_pairs(n_events):
    return np.column_stack(np.triu_indices(n_events, 1))

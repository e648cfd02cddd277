"""Attributes of an event: how long, loud, high and impulsive it is, measured on its samples."""

from math import log, log10, nan
from typing import NamedTuple

import numpy as np

from specufex_pipe.numerics.types import Array, FloatArray
from specufex_pipe.numerics.units import squared

Band = tuple[float, float]

# Hz; those of Buurman and West (2010).
LOW_BAND: Band = (1.0, 2.0)
HIGH_BAND: Band = (10.0, 20.0)
# Of the energy, where the significant duration begins and ends.
_ENERGY_SHARES = (0.05, 0.95)
# Of the peak of the envelope, where its rise begins.
_RISE_BEGINS = 0.1
# Samples that differ by less, relative to the largest, are equal but for rounding.
_LEAST_VARIATION = 1e-10
# Of a sample: an onset of 5 s at 99.9999 Hz is that of the 500th.
_ROUNDING = 1e-3


class Attribute(NamedTuple):
    """What is measured of each event.

    Attributes
    ----------
    name : str
    unit : str
        {unit} and {unit^2} stand for the unit of the samples and its square; empty for a number.
    meaning : str
        How it is defined.
    is_logarithmic : bool
        Whether events are compared by its logarithm: it is above 0, and events differ by factors.
        docs/features.md says why each is or is not.
    """

    name: str
    unit: str
    meaning: str
    is_logarithmic: bool = False

    def unit_for(self, unit_of_samples: str) -> str:
        """Return its unit where samples have a unit."""
        return self.unit.replace("{unit^2}", squared(unit_of_samples)).replace(
            "{unit}", unit_of_samples
        )


ATTRIBUTES = (
    Attribute(
        "significant_duration", "s", "time from 5 % to 95 % of the energy (Trifunac & Brady, 1975)",
        is_logarithmic=True,
    ),
    Attribute(
        "peak_amplitude", "{unit}", "largest absolute value of the samples", is_logarithmic=True
    ),
    Attribute(
        "rms_amplitude", "{unit}", "root of the mean square of the samples", is_logarithmic=True
    ),
    Attribute(
        "energy", "{unit^2} s", "sum of the squares of the samples over the sampling rate",
        is_logarithmic=True,
    ),
    # In decibels, and so a logarithm already.
    Attribute(
        "signal_to_noise", "dB", "20 log10 of the RMS amplitude from the onset on, over that before"
    ),
    Attribute(
        "dominant_frequency", "Hz", "frequency of the largest power in the spectrum",
        is_logarithmic=True,
    ),
    Attribute(
        "centroid_frequency", "Hz", "mean frequency, weighted with the power (Barnes, 1993)",
        is_logarithmic=True,
    ),
    Attribute(
        "bandwidth", "Hz", "standard deviation of frequency about the centroid (Barnes, 1993)",
        is_logarithmic=True,
    ),
    # A logarithm already.
    Attribute(
        "frequency_index", "", "log10 of the mean spectral amplitude in a high band over that in a "
        "low band (Buurman & West, 2010)",
    ),
    Attribute(
        "spectral_entropy", "", "entropy of the power spectrum, 0 for a tone, 1 where all "
        "frequencies have the same power (Inouye et al., 1991)",
    ),
    Attribute(
        "kurtosis", "", "fourth central moment of the samples over the square of the second; 3 for "
        "Gaussian noise", is_logarithmic=True,
    ),
    # 0 for the most impulsive events, which a logarithm would lose.
    Attribute(
        "rise_time", "s", "time in which the envelope rises from 10 % of its peak to the peak, "
        "after the onset (ASTM E1316)",
    ),
)  # fmt: skip


def measure(
    samples: Array,
    sampling_rate: float,
    *,
    onset: float,
    low_band: Band = LOW_BAND,
    high_band: Band = HIGH_BAND,
) -> dict[str, float]:
    """Measure the attributes of an event.

    Parameters
    ----------
    samples : ndarray of shape (n_samples,)
        Finite; filtered, without trend.
    sampling_rate : float
        Hz.
    onset : float
        Time from the first sample to the onset of the event, s.
    low_band, high_band : (float, float)
        Of the frequency index, both ends included, Hz.

    Returns
    -------
    dict of float
        By the names of `ATTRIBUTES`, in their order; NaN for what cannot be measured, such as the
        frequencies of silence.
    """
    from scipy.fft import rfft, rfftfreq  # takes a while to load, and settings do without

    samples = np.asarray(samples, dtype=np.float64)
    n_before = int(np.clip(np.ceil(onset * sampling_rate - _ROUNDING), 0, len(samples)))
    deviations = _without_mean(samples)
    frequencies = rfftfreq(len(samples), 1 / sampling_rate)[1:]
    amplitudes = np.abs(rfft(deviations)[1:])
    power = amplitudes**2
    if len(samples) % 2 == 0:
        # Frequencies below Nyquist stand for the negative ones as well.
        power[-1:] /= 2
    squares = samples**2
    centroid, bandwidth = centroid_and_bandwidth(power, frequencies)
    values = (
        significant_duration(squares, sampling_rate),
        float(np.abs(samples).max()),
        float(np.sqrt(squares.mean())),
        float(squares.sum() / sampling_rate),
        signal_to_noise(squares, n_before),
        float(frequencies[power.argmax()]) if power.any() else nan,
        centroid,
        bandwidth,
        frequency_index(amplitudes, frequencies, low_band, high_band),
        spectral_entropy(power),
        kurtosis(deviations),
        rise_time(deviations, n_before, sampling_rate),
    )
    return dict(zip((attribute.name for attribute in ATTRIBUTES), values, strict=True))


def significant_duration(squares: FloatArray, sampling_rate: float) -> float:
    """Return the time in which energy grows from 5 to 95 % of all, s.

    Parameters
    ----------
    squares : ndarray of shape (n_samples,)
        Of the samples.
    sampling_rate : float
        Hz.
    """
    energy = np.cumsum(squares)
    if energy[-1] == 0:
        return nan
    first, last = np.searchsorted(energy, np.multiply(_ENERGY_SHARES, energy[-1]))
    return float((last - first) / sampling_rate)


def signal_to_noise(squares: FloatArray, n_before: int) -> float:
    """Return the RMS amplitude from the onset on over that before, dB.

    Parameters
    ----------
    squares : ndarray of shape (n_samples,)
        Of the samples.
    n_before : int
        Number of samples before the onset.
    """
    noise, signal = squares[:n_before], squares[n_before:]
    if not (noise.any() and signal.any()):
        return nan
    return 10 * log10(signal.mean() / noise.mean())


def centroid_and_bandwidth(power: FloatArray, frequencies: FloatArray) -> tuple[float, float]:
    """Return mean and standard deviation of frequency, weighted with the power, Hz.

    Parameters
    ----------
    power, frequencies : ndarray of shape (n_frequencies,)
    """
    total = power.sum()
    if total == 0:
        return nan, nan
    centroid = power @ frequencies / total
    return float(centroid), float(np.sqrt(power @ (frequencies - centroid) ** 2 / total))


def frequency_index(
    amplitudes: FloatArray, frequencies: FloatArray, low_band: Band, high_band: Band
) -> float:
    """Return log10 of the mean amplitude in a high band over that in a low band.

    Parameters
    ----------
    amplitudes, frequencies : ndarray of shape (n_frequencies,)
        Of the spectrum, up to the Nyquist frequency.
    low_band, high_band : (float, float)
        Hz. NaN is returned if one of them has no frequency, or ends above the last one.
    """
    means = []
    for lowest, highest in (low_band, high_band):
        inside = amplitudes[(frequencies >= lowest) & (frequencies <= highest)]
        if not inside.any() or highest > frequencies[-1]:
            return nan
        means.append(float(inside.mean()))
    return log10(means[1] / means[0])


def spectral_entropy(power: FloatArray) -> float:
    """Return the entropy of a power spectrum over that of a flat one.

    Parameters
    ----------
    power : ndarray of shape (n_frequencies,)
    """
    from scipy.special import entr  # takes a while to load, and settings do without

    total = power.sum()
    if len(power) < 2 or total == 0:
        return nan
    return float(entr(power / total).sum() / log(len(power)))


def kurtosis(deviations: FloatArray) -> float:
    """Return Pearson's kurtosis, 3 for Gaussian noise.

    Parameters
    ----------
    deviations : ndarray of shape (n_samples,)
        Of the samples from their mean.
    """
    squares = deviations**2
    variance = squares.mean()
    return float((squares**2).mean() / variance**2) if variance > 0 else nan


def rise_time(deviations: FloatArray, n_before: int, sampling_rate: float) -> float:
    """Return the time from the first 10 % of the peak of the envelope to the peak, s.

    Both are sought after the onset.

    Parameters
    ----------
    deviations : ndarray of shape (n_samples,)
        Of the samples from their mean.
    n_before : int
        Number of samples before the onset.
    sampling_rate : float
        Hz.
    """
    from scipy.signal import hilbert  # takes a while to load, and settings do without

    event = deviations[n_before:]
    if not event.any():
        return nan
    envelope = np.abs(hilbert(event))
    peak = envelope.argmax()
    begin = (envelope >= _RISE_BEGINS * envelope[peak]).argmax()
    return float((peak - begin) / sampling_rate)


def _without_mean(samples: FloatArray) -> FloatArray:
    deviations = samples - samples.mean()
    if np.abs(deviations).max() <= _LEAST_VARIATION * np.abs(samples).max():
        return np.zeros_like(samples)
    return deviations

"""Spectrograms: power over time and frequency, with a choice of scales and frequency axes."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike

from specufex_pipe.numerics.types import Array, FloatArray
from specufex_pipe.numerics.units import per, squared
from specufex_pipe.rejections import Kind, RejectedEvent
from specufex_pipe.words import counted

Scale = Literal["median", "noise", "power", "amplitude"]
FrequencyAxis = Literal["linear", "logarithmic"]
# The median of fewer frames is a poor estimate of the noise.
_LEAST_NOISE_FRAMES = 3
# Of a sample: an onset of 5 s at 99.9999 Hz is that of the 500th.
_ROUNDING = 1e-3


class SpectrogramMaker:
    """Make the spectrograms of traces that share a sampling rate.

    Parameters
    ----------
    sampling_rate : float
        Hz.
    fmin, fmax : float
        The band, both ends included, Hz.
    window : float
        Length of a frame, s.
    window_shape : str
        As `scipy.signal.get_window` names it.
    overlap : float
        Share of the window by which frames overlap.
    zero_padding : float
        Length of the transform divided by that of the window.
    scale : str
        "median": decibels above the median of all frames and frequencies of the event, 0 below it
        (Holtzman et al., Science Advances 4, 2018, eaao2929). The median stands for the background
        of the event, and dividing by it removes the loudness.
        "noise": decibels above the noise, 0 below it. The noise at a frequency is the median over
        the frames that end before the onset.
        "power": the two-sided power spectral density.
        "amplitude": its square root.
    frequency_axis : str
        "linear": the frequencies of the transform.
        "logarithmic": bands between `fmin` and `fmax` that are equally wide on a logarithmic
        axis. Their power is the mean of the power spectral density over the band. Each frequency of
        the transform stands for an interval around it, as wide as the spacing of the frequencies.
    bands_per_octave : int
        Number of bands of the logarithmic axis; rounded so that they fill the range from `fmin` to
        `fmax`.

    Attributes
    ----------
    frequencies : ndarray of shape (n_frequencies,)
        Those of the transform between `fmin` and `fmax`, both included, or the geometric means of
        the edges of the bands, Hz.
    frame_interval : float
        Time between frames, s.
    first_frame : float
        Time from the first sample of a trace to the middle of its first frame, s.
    scale : str

    Raises
    ------
    ValueError
        If no frequency of the transform lies in the band, or bands are narrower than the spacing
        of the frequencies.

    Examples
    --------
    >>> from specufex_pipe.spectrograms import SpectrogramMaker
    >>> maker = SpectrogramMaker(100.0, fmin=2.0, fmax=45.0)
    >>> maker.frame_interval, len(maker.frequencies)
    (0.32, 110)
    """

    def __init__(
        self,
        sampling_rate: float,
        *,
        fmin: float,
        fmax: float,
        window: float = 1.28,
        window_shape: str = "hann",
        overlap: float = 0.75,
        zero_padding: float = 2.0,
        scale: Scale = "median",
        frequency_axis: FrequencyAxis = "linear",
        bands_per_octave: int = 3,
    ) -> None:
        n_window = round(window * sampling_rate)
        self._n_window, self._window_shape = n_window, window_shape
        self._hop = max(1, round(n_window * (1 - overlap)))
        self._n_transform = n = round(n_window * zero_padding)
        frequencies = np.arange(n // 2 + 1) * sampling_rate / n
        self._weights: FloatArray | None = None
        if frequency_axis == "logarithmic":
            self.frequencies, weights = _bands(frequencies, fmin, fmax, bands_per_octave)
            self._band = weights.any(axis=1)
            self._weights = weights[self._band]
        else:
            self._band = (frequencies >= fmin) & (frequencies <= fmax)
            if not self._band.any():
                raise ValueError(
                    f"no frequency lies between spectrograms.fmin {fmin:g} Hz and "
                    f"spectrograms.fmax {fmax:g} Hz: they are {frequencies[1]:g} Hz apart; "
                    "choose a longer spectrograms.window or a wider band"
                )
            self.frequencies = frequencies[self._band]
        self.frame_interval = self._hop / sampling_rate
        self.first_frame = n_window / 2 / sampling_rate
        self.scale = scale
        self._sampling_rate = sampling_rate

    @cached_property
    def _window(self) -> FloatArray:
        """The window, scaled so that what is squared is a power spectral density."""
        from scipy.signal import get_window  # takes a while to load, and settings do without

        shape = get_window(self._window_shape, self._n_window)
        return shape / np.sqrt(self._sampling_rate * (shape**2).sum())

    def unit(self, unit_of_samples: str) -> str:
        """Return the unit of the spectrograms, given that of the samples."""
        if self.scale == "power":
            return per(squared(unit_of_samples), "Hz")
        return per(unit_of_samples, "sqrt(Hz)") if self.scale == "amplitude" else "dB"

    def power(self, samples: Array) -> FloatArray:
        """Return the power spectral density of each frame, two-sided.

        The first frame begins at the first sample. Only whole frames within the trace are taken, so
        nothing is padded.

        Parameters
        ----------
        samples : ndarray of shape (n_samples,)

        Returns
        -------
        ndarray of shape (n_frames, n_frequencies)

        Raises
        ------
        RejectedEvent
            If the trace is shorter than the window.
        """
        from scipy.fft import rfft  # takes a while to load, and settings do without

        n_window = self._n_window
        if len(samples) < n_window:
            raise RejectedEvent(
                Kind.TOO_SHORT,
                f"{len(samples)} samples, the window of a spectrogram has {n_window}",
            )
        frames = sliding_window_view(samples, n_window)[:: self._hop]
        spectra = rfft(frames * self._window, self._n_transform, axis=1)[:, self._band]
        power = spectra.real**2 + spectra.imag**2
        return power if self._weights is None else power @ self._weights

    def spectrogram(self, samples: Array, onset: float | None = None) -> FloatArray:
        """Return the spectrogram of an event, on the chosen scale.

        Parameters
        ----------
        samples : ndarray of shape (n_samples,)
        onset : float, optional
            Time from the first sample to the onset of the event, s; for the scale "noise".

        Returns
        -------
        ndarray of float32, shape (n_frames, n_frequencies)

        Raises
        ------
        RejectedEvent
            If the trace is shorter than the window; the median is 0; there are too few frames of
            noise, or there is no noise at a frequency; or the power is too large for single
            precision.
        """
        power = self.power(samples)
        if self.scale == "median":
            return _decibels(power, _median(power))
        if self.scale == "noise":
            return _decibels(power, self._noise(power, onset))
        if self.scale == "amplitude":
            power = np.sqrt(power)
        if power.max() > np.finfo(np.float32).max:
            raise RejectedEvent(Kind.NOT_A_NUMBER, "the power is too large for single precision")
        return power.astype(np.float32)

    def _noise(self, power: FloatArray, onset: float | None) -> FloatArray:
        """Return the median power before the onset, ndarray of shape (n_frequencies,)."""
        if onset is None or not np.isfinite(onset):
            raise RejectedEvent(
                Kind.NO_BACKGROUND, "its onset is not known, and so what is noise before it"
            )
        before = np.floor(onset * self._sampling_rate + _ROUNDING) - len(self._window)
        n_frames = int(np.clip(before // self._hop + 1, 0, len(power)))
        if n_frames < _LEAST_NOISE_FRAMES:
            needed = self.frame_interval * (_LEAST_NOISE_FRAMES - 1) + 2 * self.first_frame
            raise RejectedEvent(
                Kind.NO_BACKGROUND,
                f"{counted(n_frames, 'frame ends', 'frames end')} before the onset, {onset:g} s "
                f"after the start of the window; expected {_LEAST_NOISE_FRAMES} or more, for which "
                f"the noise has to last {needed:g} s",
            )
        noise = np.median(power[:n_frames], axis=0)
        if not noise.all():
            silent = self.frequencies[noise.argmin()]
            raise RejectedEvent(
                Kind.NO_BACKGROUND, f"there is no noise before the onset at {silent:.4g} Hz"
            )
        return noise


def make_spectrograms(
    waveforms: Iterable[ArrayLike],
    sampling_rate: float,
    *,
    fmin: float = 2.0,
    fmax: float = 45.0,
    window: float = 1.28,
    window_shape: str = "hann",
    overlap: float = 0.75,
    zero_padding: float = 2.0,
    scale: Scale = "median",
    frequency_axis: FrequencyAxis = "linear",
    bands_per_octave: int = 3,
    onsets: Sequence[float] | None = None,
) -> list[FloatArray]:
    """Return the spectrograms of waveforms, as the `fit` of a model takes them.

    Parameters
    ----------
    waveforms : iterable of array_like of shape (n_samples,)
        Filtered waveforms, one for each event; they may differ in length.
    sampling_rate : float
        Hz.
    fmin, fmax, window, window_shape, overlap, zero_padding, scale, frequency_axis, bands_per_octave
        As for `SpectrogramMaker`, whose `frequencies` are those of the rows of a spectrogram.
    onsets : sequence of float, optional
        Time from the first sample of each waveform to the onset of its event, s; for the scale
        "noise".

    Returns
    -------
    list of ndarray of float32, shape (n_frequencies, n_frames)
        By default, decibels above the median of each spectrogram, and 0 below it.

    Raises
    ------
    ValueError
        If a waveform is not a one-dimensional array of finite numbers, has no onset, or no
        spectrogram can be made of it; the message has its number.

    Examples
    --------
    >>> import numpy as np
    >>> from specufex_pipe.spectrograms import make_spectrograms
    >>> waveforms = np.random.default_rng(0).normal(size=(3, 2000))
    >>> spectrograms = make_spectrograms(waveforms, 100.0)  # Hz
    >>> len(spectrograms), spectrograms[0].shape  # frequencies, frames
    (3, (110, 59))
    """
    maker = SpectrogramMaker(
        sampling_rate,
        fmin=fmin,
        fmax=fmax,
        window=window,
        window_shape=window_shape,
        overlap=overlap,
        zero_padding=zero_padding,
        scale=scale,
        frequency_axis=frequency_axis,
        bands_per_octave=bands_per_octave,
    )
    waveforms = list(waveforms)
    if onsets is not None and len(onsets) != len(waveforms):
        raise ValueError(f"{len(onsets)} onsets for {len(waveforms)} waveforms: expected one each")
    spectrograms = []
    for number, waveform in enumerate(waveforms):
        samples = np.asarray(waveform, dtype=float)
        if samples.ndim != 1 or not np.isfinite(samples).all():
            raise ValueError(
                f"waveform {number} has shape {samples.shape}, expected finite samples of shape "
                "(n_samples,)"
            )
        try:
            frames = maker.spectrogram(samples, None if onsets is None else onsets[number])
        except RejectedEvent as error:
            raise ValueError(f"waveform {number}: {error}") from error
        spectrograms.append(np.ascontiguousarray(frames.T))
    return spectrograms


def _median(power: FloatArray) -> float:
    median = float(np.median(power))
    if not median > 0:
        raise RejectedEvent(
            Kind.NO_BACKGROUND,
            "the median of the spectrogram is 0, so more than half of the window is silent",
        )
    return median


def _decibels(power: FloatArray, background: FloatArray | float) -> FloatArray:
    floor = np.maximum(power / background, 1.0)
    return (10 * np.log10(floor)).astype(np.float32)


def _bands(
    frequencies: FloatArray, fmin: float, fmax: float, bands_per_octave: int
) -> tuple[FloatArray, FloatArray]:
    """Return the middles of bands, and the weight of each frequency in the mean over each band.

    Parameters
    ----------
    frequencies : ndarray of shape (n_all,)
        Of the transform, Hz.
    fmin, fmax : float
        Hz.
    bands_per_octave : int

    Returns
    -------
    middles : ndarray of shape (n_bands,)
        Hz.
    weights : ndarray of shape (n_all, n_bands)
        Those of a band sum to 1.
    """
    if fmin <= 0:
        raise ValueError(
            f"spectrograms.fmin is {fmin:g} Hz, expected more than 0 for a logarithmic axis"
        )
    n_bands = max(1, round(bands_per_octave * np.log2(fmax / fmin)))
    edges = np.geomspace(fmin, fmax, n_bands + 1)
    spacing = frequencies[1]
    if edges[1] - edges[0] < spacing:
        raise ValueError(
            f"spectrograms.bands_per_octave is {bands_per_octave}: the band at {fmin:g} Hz is "
            f"{edges[1] - edges[0]:.3g} Hz wide, narrower than the {spacing:.3g} Hz between the "
            "frequencies of the transform; choose fewer bands per octave, a longer "
            "spectrograms.window, more spectrograms.zero_padding or a higher spectrograms.fmin"
        )
    lower, upper = frequencies[:, None] - spacing / 2, frequencies[:, None] + spacing / 2
    shared = np.minimum(upper, edges[1:]) - np.maximum(lower, edges[:-1])
    weights = np.maximum(shared, 0) / np.diff(edges)
    return np.sqrt(edges[:-1] * edges[1:]), weights

"""Spectrograms: power over time and frequency, in decibels above the event's median."""

from collections.abc import Iterable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike
from scipy.fft import rfft
from scipy.signal import get_window

from specufex_pipe.numerics.types import Array, FloatArray
from specufex_pipe.rejections import Kind, RejectedEvent


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
        Length of the transform over that of the window.

    Attributes
    ----------
    frequencies : ndarray of shape (n_frequencies,)
        Hz; those of the transform between `fmin` and `fmax`, both included.
    frame_interval : float
        Time between frames, s.
    first_frame : float
        Time from the first sample of a trace to the middle of its first frame, s.

    Raises
    ------
    ValueError
        If no frequency of the transform lies in the band.
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
    ) -> None:
        n_window = round(window * sampling_rate)
        shape = get_window(window_shape, n_window)
        self._window = shape / np.sqrt(sampling_rate * (shape**2).sum())
        self._hop = max(1, round(n_window * (1 - overlap)))
        self._n_transform = round(n_window * zero_padding)
        n = self._n_transform
        frequencies = np.arange(n // 2 + 1) * sampling_rate / n
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

    def power(self, samples: Array) -> FloatArray:
        """Return the power spectral density of each frame, two-sided.

        The first frame begins at the first sample, and only frames that lie within the trace are
        taken, so nothing is padded.

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
        n_window = len(self._window)
        if len(samples) < n_window:
            raise RejectedEvent(
                Kind.TOO_SHORT,
                f"{len(samples)} samples, the window of a spectrogram has {n_window}",
            )
        frames = sliding_window_view(samples, n_window)[:: self._hop]
        spectra = rfft(frames * self._window, self._n_transform, axis=1)[:, self._band]
        return spectra.real**2 + spectra.imag**2

    def decibels(self, samples: Array) -> FloatArray:
        """Return the spectrogram in decibels above its median, 0 below it.

        Holtzman et al., Science Advances 4 (2018), eaao2929. The median over all frames and
        frequencies takes out the loudness of the event and stands for its background.

        Parameters
        ----------
        samples : ndarray of shape (n_samples,)

        Returns
        -------
        ndarray of float32, shape (n_frames, n_frequencies)

        Raises
        ------
        RejectedEvent
            If the trace is shorter than the window, or the median is 0.
        """
        power = self.power(samples)
        median = np.median(power)
        if not median > 0:
            raise RejectedEvent(
                Kind.NO_BACKGROUND,
                "the median of the spectrogram is 0, so more than half of the window is silent",
            )
        floor = np.maximum(power / median, 1.0)
        return (10 * np.log10(floor)).astype(np.float32)


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
) -> list[FloatArray]:
    """Return the spectrograms of waveforms as `fit` takes them, frequencies by frames.

    Parameters
    ----------
    waveforms : iterable of array_like of shape (n_samples,)
        Filtered, one of each event; they may differ in length.
    sampling_rate : float
        Hz.
    fmin, fmax, window, window_shape, overlap, zero_padding
        As for `SpectrogramMaker`, whose `frequencies` are those of the rows.

    Returns
    -------
    list of ndarray of float32, shape (n_frequencies, n_frames)
        Decibels above the median of each, 0 below it.

    Raises
    ------
    ValueError
        If a waveform is no row of finite numbers, or no spectrogram can be made of it; the message
        has its number.
    """
    maker = SpectrogramMaker(
        sampling_rate,
        fmin=fmin,
        fmax=fmax,
        window=window,
        window_shape=window_shape,
        overlap=overlap,
        zero_padding=zero_padding,
    )
    spectrograms = []
    for number, waveform in enumerate(waveforms):
        samples = np.asarray(waveform, dtype=float)
        if samples.ndim != 1 or not np.isfinite(samples).all():
            raise ValueError(
                f"waveform {number} has shape {samples.shape}, expected finite samples of shape "
                "(n_samples,)"
            )
        try:
            spectrograms.append(np.ascontiguousarray(maker.decibels(samples).T))
        except RejectedEvent as error:
            raise ValueError(f"waveform {number}: {error}") from error
    return spectrograms

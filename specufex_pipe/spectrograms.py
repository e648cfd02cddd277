"""Spectrograms: power over time and frequency, in decibels above the event's median."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.fft import rfft
from scipy.signal import get_window

from specufex_pipe.errors import RejectedEvent


class SpectrogramMaker:
    """Make the spectrograms of traces that share a sampling rate.

    Parameters
    ----------
    settings : config.SpectrogramSettings
    sampling_rate : float
        Hz.

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

    def __init__(self, settings, sampling_rate):
        n_window = round(settings.window * sampling_rate)
        window = get_window(settings.window_shape, n_window)
        self._window = window / np.sqrt(sampling_rate * (window**2).sum())
        self._hop = max(1, round(n_window * (1 - settings.overlap)))
        self._n_transform = round(n_window * settings.zero_padding)
        n = self._n_transform
        frequencies = np.arange(n // 2 + 1) * sampling_rate / n
        self._band = (frequencies >= settings.fmin) & (frequencies <= settings.fmax)
        if not self._band.any():
            raise ValueError(
                f"no frequency lies between spectrograms.fmin {settings.fmin:g} Hz and "
                f"spectrograms.fmax {settings.fmax:g} Hz: they are {frequencies[1]:g} Hz apart; "
                "choose a longer spectrograms.window or a wider band"
            )
        self.frequencies = frequencies[self._band]
        self.frame_interval = self._hop / sampling_rate
        self.first_frame = n_window / 2 / sampling_rate

    def power(self, samples):
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
                f"too short: {len(samples)} samples, the window of a spectrogram has {n_window}"
            )
        frames = sliding_window_view(samples, n_window)[:: self._hop]
        spectra = rfft(frames * self._window, self._n_transform, axis=1)[:, self._band]
        return spectra.real**2 + spectra.imag**2

    def decibels(self, samples):
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
                "no background: the median of the spectrogram is 0, so more than half of the "
                "window is silent"
            )
        floor = np.maximum(power / median, 1.0)
        return (10 * np.log10(floor)).astype(np.float32)

"""Spectrograms: power over time and frequency, in decibels above the event's median."""

import numpy as np
from scipy.signal import ShortTimeFFT, get_window

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
        hop = max(1, round(n_window * (1 - settings.overlap)))
        self._transform = ShortTimeFFT(
            get_window(settings.window_shape, n_window),
            hop,
            sampling_rate,
            mfft=round(n_window * settings.zero_padding),
            scale_to="psd",
        )
        frequencies = self._transform.f
        self._band = (frequencies >= settings.fmin) & (frequencies <= settings.fmax)
        if not self._band.any():
            raise ValueError(
                f"no frequency lies between spectrograms.fmin {settings.fmin:g} Hz and "
                f"spectrograms.fmax {settings.fmax:g} Hz: they are {frequencies[1]:g} Hz apart; "
                "choose a longer spectrograms.window or a wider band"
            )
        self.frequencies = frequencies[self._band]
        self.frame_interval = hop / sampling_rate
        self.first_frame = n_window / 2 / sampling_rate

    def power(self, samples):
        """Return the power spectral density of each frame.

        Only frames that lie within the trace are taken, so nothing is padded.

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
        transform = self._transform
        if len(samples) < transform.m_num:
            raise RejectedEvent(
                f"too short: {len(samples)} samples, the window of a spectrogram has "
                f"{transform.m_num}"
            )
        n_frames = (len(samples) - transform.m_num) // transform.hop + 1
        first = transform.lower_border_end[1]
        power = transform.spectrogram(samples, p0=first, p1=first + n_frames)
        return power[self._band].T

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

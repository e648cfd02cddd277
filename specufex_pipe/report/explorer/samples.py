"""Waveforms as few bytes: their envelope, and samples of eight bits to look at and listen to."""

from math import ceil, log

import numpy as np
from scipy.signal import decimate

from specufex_pipe.numerics.types import Array, FloatArray, IntArray

MOST_SAMPLES = 16_384
N_PARTS = 96
_MU, _MOST = 255, 127


def thin_out(samples: FloatArray, most: int = MOST_SAMPLES) -> tuple[FloatArray, int]:
    """Return at most so many samples, and how many of the given ones each of them stands for.

    Parameters
    ----------
    samples : ndarray of shape (n_samples,)
    most : int

    Returns
    -------
    samples : ndarray of shape (n_fewer_samples,)
        After a filter without phase, so that they are at their times. The first stays.
    factor : int
        Of their interval; 1 where there were no more.
    """
    factor = ceil(len(samples) / most)
    if factor == 1:
        return samples, 1
    # Recursive filters are not stable for large factors.
    return decimate(samples, factor, ftype="fir"), factor


def peaks_of(samples: FloatArray, offsets: IntArray) -> FloatArray:
    """Return the largest magnitude of each event.

    Parameters
    ----------
    samples : ndarray of shape (n_samples,)
        Of all events, one after the other.
    offsets : ndarray of int, shape (n_events + 1,)
        Where events begin.

    Returns
    -------
    ndarray of shape (n_events,)
    """
    return np.maximum.reduceat(np.abs(samples), offsets[:-1])


def envelope(samples: FloatArray, offsets: IntArray, peaks: FloatArray) -> Array:
    """Return the lowest and the highest sample in each of `N_PARTS` equal parts of an event.

    Parameters
    ----------
    samples : ndarray of shape (n_samples,)
    offsets : ndarray of int, shape (n_events + 1,)
    peaks : ndarray of shape (n_events,)

    Returns
    -------
    ndarray of int8, shape (n_events, N_PARTS, 2)
        127 stands for the peak. A part that has no sample has the one that it falls on.
    """
    lengths = np.diff(offsets)[:, None]
    starts = offsets[:-1, None] + np.arange(N_PARTS) * lengths // N_PARTS
    both = [each.reduceat(samples, starts.ravel()) for each in (np.minimum, np.maximum)]
    extremes = np.stack(both, axis=-1).reshape(len(peaks), N_PARTS, 2)
    return np.rint(_MOST * (extremes / _divisors(peaks)[:, None, None])).astype(np.int8)


def mu_law(samples: FloatArray, offsets: IntArray, peaks: FloatArray) -> Array:
    """Return samples of eight bits, whose steps are the finer the smaller they are (ITU-T G.711).

    Parameters
    ----------
    samples : ndarray of shape (n_samples,)
    offsets : ndarray of int, shape (n_events + 1,)
    peaks : ndarray of shape (n_events,)

    Returns
    -------
    ndarray of int8, shape (n_samples,)
        127 ln(1 + 255 |x|) / ln(256), with the sign of x, a share of the peak.
    """
    shares = samples / np.repeat(_divisors(peaks), np.diff(offsets))
    # Several times as fast as `numpy.log1p`, and as good in steps of eight bits.
    magnitudes = np.log(1 + _MU * np.abs(shares))
    return np.rint(np.copysign(magnitudes, shares) * (_MOST / log(1 + _MU))).astype(np.int8)


def _divisors(peaks: FloatArray) -> FloatArray:
    # Of an event that is 0 throughout, 0 is any share.
    return np.where(peaks > 0, peaks, 1)

"""What the HMM sees of an event: its energies, smooth, above their background, equally loud."""

import numpy as np
from numba import njit


@njit(nogil=True, cache=True)
def prepare_event(energies, smoothing, background, loudness, result):
    """Prepare the energies of an event for the HMM.

    Parameters
    ----------
    energies : ndarray of shape (n_frames, n_patterns)
    smoothing : int
        Odd number of frames over which each pattern is averaged; the first and the last frame
        stand for those that would lie outside.
    background : float
        Quantile over the frames that is subtracted from each pattern; what is left is at least 0.
        NaN for none. An event of one frame has no background.
    loudness : float
        Energy of a frame, on average, to which the event is scaled. NaN: stays as it is.
    result : ndarray of float64, shape (n_frames, n_patterns)
        Filled. All 0 for an event in which nothing rises above the background.
    """
    n_frames, n_patterns = energies.shape
    reach, last = smoothing // 2, n_frames - 1
    course = np.empty(n_frames)
    total = 0.0
    for k in range(n_patterns):
        for t in range(n_frames):
            mean = 0.0
            for u in range(t - reach, t + reach + 1):
                mean += energies[min(max(u, 0), last), k]
            course[t] = mean / smoothing
        level = 0.0
        if n_frames > 1 and background == background:
            level = _quantile(np.sort(course), background)
        for t in range(n_frames):
            result[t, k] = max(course[t] - level, 0.0)
            total += result[t, k]
    if total > 0 and loudness == loudness:
        result *= loudness * n_frames / total


@njit(nogil=True, cache=True)
def _quantile(ordered, share):
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


@njit(nogil=True, cache=True)
def prepare_events(energies, offsets, smoothing, background, loudness, result):
    """Do as `prepare_event` for events that are stacked.

    Parameters
    ----------
    offsets : ndarray of int, shape (n_events + 1,)
        Where the events begin.
    energies, smoothing, background, loudness, result : as for `prepare_event`
    """
    for n in range(len(offsets) - 1):
        frames = slice(offsets[n], offsets[n + 1])
        prepare_event(energies[frames], smoothing, background, loudness, result[frames])

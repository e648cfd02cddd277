"""What the HMM sees of an event: its energies, smooth, above their background, equally loud."""

import numpy as np

from specufex_pipe.numerics.compiling import njit
from specufex_pipe.numerics.types import FloatArray, IntArray

# A rise of less than this share of the background is the rounding of single precision.
_LEAST_RISE = 1e-6
# An event with less energy than this is as silent as one without.
_LEAST_TOTAL = 1e-200


@njit(nogil=True, cache=True)
def prepare_event(
    energies: FloatArray,
    smoothing: int,
    background: float,
    loudness: float,
    result: FloatArray,
) -> None:
    """Prepare the energies of an event for the HMM.

    Parameters
    ----------
    energies : ndarray of shape (n_frames, n_components)
    smoothing : int
        Odd number of frames over which each component is averaged; the first and the last frame
        stand for those that would lie outside.
    background : float
        Quantile over the frames that is subtracted from each component; what is left is at least 0.
        NaN for none. A rise of less than 1e-6 of the background counts as none. An event of one
        frame stays as it is.
    loudness : float
        Energy of a frame, on average, to which the event is scaled. NaN: stays as it is.
    result : ndarray of float64, shape (n_frames, n_components)
        Filled. All 0 for an event in which nothing rises above the background.
    """
    n_frames, n_components = energies.shape
    _smooth(energies, smoothing, result)
    if n_frames > 1 and background == background:
        course = np.empty(n_frames)
        for k in range(n_components):
            for t in range(n_frames):
                course[t] = result[t, k]
            level = _quantile(course, background)
            for t in range(n_frames):
                rise = result[t, k] - level
                result[t, k] = rise if rise > _LEAST_RISE * level else 0.0
    total = result.sum()
    if total > _LEAST_TOTAL and loudness == loudness:
        result *= loudness * n_frames / total


@njit(nogil=True, cache=True)
def _smooth(energies: FloatArray, n: int, result: FloatArray) -> None:
    n_frames, n_components = energies.shape
    for t in range(n_frames):
        for k in range(n_components):
            result[t, k] = 0.0
        for neighbour in range(t - n // 2, t + n // 2 + 1):
            u = min(max(neighbour, 0), n_frames - 1)
            for k in range(n_components):
                result[t, k] += energies[u, k]
        for k in range(n_components):
            result[t, k] /= n


@njit(nogil=True, cache=True)
def _quantile(values: FloatArray, share: float) -> float:
    """Do as `numpy.quantile`, with the values brought into another order."""
    place = share * (len(values) - 1)
    below = int(place)
    lower, fraction = _select(values, below), place - below
    if fraction == 0:
        return lower
    return lower + fraction * (values[below + 1 :].min() - lower)


@njit(nogil=True, cache=True)
def _select(values: FloatArray, rank: int) -> float:
    """Bring the value of a rank to its place, the smaller ones before it; return it.

    Hoare's quickselect. `numpy.partition` takes three times as long for the few frames of an event.
    """
    first, last = 0, len(values) - 1
    while first < last:
        pivot, i, j = values[(first + last) // 2], first, last
        while i <= j:
            while values[i] < pivot:
                i += 1
            while values[j] > pivot:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i, j = i + 1, j - 1
        if rank <= j:
            last = j
        elif rank >= i:
            first = i
        else:
            break
    return values[rank]


@njit(nogil=True, cache=True)
def prepare_events(
    energies: FloatArray,
    offsets: IntArray,
    smoothing: int,
    background: float,
    loudness: float,
    result: FloatArray,
) -> None:
    """Do as `prepare_event` for events that are stacked.

    Parameters
    ----------
    offsets : ndarray of int, shape (n_events + 1,)
        Where the events begin.
    energies, smoothing, background, loudness, result : as for `prepare_event`, of all events
    """
    for n in range(len(offsets) - 1):
        frames = slice(offsets[n], offsets[n + 1])
        prepare_event(energies[frames], smoothing, background, loudness, result[frames])

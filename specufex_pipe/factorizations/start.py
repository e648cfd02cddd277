"""What a fit looks at before its first iteration: the data once through, and where to start."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from sklearn.cluster import kmeans_plusplus

from specufex_pipe.events.checks import EventsLike, as_frames, check_entries, read_checked
from specufex_pipe.events.frames import EventFrames, Frames
from specufex_pipe.numerics.types import FloatArray, IntArray

_FRAMES_TO_START_FROM = 20_000
# Few enough for a core's cache, many enough for matrix products to be fast.
_FRAMES_AT_A_TIME = 1024


class FrameBlocks:
    """The frames of all events, a block at a time, in double precision.

    Parameters
    ----------
    frames : EventFrames
    size : int or None
        Frames in a block, which are read anew each time; None reads all frames once and keeps them.
    """

    def __init__(self, frames: EventFrames, size: int | None = None) -> None:
        if size is None:
            whole = frames.whole()
            frames = Frames(whole.frames.astype(np.float64, copy=False), whole.offsets)
        self._frames, self._size = frames, size or _FRAMES_AT_A_TIME

    def __iter__(self) -> Iterator[tuple[slice, FloatArray]]:
        for start in range(0, self._frames.n_frames, self._size):
            here = slice(start, min(start + self._size, self._frames.n_frames))
            block = self._frames.read_range(here.start, here.stop)
            yield here, np.asarray(block, dtype=np.float64)


class Survey(NamedTuple):
    """The data of a fit, and what is known of them before it.

    Attributes
    ----------
    blocks : FrameBlocks
    offsets : ndarray of int, shape (n_events + 1,)
        Where events begin.
    row_sums : ndarray of shape (n_rows,)
    frame_sums : ndarray of shape (n_frames,)
    numbers : ndarray of int, shape (n_sample,)
        Numbers of some frames, drawn at random.
    sample : ndarray of shape (n_sample, n_rows)
        These frames.
    """

    blocks: FrameBlocks
    offsets: IntArray
    row_sums: FloatArray
    frame_sums: FloatArray
    numbers: IntArray
    sample: FloatArray


def survey(frames: EventFrames, size: int | None, rng: np.random.Generator) -> Survey:
    """Look at all the data once, and make sure that they can be used.

    Parameters
    ----------
    frames : EventFrames
    size : int or None
        As for `FrameBlocks`.
    rng : numpy.random.Generator

    Returns
    -------
    Survey

    Raises
    ------
    ValueError
        If an event has an entry that is negative, NaN or infinite.
    """
    blocks = FrameBlocks(frames, size)
    n_sample = min(_FRAMES_TO_START_FROM, frames.n_frames)
    numbers = np.sort(rng.choice(frames.n_frames, n_sample, replace=False))
    row_sums, frame_sums, sample = np.zeros(frames.n_rows), np.empty(frames.n_frames), []
    for here, X in blocks:
        if not (X.min() >= 0 and X.max() < np.inf):
            (bad,) = np.nonzero(~((X.min(axis=1) >= 0) & (X.max(axis=1) < np.inf)))
            event = np.searchsorted(frames.offsets, here.start + bad[0], side="right") - 1
            check_entries(event, X[bad[0]])
        row_sums += X.sum(axis=0)
        frame_sums[here] = X.sum(axis=1)
        first, last = np.searchsorted(numbers, (here.start, here.stop))
        sample.append(X[numbers[first:last] - here.start])
    return Survey(blocks, frames.offsets, row_sums, frame_sums, numbers, np.concatenate(sample))


def require_possible(
    row_sums: FloatArray, n_frames: int, n_components: int, rows: str, n_lags: int = 1
) -> None:
    """Raise a ValueError if data cannot be factorized into so many components.

    Parameters
    ----------
    row_sums : ndarray of shape (n_rows,)
    n_frames : int
        Number of frames that are not 0.
    n_components : int
    rows : str
        What the rows are, for messages.
    n_lags : int
        Number of frames of a component.
    """
    (empty,) = np.nonzero(row_sums == 0)
    if len(empty):
        names = ", ".join(map(str, empty[:10])) + (", ..." if len(empty) > 10 else "")
        raise ValueError(
            f"rows that are 0 in all frames: {names}; expected an entry above 0 in each: leave out "
            f"these {rows}"
        )
    what = f"the number of {rows}" + (f" times that of lags, {n_lags}" if n_lags > 1 else "")
    most, limit = min(
        (n_lags * len(row_sums), what), (n_frames, "the number of frames that are not 0")
    )
    if n_components > most:
        raise ValueError(f"n_components is {n_components}, expected at most {most}, {limit}")


def diverse_frames(
    data: Survey, n_components: int, rng: np.random.Generator
) -> tuple[IntArray, FloatArray]:
    """Choose frames of a sample that are far apart in shape (k-means++).

    Parameters
    ----------
    data : Survey
    n_components : int
        Number of frames to choose.
    rng : numpy.random.Generator

    Returns
    -------
    chosen : ndarray of int, shape (n_components,)
        Their numbers in the data.
    spectra : ndarray of shape (n_components, n_rows)
        Their entries, of sum 1.
    """
    sums = data.sample.sum(axis=1)
    (usable,) = np.nonzero(sums > 0)
    shapes = data.sample[usable] / sums[usable, None]
    seed = int(rng.integers(2**31))
    spectra, chosen = kmeans_plusplus(shapes, n_components, random_state=seed)
    return data.numbers[usable[chosen]], spectra


def start_values(values: ArrayLike, shape: tuple[int, ...], name: str) -> FloatArray:
    """Return start values that a user gave, checked.

    Parameters
    ----------
    values : array_like
    shape : tuple of int
    name : str

    Returns
    -------
    ndarray of float64

    Raises
    ------
    ValueError
        If they are of another shape, or have an entry that is negative, NaN or infinite.
    """
    values = np.array(values, dtype=np.float64)
    if values.shape != shape:
        raise ValueError(f"{name} are of shape {values.shape}, expected {shape}")
    if not (values.min() >= 0 and values.max() < np.inf):
        raise ValueError(f"{name} have an entry that is not a finite number >= 0")
    return values


def frames_like(values: EventsLike, offsets: IntArray, n_rows: int, name: str) -> FloatArray:
    """Return values that a user gave for each frame, such as activations, checked.

    Parameters
    ----------
    values : as for `events.checks.as_frames`
    offsets : ndarray of int, shape (n_events + 1,)
        Of the data.
    n_rows : int
        Number of values a frame.
    name : str

    Returns
    -------
    ndarray of float64, shape (n_frames, n_rows)

    Raises
    ------
    ValueError
        If they have another number of rows, or other events.
    """
    try:
        frames = as_frames(values, n_rows=n_rows)
        batch = read_checked(frames, range(frames.n_events))
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error
    if not np.array_equal(frames.offsets, offsets):
        lengths, expected = (np.diff(each).tolist()[:10] for each in (frames.offsets, offsets))
        raise ValueError(
            f"{name} are of {frames.n_events} event(s) of {lengths} frames, expected "
            f"{len(offsets) - 1} of {expected}, as the data"
        )
    return batch.frames.astype(np.float64)

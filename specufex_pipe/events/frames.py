"""Events of different lengths as one matrix of frames: the data that the models see."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from specufex_pipe.numerics.digests import digest_of
from specufex_pipe.numerics.types import Array, FloatArray, IntArray
from specufex_pipe.summaries import shows_itself

# Numbers of events.
Events = Sequence[int] | IntArray


class Batch(NamedTuple):
    """The frames of a few events, stacked.

    Attributes
    ----------
    frames : ndarray of shape (n_frames, n_rows)
    offsets : ndarray of int64, shape (n_events + 1,)
        Event ``i`` of the batch is ``frames[offsets[i]:offsets[i + 1]]``.
    """

    frames: Array
    offsets: IntArray

    def events(self) -> Iterator[Array]:
        """Iterate over the events, each of shape (n_frames_of_event, n_rows)."""
        for start, stop in zip(self.offsets[:-1], self.offsets[1:], strict=True):
            yield self.frames[start:stop]


@shows_itself
class EventFrames(ABC):
    """The frames of events, wherever they are: in memory, in a store, computed when read.

    Attributes
    ----------
    offsets : ndarray of int64, shape (n_events + 1,)
        Where the events begin.
    """

    offsets: IntArray

    @property
    @abstractmethod
    def n_rows(self) -> int:
        """Number of values in a frame: of frequencies, components or states."""

    @property
    @abstractmethod
    def dtype(self) -> np.dtype[Any]:
        """Floating-point type of the frames."""

    @property
    @abstractmethod
    def digest(self) -> str:
        """Digest of the content."""

    @abstractmethod
    def read(self, events: Events) -> Batch:
        """Return the `Batch` of the given events, in the order given."""

    def read_range(self, start: int, stop: int) -> Array:
        """Return the frames from `start` to before `stop`, of whatever events they are."""
        first = int(np.searchsorted(self.offsets, start, side="right")) - 1
        last = int(np.searchsorted(self.offsets, stop, side="left"))
        begin = start - self.offsets[first]
        return self.read(range(first, last)).frames[begin : begin + stop - start]

    @property
    def n_events(self) -> int:
        """Number of events."""
        return len(self.offsets) - 1

    @property
    def n_frames(self) -> int:
        """Number of frames of all events together."""
        return int(self.offsets[-1])

    def whole(self) -> "Frames":
        """Return all events as `Frames` in memory."""
        return Frames(*self.read(range(self.n_events)))

    def _summary(self) -> dict[str, str]:
        return self._described((self.n_frames, self.n_rows), self.dtype)

    def _described(self, shape: tuple[int, ...], dtype: object, name: str = "frames") -> Any:
        """Return the number of events and the shape of their frames, in words."""
        lengths = np.diff(self.offsets)
        rows = {"events": f"{self.n_events:,}", name: f"{self.n_frames:,}"}
        if self.n_events:
            rows[f"{name} of an event"] = f"{lengths.min():,} to {lengths.max():,}"
        if len(shape) > 1:
            rows["features"] = f"{shape[1]:,}"
        return rows | {"type": str(dtype)}


class Frames(EventFrames):
    """All frames of all events in memory, with the interface of `store.FrameStore`.

    Parameters
    ----------
    frames : ndarray of shape (n_frames, n_rows)
        float32 or float64; other numbers become float64.
    offsets : array_like of int, shape (n_events + 1,)
        Where the events begin: from 0 to n_frames, rising.

    Raises
    ------
    ValueError
        If frames is not a matrix, or the offsets do not cut it into events.
    """

    def __init__(self, frames: ArrayLike, offsets: ArrayLike) -> None:
        frames, offsets = np.asarray(frames), np.asarray(offsets, dtype=np.int64)
        if frames.ndim != 2:
            raise ValueError(f"frames have {frames.ndim} dimension(s), expected 2")
        if offsets[0] != 0 or offsets[-1] != len(frames) or (np.diff(offsets) < 1).any():
            raise ValueError(
                f"offsets have to rise from 0 to {len(frames)}, the number of frames, without an "
                "empty event"
            )
        self.frames: FloatArray = frames.astype(precision_of(frames.dtype), copy=False)
        self.offsets = offsets

    @property
    def n_rows(self) -> int:
        """Number of values in a frame."""
        return self.frames.shape[1]

    @property
    def dtype(self) -> np.dtype[Any]:
        """Floating-point type of the frames."""
        return self.frames.dtype

    @property
    def digest(self) -> str:
        """Digest of the content."""
        return digest_of(self.dtype.str, self.offsets, self.frames)

    def read(self, events: Events) -> Batch:
        """Return the `Batch` of the given events, in the order given."""
        return gather(self.frames, self.offsets, events)

    def read_range(self, start: int, stop: int) -> Array:
        """Return the frames from `start` to before `stop`, of whatever events they are."""
        return self.frames[start:stop]


def gather(frames: Any, offsets: IntArray, events: Events) -> Batch:
    """Copy the frames of some events out of a matrix or an HDF5 data set.

    Neighbouring events are read as one slice.

    Parameters
    ----------
    frames : array_like of shape (n_frames, n_rows)
    offsets : ndarray of int, shape (n_events + 1,)
    events : array_like of int
        Numbers of the events.

    Returns
    -------
    Batch
    """
    events = np.asarray(events, dtype=np.int64)
    if len(events) == 0:
        return Batch(frames[:0], np.zeros(1, dtype=np.int64))
    lengths = offsets[events + 1] - offsets[events]
    breaks = np.flatnonzero(np.diff(events) != 1) + 1
    runs = np.split(events, breaks)
    slices = [frames[offsets[run[0]] : offsets[run[-1] + 1]] for run in runs]
    matrix = slices[0] if len(slices) == 1 else np.concatenate(slices)
    return Batch(matrix, np.concatenate([[0], np.cumsum(lengths)]))


def event_batches(n_events: int, size: int) -> list[range]:
    """Split the numbers of the events into ranges of at most `size`."""
    return [range(start, min(start + size, n_events)) for start in range(0, n_events, size)]


def precision_of(dtype: np.dtype[Any]) -> type[np.float32] | type[np.float64]:
    """Return the type to work in: single precision stays, all else becomes double."""
    return np.float32 if dtype == np.float32 else np.float64


def stack_events(events: Sequence[NDArray[Any]]) -> Frames:
    """Return `Frames` of a list of matrices of shape (n_rows, n_frames_of_event)."""
    dtype = precision_of(np.result_type(*{event.dtype for event in events}))
    frames = np.concatenate([event.T for event in events]).astype(dtype, copy=False)
    lengths = [event.shape[1] for event in events]
    return Frames(np.ascontiguousarray(frames), np.concatenate([[0], np.cumsum(lengths)]))

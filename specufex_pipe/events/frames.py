"""Events of different lengths as one matrix of frames: the data that the models see."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np


class Batch(NamedTuple):
    """The frames of a few events, stacked.

    Attributes
    ----------
    frames : ndarray of shape (n_frames, n_rows)
    offsets : ndarray of int64, shape (n_events + 1,)
        Event ``i`` of the batch is ``frames[offsets[i]:offsets[i + 1]]``.
    """

    frames: np.ndarray
    offsets: np.ndarray

    def events(self):
        """Iterate over the events, each of shape (n_frames_of_event, n_rows)."""
        for start, stop in zip(self.offsets[:-1], self.offsets[1:], strict=True):
            yield self.frames[start:stop]


class EventFrames:
    """What all sources of frames have in common: the counts that follow from `offsets`."""

    @property
    def n_events(self):
        """Number of events."""
        return len(self.offsets) - 1

    @property
    def n_frames(self):
        """Number of frames of all events together."""
        return int(self.offsets[-1])

    def whole(self):
        """Return all events as `Frames` in memory."""
        return Frames(*self.read(range(self.n_events)))


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

    def __init__(self, frames, offsets):
        frames, offsets = np.asarray(frames), np.asarray(offsets, dtype=np.int64)
        if frames.ndim != 2:
            raise ValueError(f"frames have {frames.ndim} dimension(s), expected 2")
        if offsets[0] != 0 or offsets[-1] != len(frames) or (np.diff(offsets) < 1).any():
            raise ValueError(
                f"offsets have to rise from 0 to {len(frames)}, the number of frames, without an "
                "empty event"
            )
        self.frames = frames.astype(_precision(frames.dtype), copy=False)
        self.offsets = offsets

    @property
    def n_rows(self):
        """Number of frequencies, or of patterns."""
        return self.frames.shape[1]

    @property
    def dtype(self):
        """Floating-point type of the frames."""
        return self.frames.dtype

    @property
    def digest(self):
        """Digest of the content."""
        return digest_of(self.dtype.str, self.offsets, self.frames)

    def read(self, events):
        """Return the `Batch` of the given events, in the order given."""
        return gather(self.frames, self.offsets, events)

    def read_range(self, start, stop):
        """Return the frames from `start` to before `stop`, of whatever events they are."""
        return self.frames[start:stop]


class Selection(EventFrames):
    """Some of the events of another source.

    Parameters
    ----------
    source : Frames or store.FrameStore
    events : array_like of int
        Numbers of the events, rising.
    """

    def __init__(self, source, events):
        self.source = source
        self.events = np.asarray(events, dtype=np.int64)
        self._starts = source.offsets[self.events]
        lengths = source.offsets[self.events + 1] - self._starts
        self.offsets = np.concatenate([[0], np.cumsum(lengths)])

    n_rows = property(lambda self: self.source.n_rows)
    dtype = property(lambda self: self.source.dtype)
    digest = property(lambda self: digest_of(self.source.digest, self.events))

    def read(self, events):
        """Return the `Batch` of the given events, in the order given."""
        return self.source.read(self.events[np.asarray(events, dtype=np.int64)])

    def read_range(self, start, stop):
        """Return the frames from `start` to before `stop`, of whatever events they are."""
        first = np.searchsorted(self.offsets, start, side="right") - 1
        last = np.searchsorted(self.offsets, stop, side="left")
        pieces = [
            self.source.read_range(
                self._starts[event] + max(start - self.offsets[event], 0),
                self._starts[event] + min(stop, self.offsets[event + 1]) - self.offsets[event],
            )
            for event in range(first, last)
        ]
        return np.concatenate(pieces)


class ScaledFrames(EventFrames):
    """Frames of another source, each row times a factor, scaled batch by batch.

    Parameters
    ----------
    source : Frames or store.FrameStore
    scale : array_like of shape (n_rows,)
    """

    def __init__(self, source, scale):
        self.source = source
        self.scale = np.asarray(scale, dtype=source.dtype)

    offsets = property(lambda self: self.source.offsets)
    n_rows = property(lambda self: self.source.n_rows)
    dtype = property(lambda self: self.source.dtype)
    digest = property(lambda self: digest_of(self.source.digest, self.scale))

    def read(self, events):
        """Return the scaled `Batch` of the given events, in the order given."""
        batch = self.source.read(events)
        return Batch(batch.frames * self.scale, batch.offsets)


class ConvolvedFrames(EventFrames):
    """Frames of another source, each row convolved with a kernel over the frames of its event.

    Parameters
    ----------
    source : Frames or store.FrameStore
    kernels : array_like of shape (n_rows, n_lags)
        Row k becomes sum_l kernels[k, l] * row k, l frames earlier.
    """

    def __init__(self, source, kernels):
        self.source = source
        self.kernels = np.asarray(kernels, dtype=source.dtype)

    offsets = property(lambda self: self.source.offsets)
    n_rows = property(lambda self: self.source.n_rows)
    dtype = property(lambda self: self.source.dtype)
    digest = property(lambda self: digest_of(self.source.digest, self.kernels))

    def read(self, events):
        """Return the convolved `Batch` of the given events, in the order given."""
        batch = self.source.read(events)
        result = np.zeros_like(batch.frames)
        convolved = Batch(result, batch.offsets)
        for event, sums in zip(batch.events(), convolved.events(), strict=True):
            for lag, kernel in enumerate(self.kernels.T[: len(event)]):
                sums[lag:] += event[: len(event) - lag] * kernel
        return convolved


def digest_of(text, *arrays):
    """Return the digest of a text and of the content of arrays."""
    result = hashlib.blake2b(text.encode(), digest_size=16)
    for array in arrays:
        result.update(np.ascontiguousarray(array).data)
    return result.hexdigest()


def gather(frames, offsets, events):
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


def event_batches(n_events, size):
    """Split the numbers of the events into ranges of at most `size`."""
    return [range(start, min(start + size, n_events)) for start in range(0, n_events, size)]


def as_frames(X, *, n_rows=None, rows="rows"):
    """Turn what a user hands to a model into frames, and check it.

    Parameters
    ----------
    X : list of ndarray of shape (n_rows, n_frames_of_event), or ndarray of shape \
(n_events, n_rows, n_frames), or ndarray of shape (n_rows, n_frames), a single event, or an \
object with the interface of `Frames`
        The entries of the last are checked when they are read.
    n_rows : int, optional
        Number of rows that a fitted model expects.
    rows : str
        What the rows are, for messages: "frequencies", "patterns".

    Returns
    -------
    Frames

    Raises
    ------
    ValueError
        If there is no event, or an event is not a matrix, has another number of rows than the
        others or than `n_rows`, has no frame, or has an entry that is negative, NaN or infinite.
        The message names the event by its number in `X`.
    """
    if hasattr(X, "read") and hasattr(X, "offsets"):
        if X.n_events == 0:
            raise ValueError("there is no event: expected at least one")
        if n_rows is not None and X.n_rows != n_rows:
            raise ValueError(f"the events have {X.n_rows} {rows}, the model {n_rows}")
        (empty,) = np.nonzero(np.diff(X.offsets) < 1)
        if len(empty):
            raise ValueError(f"event {empty[0]} has no frames, expected at least one")
        return X
    if isinstance(X, np.ndarray) and X.ndim not in (2, 3):
        raise ValueError(
            f"X is one array of {X.ndim} dimension(s), expected 3: (events, {rows}, frames), or 2: "
            f"({rows}, frames) of one event; for events of different lengths give a list of "
            "matrices"
        )
    if isinstance(X, np.ndarray) and X.ndim == 2:
        X = X[None]
    try:
        events = [_as_array(number, event) for number, event in enumerate(X)]
    except TypeError:
        raise ValueError(
            f"X is {type(X).__name__}, expected a list of matrices, one array of 3 dimensions, or "
            "a store"
        ) from None
    if not events:
        raise ValueError("there is no event: expected a list of at least one matrix")
    expected = n_rows
    for number, event in enumerate(events):
        if event.ndim != 2:
            raise ValueError(
                f"event {number} has {event.ndim} dimension(s), expected 2: ({rows}, frames)"
            )
        if expected is None:
            expected = event.shape[0]
        _check_event(number, event, expected, rows)
    dtype = _precision(np.result_type(*{event.dtype for event in events}))
    frames = np.concatenate([event.T for event in events]).astype(dtype, copy=False)
    lengths = [event.shape[1] for event in events]
    return Frames(np.ascontiguousarray(frames), np.concatenate([[0], np.cumsum(lengths)]))


def in_form_of(X, frames):
    """Return frames in the form in which a user gave events to `as_frames`.

    Parameters
    ----------
    X : as for `as_frames`
    frames : Frames

    Returns
    -------
    Frames, or ndarray, or list of ndarray
        Events are of shape (n_rows, n_frames_of_event), as `X` has them.
    """
    if hasattr(X, "read"):
        return frames
    events = [event.T for event in Batch(frames.frames, frames.offsets).events()]
    if isinstance(X, np.ndarray):
        return events[0] if X.ndim == 2 else np.stack(events)
    return events


def read_checked(frames, events):
    """Read events, and make sure that a model can use them.

    Parameters
    ----------
    frames : Frames, ScaledFrames or store.FrameStore
    events : array_like of int

    Returns
    -------
    Batch

    Raises
    ------
    ValueError
        If an event has an entry that is negative, NaN or infinite; the message names the event.
    """
    batch = frames.read(events)
    # NaN compares as false.
    if not (batch.frames.min() >= 0 and batch.frames.max() < np.inf):
        for number, event in zip(events, batch.events(), strict=True):
            check_entries(number, event)
    return batch


def read_ahead(frames, batches):
    """Read batch after batch, the next one while the last is worked on.

    Parameters
    ----------
    frames : Frames, ScaledFrames or store.FrameStore
    batches : iterable of array_like of int
        Numbers of events.

    Yields
    ------
    events : array_like of int
    batch : Batch

    Raises
    ------
    ValueError
        As `read_checked`.
    """
    with ThreadPoolExecutor(1) as reader:
        waiting = None
        for events in batches:
            coming = events, reader.submit(read_checked, frames, events)
            if waiting is not None:
                yield waiting[0], waiting[1].result()
            waiting = coming
        if waiting is not None:
            yield waiting[0], waiting[1].result()


def check_entries(number, event):
    """Raise a ValueError if an event has an entry that is negative, NaN or infinite.

    Parameters
    ----------
    number : int
        Of the event, for the message.
    event : ndarray
    """
    if not np.isfinite(event).all():
        raise ValueError(f"event {number} has NaN or infinite entries, expected finite ones")
    if (event < 0).any():
        raise ValueError(
            f"event {number} has negative entries (smallest {event.min():g}), expected >= 0"
        )


def _precision(dtype):
    """Return the type to work in: single precision stays, all else becomes double."""
    return np.float32 if dtype == np.float32 else np.float64


def _as_array(number, event):
    try:
        return np.asarray(event)
    except ValueError as error:
        raise ValueError(f"event {number} is not a matrix: {error}") from error


def _check_event(number, event, n_rows, rows):
    if event.shape[0] != n_rows:
        raise ValueError(f"event {number} has {event.shape[0]} {rows}, expected {n_rows}")
    if n_rows == 0:
        raise ValueError(f"event {number} has no {rows}, expected at least one")
    if event.shape[1] == 0:
        raise ValueError(f"event {number} has no frames, expected at least one")
    if not np.issubdtype(event.dtype, np.number) or np.issubdtype(event.dtype, np.complexfloating):
        raise ValueError(f"event {number} has entries of type {event.dtype}, expected real numbers")
    check_entries(number, event)

"""Checks of what a user hands to a model: as frames, entry by entry, and back in its own form."""

from collections.abc import Iterable, Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from specufex_pipe.events.frames import (
    Batch,
    EventFrames,
    Events,
    Frames,
    stack_events,
)
from specufex_pipe.numerics.types import Array

# A list of matrices, one array, or frames: what `as_frames` takes.
EventsLike = EventFrames | Array | Sequence[Array]


def as_frames(X: EventsLike, *, n_rows: int | None = None, rows: str = "rows") -> EventFrames:
    """Turn what a user hands to a model into frames, and check it.

    Parameters
    ----------
    X : list of ndarray of shape (n_rows, n_frames_of_event), or ndarray of shape \
(n_events, n_rows, n_frames), or ndarray of shape (n_rows, n_frames), a single event, or \
EventFrames
        The entries of the last are checked when they are read.
    n_rows : int, optional
        Number of rows that a fitted model expects.
    rows : str
        What the rows are, for messages: "frequencies", "components".

    Returns
    -------
    EventFrames

    Raises
    ------
    ValueError
        If there is no event, or an event is not a matrix, has another number of rows than the
        others or than `n_rows`, has no frame, or has an entry that is negative, NaN or infinite.
        The message names the event by its number in `X`.
    """
    if isinstance(X, EventFrames):
        _check_frames(X, n_rows, rows)
        return X
    events = _as_matrices(X, rows)
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
    return stack_events(events)


@overload
def in_form_of(X: EventFrames, frames: Frames) -> Frames: ...


@overload
def in_form_of(X: EventsLike, frames: Frames) -> EventsLike: ...


def in_form_of(X: EventsLike, frames: Frames) -> EventsLike:
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
    if isinstance(X, EventFrames):
        return frames
    events = [event.T for event in Batch(frames.frames, frames.offsets).events()]
    if isinstance(X, np.ndarray):
        return events[0] if X.ndim == 2 else np.stack(events)
    return events


def read_checked(frames: EventFrames, events: Events) -> Batch:
    """Read events, and make sure that a model can use them.

    Parameters
    ----------
    frames : EventFrames
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


def check_entries(number: int, event: Array) -> None:
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


def _check_frames(X: EventFrames, n_rows: int | None, rows: str) -> None:
    if X.n_events == 0:
        raise ValueError("there is no event: expected at least one")
    if n_rows is not None and X.n_rows != n_rows:
        raise ValueError(f"the events have {X.n_rows} {rows}, the model {n_rows}")
    (empty,) = np.nonzero(np.diff(X.offsets) < 1)
    if len(empty):
        raise ValueError(f"event {empty[0]} has no frames, expected at least one")


def _as_matrices(X: Array | Iterable[Any], rows: str) -> list[NDArray[Any]]:
    if isinstance(X, np.ndarray) and X.ndim not in (2, 3):
        raise ValueError(
            f"X is one array of {X.ndim} dimension(s), expected 3: (events, {rows}, frames), or 2: "
            f"({rows}, frames) of one event; for events of different lengths give a list of "
            "matrices"
        )
    if isinstance(X, np.ndarray) and X.ndim == 2:
        X = X[None]
    try:
        return [_as_array(number, event) for number, event in enumerate(X)]
    except TypeError:
        raise ValueError(
            f"X is {type(X).__name__}, expected a list of matrices, one array of 3 dimensions, or "
            "a store"
        ) from None


def _as_array(number: int, event: Any) -> NDArray[Any]:
    try:
        return np.asarray(event)
    except ValueError as error:
        raise ValueError(f"event {number} is not a matrix: {error}") from error


def _check_event(number: int, event: NDArray[Any], n_rows: int, rows: str) -> None:
    if event.shape[0] != n_rows:
        raise ValueError(
            f"event {number} has {event.shape[0]} {rows}, expected {n_rows}: matrices are "
            f"({rows}, frames), and this one has shape {event.shape}; is it transposed?"
        )
    if n_rows == 0:
        raise ValueError(f"event {number} has no {rows}, expected at least one")
    if event.shape[1] == 0:
        raise ValueError(f"event {number} has no frames, expected at least one")
    if not np.issubdtype(event.dtype, np.number) or np.issubdtype(event.dtype, np.complexfloating):
        raise ValueError(f"event {number} has entries of type {event.dtype}, expected real numbers")
    check_entries(number, event)

"""Windows of background: drawn between the events, at times at which none is."""

import numpy as np

from specufex_pipe.numerics.randomness import WINDOW, random_generator
from specufex_pipe.numerics.types import IntArray


def draw_windows(
    starts: IntArray, ends: IntArray, n_windows: int, random_state: int
) -> tuple[IntArray, IntArray]:
    """Draw windows uniformly between the first and the last event, none of which overlaps an event.

    Each is as long as the window of an event that is drawn as well, and at least its own length
    away from all events.

    Parameters
    ----------
    starts, ends : ndarray of int, shape (n_events,)
        Of the windows of the events, ns. One that ends when it starts is an event whose window is
        not known: it is kept away from, and lends no window its length.
    n_windows : int
    random_state : int

    Returns
    -------
    (ndarray of int, ndarray of int), shape (n_drawn,)
        Starts of the windows, ns, and the number of the event that each is as long as. There are
        fewer than `n_windows` where no place between events is long enough.
    """
    generator = random_generator(random_state, WINDOW)
    known = np.flatnonzero(ends > starts)
    if not len(known):
        return np.array([], dtype=int), known
    models = generator.choice(known, n_windows)
    places = generator.random(n_windows)
    gap_starts, gap_ends = _gaps(starts, ends)
    drawn = [
        _place(gap_starts, gap_ends, ends[model] - starts[model], place)
        for model, place in zip(models, places, strict=True)
    ]
    has_place = np.array([start is not None for start in drawn], dtype=bool)
    return np.array([start for start in drawn if start is not None], dtype=int), models[has_place]


def _gaps(starts: IntArray, ends: IntArray) -> tuple[IntArray, IntArray]:
    """Return from when to when there is no event between the first and the last."""
    order = np.argsort(starts, kind="stable")
    # An event may last beyond the end of a later one.
    latest_ends = np.maximum.accumulate(ends[order])[:-1]
    return latest_ends, np.maximum(starts[order][1:], latest_ends)


def _place(gap_starts: IntArray, gap_ends: IntArray, length: int, place: float) -> int | None:
    """Return the start of a window in the gaps; its place is from 0, the earliest, to 1."""
    rooms = np.maximum(gap_ends - gap_starts - 3 * length, 0)
    until = np.cumsum(rooms)
    if not rooms.any():
        return None
    # A float near 1 times a large integer may be that integer.
    offset = min(int(place * until[-1]), int(until[-1]) - 1)
    gap = np.searchsorted(until, offset, side="right")
    return int(gap_starts[gap] + length + offset - (until[gap] - rooms[gap]))

"""The order in which events are drawn where there are too many for a plot."""

import numpy as np

from specufex_pipe.numerics.types import Array

# Points of a plot.
MOST_DRAWN = 10_000
_SEED = 0


def random_order(n_events: int) -> Array:
    """Return all events in a random order, the same for the same number of events.

    A plot draws the first of those that it may show, which are a sample of them without
    replacement, and keeps the points that it has when it draws more.

    Parameters
    ----------
    n_events : int

    Returns
    -------
    ndarray of uint32, shape (n_events,)
    """
    # Of a counter-based generator, whose raw numbers no version of NumPy will change.
    numbers = np.random.Philox(key=_SEED).random_raw(n_events)
    return np.argsort(numbers, kind="stable").astype(np.uint32)

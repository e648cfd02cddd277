"""How long after each other the events of families of repeating earthquakes come."""

from typing import NamedTuple

import numpy as np

from specufex_pipe.numerics.types import FloatArray, IntArray

_SECONDS_PER_DAY = 86_400.0


class Recurrence(NamedTuple):
    """The recurrence intervals of families.

    Attributes
    ----------
    families : ndarray of int, shape (n_intervals,)
        Of each interval; rising.
    pairs : ndarray of int, shape (n_intervals, 2)
        Numbers of the events before and after it, which follow each other in their family.
    days : ndarray of shape (n_intervals,)
        How long it is.
    means : ndarray of shape (n_families,)
        Mean interval of each family from 1, days; NaN where it has less than two events.
    variations : ndarray of shape (n_families,)
        Coefficient of variation: the standard deviation of the intervals (of a sample, over n - 1)
        over their mean (Nadeau & Johnson 1998). 0 for periodic events, and about 1 for random ones.
        NaN where there are less than two intervals, or all events are at one time.
    """

    families: IntArray
    pairs: IntArray
    days: FloatArray
    means: FloatArray
    variations: FloatArray


def recurrence(labels: IntArray, times: FloatArray) -> Recurrence:
    """Return the intervals between successive events of families.

    Parameters
    ----------
    labels : ndarray of int, shape (n_events,)
        Family of each event, from 1; 0 for events in none.
    times : ndarray of shape (n_events,)
        Of the events, s after any time. They need not be sorted.

    Returns
    -------
    Recurrence

    Raises
    ------
    ValueError
        If the two are not of the same number of events, or a time is not finite.
    """
    if labels.shape != times.shape:
        raise ValueError(f"there are {len(times)} times, expected {len(labels)}: one an event")
    if not np.isfinite(times).all():
        raise ValueError(f"the time of event {np.flatnonzero(~np.isfinite(times))[0]} is not known")
    members = np.flatnonzero(labels > 0)
    order = members[np.lexsort([times[members], labels[members]])]
    is_followed = labels[order[1:]] == labels[order[:-1]]
    pairs = np.column_stack([order[:-1], order[1:]])[is_followed]
    families = labels[pairs[:, 0]]
    days = (times[pairs[:, 1]] - times[pairs[:, 0]]) / _SECONDS_PER_DAY
    n_families = int(labels.max(initial=0))
    counts = np.bincount(families, minlength=n_families + 1)[1:]
    means = _ratio(np.bincount(families, days, n_families + 1)[1:], counts)
    squares = (days - means[families - 1]) ** 2
    variances = _ratio(np.bincount(families, squares, n_families + 1)[1:], counts - 1)
    return Recurrence(families, pairs, days, means, _ratio(np.sqrt(variances), means))


def _ratio(values: FloatArray | IntArray, others: FloatArray | IntArray) -> FloatArray:
    """Return quotients; NaN where they are not defined."""
    return np.divide(values, others, out=np.full(len(values), np.nan), where=others > 0)

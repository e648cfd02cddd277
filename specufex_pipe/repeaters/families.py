"""Families of repeating earthquakes: events that are linked by waveforms that are alike."""

from collections.abc import Callable
from typing import Literal

import numpy as np
import scipy.sparse as sparse
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse.csgraph import connected_components

from specufex_pipe.numerics.types import FloatArray, IntArray

Linkage = Literal["single", "average"]
LINKAGES = ("single", "average")
# The coefficients of all pairs of a component are in memory at once.
MOST_EVENTS = 5_000
CoefficientsOf = Callable[[IntArray], FloatArray]


def families(
    pairs: IntArray,
    coefficients: FloatArray,
    n_events: int,
    *,
    threshold: float,
    linkage_method: Linkage,
    smallest: int = 2,
    coefficients_of: CoefficientsOf | None = None,
) -> IntArray:
    """Group events whose waveforms are alike.

    By single linkage a family is all that can be reached from one of its events over pairs at or
    above the threshold. By average linkage (Sokal & Michener 1958) such a group is divided further:
    the two parts with the highest mean coefficient between their events are joined, again and
    again, as long as it is at or above the threshold.

    Parameters
    ----------
    pairs : ndarray of int, shape (n_pairs, 2)
        The candidates, each once.
    coefficients : ndarray of shape (n_pairs,)
        Of their waveforms; NaN for pairs that cannot be compared, which are not linked.
    n_events : int
        In the catalog.
    threshold : float
        Coefficient from which on events are linked, in (0, 1].
    linkage_method : str
        "single" or "average".
    smallest : int
        Number of events that a family has at least.
    coefficients_of : callable, optional
        Takes pairs, sorted, that were no candidates, and returns their coefficients; NaN for pairs
        that cannot be compared, which count as 0. Average linkage needs it.

    Returns
    -------
    ndarray of int, shape (n_events,)
        Family of each event, from 1, the largest first, and of those of one size that with the
        earlier event; 0 for events in none.

    Raises
    ------
    ValueError
        If a parameter is not valid, or more than 5 000 events would have to be compared with each
        other for average linkage.
    """
    _check(pairs, coefficients, n_events, threshold, linkage_method, smallest)
    is_linked = coefficients >= threshold
    groups = _components(pairs[is_linked], n_events)
    if linkage_method == "average":
        if coefficients_of is None:
            raise ValueError("average linkage needs coefficients_of, expected a function of pairs")
        groups = _divided(groups, pairs, coefficients, threshold, coefficients_of)
    return _numbered(groups, smallest)


def _check(
    pairs: IntArray,
    coefficients: FloatArray,
    n_events: int,
    threshold: float,
    linkage_method: str,
    smallest: int,
) -> None:
    if linkage_method not in LINKAGES:
        raise ValueError(
            f"linkage_method is {linkage_method!r}, expected {' or '.join(map(repr, LINKAGES))}"
        )
    if not 0 < threshold <= 1:
        raise ValueError(f"threshold is {threshold}, expected a coefficient above 0 and up to 1")
    if smallest < 2:
        raise ValueError(f"smallest is {smallest}, expected 2 events or more")
    if pairs.shape != (len(coefficients), 2):
        raise ValueError(
            f"pairs have shape {pairs.shape}, expected ({len(coefficients)}, 2): there are "
            f"{len(coefficients)} coefficients"
        )
    if len(pairs) and not 0 <= pairs.min() <= pairs.max() < n_events:
        raise ValueError(
            f"pairs are of events {pairs.min()} to {pairs.max()}, expected 0 to {n_events - 1}"
        )


def _components(pairs: IntArray, n_events: int) -> IntArray:
    """Return a number for each event, the same for those that pairs connect."""
    ones = np.ones(len(pairs), np.int8)
    graph = sparse.coo_array((ones, (pairs[:, 0], pairs[:, 1])), shape=(n_events, n_events))
    groups: IntArray = connected_components(graph, directed=False)[1]
    return groups


def _divided(
    groups: IntArray,
    pairs: IntArray,
    coefficients: FloatArray,
    threshold: float,
    coefficients_of: CoefficientsOf,
) -> IntArray:
    """Divide each group by average linkage."""
    sizes = np.bincount(groups, minlength=1)
    if sizes.max(initial=0) > MOST_EVENTS:
        raise ValueError(
            f"{sizes.max()} events are linked with each other at a threshold of {threshold:g}, and "
            f"average linkage compares at most {MOST_EVENTS}: raise the threshold, or take single "
            "linkage"
        )
    result = groups.copy()
    next_group = len(sizes)
    members_of = np.split(np.argsort(groups, kind="stable"), np.cumsum(sizes)[:-1])
    rows_of = _rows_of_groups(groups, pairs)
    for group in np.flatnonzero(sizes > 2).tolist():
        members, rows = members_of[group], rows_of[group]
        known = np.searchsorted(members, pairs[rows])
        distances = _distances(members, known, coefficients[rows], coefficients_of)
        parts = fcluster(linkage(distances, "average"), _cut(threshold), "distance")
        result[members] = next_group + parts
        next_group += len(members) + 1
    return result


def _cut(threshold: float) -> float:
    """Return the distance up to which events are joined; a mean may be rounded."""
    return 1 - threshold + 1e-6


def _rows_of_groups(groups: IntArray, pairs: IntArray) -> dict[int, IntArray]:
    """Return which of the pairs are between two events of a group, for each group."""
    of_first, of_second = groups[pairs[:, 0]], groups[pairs[:, 1]]
    inside = np.flatnonzero(of_first == of_second)
    inside = inside[np.argsort(of_first[inside], kind="stable")]
    numbers, starts = np.unique(of_first[inside], return_index=True)
    return dict(zip(numbers.tolist(), np.split(inside, starts[1:]), strict=False))


def _distances(
    members: IntArray, known: IntArray, coefficients: FloatArray, coefficients_of: CoefficientsOf
) -> FloatArray:
    """Return 1 - coefficient of all pairs of the members, in the order that SciPy has them."""
    matrix = np.full((len(members), len(members)), -np.inf)
    matrix[known.min(axis=1), known.max(axis=1)] = coefficients
    first, second = np.triu_indices(len(members), 1)
    values = matrix[first, second]
    is_missing = np.isneginf(values)
    if is_missing.any():
        asked = np.column_stack([members[first[is_missing]], members[second[is_missing]]])
        values[is_missing] = coefficients_of(asked)
    return 1 - np.where(np.isnan(values), 0.0, values)


def _numbered(groups: IntArray, smallest: int) -> IntArray:
    """Return the rank of each event's group, from 1 for the largest; 0 if it is too small."""
    _, firsts, inverse, sizes = np.unique(
        groups, return_index=True, return_inverse=True, return_counts=True
    )
    order = np.lexsort([firsts, -sizes])
    numbers = np.zeros(len(sizes), np.int64)
    kept = order[sizes[order] >= smallest]
    numbers[kept] = np.arange(1, len(kept) + 1)
    return numbers[inverse]

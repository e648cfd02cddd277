"""Which clusters of one result are which of another, by the events that they share."""

from typing import NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment

from specufex_pipe.clustering.evaluation import Agreement
from specufex_pipe.numerics.types import FloatArray, IntArray


class Match(NamedTuple):
    """The cluster of another result that is most like a cluster.

    Attributes
    ----------
    number : int
        Of the cluster, from 1.
    n_events : int
        Of the cluster, of those that both results have.
    best : int
        The most similar cluster of the other result; 0 if it shares events with none.
    similarity : float
        Jaccard similarity of the two: the share of the events of either that are in both.
    is_mutual : bool
        Whether the cluster is the most similar to that one, too.
    """

    number: int
    n_events: int
    best: int
    similarity: float
    is_mutual: bool


def jaccard_similarities(table: IntArray) -> FloatArray:
    """Return the Jaccard similarities of the clusters of two results.

    Parameters
    ----------
    table : ndarray of int, shape (n_clusters, n_others)
        Number of events in each pair of clusters, with a row and a column for events in none.

    Returns
    -------
    ndarray of shape (n_clusters, n_others)
    """
    union = table.sum(axis=1, keepdims=True) + table.sum(axis=0, keepdims=True) - table
    return np.divide(table, union, out=np.zeros(table.shape), where=union > 0)


def best_matches(found: Agreement) -> tuple[list[Match], list[Match]]:
    """Return the best match of each cluster, of the first result and of the second.

    Parameters
    ----------
    found : evaluation.Agreement
        In which 0 stands for no cluster, which matches none.
    """
    rows, columns, similarities = _of_clusters(found)
    sizes = found.table.sum(axis=1)[found.first > 0], found.table.sum(axis=0)[found.second > 0]
    return (
        _matches(rows, columns, sizes[0], similarities),
        _matches(columns, rows, sizes[1], similarities.T),
    )


def pair_clusters(found: Agreement) -> list[tuple[int, int]]:
    """Pair the clusters of two results one to one, so that the sum of similarities is largest.

    Parameters
    ----------
    found : evaluation.Agreement
        In which 0 stands for no cluster, which is paired with none.

    Returns
    -------
    list of (int, int)
        Clusters that share events, by the number of the first.
    """
    rows, columns, similarities = _of_clusters(found)
    places = zip(*linear_sum_assignment(similarities, maximize=True), strict=True)
    return [(int(rows[i]), int(columns[j])) for i, j in places if similarities[i, j] > 0]


def _of_clusters(found: Agreement) -> tuple[IntArray, IntArray, FloatArray]:
    """Return the numbers of the clusters of both results, and their similarities."""
    inside = np.ix_(found.first > 0, found.second > 0)
    similarities = jaccard_similarities(found.table)[inside]
    return found.first[found.first > 0], found.second[found.second > 0], similarities


def _matches(
    numbers: IntArray, others: IntArray, sizes: IntArray, similarities: FloatArray
) -> list[Match]:
    if not len(others):
        return [
            Match(int(n), int(size), 0, 0.0, False) for n, size in zip(numbers, sizes, strict=True)
        ]
    best, best_back = (
        similarities.argmax(axis=1),
        similarities.argmax(axis=0) if len(numbers) else [],
    )
    return [
        Match(
            int(number),
            int(sizes[place]),
            int(others[best[place]]) if similarities[place, best[place]] > 0 else 0,
            float(similarities[place, best[place]]),
            bool(similarities[place, best[place]] > 0 and best_back[best[place]] == place),
        )
        for place, number in enumerate(numbers)
    ]

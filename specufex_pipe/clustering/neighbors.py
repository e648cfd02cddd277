"""Neighbours of events: who is nearest, and what an event is on average with them."""

import numpy as np
import scipy.sparse as sparse
from sklearn.neighbors import NearestNeighbors

from specufex_pipe.numerics.types import FloatArray, IntArray


def nearest(points: FloatArray, queries: FloatArray, number: int) -> tuple[FloatArray, IntArray]:
    """Find the points that are nearest to some others.

    Parameters
    ----------
    points : ndarray of shape (n_points, n_dimensions)
    queries : ndarray of shape (n_queries, n_dimensions)
    number : int
        Of the points to find; all of them if there are fewer.

    Returns
    -------
    distances : ndarray of shape (n_queries, number)
        Rising.
    indices : ndarray of int, shape (n_queries, number)
    """
    search = NearestNeighbors(n_neighbors=min(number, len(points)), algorithm="brute").fit(points)
    return search.kneighbors(queries)


def neighbor_graph(points: FloatArray, n_neighbors: int) -> sparse.csr_array:
    """Return the graph of neighbours.

    Parameters
    ----------
    points : ndarray of shape (n_events, n_dimensions)
    n_neighbors : int

    Returns
    -------
    sparse array of shape (n_events, n_events)
        Symmetric: 1 where two events are neighbours of each other, and on the diagonal; 1/2 where
        one of them is a neighbour of the other.
    """
    n_events = len(points)
    _, indices = nearest(points, points, n_neighbors + 1)
    rows = np.repeat(np.arange(n_events), indices.shape[1])
    ones = np.ones(indices.size)
    graph = sparse.csr_array((ones, (rows, indices.ravel())), shape=(n_events, n_events))
    # Of events that are alike, others may take the place of the event itself.
    graph.setdiag(1)
    return sparse.csr_array((graph + graph.T) / 2)


def averaged(points: FloatArray, n_neighbors: int, n_rounds: int) -> FloatArray:
    """Replace each event by the mean of itself and its neighbours, several times.

    What is peculiar to single events goes, and events of one kind draw near to each other, along
    whatever shape their kind has.

    Parameters
    ----------
    points : ndarray of shape (n_events, n_dimensions)
    n_neighbors : int
        Of the graph of neighbours, which stays that of the points as they were.
    n_rounds : int
        0 leaves points as they are.

    Returns
    -------
    ndarray of shape (n_events, n_dimensions)
    """
    if n_rounds == 0:
        return points
    graph = neighbor_graph(points, n_neighbors)
    weights = 1 / graph.sum(axis=1)
    for _ in range(n_rounds):
        points = weights[:, None] * (graph @ points)
    return points

"""The nearest neighbours of every event: all distances of few events, parts of space for many."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from sklearn import config_context
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

from specufex_pipe.clustering.base import fewer_groups_allowed
from specufex_pipe.clustering.neighbors import nearest
from specufex_pipe.numerics.types import FloatArray, IntArray

# Of scikit-learn, which finds distances in chunks of so much.
_MEGABYTES_OF_DISTANCES = 128
# Of so many events all distances are found.
MOST_EXACT = 20_000
# Cells in which the neighbours of the events of a cell are looked for: with fewer, more are missed.
_CELLS_SEARCHED = 32
# That the cells are found from, for each of them.
_EVENTS_A_CELL = 50
# Events whose neighbours are found again among all others, to tell how many are missed.
_EVENTS_CHECKED = 1000


class Neighbors(NamedTuple):
    """The nearest neighbours of every event.

    Attributes
    ----------
    indices : ndarray of int, shape (n_events, n_neighbors)
        The nearest first.
    distances : ndarray of shape (n_events, n_neighbors)
        Euclidean.
    is_exact : bool
        Whether all events were looked at.
    recall : float
        Share of the true neighbours that are among them; of a sample where the search is not exact.
    """

    indices: IntArray
    distances: FloatArray
    is_exact: bool
    recall: float


def find_neighbors(
    points: FloatArray, n_neighbors: int, *, most_exact: int = MOST_EXACT, seed: int = 0
) -> Neighbors:
    """Find the nearest neighbours of every event, which is none of its own.

    Of many events, the space is divided into as many cells as the root of their number, by
    k-means, and the neighbours of an event are looked for in the cells that are nearest to its own.

    Parameters
    ----------
    points : ndarray of shape (n_events, n_dimensions)
    n_neighbors : int
        Of an event; all others if there are fewer.
    most_exact : int
        Number of events up to which all of them are looked at.
    seed : int
        Of the cells, and of the sample that the recall is of.

    Returns
    -------
    Neighbors

    References
    ----------
    Sivic & Zisserman, IEEE International Conference on Computer Vision (2003), 1470-1477, and
    Jegou, Douze & Schmid, IEEE Transactions on Pattern Analysis and Machine Intelligence 33 (2011),
    117-128 (inverted lists of the cells of k-means).
    """
    n_events = len(points)
    n_neighbors = min(n_neighbors, n_events - 1)
    everyone = np.arange(n_events)
    # One thread: sums over threads would come out in another order each time.
    with threadpool_limits(1), config_context(working_memory=_MEGABYTES_OF_DISTANCES):
        if n_events <= most_exact:
            return Neighbors(*_among(points, everyone, everyone, n_neighbors), True, 1.0)
        indices, distances = _by_cells(points, n_neighbors, seed)
        sample = np.sort(
            np.random.default_rng(seed).choice(n_events, _EVENTS_CHECKED, replace=False)
        )
        _, true_distances = _among(points, everyone, sample, n_neighbors)
    # By distance: of events that are equally far, any will do.
    found = distances[sample] <= true_distances[:, -1:]
    return Neighbors(indices, distances, False, float(found.mean()))


def _by_cells(points: FloatArray, n_neighbors: int, seed: int) -> tuple[IntArray, FloatArray]:
    """Find neighbours in the cells around that of each event."""
    n_events = len(points)
    n_cells = int(np.sqrt(n_events))
    sample = np.random.default_rng(seed).choice(
        n_events, min(n_events, _EVENTS_A_CELL * n_cells), replace=False
    )
    with fewer_groups_allowed():
        cells = KMeans(n_cells, n_init=1, max_iter=10, random_state=seed)
        cells.fit(points[np.sort(sample)])
    _, nearest_cells = nearest(cells.cluster_centers_, cells.cluster_centers_, n_cells)
    cell_of = cells.predict(points)
    members = np.split(
        np.argsort(cell_of, kind="stable"), np.cumsum(np.bincount(cell_of, minlength=n_cells))[:-1]
    )
    indices = np.empty((n_events, n_neighbors), dtype=np.int64)
    distances = np.empty((n_events, n_neighbors))
    for cell in np.unique(cell_of):
        near = _enough(nearest_cells[cell], members, n_neighbors)
        among = np.sort(np.concatenate([members[each] for each in near]))
        own = members[cell]
        indices[own], distances[own] = _among(points, among, own, n_neighbors)
    return indices, distances


def _enough(cells: IntArray, members: Sequence[IntArray], n_neighbors: int) -> IntArray:
    """Return the cells to search: more of them where they hold fewer events than are asked for."""
    counts = np.cumsum([len(members[cell]) for cell in cells])
    return cells[: max(_CELLS_SEARCHED, int(np.searchsorted(counts, n_neighbors + 1)) + 1)]


def _among(
    points: FloatArray, among: IntArray, events: IntArray, n_neighbors: int
) -> tuple[IntArray, FloatArray]:
    """Find the neighbours of some events among others, themselves excepted."""
    _, places = nearest(points[among], points[events], n_neighbors + 1)
    found = among[places]
    # The search rounds distances to a part of how far events are from the origin.
    distances = np.stack(
        [np.linalg.norm(points[events] - points[each], axis=1) for each in found.T], axis=1
    )
    # Of events that are alike, others may have taken the place of the event itself.
    distances[found == events[:, None]] = -1
    has_itself = (distances == -1).any(axis=1)
    order = np.lexsort((found, distances), axis=1)
    found = np.take_along_axis(found, order, axis=1)
    distances = np.take_along_axis(distances, order, axis=1)
    first = has_itself.astype(int)[:, None] + np.arange(n_neighbors)
    return np.take_along_axis(found, first, axis=1), np.take_along_axis(distances, first, axis=1)

"""Ward's method: a tree of groups, each joined with the one that it widens least."""

from collections.abc import Sequence

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage

from specufex_pipe.clustering.base import ClusteringMethod
from specufex_pipe.numerics.types import FloatArray, IntArray


class WardMethod(ClusteringMethod):
    """Ward's hierarchical clustering (Ward 1963), which has a dendrogram."""

    # All distances are in memory at once.
    most_events = 8_000
    has_tree = True

    def partitions(
        self, points: FloatArray, numbers: Sequence[int], *, n_neighbors: int, seed: int
    ) -> list[IntArray]:
        """Divide points into groups; see `ClusteringMethod.partitions`."""
        tree = self.tree(points)
        return [cut(tree, number) for number in numbers]

    def tree(self, points: FloatArray) -> FloatArray:
        """Return the tree; see `ClusteringMethod.tree`."""
        return linkage(points, "ward")


def cut(tree: FloatArray, number: int) -> IntArray:
    """Cut a tree into a number of groups, numbered from 1.

    Parameters
    ----------
    tree : ndarray of shape (n_events - 1, 4)
    number : int

    Returns
    -------
    ndarray of int, shape (n_events,)
    """
    return np.asarray(fcluster(tree, number, "maxclust"), dtype=np.int64)

"""Ward's method: a tree of groups, each joined with the one that it widens least."""

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sparse
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import pdist

from specufex_pipe.clustering.base import TreeMethod
from specufex_pipe.numerics.types import FloatArray, IntArray


class WardMethod(TreeMethod):
    """Ward's hierarchical clustering (Ward 1963), which has a dendrogram."""

    # All distances are in memory at once.
    most_events = 8_000

    def partitions(
        self, points: FloatArray, numbers: Sequence[int], *, n_neighbors: int, seed: int
    ) -> list[IntArray]:
        """Divide points into groups; see `ClusteringMethod.partitions`."""
        tree = self.tree(points)
        return [cut(tree, number) for number in numbers]

    def tree(self, points: FloatArray) -> FloatArray:
        """Return the tree; see `TreeMethod.tree`."""
        # Given distances, as SciPy warns of few points that could be taken for a matrix of them.
        return linkage(pdist(points), "ward")


def cut(tree: FloatArray, number: int) -> IntArray:
    """Cut a tree into a number of groups, numbered from 1.

    There are as many as asked for, where several branches end at the same height too.

    Parameters
    ----------
    tree : ndarray of shape (n_events - 1, 4)
    number : int

    Returns
    -------
    ndarray of int, shape (n_events,)
    """
    n_events = len(tree) + 1
    joined = tree[: n_events - number, :2].astype(np.int64)
    branches = np.repeat(n_events + np.arange(len(joined)), 2)
    n_nodes = n_events + len(joined)
    links = sparse.csr_array(
        (np.ones(joined.size), (branches, joined.ravel())), shape=(n_nodes, n_nodes)
    )
    _, groups = sparse.csgraph.connected_components(links, directed=False)
    return np.asarray(groups[:n_events], dtype=np.int64) + 1

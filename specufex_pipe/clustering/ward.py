"""Ward's method: a tree of groups, each joined with the one that it widens least."""

from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import pdist

from specufex_pipe.clustering.base import TreeMethod
from specufex_pipe.numerics.types import FloatArray


class WardMethod(TreeMethod):
    """Ward's hierarchical clustering (Ward 1963), which has a dendrogram."""

    in_words = "Ward's hierarchical clustering (Ward, 1963)"
    # All distances are in memory at once.
    most_events = 8_000

    def tree(self, points: FloatArray) -> FloatArray:
        """Return the tree; see `TreeMethod.tree`."""
        # Given distances, as SciPy warns of few points that could be taken for a matrix of them.
        return linkage(pdist(points), "ward")

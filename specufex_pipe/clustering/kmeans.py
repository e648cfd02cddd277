"""k-means: groups about centres."""

from collections.abc import Sequence

import numpy as np
from sklearn.cluster import KMeans, kmeans_plusplus

from specufex_pipe.clustering.base import ClusteringMethod, fewer_groups_allowed
from specufex_pipe.fitting.parameters import whole_numbers
from specufex_pipe.numerics.types import FloatArray, IntArray

# For each starting point, of which the best is kept. By default there are more for more groups.
_CANDIDATES = 5


class KMeansMethod(ClusteringMethod):
    """k-means (Lloyd 1982), started by k-means++.

    Parameters
    ----------
    n_init : int
        starts; the best is kept
    """

    in_words = "k-means (Lloyd, 1982)"
    _rules = (whole_numbers(1, "n_init"),)

    def __init__(self, n_init: int = 5) -> None:
        self.n_init = n_init

    def partitions(
        self, points: FloatArray, numbers: Sequence[int], *, n_neighbors: int, seed: int
    ) -> list[IntArray]:
        """Divide points into groups; see `ClusteringMethod.partitions`."""
        # The first of many starting points are those that fewer would be: one draw does for all,
        # and what is made of a number does not depend on the others.
        starts = [
            kmeans_plusplus(
                points, max(numbers), random_state=of_start, n_local_trials=_CANDIDATES
            )[0]
            for of_start in np.random.RandomState(seed).randint(2**31 - 1, size=self.n_init)
        ]
        return [_best(points, [start[:number] for start in starts]) for number in numbers]


def _best(points: FloatArray, starts: list[FloatArray]) -> IntArray:
    """Return the groups, from 1, of the start that ends nearest to its centres."""
    with fewer_groups_allowed():
        models = [KMeans(len(start), init=start, n_init=1).fit(points) for start in starts]
    best = min(models, key=lambda model: float(model.inertia_))
    return np.asarray(best.labels_) + 1

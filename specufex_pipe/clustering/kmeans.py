"""k-means: groups about centres."""

import warnings
from collections.abc import Sequence

import numpy as np
from sklearn.cluster import KMeans, kmeans_plusplus
from sklearn.exceptions import ConvergenceWarning

from specufex_pipe.clustering.base import ClusteringMethod
from specufex_pipe.fitting.parameters import whole_numbers
from specufex_pipe.numerics.types import FloatArray, IntArray


class KMeansMethod(ClusteringMethod):
    """k-means (Lloyd 1982), started by k-means++.

    Parameters
    ----------
    n_init : int
        starts; the best is kept
    """

    _rules = (whole_numbers(1, "n_init"),)

    def __init__(self, n_init: int = 5) -> None:
        self.n_init = n_init

    def partitions(
        self, points: FloatArray, numbers: Sequence[int], *, n_neighbors: int, seed: int
    ) -> list[IntArray]:
        """Divide points into groups; see `ClusteringMethod.partitions`."""
        # The first of many starting points are those that fewer would be: one draw does for all.
        rng = np.random.RandomState(seed)
        starts = [
            kmeans_plusplus(points, max(numbers), random_state=rng)[0] for _ in range(self.n_init)
        ]
        return [_best(points, [start[:number] for start in starts]) for number in numbers]


def _best(points: FloatArray, starts: list[FloatArray]) -> IntArray:
    """Return the groups, from 1, of the start that ends nearest to its centres."""
    with warnings.catch_warnings():
        # Of points that are alike, fewer groups are made than asked for, and that is right.
        warnings.simplefilter("ignore", ConvergenceWarning)
        models = [KMeans(len(start), init=start, n_init=1).fit(points) for start in starts]
    best = min(models, key=lambda model: float(model.inertia_))
    return np.asarray(best.labels_) + 1

"""Bisecting k-means: groups that are halved, one after the other."""

from collections.abc import Sequence

import numpy as np
from sklearn.cluster import BisectingKMeans

from specufex_pipe.clustering.base import ClusteringMethod, fewer_groups_allowed
from specufex_pipe.fitting.parameters import whole_numbers
from specufex_pipe.numerics.types import FloatArray, IntArray


class BisectingMethod(ClusteringMethod):
    """Bisecting k-means (Steinbach et al. 2000), which halves the widest group each time.

    Parameters
    ----------
    n_init : int
        starts of each division; the best is kept
    """

    in_words = "bisecting k-means (Steinbach et al., 2000)"
    _rules = (whole_numbers(1, "n_init"),)

    def __init__(self, n_init: int = 3) -> None:
        self.n_init = n_init

    def partitions(
        self, points: FloatArray, numbers: Sequence[int], *, n_neighbors: int, seed: int
    ) -> list[IntArray]:
        """Divide points into groups; see `ClusteringMethod.partitions`."""
        with fewer_groups_allowed():
            models = [
                BisectingKMeans(number, n_init=self.n_init, random_state=seed).fit(points)
                for number in numbers
            ]
        return [np.asarray(model.labels_, dtype=np.int64) + 1 for model in models]

"""HDBSCAN: groups that are denser than what lies between them."""

from collections.abc import Sequence

import numpy as np
from sklearn.cluster import HDBSCAN

from specufex_pipe.clustering.base import ClusteringMethod
from specufex_pipe.fitting.parameters import Rule
from specufex_pipe.numerics.types import FloatArray, IntArray

# Of the extent of the points.
_ROUNDING = 1e-9


class HDBSCANMethod(ClusteringMethod):
    """HDBSCAN (Campello et al. 2013), which finds the number itself, and leaves events out.

    Parameters
    ----------
    smallest : float
        share of the events, below which a group is none
    """

    in_words = "HDBSCAN (Campello et al., 2013)"
    most_events = 10_000
    finds_number = True

    _rules = (Rule(("smallest",), lambda value: 0 < value < 0.5, "a number in (0, 0.5)"),)

    def __init__(self, smallest: float = 0.02) -> None:
        self.smallest = smallest

    def partitions(
        self, points: FloatArray, numbers: Sequence[int], *, n_neighbors: int, seed: int
    ) -> list[IntArray]:
        """Divide points into groups; see `ClusteringMethod.partitions`."""
        least = max(5, round(self.smallest * len(points)))
        if len(points) <= least:
            return [np.zeros(len(points), dtype=np.int64)]
        # Averages of events that are alike differ by rounding, which HDBSCAN would divide them by.
        unit = _ROUNDING * (float(np.ptp(points, axis=0).max()) or 1.0)
        points = np.round(points / unit)
        return [HDBSCAN(min_cluster_size=least, min_samples=5, copy=True).fit_predict(points) + 1]

"""Consensus: groups of events that many partitions keep together."""

from collections.abc import Sequence

import numpy as np
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import squareform

from specufex_pipe.clustering.base import ClusteringMethod
from specufex_pipe.clustering.kmeans import KMeansMethod
from specufex_pipe.clustering.neighbors import averaged
from specufex_pipe.clustering.spectral import SpectralMethod
from specufex_pipe.clustering.ward import cut
from specufex_pipe.fitting.parameters import whole_numbers
from specufex_pipe.numerics.types import FloatArray, IntArray

_SHARE_OF_EVENTS = 0.8
_MOST_GROUPS = 30
_N_AVERAGES = 5


class ConsensusMethod(ClusteringMethod):
    """Evidence accumulation (Fred & Jain 2005): how often partitions keep two events together.

    The partitions are of resamples, by k-means and by spectral clustering in turn, into up to 30
    groups. The clusters are branches of the tree of average linkage of the events, whose distance
    is the share of the partitions that keep two of them apart.

    Parameters
    ----------
    n_partitions : int
        partitions of resamples
    """

    # The distances of all pairs are in memory at once, and partitions are many.
    most_events = 3_000
    takes_averages = False

    _rules = (whole_numbers(1, "n_partitions"),)

    def __init__(self, n_partitions: int = 40) -> None:
        self.n_partitions = n_partitions

    def partitions(
        self, points: FloatArray, numbers: Sequence[int], *, n_neighbors: int, seed: int
    ) -> list[IntArray]:
        """Divide points into groups; see `ClusteringMethod.partitions`."""
        tree = linkage(self._distances(points, n_neighbors, seed), "average")
        return [cut(tree, number) for number in numbers]

    def _distances(self, points: FloatArray, n_neighbors: int, seed: int) -> FloatArray:
        """Return the share of the partitions that keep two events apart, of each pair."""
        n_events, rng = len(points), np.random.default_rng(seed)
        apart, times = (np.zeros((n_events, n_events), dtype=np.float32) for _ in range(2))
        for number in range(self.n_partitions):
            drawn = np.sort(
                rng.choice(n_events, max(2, round(_SHARE_OF_EVENTS * n_events)), replace=False)
            )
            n_groups = int(rng.integers(2, min(_MOST_GROUPS, len(drawn)) + 1))
            labels = self._divide(
                points[drawn], n_groups, n_neighbors, int(rng.integers(2**31)), number % 2 == 0
            )
            pairs = np.ix_(drawn, drawn)
            apart[pairs] += labels[:, None] != labels
            times[pairs] += 1
        return squareform(
            np.divide(apart, times, out=np.ones_like(apart), where=times > 0), checks=False
        )

    def _divide(
        self, points: FloatArray, number: int, n_neighbors: int, seed: int, by_means: bool
    ) -> IntArray:
        method: ClusteringMethod = KMeansMethod(1) if by_means else SpectralMethod(1)
        if by_means:
            points = averaged(points, n_neighbors, _N_AVERAGES)
        return method.partitions(points, [number], n_neighbors=n_neighbors, seed=seed)[0]

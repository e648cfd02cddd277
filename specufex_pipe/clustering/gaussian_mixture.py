"""Gaussian mixtures: groups that are ellipsoids along the axes."""

from collections.abc import Sequence

import numpy as np
from sklearn.mixture import GaussianMixture

from specufex_pipe.clustering.base import ClusteringMethod, fewer_groups_allowed
from specufex_pipe.clustering.kmeans import KMeansMethod
from specufex_pipe.fitting.parameters import whole_numbers
from specufex_pipe.numerics.types import FloatArray, IntArray

# Of the variance of the points, added to each axis of each group.
_LEAST_VARIANCE = 1e-3


class GaussianMixtureMethod(ClusteringMethod):
    """A mixture of Gaussian distributions with diagonal covariances, which begins with k-means.

    Parameters
    ----------
    n_init : int
        starts of k-means; the best is kept
    """

    in_words = "a mixture of Gaussian distributions with diagonal covariances"
    _rules = (whole_numbers(1, "n_init"),)

    def __init__(self, n_init: int = 3) -> None:
        self.n_init = n_init

    def partitions(
        self, points: FloatArray, numbers: Sequence[int], *, n_neighbors: int, seed: int
    ) -> list[IntArray]:
        """Divide points into groups; see `ClusteringMethod.partitions`."""
        # In units of the spread: the averages of a few events may differ by next to nothing.
        deviations = points - points.mean(axis=0)
        spread = np.sqrt(deviations.var(axis=0).mean())
        units = deviations / (spread or 1.0)
        starts = KMeansMethod(self.n_init).partitions(
            units, numbers, n_neighbors=n_neighbors, seed=seed
        )
        return [_improved(units, start) for start in starts]


def _improved(points: FloatArray, start: IntArray) -> IntArray:
    """Return the groups of the mixture that begins with some groups."""
    members = [points[start == group] for group in np.unique(start)]
    variances = np.array([each.var(axis=0) for each in members])
    model = GaussianMixture(
        len(members),
        covariance_type="diag",
        reg_covar=_LEAST_VARIANCE,
        weights_init=[len(each) / len(points) for each in members],
        means_init=[each.mean(axis=0) for each in members],
        precisions_init=1 / (variances + _LEAST_VARIANCE),
    )
    with fewer_groups_allowed():
        return np.asarray(model.fit_predict(points)) + 1

"""Gaussian mixtures: groups that are ellipsoids along the axes."""

from collections.abc import Sequence

import numpy as np
from sklearn.mixture import GaussianMixture

from specufex_pipe.clustering.base import ClusteringMethod, fewer_groups_allowed
from specufex_pipe.fitting.parameters import whole_numbers
from specufex_pipe.numerics.types import FloatArray, IntArray

# Of the variance of the points, added to each axis of each group.
_LEAST_VARIANCE = 1e-3


class GaussianMixtureMethod(ClusteringMethod):
    """A mixture of Gaussian distributions with diagonal covariances.

    Parameters
    ----------
    n_init : int
        starts; the best is kept
    """

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
        with fewer_groups_allowed():
            return [
                GaussianMixture(
                    number,
                    covariance_type="diag",
                    n_init=self.n_init,
                    reg_covar=_LEAST_VARIANCE,
                    random_state=seed,
                ).fit_predict(units)
                + 1
                for number in numbers
            ]

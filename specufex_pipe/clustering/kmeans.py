"""k-means on principal components, the number of clusters chosen by silhouette."""

from collections.abc import Iterable
from typing import Any, Self

import numpy as np
from sklearn import config_context
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import pairwise_distances_argmin_min
from threadpoolctl import threadpool_limits

from specufex_pipe.clustering.base import Assigned, Clustering
from specufex_pipe.clustering.silhouette import silhouette
from specufex_pipe.numerics.types import FloatArray, IntArray

_MEGABYTES_OF_DISTANCES = 128


class KMeansClustering(Clustering):
    """k-means, with the number of clusters that has the best mean silhouette.

    A silhouette needs fewer clusters than different events: where there are too few, fewer clusters
    than `n_clusters_min` are made, down to one.

    Parameters
    ----------
    n_clusters_min, n_clusters_max : int
        Numbers of clusters to try.
    n_principal_components : int, optional
        Of the features, in which distances are measured; None for all.
    n_init : int
        Number of starts; the best is kept.
    random_state : int
        Seed.

    Attributes
    ----------
    centers_ : ndarray of shape (n_clusters, n_features)
        The largest cluster first.
    mean_, principal_components_, numbers_ : as of `Clustering`
    scores_ : ndarray of float
        Mean silhouette of each number of clusters.
    """

    _arrays = ("centers", "mean", "principal_components", "numbers", "scores")

    def __init__(
        self,
        n_clusters_min: int = 2,
        n_clusters_max: int = 10,
        *,
        n_principal_components: int | None = 30,
        n_init: int = 20,
        random_state: int = 0,
    ) -> None:
        self.n_clusters_min, self.n_clusters_max = n_clusters_min, n_clusters_max
        self.n_principal_components = n_principal_components
        self.n_init = n_init
        self.random_state = random_state

    def outcome(self) -> str:
        """Return how the fit ended, for a log line."""
        return f"mean silhouette {self.scores_.max():.3f}"

    def parameters(self) -> dict[str, Any]:
        """Return the parameters by name."""
        return {
            "n_clusters_min": self.n_clusters_min,
            "n_clusters_max": self.n_clusters_max,
            "n_principal_components": self.n_principal_components,
            "n_init": self.n_init,
            "random_state": self.random_state,
        }

    @property
    def n_clusters_(self) -> int:
        """Number of clusters."""
        return len(self.centers_)

    def fit(self, features: FloatArray) -> Self:
        """Learn clusters.

        Parameters
        ----------
        features : ndarray of shape (n_events, n_features)
        """
        self.numbers_ = self._numbers_to_try(features)
        limit = self.n_principal_components or features.shape[1]
        pca = PCA(min(limit, *features.shape), svd_solver="full")
        # One thread: sums over threads would come out in another order each time.
        with threadpool_limits(1), config_context(working_memory=_MEGABYTES_OF_DISTANCES):
            with np.errstate(invalid="ignore", divide="ignore"):  # events all alike do not vary
                pca.fit(features)
            points = pca.transform(features)
            tried = [self._k_means(points, number) for number in self.numbers_]
            self.scores_ = np.array(
                [silhouette(points, labels, self.random_state).mean() for labels, _ in tried]
            )
        _, centers = tried[int(self.scores_.argmax())]
        self.centers_ = pca.inverse_transform(centers)
        self.mean_, self.principal_components_ = pca.mean_, pca.components_
        return self

    def assign(self, batches: Iterable[FloatArray]) -> Assigned:
        """Assign events to the clusters whose centres are nearest.

        Parameters
        ----------
        batches : iterable of ndarray of shape (n_events_of_batch, n_features)
        """
        points = np.concatenate([self.project(features) for features in batches])
        centers = self.project(self.centers_)
        with threadpool_limits(1), config_context(working_memory=_MEGABYTES_OF_DISTANCES):
            nearest, distances = pairwise_distances_argmin_min(points, centers)
            silhouettes = silhouette(points, nearest, self.random_state)
        return Assigned(nearest + 1, silhouettes, distances)

    def project(self, features: FloatArray) -> FloatArray:
        """Return the principal components of events, in which distances are measured.

        Parameters
        ----------
        features : ndarray of shape (n_events, n_features)

        Returns
        -------
        ndarray of shape (n_events, n_principal_components)
        """
        return (features - self.mean_) @ self.principal_components_.T

    def _numbers_to_try(self, features: FloatArray) -> IntArray:
        most = len(np.unique(features, axis=0)) - 1
        if most < 2:
            return np.array([1])
        return np.arange(min(self.n_clusters_min, most), min(self.n_clusters_max, most) + 1)

    def _k_means(self, points: FloatArray, number: int) -> tuple[IntArray, FloatArray]:
        """Return labels from 0 and centres, the largest cluster first."""
        model = KMeans(number, n_init=self.n_init, random_state=self.random_state).fit(points)
        order = np.argsort(-np.bincount(model.labels_, minlength=number), kind="stable")
        return np.argsort(order)[model.labels_], model.cluster_centers_[order]

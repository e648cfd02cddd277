"""k-means on fingerprints, the number of clusters chosen by silhouette."""

import logging
from typing import NamedTuple

import numpy as np
from sklearn import config_context
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import (
    pairwise_distances_argmin_min,
    pairwise_distances_chunked,
    silhouette_samples,
)
from threadpoolctl import threadpool_limits

log = logging.getLogger(__name__)
_EVENTS_TO_COMPARE_WITH = 5_000
_EVENTS_TO_LEARN_FROM = 20_000
_MEGABYTES_OF_DISTANCES = 128


class ClusterModel(NamedTuple):
    """Clusters of fingerprints, to which any event can be assigned.

    Attributes
    ----------
    centers : ndarray of shape (n_clusters, n_features)
        The largest cluster first.
    mean : ndarray of shape (n_features,)
        Of the events; what the principal components are about.
    principal_components : ndarray of shape (n_principal_components, n_features)
    numbers : ndarray of int
        Numbers of clusters tried ...
    scores : ndarray of float
        ... and the mean silhouette of each.
    """

    centers: np.ndarray
    mean: np.ndarray
    principal_components: np.ndarray
    numbers: np.ndarray
    scores: np.ndarray

    def project(self, features):
        """Return the principal components of events, in which distances are measured."""
        return (features - self.mean) @ self.principal_components.T


class Assignment(NamedTuple):
    """What clusters events belong to.

    Attributes
    ----------
    labels : ndarray of int, shape (n_events,)
        From 1.
    silhouettes : ndarray of shape (n_events,)
    distances : ndarray of shape (n_events,)
        To the centre of the own cluster, in the space of the principal components.
    """

    labels: np.ndarray
    silhouettes: np.ndarray
    distances: np.ndarray


def choose_events(n_events, seed, most=_EVENTS_TO_LEARN_FROM):
    """Choose the events that clusters are learned from: all, or a sample if there are many.

    Parameters
    ----------
    n_events : int
    seed : int
    most : int

    Returns
    -------
    ndarray of int, rising
    """
    if n_events <= most:
        return np.arange(n_events)
    return np.sort(np.random.default_rng(seed).choice(n_events, most, replace=False))


def fit_clusters(features, settings):
    """Learn clusters of events.

    Parameters
    ----------
    features : ndarray of shape (n_events, n_features)
    settings : config.ClusterSettings

    Returns
    -------
    ClusterModel

    Notes
    -----
    A silhouette needs fewer clusters than different fingerprints: where there are too few, fewer
    clusters than `n_clusters_min` are made, down to one.
    """
    most = len(np.unique(features, axis=0)) - 1
    if most < settings.n_clusters_min:
        log.warning(
            "%d different fingerprints cannot make clusters.n_clusters_min = %d clusters",
            most + 1, settings.n_clusters_min,
        )  # fmt: skip
    numbers = np.arange(min(settings.n_clusters_min, most), min(settings.n_clusters_max, most) + 1)
    numbers = np.array([1]) if most < 2 else numbers
    limit = settings.n_principal_components or features.shape[1]
    pca = PCA(min(limit, *features.shape), svd_solver="full")
    # One thread: sums over threads would come out in another order each time.
    with threadpool_limits(1), config_context(working_memory=_MEGABYTES_OF_DISTANCES):
        with np.errstate(invalid="ignore", divide="ignore"):  # events all alike have no variance
            pca.fit(features)
        points = pca.transform(features)
        tried = [_k_means(points, number, settings) for number in numbers]
        scores = np.array(
            [silhouette(points, labels, settings.random_state).mean() for labels, _ in tried]
        )
    _, centers = tried[int(scores.argmax())]
    return ClusterModel(
        centers=pca.inverse_transform(centers),
        mean=pca.mean_,
        principal_components=pca.components_,
        numbers=numbers,
        scores=scores,
    )


def assign(points, model, seed):
    """Assign events to the nearest centre.

    Parameters
    ----------
    points : ndarray of shape (n_events, n_principal_components)
        As `ClusterModel.project` returns them.
    model : ClusterModel
    seed : int
        Of the events that silhouettes are measured against where there are many.

    Returns
    -------
    Assignment
    """
    centers = model.project(model.centers)
    with threadpool_limits(1), config_context(working_memory=_MEGABYTES_OF_DISTANCES):
        nearest, distances = pairwise_distances_argmin_min(points, centers)
        silhouettes = silhouette(points, nearest, seed)
    return Assignment(nearest + 1, silhouettes, distances)


def _k_means(points, number, settings):
    """Return labels from 0 and centres, the largest cluster first."""
    model = KMeans(number, n_init=settings.n_init, random_state=settings.random_state).fit(points)
    order = np.argsort(-np.bincount(model.labels_, minlength=number), kind="stable")
    return np.argsort(order)[model.labels_], model.cluster_centers_[order]


def silhouette(points, labels, seed, n_compared=_EVENTS_TO_COMPARE_WITH):
    """Return the silhouette of each event (Rousseeuw 1987).

    With more than `n_compared` events, distances are taken to a sample of that many, so that time
    grows linearly with their number.

    Parameters
    ----------
    points : ndarray of shape (n_events, n_features)
    labels : ndarray of int, shape (n_events,)
        From 0.
    seed : int
        Of the sample.
    n_compared : int

    Returns
    -------
    ndarray of shape (n_events,)
        0 for the only event of a cluster, and where there is one cluster.
    """
    if labels.min() == labels.max():
        return np.zeros(len(points))
    if len(points) <= n_compared:
        return silhouette_samples(points, labels)
    sample = np.sort(np.random.default_rng(seed).choice(len(points), n_compared, replace=False))
    one_hot = np.eye(labels.max() + 1)[labels[sample]]
    sums = np.concatenate(
        list(
            pairwise_distances_chunked(
                points, points[sample], reduce_func=lambda chunk, start: chunk @ one_hot
            )
        )
    )
    everyone = np.arange(len(points))
    counts = np.tile(one_hot.sum(axis=0), (len(points), 1))
    # An event that is in the sample is no neighbour of itself.
    counts[sample, labels[sample]] -= 1
    means = np.divide(sums, counts, out=np.full_like(sums, np.inf), where=counts > 0)
    own = means[everyone, labels]
    means[everyone, labels] = np.inf
    nearest = means.min(axis=1)
    judged = np.isfinite(own) & np.isfinite(nearest)
    result = np.zeros(len(points))
    result[judged] = (nearest - own)[judged] / np.maximum(nearest, own)[judged]
    return result

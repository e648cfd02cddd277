"""Silhouettes: how much closer an event is to its own cluster than to the next."""

import numpy as np
from sklearn.metrics import pairwise_distances_chunked, silhouette_samples

from specufex_pipe.numerics.randomness import COMPARE, random_generator
from specufex_pipe.numerics.types import FloatArray, IntArray

_EVENTS_TO_COMPARE_WITH = 5_000


def silhouette(
    points: FloatArray, labels: IntArray, seed: int, n_compared: int = _EVENTS_TO_COMPARE_WITH
) -> FloatArray:
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
    rng = random_generator(seed, COMPARE)
    sample = np.sort(rng.choice(len(points), n_compared, replace=False))
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


def mean_silhouette(points: FloatArray, labels: IntArray, seed: int) -> float:
    """Return the mean silhouette of the events that are in a group; 0 where there is one group.

    Parameters
    ----------
    points : ndarray of shape (n_events, n_features)
    labels : ndarray of int, shape (n_events,)
        From 1; 0 for events in no group.
    seed : int
        Of the sample that distances are taken to.
    """
    inside = labels > 0
    if not inside.any():
        return 0.0
    return float(silhouette(points[inside], labels[inside] - 1, seed).mean())

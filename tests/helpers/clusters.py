"""Made-up features of events whose clusters are known, and clusterers that take a moment."""

import numpy as np

from specufex_pipe.clustering import EventClusterer

SIZES = (30, 24, 18)
QUICK = {"n_clusters_max": 4, "n_resamples": 4}
# Of the methods that would otherwise take seconds.
QUICK_METHODS = {
    "kmeans": {"n_init": 2},
    "gaussian_mixture": {"n_init": 1},
    "consensus": {"n_partitions": 16},
}


def blobs(sizes=SIZES, n_features=8, distance=20.0, seed=0):
    """Return features of events in groups that are apart, and the group of each from 0."""
    rng = np.random.default_rng(seed)
    truth = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    centers = rng.normal(0, distance, (len(sizes), n_features))
    return centers[truth] + rng.normal(size=(len(truth), n_features)), truth


def quick(method="kmeans", **parameters):
    """Return a clusterer that tries few numbers, and draws few resamples."""
    parameters = {**QUICK, "method_parameters": QUICK_METHODS.get(method), **parameters}
    return EventClusterer(method, **parameters)

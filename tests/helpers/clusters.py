"""Events whose clusters are known, clusterers that take a moment, and clusters as learned."""

import numpy as np

from specufex_pipe.clustering import EventClusterer
from specufex_pipe.clustering.learned import LearnedClusters
from specufex_pipe.clustering.space import Space

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


def learned_of(stabilities, **changes):
    """Return clusters of these stabilities; by default nothing was tried and none was chosen."""
    made = {
        "space": Space(np.zeros(1), np.ones((1, 1))),
        "points": np.zeros((3, 1)),
        "labels": np.ones(3, dtype=int),
        "memberships": np.ones((3, len(stabilities) + 1)),
        "cluster_stabilities": np.array(stabilities),
        "moved": 0.021,
        "n_neighbors": 1,
        "limit": 1.0,
        "tried": None,
        "place": None,
        "tree": None,
        "seed": 0,
    }
    return LearnedClusters(**made | changes)

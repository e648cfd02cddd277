"""Clusters as they could have been learned, of which tests say what matters to them."""

import numpy as np

from specufex_pipe.clustering.learned import LearnedClusters
from specufex_pipe.clustering.space import Space


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

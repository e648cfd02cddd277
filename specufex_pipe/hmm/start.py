"""Where the states of the HMM start: in groups of frames that are alike."""

import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import pairwise_distances_argmin
from threadpoolctl import threadpool_limits

from specufex_pipe.numerics.types import FloatArray, IntArray


def group_frames(
    frames: FloatArray, n_groups: int, init: str, rng: np.random.Generator
) -> IntArray:
    """Put frames into as many groups as there are to be states, or as there are frames.

    Parameters
    ----------
    frames : ndarray of shape (n_frames, n_components)
        As `prepare_batch` returns them.
    n_groups : int
    init : {"kmeans", "random"}
        As for `BayesianHMM`.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of int, shape (n_frames,)
        The group of each frame, from 0.
    """
    n_groups = min(n_groups, len(frames))
    # The square root makes the spread of Poisson counts the same at all levels.
    roots = np.sqrt(frames)
    if init == "random":
        chosen = roots[rng.choice(len(roots), n_groups, replace=False)]
        return pairwise_distances_argmin(roots, chosen)
    seed = int(rng.integers(2**31))
    # One thread of OpenMP as well: sums over threads come out in another order each time.
    with threadpool_limits(1):
        return KMeans(n_groups, n_init=1, random_state=seed).fit_predict(roots)

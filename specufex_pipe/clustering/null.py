"""The null of the clusters: events drawn from one Gaussian of the same covariance."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from specufex_pipe.clustering.resamples import (
    Recipe,
    least_stability,
    resampled_partitions,
)
from specufex_pipe.clustering.silhouette import mean_silhouettes
from specufex_pipe.clustering.space import ModelBlocks, Space
from specufex_pipe.numerics.randomness import NULL, random_generator
from specufex_pipe.numerics.types import FloatArray
from specufex_pipe.progress import track

_N_DRAWS = 4
_RESAMPLES_OF_A_DRAW = 5
# The draws are as large as the catalog, up to this; what a resample sees is no larger.
_MOST_EVENTS = 3_750


class NullScores(NamedTuple):
    """What the same way to cluster makes of events that have no clusters.

    Attributes
    ----------
    stabilities, silhouettes : ndarray of shape (n_draws, n_numbers)
    """

    stabilities: FloatArray
    silhouettes: FloatArray


def null_scores(
    recipe: Recipe,
    blocks: ModelBlocks,
    numbers: Sequence[int],
    seed: int,
    *,
    shown: bool = False,
) -> NullScores:
    """Cluster draws from one Gaussian with the covariance of the events.

    Parameters
    ----------
    recipe : Recipe
    blocks : ModelBlocks
        Of the events.
    numbers : sequence of int
        Numbers of clusters.
    seed : int
    shown : bool
        Whether progress is shown.

    Returns
    -------
    NullScores
    """
    n_events = min(len(blocks.columns), _MOST_EVENTS)
    deviations = blocks.columns - blocks.columns.mean(axis=0)
    variances, axes = np.linalg.eigh(deviations.T @ deviations / len(deviations))
    spread = axes * np.sqrt(np.maximum(variances, 0))
    stabilities, silhouettes = [], []
    for draw in track(range(_N_DRAWS), "clusters of one Gaussian", "draws", shown):
        rng = random_generator(seed, NULL, draw)
        normal = rng.normal(size=(n_events, spread.shape[1]))
        drawn = blocks._replace(columns=normal @ spread.T)
        inner_seed = int(rng.integers(2**31))
        points = Space.of(drawn.columns, blocks.n_dimensions).points(drawn.columns)
        groups = recipe.divide(points, drawn, numbers, inner_seed)
        found = resampled_partitions(recipe, drawn, numbers, _RESAMPLES_OF_A_DRAW, inner_seed)
        stabilities.append([least_stability(*each) for each in zip(groups, found, strict=True)])
        silhouettes.append(mean_silhouettes(points, groups, inner_seed))
    return NullScores(np.array(stabilities), np.array(silhouettes))

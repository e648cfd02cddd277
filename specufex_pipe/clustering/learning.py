"""From features to clusters: the partition, how many, and how sure."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from sklearn.metrics import calinski_harabasz_score

from specufex_pipe.clustering.base import by_size
from specufex_pipe.clustering.learned import LearnedClusters
from specufex_pipe.clustering.neighbors import nearest
from specufex_pipe.clustering.null import NullScores, null_scores
from specufex_pipe.clustering.number import Tried
from specufex_pipe.clustering.resamples import (
    Recipe,
    Steadiness,
    least_stability,
    mean_agreement,
    resampled_partitions,
)
from specufex_pipe.clustering.silhouette import mean_silhouettes
from specufex_pipe.clustering.space import ModelBlocks, Space
from specufex_pipe.clustering.trees import cuts
from specufex_pipe.numerics.types import FloatArray, IntArray

# The share of the events like those that are learned from that is not outside.
NEARLY_ALL = 0.99
# Parts of the events, each of which is measured against the others, to learn what is far.
_N_PARTS = 5
# Of distances, to tell nearly all of them from the rest.
_ENOUGH = 3000
# Share of the resamples that the rule "stability" does not ask to find clusters again: of three
# NMFs one in nine draws is of a single one, and shows what that NMF sees.
UNUSUAL = 0.1
# Distances of principal components are equal but for rounding below this, in parts of the spread.
_ROUNDING = 1e-9


class Demand(NamedTuple):
    """What is asked of the clusters.

    Attributes
    ----------
    numbers : sequence of int
        Numbers of clusters to try, rising.
    rule : str or None
        That chooses the number; None where there is one number to take.
    n_resamples : int
    n_dimensions : int or None
        Of the space.
    seed : int
    verbose : bool
        Whether progress is shown.
    """

    numbers: Sequence[int]
    rule: str | None
    n_resamples: int
    n_dimensions: int | None
    seed: int
    verbose: bool


def learn(
    recipe: Recipe, features: FloatArray, models: IntArray, demand: Demand
) -> LearnedClusters:
    """Learn clusters of events.

    Parameters
    ----------
    recipe : resamples.Recipe
    features : ndarray of shape (n_events, n_features)
    models : ndarray of int, shape (n_features,)
        The model of each feature; `space.OF_NO_MODEL` for those that are of none.
    demand : Demand

    Returns
    -------
    LearnedClusters
    """
    space = Space.of(features, demand.n_dimensions)
    points = space.points(features)
    # A silhouette needs fewer clusters than events.
    most = min(len(_different(points)), len(points) - 1)
    numbers = sorted({min(number, most) for number in demand.numbers})
    blocks = ModelBlocks.of(features, models, demand.n_dimensions)
    tried, place, tree = None, None, recipe.tree(points)
    labels: IntArray = np.zeros(len(points), dtype=np.int64)
    partitions: IntArray = np.zeros((demand.n_resamples, len(points)), dtype=np.int64)
    if most >= 2:
        groups, numbers = _divided(recipe, points, blocks, tree, numbers, demand.seed)
        resampled = resampled_partitions(
            recipe, blocks, numbers, demand.n_resamples, demand.seed, shown=demand.verbose
        )
        null = null_scores(recipe, blocks, numbers, demand.seed, shown=demand.verbose)
        tried = _try(points, groups, resampled, null, demand.seed)
        place = _choose(tried, demand.rule, recipe.method.finds_number)
        if place is not None:
            labels, partitions = groups[place], resampled[place]
    steadiness = Steadiness.of(labels, partitions)
    return LearnedClusters(
        space=space,
        points=points,
        labels=labels,
        memberships=steadiness.memberships,
        cluster_stabilities=steadiness.clusters,
        moved=steadiness.moved,
        n_neighbors=recipe.n_neighbors_of(len(points)),
        limit=_limit(features, demand.n_dimensions),
        tried=tried,
        place=place,
        tree=tree,
        seed=demand.seed,
    )


def _divided(
    recipe: Recipe,
    points: FloatArray,
    blocks: ModelBlocks,
    tree: FloatArray | None,
    numbers: Sequence[int],
    seed: int,
) -> tuple[list[IntArray], list[int]]:
    """Divide points into groups, and return the partitions and the numbers that were asked for.

    Fewer groups than asked for may be found: of several partitions into as many, the one stays
    that the smallest number was asked for.
    """
    if tree is None:
        partitions = recipe.divide(points, blocks, numbers, seed)
    else:
        partitions = cuts(tree, numbers)
    groups = [by_size(each) for each in partitions]
    _, places = np.unique([labels.max() for labels in groups], return_index=True)
    return [groups[place] for place in places], [numbers[place] for place in places]


def _choose(tried: Tried, rule: str | None, finds_number: bool) -> int | None:
    """Return the place of the number to take; None for no clusters."""
    if rule is None:
        place: int | None = 0
    elif finds_number:
        place = 0 if tried.beat_null[0] else None
    else:
        place = tried.choose(rule)
    return None if place is None or tried.numbers[place] < 2 else place


def _try(
    points: FloatArray,
    groups: Sequence[IntArray],
    resampled: IntArray,
    null: NullScores,
    seed: int,
) -> Tried:
    """Measure what partitions into several numbers of groups are worth."""
    return Tried(
        numbers=np.array([int(labels.max()) for labels in groups]),
        stabilities=np.array(
            [least_stability(*each) for each in zip(groups, resampled, strict=True)]
        ),
        usual_stabilities=np.array(
            [least_stability(*each, UNUSUAL) for each in zip(groups, resampled, strict=True)]
        ),
        agreements=np.array([mean_agreement(partitions) for partitions in resampled]),
        silhouettes=np.array(mean_silhouettes(points, groups, seed)),
        variance_ratios=np.array([_variance_ratio(points, labels) for labels in groups]),
        null_stabilities=null.stabilities.max(axis=0),
        null_silhouettes=null.silhouettes.max(axis=0),
    )


def _different(points: FloatArray) -> IntArray:
    """Return the places of events that differ by more than rounding, rising."""
    spread = np.sqrt(points.var(axis=0).sum())
    if spread == 0:
        return np.zeros(1, dtype=np.int64)
    _, places = np.unique(np.round(points / (_ROUNDING * spread)), axis=0, return_index=True)
    return np.sort(places)


def _variance_ratio(points: FloatArray, labels: IntArray) -> float:
    inside = labels > 0
    groups = np.unique(labels[inside])
    if not 2 <= len(groups) < inside.sum():
        return 0.0
    return float(calinski_harabasz_score(points[inside], labels[inside]))


def _limit(features: FloatArray, n_dimensions: int | None) -> float:
    """Return the distance to the nearest event beyond which a new event is outside.

    Events are nearer to a space that was found for them than new ones are. So each part of them is
    measured in the space of the others. Events that are alike count once: where features have few
    values, most events are at no distance from another, and yet a new value is nothing strange.
    """
    features = features[_different(Space.of(features, n_dimensions).points(features))]
    if len(features) < 2:
        return np.inf
    parts = np.arange(len(features)) % _N_PARTS
    distances: list[float] = []
    for part in np.unique(parts):
        others, left = features[parts != part], features[parts == part]
        space = Space.of(others, n_dimensions)
        to_nearest, _ = nearest(space.points(others), space.points(left), 1)
        distances.extend(np.hypot(to_nearest[:, 0], space.orthogonal_distances(left)))
        if len(distances) >= _ENOUGH:
            break
    return float(np.quantile(distances, NEARLY_ALL))

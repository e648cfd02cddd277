"""How events were clustered, as the methods section of a paper has it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from specufex_pipe.clustering.learning import UNUSUAL
from specufex_pipe.clustering.number import LEAST_STABILITY, STEADY
from specufex_pipe.clustering.resamples import MOST_EVENTS, SHARE_OF_EVENTS
from specufex_pipe.features.blocks import in_order
from specufex_pipe.report.certainty import two_digits
from specufex_pipe.words import counted

_FEATURES = {
    "occupancy": "the shares of time in the states",
    "mean_energies": "the mean energies of the components",
}
_OF_CATALOG = "catalog."
_BEAT_NULL = (
    "at least as stable as those of the null hypothesis, with a mean silhouette larger by a quarter"
)
_RULES = {
    "silhouette": "The number with the largest mean silhouette was taken.",
    "calinski_harabasz": "The number with the largest ratio of the variances between and within "
    "clusters was taken (Caliński and Harabasz, 1974).",
}


class TriedNumber(NamedTuple):
    """How a number of clusters did, and what one Gaussian of the same covariance gives.

    Attributes
    ----------
    stability, null_stability : float
        Of the least stable cluster.
    silhouette, null_silhouette : float
        Means over the events.
    beats_null : bool
        Whether the clusters are as steady as those of the Gaussian, and clearer.
    """

    stability: float
    null_stability: float
    silhouette: float
    null_silhouette: float
    beats_null: bool


@dataclass(frozen=True)
class Clusters:
    """How events were clustered.

    Attributes
    ----------
    in_words : str
        The method.
    takes_averages, finds_number : bool
        As `clustering.base.ClusteringMethod` has them.
    parameters : dict
        Of the `EventClusterer`.
    weights : dict of float
        Of the features, by their names.
    n_dimensions : int
        Principal components of the features in which distances are measured.
    n_neighbors : int
        Of an event.
    n_events, n_learned : int
        Events that have clusters, and those that clusters were learned from.
    are_kept : bool
        Whether clusters, and the models below them, are those of an earlier run.
    resampled : str
        What resamples draw, such as "events and NMFs".
    least, most : int
        Numbers of clusters that were tried, from one to the other; 0 if none were.
    tried : TriedNumber or None
        Of the number that was chosen, or of the steadiest where none was; None if none were tried.
    n_clusters : int
        0 for none.
    n_in_none : int
        Events in no cluster.
    moved : float
        Share of the events that change clusters between two resamples.
    """

    in_words: str
    takes_averages: bool
    finds_number: bool
    parameters: Mapping[str, Any]
    weights: Mapping[str, float]
    n_dimensions: int
    n_neighbors: int
    n_events: int
    n_learned: int
    are_kept: bool
    resampled: str
    least: int
    most: int
    tried: TriedNumber | None
    n_clusters: int
    n_in_none: int
    moved: float


def sentences_of_clusters(clusters: Clusters) -> list[str]:
    """Return how events were clustered, in sentences.

    Parameters
    ----------
    clusters : Clusters
    """
    sentences = [_of_features(clusters), *_of_division(clusters)]
    if clusters.tried is None:
        return [*sentences, "There were too few different events for clusters."]
    return [
        *sentences,
        _of_stability(clusters),
        _of_null(clusters),
        *_of_number(clusters),
        *_of_result(clusters, clusters.tried),
        *_of_assignment(clusters),
    ]


def _of_features(clusters: Clusters) -> str:
    first, *others = (
        (_name(name), f"{clusters.weights[name]:g}") for name in in_order(clusters.weights)
    )
    named = [f"{first[0]} (weight {first[1]})", *(f"{name} ({weight})" for name, weight in others)]
    what = f"{', '.join(named[:-1])} and {named[-1]}" if others else named[0]
    axes = counted(clusters.n_dimensions, "principal component")
    return (
        f"Events were compared by {what}. Each feature was scaled such that the root of the summed "
        f"variances of its columns is its weight. Distances are Euclidean, on {axes}."
    )


def _name(feature: str) -> str:
    if feature.startswith(_OF_CATALOG):
        return f"{feature.removeprefix(_OF_CATALOG)} of the catalog"
    return _FEATURES.get(feature, feature.replace("_", " "))


def _of_division(clusters: Clusters) -> list[str]:
    n_averages = clusters.parameters["n_averages"]
    divided = f"were divided by {clusters.in_words}."
    if not (clusters.takes_averages and n_averages):
        return [f"Events {divided}"]
    times = "once" if n_averages == 1 else f"{n_averages} times in succession"
    return [
        f"Each event was replaced, {times}, by the mean of itself and its "
        f"{counted(clusters.n_neighbors, 'nearest neighbour')}; then events {divided}"
    ]


def _of_stability(clusters: Clusters) -> str:
    n_resamples = clusters.parameters["n_resamples"]
    return (
        f"The clustering was repeated for {counted(n_resamples, 'resample')} of "
        f"{clusters.resampled}, each with {100 * SHARE_OF_EVENTS:g} % of the events and "
        f"{MOST_EVENTS:,} at most. The stability of a cluster is its mean Jaccard similarity to "
        "the cluster of a resample that is most like it (Hennig, 2007)."
    )


def _of_null(clusters: Clusters) -> str:
    return (
        "As a null hypothesis, events drawn from one Gaussian distribution with the covariance of "
        "the features were clustered in the same way."
    )


def _of_number(clusters: Clusters) -> list[str]:
    wanted = clusters.parameters["n_clusters"]
    by_rule = isinstance(wanted, str)
    if clusters.finds_number:
        found = "The method finds the number of clusters itself."
        return [found, f"Clusters were accepted if they are {_BEAT_NULL}."] if by_rule else [found]
    if not by_rule:
        return [f"The number of clusters was set to {wanted}."]
    tried = f"Numbers of clusters from {clusters.least} to {clusters.most} were tried."
    if wanted in _RULES:
        return [tried, _RULES[wanted]]
    return [
        tried,
        f"Only numbers were considered whose clusters are {_BEAT_NULL}, and have stabilities of "
        f"{LEAST_STABILITY:g} or more. Of these, the largest was taken for which every cluster has "
        f"a stability of {STEADY:g} or more over the {100 * (1 - UNUSUAL):g} % of the resamples "
        "that are most like it; where there was none, the one whose least stable cluster is the "
        "most stable.",
    ]


def _of_result(clusters: Clusters, tried: TriedNumber) -> list[str]:
    if clusters.most < 2:
        return ["It found fewer than two groups, so there are no clusters."]
    least = f"stability {two_digits(tried.stability)}, null {two_digits(tried.null_stability)}"
    clear = f"mean silhouette {tried.silhouette:.2f}, null {tried.null_silhouette:.2f}"
    if not clusters.n_clusters:
        return [
            f"No clusters met these conditions, so there are none (the steadiest: {least}; "
            f"{clear})."
        ]
    number = counted(clusters.n_clusters, "cluster")
    found = [
        f"This gave {number} (the least stable: {least}; {clear}).",
        f"From one resample to another, {100 * clusters.moved:.1f} % of the events change cluster.",
    ]
    if not tried.beats_null:
        found.append("These clusters are not distinct from those of the null hypothesis.")
    if clusters.n_in_none:
        found.append(
            f"{counted(clusters.n_in_none, 'event belongs', 'events belong')} to no cluster."
        )
    return found


def _of_assignment(clusters: Clusters) -> list[str]:
    if not clusters.n_clusters:
        return []
    rule = (
        "the cluster to which most of their "
        f"{counted(clusters.n_neighbors, 'nearest neighbour')} among those belong"
    )
    learned = counted(clusters.n_learned, "event")
    if clusters.are_kept:
        return [
            f"Clusters were learned from {learned} of an earlier analysis; the "
            f"{counted(clusters.n_events, 'event')} of this one were assigned to {rule}."
        ]
    if clusters.n_learned < clusters.n_events:
        return [
            f"Clusters were learned from {learned}, drawn at random; the other events were "
            f"assigned to {rule}."
        ]
    return []

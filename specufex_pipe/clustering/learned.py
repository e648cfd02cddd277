"""What was learned of clusters, to which any event can be assigned."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from sklearn import config_context
from threadpoolctl import threadpool_limits

from specufex_pipe.clustering.neighbors import nearest
from specufex_pipe.clustering.number import Tried
from specufex_pipe.clustering.resamples import shares
from specufex_pipe.clustering.silhouette import silhouette
from specufex_pipe.clustering.space import Space
from specufex_pipe.numerics.types import Array, FloatArray, IntArray
from specufex_pipe.summaries import mean, shows_itself, sizes
from specufex_pipe.words import counted

# Of scikit-learn, which finds distances in chunks of so much.
MEGABYTES_OF_DISTANCES = 128
# Of the spread of the events: an event that is closer to one that was learned from is that one.
_SAME_EVENT = 1e-6
# An event that is so many limits away from all that were learned from is in no cluster.
_FAR = 1.5


@shows_itself
class Assigned(NamedTuple):
    """What clusters events belong to, and how surely.

    Attributes
    ----------
    labels : ndarray of int, shape (n_events,)
        From 1; 0 for an event that belongs to none.
    memberships : ndarray of shape (n_events,)
        Share of the resamples in which the event, or its neighbours, are in its cluster.
    second_labels : ndarray of int, shape (n_events,)
        The cluster that it is in most often otherwise; 0 where there is none.
    second_memberships : ndarray of shape (n_events,)
    silhouettes : ndarray of shape (n_events,)
        0 for an event that belongs to none.
    distances : ndarray of shape (n_events,)
        To the centre of the own cluster; of the nearest one for an event that belongs to none, of
        all events where there are no clusters.
    are_outside : ndarray of bool, shape (n_events,)
        Whether an event is farther from all that were learned from than 99 % of those like them.
        It has a cluster all the same, unless it is far beyond that.
    are_new : ndarray of bool, shape (n_events,)
        Whether an event was not learned from. No other is outside.
    """

    labels: IntArray
    memberships: FloatArray
    second_labels: IntArray
    second_memberships: FloatArray
    silhouettes: FloatArray
    distances: FloatArray
    are_outside: NDArray[np.bool_]
    are_new: NDArray[np.bool_]

    def _summary(self) -> dict[str, str]:
        return {
            "events": f"{len(self.labels):,}",
            **sizes(self.labels),
            "mean membership": mean(self.memberships[self.labels > 0]),
            "new": f"{self.are_new.sum():,}",
            "outside": f"{self.are_outside.sum():,}",
        }


class Votes(NamedTuple):
    """What the neighbours of events say of them; see `Assigned`.

    Attributes
    ----------
    labels : ndarray of int, shape (n_events,)
    memberships : ndarray of shape (n_events, n_clusters + 1)
        Shares of the resamples; in the first column, in none.
    are_outside, are_new : ndarray of bool, shape (n_events,)
    """

    labels: IntArray
    memberships: FloatArray
    are_outside: NDArray[np.bool_]
    are_new: NDArray[np.bool_]


@shows_itself
@dataclass(frozen=True, repr=False)
class LearnedClusters:
    """Clusters of events, and how sure they are.

    Attributes
    ----------
    space : space.Space
        In which distances are measured.
    points : ndarray of shape (n_learned_events, n_dimensions)
        The events that were learned from.
    labels : ndarray of int, shape (n_learned_events,)
        Clusters from 1, the largest first; 0 for none.
    memberships : ndarray of shape (n_learned_events, n_clusters + 1)
        Share of the resamples in which each event is in each cluster; in the first column, in none.
    cluster_stabilities : ndarray of shape (n_clusters,)
        Mean best Jaccard similarity over the resamples.
    moved : float
        Share of the events that change clusters between two resamples.
    n_neighbors : int
        That say what cluster a new event belongs to.
    limit : float
        Distance to the nearest event that was learned from, beyond which a new event is outside.
        What the principal components do not show of the new event counts, too.
    tried : number.Tried or None
        What was found of each number of clusters; None where there are too few different events.
    place : int or None
        Of the number that was chosen among those; None for no clusters.
    tree : ndarray of shape (n_learned_events - 1, 4) or None
        Of a method that makes one, as `scipy.cluster.hierarchy.linkage`.
    seed : int
        Of the sample that silhouettes are taken to.
    """

    space: Space
    points: FloatArray
    labels: IntArray
    memberships: FloatArray
    cluster_stabilities: FloatArray
    moved: float
    n_neighbors: int
    limit: float
    tried: Tried | None
    place: int | None
    tree: FloatArray | None
    seed: int

    @property
    def n_clusters(self) -> int:
        """Number of clusters; 1, of all events, where none were found."""
        return self.memberships.shape[1] - 1

    @property
    def beats_null(self) -> bool:
        """Whether the clusters are as steady as those of one Gaussian, and clearer."""
        if self.tried is None or self.place is None:
            return False
        return bool(self.tried.beat_null[self.place])

    @property
    def centers(self) -> FloatArray:
        """Mean of each cluster, shape (n_clusters, n_dimensions)."""
        numbers = range(1, self.n_clusters + 1)
        return np.array([self.points[self.labels == number].mean(axis=0) for number in numbers])

    def outcome(self) -> str:
        """Return what was found, for a log line."""
        if self.place is None:
            return "no clusters found"
        return (
            f"{counted(self.n_clusters, 'cluster')}, of stabilities from "
            f"{self.cluster_stabilities.min():.2f} to {self.cluster_stabilities.max():.2f}; "
            f"another resample moves {100 * self.moved:.0f} % of the events"
        )

    def _summary(self) -> dict[str, str]:
        return {
            "events": f"{len(self.labels):,}",
            **sizes(self.labels),
            "outcome": self.outcome(),
            "beats one Gaussian": "yes" if self.beats_null else "no",
        }

    def to_arrays(self) -> dict[str, Array]:
        """Return all of it as arrays by name, for a file."""
        tried = {} if self.tried is None else self.tried._asdict()
        numbers = {
            "place": -1 if self.place is None else self.place,
            "n_neighbors": self.n_neighbors,
            "seed": self.seed,
            "moved": self.moved,
            "limit": self.limit,
        }
        arrays = {
            "mean": self.space.mean,
            "principal_components": self.space.axes,
            "points": self.points,
            "labels": self.labels,
            "memberships": self.memberships,
            "cluster_stabilities": self.cluster_stabilities,
        }
        tree = {} if self.tree is None else {"tree": self.tree}
        return arrays | tree | tried | {name: np.asarray(value) for name, value in numbers.items()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Array]) -> Self:
        """Take up what `to_arrays` returned.

        Raises
        ------
        KeyError
            If one is missing.
        """
        tried = None
        if "numbers" in arrays:
            tried = Tried(**{name: arrays[name] for name in Tried._fields})
        place = int(arrays["place"])
        return cls(
            space=Space(arrays["mean"], arrays["principal_components"]),
            points=arrays["points"],
            labels=arrays["labels"],
            memberships=arrays["memberships"],
            cluster_stabilities=arrays["cluster_stabilities"],
            moved=float(arrays["moved"]),
            n_neighbors=int(arrays["n_neighbors"]),
            limit=float(arrays["limit"]),
            tried=tried,
            place=None if place < 0 else place,
            tree=arrays.get("tree"),
            seed=int(arrays["seed"]),
        )

    def assign(self, batches: Iterable[FloatArray]) -> Assigned:
        """Assign events to clusters.

        An event that was learned from is in its own cluster; any other in the one that most of its
        neighbours among those are in. An event that is far outside is in none.

        Parameters
        ----------
        batches : iterable of ndarray of shape (n_events_of_batch, n_features)
        """
        with threadpool_limits(1), config_context(working_memory=MEGABYTES_OF_DISTANCES):
            placed = [self._placed(features) for features in batches]
            points, orthogonal = map(np.concatenate, zip(*placed, strict=True))
            votes = self._votes(points, orthogonal)
            silhouettes = silhouette(points, votes.labels, self.seed)
        second = votes.memberships.copy()
        second[:, 0] = 0
        everyone = np.arange(len(points))
        own_memberships = votes.memberships[everyone, votes.labels]
        second[everyone, votes.labels] = 0
        second_labels = second.argmax(axis=1)
        return Assigned(
            votes.labels,
            own_memberships,
            second_labels,
            second[everyone, second_labels],
            silhouettes,
            self._distances(points, votes.labels),
            votes.are_outside,
            votes.are_new,
        )

    def votes_on(self, features: FloatArray) -> Votes:
        """Return what clusters events, or their neighbours, are in, of which `assign` tells more.

        Parameters
        ----------
        features : ndarray of shape (n_events, n_features)
        """
        with threadpool_limits(1), config_context(working_memory=MEGABYTES_OF_DISTANCES):
            return self._votes(*self._placed(features))

    def _placed(self, features: FloatArray) -> tuple[FloatArray, FloatArray]:
        return self.space.points(features), self.space.orthogonal_distances(features)

    def _votes(self, points: FloatArray, orthogonal: FloatArray) -> Votes:
        _, neighbors = nearest(self.points, points, self.n_neighbors)
        n_labels = self.n_clusters + 1
        labels = shares(self.labels[neighbors], n_labels).argmax(axis=1)
        memberships = np.zeros((len(points), n_labels))
        for neighbor in neighbors.T:
            memberships += self.memberships[neighbor] / neighbors.shape[1]
        nearest_one = neighbors[:, 0]
        # The search rounds distances to a part of how far events are from the mean.
        distances = np.linalg.norm(points - self.points[nearest_one], axis=1)
        spread = np.sqrt(self.points.var(axis=0).sum())
        are_new = distances > _SAME_EVENT * spread
        labels[~are_new] = self.labels[nearest_one[~are_new]]
        memberships[~are_new] = self.memberships[nearest_one[~are_new]]
        unlikeness = np.hypot(distances, orthogonal)
        are_far = are_new & (unlikeness > _FAR * self.limit)
        labels[are_far] = 0
        memberships[are_far] = np.eye(n_labels)[0]
        return Votes(labels, memberships, are_new & (unlikeness > self.limit), are_new)

    def _distances(self, points: FloatArray, labels: IntArray) -> FloatArray:
        centers = self.centers if self.n_clusters else self.points.mean(axis=0, keepdims=True)
        _, closest = nearest(centers, points, 1)
        own = np.where(labels > 0, labels - 1, closest[:, 0])
        return np.linalg.norm(points - centers[own], axis=1)

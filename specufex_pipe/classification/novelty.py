"""Whether an event is like any that is labelled."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from specufex_pipe.clustering.neighbors import nearest
from specufex_pipe.clustering.space import Space
from specufex_pipe.events.sampling import choose_events
from specufex_pipe.numerics.types import Array, FloatArray

# Mean over so many of the labelled events: one that is labelled by mistake is not enough.
N_NEIGHBORS = 3
# More would take longer, and are as near.
_MOST_EVENTS = 5000


@dataclass(frozen=True)
class Novelty:
    """How far events are from those that are labelled, and how far held-out ones were.

    Attributes
    ----------
    points : ndarray of shape (n_labelled_events, n_dimensions)
        Labelled events, or 5,000 of them.
    held_out_distances : ndarray of shape (n_held_out_events,)
        Rising: of labelled events from those of the other folds.
    """

    points: FloatArray
    held_out_distances: FloatArray

    def p_values(self, space: Space, features: FloatArray) -> FloatArray:
        """Return how likely it is that a labelled event would be as far from the others.

        Of events that are drawn as the labelled ones were, about a share of `rate` has a value of
        `rate` or less, whatever the distribution of the features. It is a little less, since
        events that were held out were measured against fewer others.

        Parameters
        ----------
        space : space.Space
            In which `points` are.
        features : ndarray of shape (n_events, n_features)

        Returns
        -------
        ndarray of shape (n_events,)
            Between 1/(n_held_out_events + 1) and 1.

        References
        ----------
        Laxhammar & Falkman, Annals of Mathematics and Artificial Intelligence 74 (2015), 67-94
        (distances to neighbours); Barber et al., Annals of Statistics 49 (2021), 486-507 (folds).
        """
        found = distances(self.points, space, features)
        n_held_out = len(self.held_out_distances)
        n_nearer = np.searchsorted(self.held_out_distances, found, side="left")
        return (1 + n_held_out - n_nearer) / (n_held_out + 1)

    def to_arrays(self) -> dict[str, Array]:
        """Return all of it as arrays by name, for a file."""
        return {"points": self.points, "held_out_distances": self.held_out_distances}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Array]) -> Self:
        """Take up what `to_arrays` returned; a KeyError if one is missing."""
        return cls(arrays["points"], arrays["held_out_distances"])


def reference(points: FloatArray, seed: int) -> FloatArray:
    """Return the points that distances are measured to: all, or a sample of many."""
    return points[choose_events(len(points), seed, _MOST_EVENTS)]


def distances(points: FloatArray, space: Space, features: FloatArray) -> FloatArray:
    """Return how far events are from labelled ones.

    It is the mean distance to the nearest three; what the space does not show of an event counts,
    too, so events that differ in what no labelled one has are far from all.

    Parameters
    ----------
    points : ndarray of shape (n_labelled_events, n_dimensions)
    space : space.Space
        In which the points are.
    features : ndarray of shape (n_events, n_features)

    Returns
    -------
    ndarray of shape (n_events,)
    """
    to_nearest, _ = nearest(points, space.points(features), N_NEIGHBORS)
    return np.hypot(to_nearest.mean(axis=1), space.orthogonal_distances(features))

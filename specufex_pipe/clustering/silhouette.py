"""Silhouettes: how much closer an event is to its own cluster than to the next."""

from collections.abc import Iterator, Sequence

import numpy as np
from sklearn.metrics import pairwise_distances_chunked

from specufex_pipe.numerics.randomness import COMPARE, random_generator
from specufex_pipe.numerics.types import FloatArray, IntArray

_EVENTS_TO_COMPARE_WITH = 5_000


def silhouettes(
    points: FloatArray,
    partitions: Sequence[IntArray],
    seed: int,
    n_compared: int = _EVENTS_TO_COMPARE_WITH,
) -> Iterator[FloatArray]:
    """Iterate over the silhouettes of the events (Rousseeuw 1987) in several partitions.

    With more than `n_compared` events, distances are taken to a sample of that many, so that time
    grows linearly with their number. They are the same for all partitions, and found once.

    Parameters
    ----------
    points : ndarray of shape (n_events, n_features)
    partitions : sequence of ndarray of int, shape (n_events,)
        Groups from 1; 0 for events in no group.
    seed : int
        Of the sample.
    n_compared : int

    Yields
    ------
    ndarray of shape (n_events,)
        0 for the only event of a group, for an event in no group, and where there is one group.
    """
    n_events = len(points)
    sample = np.arange(n_events)
    if n_events > n_compared:
        rng = random_generator(seed, COMPARE)
        sample = np.sort(rng.choice(n_events, n_compared, replace=False))
    memberships = [np.eye(int(labels.max()) + 1)[labels[sample]] for labels in partitions]
    side_by_side = np.hstack(memberships)
    sums = np.concatenate(
        list(
            pairwise_distances_chunked(
                points, points[sample], reduce_func=lambda chunk, start: chunk @ side_by_side
            )
        )
    )
    ends = np.cumsum([each.shape[1] for each in memberships])
    for labels, membership, end in zip(partitions, memberships, ends, strict=True):
        own_sums = sums[:, end - membership.shape[1] : end]
        yield _silhouette(labels, sample, own_sums, membership.sum(axis=0))


def silhouette(points: FloatArray, labels: IntArray, seed: int) -> FloatArray:
    """Return the silhouettes of the events in one partition; see `silhouettes`."""
    return next(silhouettes(points, [labels], seed))


def mean_silhouettes(points: FloatArray, partitions: Sequence[IntArray], seed: int) -> list[float]:
    """Return the mean silhouette of the events that are in a group, in each partition.

    Parameters
    ----------
    points, partitions, seed : as for `silhouettes`

    Returns
    -------
    list of float
        0 where no event is in a group.
    """
    found = silhouettes(points, partitions, seed)
    return [
        float(values[labels > 0].mean()) if (labels > 0).any() else 0.0
        for labels, values in zip(partitions, found, strict=True)
    ]


def _silhouette(
    labels: IntArray, sample: IntArray, sums: FloatArray, sizes: FloatArray
) -> FloatArray:
    """Return silhouettes from the sums of the distances to the events of each group in a sample."""
    everyone = np.arange(len(labels))
    counts = np.tile(sizes, (len(labels), 1))
    # An event that is in the sample is no neighbour of itself.
    counts[sample, labels[sample]] -= 1
    means = np.divide(sums, counts, out=np.full_like(sums, np.inf), where=counts > 0)
    means[:, 0] = np.inf
    own = means[everyone, labels]
    means[everyone, labels] = np.inf
    nearest = means.min(axis=1)
    judged = np.isfinite(own) & np.isfinite(nearest)
    nearest, own = nearest[judged], own[judged]
    largest = np.maximum(nearest, own)
    result = np.zeros(len(labels))
    # Events that are all alike are as near to the next group as to their own.
    result[judged] = (nearest - own) / np.where(largest > 0, largest, 1)
    return result

"""Which events to label next: those that a label would tell the most of."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.stats import rankdata
from sklearn import config_context
from threadpoolctl import threadpool_limits

from specufex_pipe.clustering.learned import MEGABYTES_OF_DISTANCES
from specufex_pipe.clustering.neighbors import nearest
from specufex_pipe.events.sampling import choose_events
from specufex_pipe.numerics.randomness import DENSITY, random_generator
from specufex_pipe.numerics.types import BoolArray, FloatArray, IntArray

# Of each sort, among which suggestions are looked for, and of all events, to tell how dense they
# lie: so it takes seconds, however many events there are.
_MOST_CANDIDATES = 10_000
_MOST_REFERENCES = 20_000
# An event is typical that has so many others near it.
_N_NEIGHBORS = 10
# From which on the most probable label is hardly in doubt.
_SURE = 0.8


class Suggestion(NamedTuple):
    """An event to label.

    Attributes
    ----------
    event : int
        Its place among the events.
    reason : str
        Why, in words.
    """

    event: int
    reason: str


def suggest(
    probabilities: FloatArray,
    p_values: FloatArray,
    points: FloatArray,
    labels: Sequence[str],
    number: int,
    *,
    novelty_rate: float = 0.05,
    seed: int = 0,
) -> list[Suggestion]:
    """Suggest events to label: in doubt, typical, and unlike each other.

    The doubt of an event is 1 minus how much more probable its first label is than its second, and
    1 if it is like none that is labelled. It counts by how dense other events lie about it, from 1
    for the densest down to nearly 0: what is learned of an odd one holds for few. The first
    suggestion is the event for which that is the largest. Its neighbourhood, of as many events as
    let all suggestions together take half of those that were looked at, is left out then, and so
    on.

    Parameters
    ----------
    probabilities : ndarray of shape (n_events, n_labels)
        Of the events without a label, as `learned.Classified` has them.
    p_values : ndarray of shape (n_events,)
    points : ndarray of shape (n_events, n_dimensions)
        The events in the space of the classifier.
    labels : sequence of str
        Of the columns of the probabilities.
    number : int
        Of suggestions, from 1. There are fewer where events are too few, or alike.
    novelty_rate : float
        Events with a p-value of at most so much are like none that is labelled.
    seed : int
        Of the sample that stands for many events.

    Returns
    -------
    list of Suggestion
        The most rewarding first.

    Raises
    ------
    ValueError
        If the number is not 1 or more.

    References
    ----------
    Settles & Craven, Proceedings of EMNLP (2008), 1070-1079 (doubt, by density).
    """
    if number < 1:
        raise ValueError(f"number is {number}, expected 1 or more suggestions")
    if not len(points):
        return []
    is_outside = p_values <= novelty_rate
    doubts = np.where(is_outside, 1.0, 1 - _margins(probabilities))
    candidates = _candidates(doubts, is_outside, seed)
    with threadpool_limits(1), config_context(working_memory=MEGABYTES_OF_DISTANCES):
        rewards = doubts[candidates] * _typicalities(points, candidates, seed)
    chosen = candidates[_apart(rewards, points[candidates], number)]
    return [
        Suggestion(int(event), _reason(probabilities[event], bool(is_outside[event]), labels))
        for event in chosen
    ]


def _margins(probabilities: FloatArray) -> FloatArray:
    """Return how much more probable the first label is than the second, for each event."""
    second, first = np.partition(probabilities, -2, axis=1)[:, -2:].T
    return first - second


def _candidates(doubts: FloatArray, is_outside: BoolArray, seed: int) -> IntArray:
    """Return the events to look at: the most doubtful, and those like none or a sample of them."""
    outside, inside = np.flatnonzero(is_outside), np.flatnonzero(~is_outside)
    outside = outside[choose_events(len(outside), seed, _MOST_CANDIDATES)]
    order = np.argsort(-doubts[inside], kind="stable")
    return np.sort(np.concatenate([outside, inside[order[:_MOST_CANDIDATES]]]))


def _typicalities(points: FloatArray, candidates: IntArray, seed: int) -> FloatArray:
    """Return the ranks of the densities about candidates, from nearly 0 to 1."""
    references = np.arange(len(points))
    if len(points) > _MOST_REFERENCES:
        rng = random_generator(seed, DENSITY)
        references = np.sort(rng.choice(len(points), _MOST_REFERENCES, replace=False))
    distances, _ = nearest(points[references], points[candidates], _N_NEIGHBORS)
    return rankdata(-distances[:, -1]) / len(candidates)


def _apart(rewards: FloatArray, points: FloatArray, number: int) -> IntArray:
    """Return the places of the largest rewards, one in each neighbourhood."""
    size = max(len(points) // (2 * number), 1)
    left = rewards.copy()
    chosen: list[int] = []
    while len(chosen) < number and left.max() > -np.inf:
        best = int(left.argmax())
        chosen.append(best)
        distances = np.linalg.norm(points - points[best], axis=1)
        left[distances <= np.partition(distances, size - 1)[size - 1]] = -np.inf
    return np.array(chosen, dtype=np.int64)


def _reason(probabilities: FloatArray, is_outside: bool, labels: Sequence[str]) -> str:
    if is_outside:
        return "like nothing that is labelled"
    second, first = np.argsort(probabilities, kind="stable")[-2:]
    if probabilities[first] >= _SURE:
        return f"typical of what is probably {labels[first]}"
    return f"uncertain between {labels[first]} and {labels[second]}"

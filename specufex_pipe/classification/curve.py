"""How much better labels are found, the more events are labelled."""

from typing import NamedTuple

import numpy as np

from specufex_pipe.classification.candidates import Candidate, train
from specufex_pipe.classification.folds import Folds
from specufex_pipe.classification.learning import LabelledEvents, sides
from specufex_pipe.classification.scores import balanced_accuracy
from specufex_pipe.numerics.randomness import DRAW, random_generator
from specufex_pipe.numerics.types import FloatArray, IntArray

_NUMBERS = (5, 10, 20, 50, 100, 200, 500)
_N_DRAWS = 3


class LearningCurve(NamedTuple):
    """Balanced accuracy by the number of labelled events.

    Its end, with all events, is `Scores.balanced_accuracy`.

    Attributes
    ----------
    numbers : ndarray of int, shape (n_numbers,)
        Of events for each label, or as many as it has.
    accuracies : ndarray of shape (n_numbers,)
        Mean over three draws of the events.
    lows, highs : ndarray of shape (n_numbers,)
        The least and the largest of the draws.
    """

    numbers: IntArray
    accuracies: FloatArray
    lows: FloatArray
    highs: FloatArray


def learning_curve(
    events: LabelledEvents,
    folds: Folds,
    candidates: tuple[Candidate, ...],
    n_dimensions: int | None,
    seed: int,
) -> LearningCurve:
    """Learn from some of the labelled events, and ask for those of the fold that is held out.

    Parameters
    ----------
    events : learning.LabelledEvents
    folds : folds.Folds
    candidates : tuple of Candidate
        The one to take without each fold.
    n_dimensions : int or None
        Of the space, which is that of all events but those of the fold.
    seed : int

    Returns
    -------
    LearningCurve
        For numbers that at least one label has more events than.
    """
    n_labels = len(events.labels)
    fewest = min(int(np.bincount(events.codes[side]).max()) for side, _ in folds.sides())
    numbers = [number for number in _NUMBERS if number < fewest]
    given = np.zeros((len(numbers), _N_DRAWS, len(events.codes)), dtype=np.int64)
    for fold, side in enumerate(sides(events, folds, n_dimensions)):
        codes = events.codes[side.learned]
        asked = side.space.points(events.features[side.left])
        for draw in range(_N_DRAWS):
            # An event that is among few is among more as well: so draws differ by their number
            # alone.
            order = random_generator(seed, DRAW, draw).permutation(len(events.codes))[side.learned]
            ranks = _ranks(codes, order)
            for place, number in enumerate(numbers):
                chosen = ranks < number
                model = train(candidates[fold], side.points[chosen], codes[chosen], n_labels, seed)
                given[place, draw, side.left] = model.log_probabilities(asked).argmax(axis=1)
    is_told = folds.are_learnable
    accuracies = np.array([
        [balanced_accuracy(events.codes[is_told], each[is_told]) for each in draws]
        for draws in given
    ]).reshape(len(numbers), _N_DRAWS)  # fmt: skip
    return LearningCurve(
        np.array(numbers, dtype=np.int64),
        accuracies.mean(axis=1),
        accuracies.min(axis=1),
        accuracies.max(axis=1),
    )


def _ranks(codes: IntArray, order: IntArray) -> IntArray:
    """Return the place of each event among those of its label, from 0, by rising `order`."""
    ranks = np.empty(len(codes), dtype=np.int64)
    for code in np.unique(codes):
        members = np.flatnonzero(codes == code)
        ranks[members[np.argsort(order[members])]] = np.arange(len(members))
    return ranks

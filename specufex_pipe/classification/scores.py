"""How often labels of held-out events are found, and how sure that is."""

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np

from specufex_pipe.numerics.randomness import INTERVAL, random_generator
from specufex_pipe.numerics.types import BoolArray, FloatArray, IntArray

N_DRAWS = 1000
_BOUNDS = (2.5, 97.5)
_N_BINS = 10


class Estimate(NamedTuple):
    """A number, and between what it lies in 95 of 100 draws of the groups of events."""

    value: float
    low: float
    high: float


class Reliability(NamedTuple):
    """How often the most probable label is right, by its probability.

    Attributes
    ----------
    probabilities : ndarray of shape (n_bins,)
        Mean in each tenth of the probabilities that has events, rising.
    shares : ndarray of shape (n_bins,)
        Of the events whose label is right.
    counts : ndarray of int, shape (n_bins,)
        Number of events.
    """

    probabilities: FloatArray
    shares: FloatArray
    counts: IntArray

    @classmethod
    def of(cls, probabilities: FloatArray, codes: IntArray) -> Self:
        """Hold probabilities, shape (n_events, n_labels), against true labels, from 0."""
        most = probabilities.max(axis=1)
        is_right = probabilities.argmax(axis=1) == codes
        bins = np.minimum((most * _N_BINS).astype(np.int64), _N_BINS - 1)
        counts = np.bincount(bins, minlength=_N_BINS)
        sums, hits = (np.bincount(bins, each, _N_BINS) for each in (most, is_right))
        there = counts > 0
        return cls(sums[there] / counts[there], hits[there] / counts[there], counts[there])

    @property
    def expected_calibration_error(self) -> float:
        """Mean distance between probabilities and shares (Guo et al., 2017, equation 3)."""
        distances = np.abs(self.probabilities - self.shares)
        return float(np.average(distances, weights=self.counts))


class Scores(NamedTuple):
    """What held-out events say of a classifier.

    Which label is the most probable is asked of all of them, also of those that are called none of
    these: the two questions are kept apart.

    Attributes
    ----------
    balanced_accuracy : Estimate
        Mean recall of the labels.
    recalls : ndarray of shape (n_labels,)
        Share of the events with a label that are given it; NaN where it is not known.
    precisions : ndarray of shape (n_labels,)
        Share of the events that are given a label that have it; NaN where none is given it.
    confusion : ndarray of int, shape (n_labels, n_labels)
        Number of events by the label that they have (rows) and are given (columns).
    called_none : ndarray of int, shape (n_labels,)
        Number of events, by the label that they have, that are called none of these.
    log_loss : float
        Mean of minus the logarithm of the probability of the true label.
    brier : float
        Mean squared distance of the probabilities from 1 for the true label and 0 for others, from
        0 to 2 (Brier, Monthly Weather Review 78 (1950), 1-3).
    reliability : Reliability
    methods : tuple of str
        That was chosen without each of the folds.
    """

    balanced_accuracy: Estimate
    recalls: FloatArray
    precisions: FloatArray
    confusion: IntArray
    called_none: IntArray
    log_loss: float
    brier: float
    reliability: Reliability
    methods: tuple[str, ...]

    @property
    def none_rate(self) -> float:
        """Share of the events that are called none of these, though they have a label."""
        return float(self.called_none.sum() / self.confusion.sum())


class Answers(NamedTuple):
    """What was said of events that were held out.

    Attributes
    ----------
    probabilities : ndarray of shape (n_events, n_labels)
    p_values : ndarray of shape (n_events,)
        See `novelty.Novelty.p_values`.
    methods : tuple of str
        That was chosen without each of the folds.
    """

    probabilities: FloatArray
    p_values: FloatArray
    methods: tuple[str, ...]

    @property
    def codes(self) -> IntArray:
        """The most probable label of each event."""
        return self.probabilities.argmax(axis=1)

    def of(self, events: IntArray) -> Self:
        """Return those of some of the events."""
        return self._replace(
            probabilities=self.probabilities[events], p_values=self.p_values[events]
        )

    def scores(self, codes: IntArray, novelty_rate: float, accuracy: Estimate) -> Scores:
        """Hold the answers against true labels.

        Parameters
        ----------
        codes : ndarray of int, shape (n_events,)
            Labels, from 0.
        novelty_rate : float
        accuracy : Estimate
            Balanced accuracy.
        """
        n_events, n_labels = self.probabilities.shape
        confusion = confusion_of(codes, self.codes, n_labels)
        of_truth = self.probabilities[np.arange(n_events), codes]
        is_truth = np.eye(n_labels)[codes]
        with np.errstate(invalid="ignore"):
            recalls = np.diag(confusion) / confusion.sum(axis=1)
            precisions = np.diag(confusion) / confusion.sum(axis=0)
        is_outside = self.p_values <= novelty_rate
        return Scores(
            balanced_accuracy=accuracy,
            recalls=recalls,
            precisions=precisions,
            confusion=confusion,
            called_none=np.bincount(codes[is_outside], minlength=n_labels),
            log_loss=-float(np.log(of_truth).mean()),
            brier=float(np.square(self.probabilities - is_truth).sum(axis=1).mean()),
            reliability=Reliability.of(self.probabilities, codes),
            methods=self.methods,
        )


def confusion_of(codes: IntArray, given: IntArray, n_labels: int) -> IntArray:
    """Return numbers of events by true (rows) and given labels, shape (n_labels, n_labels)."""
    counts = np.bincount(codes * n_labels + given, minlength=n_labels**2)
    return counts.reshape(n_labels, n_labels)


def balanced_accuracy(codes: IntArray, given: IntArray) -> float:
    """Return the mean over the labels of the share of their events that are given them."""
    counts = np.bincount(codes)
    hits = np.bincount(codes[codes == given], minlength=len(counts))
    return float(np.mean(hits[counts > 0] / counts[counts > 0]))


def drawn_accuracies(
    codes: IntArray, given: Sequence[IntArray], groups: IntArray, seed: int
) -> FloatArray:
    """Return balanced accuracies of draws of groups of events, with replacement.

    Whole groups are drawn, since events of a block of time or of a family are right or wrong
    together: as many events as they are tell less than as many that have nothing in common. Draws
    that lack a label are of the others.

    Parameters
    ----------
    codes : ndarray of int, shape (n_events,)
    given : sequence of ndarray of int, shape (n_events,)
        What several classifiers say; the draws are the same for all.
    groups : ndarray of int, shape (n_events,)
    seed : int

    Returns
    -------
    ndarray of shape (n_classifiers, 1000)

    References
    ----------
    Davison & Hinkley, Bootstrap Methods and their Application (1997), section 3.8.
    """
    n_labels = int(codes.max()) + 1
    places = np.unique(groups, return_inverse=True)[1]
    n_groups = int(places.max()) + 1

    def counted_by_group(chosen: BoolArray) -> IntArray:
        cells = (places * n_labels + codes)[chosen]
        return np.bincount(cells, minlength=n_groups * n_labels).reshape(n_groups, n_labels)

    totals = counted_by_group(np.ones(len(codes), dtype=np.bool_))
    hits = np.stack([counted_by_group(each == codes) for each in given])
    found = np.empty((len(given), N_DRAWS))
    for draw in range(N_DRAWS):
        rng = random_generator(seed, INTERVAL, draw)
        weights = np.bincount(rng.integers(n_groups, size=n_groups), minlength=n_groups)
        of_label = weights @ totals
        there = of_label > 0
        found[:, draw] = ((weights @ hits)[:, there] / of_label[there]).mean(axis=1)
    return found


def estimate(value: float, draws: FloatArray) -> Estimate:
    """Return a number with the interval that 95 of 100 of its draws are in."""
    low, high = np.percentile(draws, _BOUNDS)
    return Estimate(value, float(low), float(high))

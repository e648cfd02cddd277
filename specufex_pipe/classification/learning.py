"""From events with labels to a classifier: which candidate, how sure, and what is far."""

from collections.abc import Iterator
from typing import NamedTuple, Self

import numpy as np

from specufex_pipe.classification.calibration import Calibration, log_shares_of
from specufex_pipe.classification.candidates import CANDIDATES, Candidate, train
from specufex_pipe.classification.folds import Folds, blocked_folds
from specufex_pipe.classification.learned import LearnedLabels, Tried
from specufex_pipe.classification.novelty import Novelty, distances, reference
from specufex_pipe.clustering.space import Space
from specufex_pipe.numerics.types import Array, BoolArray, FloatArray, IntArray

# Takes the best of all candidates.
BEST = "best"


class LabelledEvents(NamedTuple):
    """Events to learn from.

    Attributes
    ----------
    features : ndarray of shape (n_events, n_features)
    codes : ndarray of int, shape (n_events,)
        Labels, from 0.
    labels : tuple of str
        Each of them has an event.
    unlabelled : ndarray of shape (n_unlabelled_events, n_features)
        Others, which serve the principal components.
    times : ndarray, shape (n_events,), or None
    families : ndarray of int, shape (n_events,), or None
    """

    features: FloatArray
    codes: IntArray
    labels: tuple[str, ...]
    unlabelled: FloatArray
    times: Array | None
    families: IntArray | None

    def space(self, n_dimensions: int | None, events: IntArray | None = None) -> Space:
        """Return the principal components of the unlabelled and of some of the labelled events."""
        labelled = self.features if events is None else self.features[events]
        return Space.of(np.concatenate([self.unlabelled, labelled]), n_dimensions)

    def subset(self, events: IntArray) -> tuple[Self, IntArray]:
        """Return some of the events, and the codes here of the labels that they have."""
        present, codes = np.unique(self.codes[events], return_inverse=True)
        part = self._replace(
            features=self.features[events],
            codes=codes,
            labels=tuple(self.labels[code] for code in present),
            times=None if self.times is None else self.times[events],
            families=None if self.families is None else self.families[events],
        )
        return part, present

    def folds(self, n_folds: int) -> Folds:
        """Return folds of the labelled events; a ValueError if all belong together."""
        return blocked_folds(self.codes, n_folds, self.times, self.families)


class Demand(NamedTuple):
    """What is asked of a classifier.

    Attributes
    ----------
    method : str
        "best", or that of the candidates to try.
    n_dimensions : int or None
        Of the space.
    n_folds : int
    seed : int
    """

    method: str
    n_dimensions: int | None
    n_folds: int
    seed: int

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """The candidates to try."""
        return tuple(each for each in CANDIDATES if self.method in (BEST, each.method))


class Side(NamedTuple):
    """A fold, and the space of the others.

    Attributes
    ----------
    learned, left : ndarray of int
        The events that are learned from, and those that are held out.
    space : space.Space
    points : ndarray of shape (n_learned_events, n_dimensions)
    """

    learned: IntArray
    left: IntArray
    space: Space
    points: FloatArray

    def distances(self, events: LabelledEvents, seed: int) -> FloatArray:
        """Return how far the events that are held out are from those that are learned from."""
        return distances(reference(self.points, seed), self.space, events.features[self.left])


def sides(events: LabelledEvents, folds: Folds, n_dimensions: int | None) -> Iterator[Side]:
    """Iterate over the folds, each with the principal components that the others have."""
    for learned, left in folds.sides():
        space = events.space(n_dimensions, learned)
        yield Side(learned, left, space, space.points(events.features[learned]))


class HeldOut(NamedTuple):
    """What is said of events by what was learned from the other folds.

    Attributes
    ----------
    log_probabilities : ndarray of shape (n_candidates, n_events, n_labels)
        Of the candidates, not calibrated.
    distances : ndarray of shape (n_events,)
        From the labelled events of the other folds.
    """

    log_probabilities: FloatArray
    distances: FloatArray


def learn(events: LabelledEvents, demand: Demand) -> LearnedLabels:
    """Learn labels.

    All that is chosen is chosen on events that were held out, from the principal components on.
    The candidate is the one that has the least log loss once it is calibrated.

    Parameters
    ----------
    events : LabelledEvents
    demand : Demand

    Returns
    -------
    learned.LearnedLabels
    """
    folds, warnings = _folds(events, demand.n_folds)
    found = hold_out(events, folds, demand)
    n_labels, is_told = len(events.labels), folds.are_learnable
    codes, log_shares = events.codes[is_told], log_shares_of(events.codes, n_labels)
    calibrations, log_losses = [], []
    for log_probabilities in found.log_probabilities[:, is_told]:
        calibrations.append(Calibration.of(log_probabilities, codes, log_shares))
        calibrated = calibrations[-1].log_probabilities(log_probabilities)
        log_losses.append(-float(calibrated[np.arange(len(codes)), codes].mean()))
    tried = Tried(demand.candidates, tuple(log_losses))
    space = events.space(demand.n_dimensions)
    points, best = space.points(events.features), demand.candidates[tried.best]
    return LearnedLabels(
        labels=events.labels,
        counts=np.bincount(events.codes, minlength=n_labels),
        space=space,
        model=train(best, points, events.codes, n_labels, demand.seed),
        calibration=calibrations[tried.best],
        novelty=Novelty(reference(points, demand.seed), np.sort(found.distances[is_told])),
        tried=tried,
        warnings=warnings,
    )


def hold_out(events: LabelledEvents, folds: Folds, demand: Demand) -> HeldOut:
    """Learn from all folds but one, and ask for the events of that one, for each fold in turn.

    Parameters
    ----------
    events : LabelledEvents
    folds : folds.Folds
    demand : Demand

    Returns
    -------
    HeldOut
    """
    n_events, n_labels = len(events.codes), len(events.labels)
    log_probabilities = np.zeros((len(demand.candidates), n_events, n_labels))
    found = np.zeros(n_events)
    for side in sides(events, folds, demand.n_dimensions):
        asked = side.space.points(events.features[side.left])
        for place, candidate in enumerate(demand.candidates):
            codes = events.codes[side.learned]
            model = train(candidate, side.points, codes, n_labels, demand.seed)
            log_probabilities[place, side.left] = model.log_probabilities(asked)
        found[side.left] = side.distances(events, demand.seed)
    return HeldOut(log_probabilities, found)


def learn_novelty(events: LabelledEvents, demand: Demand) -> tuple[Space, Novelty]:
    """Learn what is like the labelled events, and nothing else of them.

    Parameters
    ----------
    events : LabelledEvents
        They may all have one label.
    demand : Demand

    Returns
    -------
    space : space.Space
    novelty : novelty.Novelty
        Of points in this space.
    """
    folds, _ = _folds(events, demand.n_folds)
    found = np.zeros(len(events.codes))
    for side in sides(events, folds, demand.n_dimensions):
        found[side.left] = side.distances(events, demand.seed)
    space = events.space(demand.n_dimensions)
    points = reference(space.points(events.features), demand.seed)
    return space, Novelty(points, np.sort(found[folds.are_learnable]))


def labels_not_told(labels: tuple[str, ...], codes: IntArray, are_learnable: BoolArray) -> str:
    """Say which labels have events that cannot be held out, and why; "" where there are none."""
    never = [labels[code] for code in np.unique(codes[~are_learnable])]
    if not never:
        return ""
    return (
        f"all events with the label {', '.join(map(repr, never))} are of one family or of one "
        "time: nothing can tell how well others with it are found; label events of other families "
        "and times, too"
    )


def _folds(events: LabelledEvents, n_folds: int) -> tuple[Folds, tuple[str, ...]]:
    """Return folds to choose by, and what to distrust of them."""
    try:
        folds = events.folds(n_folds)
    except ValueError as error:
        reason = str(error)
    else:
        reason = labels_not_told(events.labels, events.codes, folds.are_learnable)
        n_told = len(np.unique(events.codes[folds.are_learnable]))
        if n_told >= min(2, len(events.labels)):
            return folds, (reason,) if reason else ()
    # Something has to choose; it is said what the choice is worth.
    folds = blocked_folds(events.codes, n_folds)
    warning = f"probabilities are too sure, since like events were learned from: {reason}"
    return folds, (warning,)

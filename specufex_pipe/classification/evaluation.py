"""How well labels are found of events that nothing was learned from, and beside other features."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from sklearn import config_context
from sklearn.utils.validation import check_array, column_or_1d
from threadpoolctl import threadpool_limits

from specufex_pipe.classification.candidates import Candidate
from specufex_pipe.classification.checks import (
    as_labels,
    divide_labels,
    labelled_events,
    left_out_in_words,
)
from specufex_pipe.classification.classifier import EventClassifier
from specufex_pipe.classification.curve import LearningCurve, learning_curve
from specufex_pipe.classification.folds import Folds
from specufex_pipe.classification.learning import (
    Demand,
    LabelledEvents,
    labels_not_told,
    learn,
    learn_novelty,
)
from specufex_pipe.classification.scores import (
    Answers,
    Estimate,
    Scores,
    balanced_accuracy,
    drawn_accuracies,
    estimate,
)
from specufex_pipe.clustering.learned import MEGABYTES_OF_DISTANCES
from specufex_pipe.numerics.types import FloatArray, IntArray


class Evaluation(NamedTuple):
    """How well labels are found.

    Attributes
    ----------
    labels : tuple of str
    counts : ndarray of int, shape (n_labels,)
        Number of events that were held out and have each label; 0 for a label that nothing can
        be told of.
    blocked_by : str
        What was held out together, in words.
    n_folds, n_groups : int
        Number of folds, and of the blocks of time or families that they are of. With fewer than
        ten groups, intervals are a rough guide.
    scores : Scores
        Of the features.
    curve : LearningCurve
    baseline_scores : Scores or None
        Of the features that they are held against.
    baseline_curve : LearningCurve or None
    difference : Estimate or None
        Balanced accuracy of the features minus that of the baseline, on the same events.
    found_as_none : ndarray of shape (n_labels,)
        Share of the events with a label that are called none of these, if no event with this label
        is known; NaN for the only other label.
    warnings : tuple of str
        What to distrust.
    """

    labels: tuple[str, ...]
    counts: IntArray
    blocked_by: str
    n_folds: int
    n_groups: int
    scores: Scores
    curve: LearningCurve
    baseline_scores: Scores | None
    baseline_curve: LearningCurve | None
    difference: Estimate | None
    found_as_none: FloatArray
    warnings: tuple[str, ...]


class _Held(NamedTuple):
    """What one kind of features says of events that were held out."""

    answers: Answers
    curve: LearningCurve


def evaluate(
    X: ArrayLike,
    y: ArrayLike,
    *,
    classifier: EventClassifier | None = None,
    times: ArrayLike | None = None,
    families: ArrayLike | None = None,
    baseline: ArrayLike | None = None,
) -> Evaluation:
    """Evaluate a classifier by nested cross-validation.

    Each fold in turn is held out, and all is learned from the others: principal components, method,
    its parameter, how sure it is and what is far. The folds within are made as the outer ones:
    blocked in time and with families kept together. The baseline is asked for the same events.

    Parameters
    ----------
    X : array_like of shape (n_events, n_features)
    y : array_like of str, shape (n_events,)
        Labels; "" or None for an event without one.
    classifier : EventClassifier, optional
        Has the parameters; it need not be fitted, and is not changed.
    times, families : array_like, shape (n_events,), optional
        As for `EventClassifier.fit`.
    baseline : array_like of shape (n_events, n_other_features), optional
        Such as mean spectra.

    Returns
    -------
    Evaluation

    Raises
    ------
    ValueError
        If an argument is not valid, or fewer than two labels can be held out.

    References
    ----------
    Varma & Simon, BMC Bioinformatics 7 (2006), 91 (nested cross-validation); Roberts et al.,
    Ecography 40 (2017), 913-929 (blocks).
    """
    model = EventClassifier() if classifier is None else classifier
    demand = model.demand()
    labels = as_labels(column_or_1d(np.asarray(y, dtype=object)))
    model.check_labels(labels)
    kept, left_out = divide_labels(labels)
    made = [
        labelled_events(features, labels, kept, times, families, model.random_state)
        for features in _checked_features(X, baseline, len(labels))
    ]
    folds = made[0].folds(model.n_folds)
    warnings = left_out_in_words(left_out)
    warnings += [_require_two_told(made[0], folds)]
    with (
        threadpool_limits(1),
        config_context(
            working_memory=MEGABYTES_OF_DISTANCES,
            assume_finite=True,
            skip_parameter_validation=True,
        ),
    ):
        held = [_held_out(events, folds, demand) for events in made]
        found_as_none = _found_as_none(made[0], demand, model.novelty_rate)
    scores, difference = _scored(made[0], folds, held, model.novelty_rate, demand.seed)
    codes = made[0].codes
    return Evaluation(
        labels=made[0].labels,
        counts=np.bincount(codes[folds.are_learnable], minlength=len(kept)),
        blocked_by=folds.blocked_by,
        n_folds=folds.n_folds,
        n_groups=len(np.unique(folds.groups)),
        scores=scores[0],
        curve=held[0].curve,
        baseline_scores=scores[1] if baseline is not None else None,
        baseline_curve=held[1].curve if baseline is not None else None,
        difference=difference,
        found_as_none=found_as_none,
        warnings=tuple(filter(None, warnings)),
    )


def _checked_features(X: ArrayLike, baseline: ArrayLike | None, n_events: int) -> list[FloatArray]:
    given: list[tuple[str, Any]] = [("X", X)]
    if baseline is not None:
        given.append(("baseline", baseline))
    checked = [check_array(values, dtype=np.float64, input_name=name) for name, values in given]
    for (name, _), features in zip(given, checked, strict=True):
        if len(features) != n_events:
            raise ValueError(f"{name} has {len(features)} events, and y has {n_events}")
    return checked


def _require_two_told(events: LabelledEvents, folds: Folds) -> str:
    """Return the warning that some labels cannot be held out; "" where all can."""
    warning = labels_not_told(events.labels, events.codes, folds.are_learnable)
    if len(np.unique(events.codes[folds.are_learnable])) < 2:
        raise ValueError(f"fewer than two labels can be held out: {warning}")
    return warning


def _held_out(events: LabelledEvents, folds: Folds, demand: Demand) -> _Held:
    """Learn from all folds but one, for each in turn, and ask for its events."""
    n_events, n_labels = len(events.codes), len(events.labels)
    probabilities, p_values = np.zeros((n_events, n_labels)), np.ones(n_events)
    candidates: list[Candidate] = []
    for learned, left in folds.sides():
        part, present = events.subset(learned)
        if len(present) == 1:
            # Of a single label there is nothing to learn.
            probabilities[left, present[0]] = 1
            candidates.append(demand.candidates[0])
            continue
        found = learn(part, demand)
        classified = found.classify([events.features[left]])
        probabilities[np.ix_(left, present)] = classified.probabilities
        p_values[left] = classified.p_values
        candidates.append(found.tried.candidates[found.tried.best])
    methods = tuple(candidate.method for candidate in candidates)
    curve = learning_curve(events, folds, tuple(candidates), demand.n_dimensions, demand.seed)
    return _Held(Answers(probabilities, p_values, methods), curve)


def _found_as_none(events: LabelledEvents, demand: Demand, novelty_rate: float) -> FloatArray:
    """Return the share of each label that is called none of these where it is not known."""
    shares = np.full(len(events.labels), np.nan)
    for code in range(len(events.labels)):
        is_left = events.codes == code
        others, _ = events.subset(np.flatnonzero(~is_left))
        space, novelty = learn_novelty(others, demand)
        p_values = novelty.p_values(space, events.features[is_left])
        shares[code] = (p_values <= novelty_rate).mean()
    return shares


def _scored(
    events: LabelledEvents, folds: Folds, held: list[_Held], novelty_rate: float, seed: int
) -> tuple[list[Scores], Estimate | None]:
    """Return the scores of each kind of features, and how far the first two are apart."""
    told = np.flatnonzero(folds.are_learnable)
    codes, answers = events.codes[told], [each.answers.of(told) for each in held]
    draws = drawn_accuracies(codes, [each.codes for each in answers], folds.groups[told], seed)
    values = [balanced_accuracy(codes, each.codes) for each in answers]
    scores = [
        each.scores(codes, novelty_rate, estimate(value, of_draws))
        for each, value, of_draws in zip(answers, values, draws, strict=True)
    ]
    if len(held) == 1:
        return scores, None
    return scores, estimate(values[0] - values[1], draws[0] - draws[1])

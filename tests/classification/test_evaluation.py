"""Evaluation is honest: sequences that leak, labels that nothing tells, kinds not known."""

import numpy as np
import pytest
from helpers.labelled import fast, labelled, sequences
from sklearn.metrics import balanced_accuracy_score

from specufex_pipe.classification.evaluation import evaluate
from specufex_pipe.classification.folds import blocked_folds

pytestmark = pytest.mark.usefixtures("few_candidates")


@pytest.fixture(scope="module")
def noise(few_candidates):
    features, labels, times, families = sequences()
    evaluations = {
        "random": evaluate(features, labels, classifier=fast()),
        "times": evaluate(features, labels, classifier=fast(), times=times),
        "families": evaluate(features, labels, classifier=fast(), families=families),
    }
    return evaluations, labels


def test_random_folds_find_what_is_not_there_and_blocked_ones_do_not(noise):
    evaluations, _ = noise
    assert evaluations["random"].scores.balanced_accuracy.value > 0.9
    for blocked in ("times", "families"):
        accuracy = evaluations[blocked].scores.balanced_accuracy
        # Below one half, rather: where nothing is to be found, a label that is held out is the
        # rarer one among those that are learned from.
        assert accuracy.low < 0.5
        assert accuracy.value < 0.65


def test_what_was_held_out_together_is_told(noise):
    evaluations, _ = noise
    assert [each.blocked_by for each in evaluations.values()] == [
        "nothing: neither times nor families are given", "blocks of time", "families",
    ]  # fmt: skip
    assert evaluations["families"].n_groups == 24
    assert evaluations["random"].n_groups == 192


def test_intervals_are_wider_where_fewer_groups_tell(noise):
    evaluations, _ = noise
    widths = {
        name: each.scores.balanced_accuracy.high - each.scores.balanced_accuracy.low
        for name, each in evaluations.items()
    }
    assert widths["families"] > 2 * widths["random"]


def test_probabilities_of_what_cannot_be_told_are_modest(noise):
    evaluations, _ = noise
    scores = evaluations["families"].scores
    sureness = np.average(scores.reliability.probabilities, weights=scores.reliability.counts)
    assert sureness < 0.65
    assert scores.log_loss < np.log(2) + 0.15


# What is there


@pytest.fixture(scope="module")
def found(few_candidates):
    features, labels = labelled((60, 40, 30), n_features=4, distance=0.9)
    times = np.random.default_rng(5).permutation(len(labels)).astype(float)
    baseline = features[:, :2]
    return (
        evaluate(features, labels, classifier=fast(n_folds=5), times=times, baseline=baseline),
        features, labels, times,
    )  # fmt: skip


def test_each_fold_is_asked_of_what_was_learned_from_the_others(found):
    evaluation, features, labels, times = found
    codes = np.unique(labels, return_inverse=True)[1]
    given = np.empty_like(labels)
    for learned, left in blocked_folds(codes, 5, times).sides():
        model = fast(n_folds=5, none_label=None)
        model.fit(features[learned], labels[learned], times=times[learned])
        given[left] = model.predict(features[left])
    value = evaluation.scores.balanced_accuracy.value
    assert value == pytest.approx(balanced_accuracy_score(labels, given))
    assert evaluation.counts.tolist() == [60, 40, 30]
    assert evaluation.scores.confusion.sum() == 130
    assert evaluation.n_folds == len(evaluation.scores.methods) == 5


def test_features_are_held_against_a_baseline_on_the_same_events(found):
    evaluation, *_ = found
    ours, theirs = evaluation.scores, evaluation.baseline_scores
    assert ours.balanced_accuracy.value > theirs.balanced_accuracy.value
    difference = ours.balanced_accuracy.value - theirs.balanced_accuracy.value
    assert evaluation.difference.value == pytest.approx(difference)
    assert 0 < evaluation.difference.low < difference < evaluation.difference.high
    np.testing.assert_array_equal(ours.confusion.sum(axis=1), theirs.confusion.sum(axis=1))


def test_the_same_features_differ_in_nothing():
    features, labels = labelled(distance=1.0)
    evaluation = evaluate(features, labels, classifier=fast(), baseline=features)
    assert evaluation.difference == (0, 0, 0)
    alone = evaluate(features, labels, classifier=fast())
    assert alone.difference is alone.baseline_scores is alone.baseline_curve is None
    assert alone.scores.balanced_accuracy == evaluation.scores.balanced_accuracy


def test_the_curve_rises_to_what_all_labels_give(found):
    evaluation, *_ = found
    for curve, scores in ((evaluation.curve, evaluation.scores),
                          (evaluation.baseline_curve, evaluation.baseline_scores)):  # fmt: skip
        # Without a fold the largest label has some 48 events.
        assert curve.numbers.tolist() == [5, 10, 20]
        assert (curve.lows <= curve.accuracies).all()
        assert (curve.accuracies <= curve.highs).all()
        assert curve.accuracies[0] < curve.accuracies[-1]
        assert curve.accuracies[-1] == pytest.approx(scores.balanced_accuracy.value, abs=0.06)


def test_kinds_that_are_not_known_are_called_none_of_these():
    features, labels = labelled((50, 50, 50), distance=6.0)
    assert evaluate(features, labels, classifier=fast()).found_as_none.min() > 0.9
    # Where the third is as the second, nothing tells that it is new.
    noise = np.random.default_rng(1).normal(size=(50, 6))
    features[labels == "C"] = features[labels == "B"].mean(axis=0) + noise
    shares = evaluate(features, labels, classifier=fast()).found_as_none
    assert shares[0] > 0.9
    assert shares[1:].max() < 0.3


def test_known_events_are_called_none_about_as_often_as_is_asked_for():
    features, labels = labelled((150, 100), n_features=4)
    evaluation = evaluate(features, labels, classifier=fast(novelty_rate=0.1))
    assert 0.03 < evaluation.scores.none_rate < 0.16
    assert (evaluation.scores.called_none > 0).all()


# Odd labels


def test_a_label_that_cannot_be_held_out_is_left_aside_with_a_warning():
    features, labels = labelled()
    families = np.where(labels == "C", 3, 0)
    evaluation = evaluate(features, labels, classifier=fast(), families=families)
    assert evaluation.counts.tolist() == [40, 30, 0]
    assert evaluation.scores.confusion.sum() == 70
    assert np.isnan(evaluation.scores.recalls).tolist() == [False, False, True]
    assert evaluation.scores.balanced_accuracy.value > 0.8
    assert len(evaluation.warnings) == 1
    assert "all events with the label 'C'" in evaluation.warnings[0]


def test_two_labels_of_which_one_is_in_a_single_fold_leave_nothing_to_tell():
    features, labels = labelled((40, 30))
    families = np.where(labels == "B", 3, 0)
    with pytest.raises(ValueError, match="fewer than two labels can be held out: all events with"):
        evaluate(features, labels, classifier=fast(), families=families)


def test_labels_of_few_events_and_unlabelled_events_are_left_aside():
    features, labels = labelled((40, 30, 3))
    labels[:5] = ""
    evaluation = evaluate(features, labels, classifier=fast())
    assert evaluation.labels == ("A", "B")
    assert evaluation.counts.tolist() == [(labels == "A").sum(), (labels == "B").sum()]
    assert "'C' of" in evaluation.warnings[0]


def test_of_two_labels_each_alone_tells_what_is_new():
    features, labels = labelled((30, 30), distance=9.0)
    evaluation = evaluate(features, labels, classifier=fast())
    assert evaluation.found_as_none.tolist() == [1, 1]


@pytest.mark.parametrize(("arguments", "message"), [
    ({"baseline": np.ones((3, 2))}, "baseline has 3 events, and y has 90"),
    ({"baseline": np.full((90, 2), np.nan)}, "Input baseline contains NaN"),
    ({"times": [1.0]}, r"times has shape \(1,\)"),
    ({"families": np.ones(90, dtype=int)}, "the 90 labelled events are all of one family or of"),
    ({"classifier": fast(n_folds=0)}, "n_folds is 0, expected a whole number >= 2"),
    ({"classifier": fast(none_label="A")}, "y has the label 'A', which is what none_label calls"),
])  # fmt: skip
def test_what_cannot_be_is_refused(arguments, message):
    features, labels = labelled()
    with pytest.raises(ValueError, match=message):
        evaluate(features, labels, **arguments)


def test_a_classifier_that_is_given_is_not_changed():
    features, labels = labelled((20, 20))
    model = fast()
    evaluate(features, labels, classifier=model)
    assert not hasattr(model, "learned_")

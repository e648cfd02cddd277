"""Scores are scikit-learn's, and intervals know that events of a group are alike."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import (
    balanced_accuracy_score,
    brier_score_loss,
    confusion_matrix,
    log_loss,
    precision_score,
    recall_score,
)

from specufex_pipe.classification.scores import (
    Answers,
    Estimate,
    Reliability,
    balanced_accuracy,
    drawn_accuracies,
    estimate,
)


@st.composite
def answers(draw):
    n_labels, n_events = draw(st.integers(2, 5)), draw(st.integers(10, 60))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    codes = np.concatenate([np.arange(n_labels), rng.integers(n_labels, size=n_events - n_labels)])
    probabilities = rng.dirichlet(np.ones(n_labels), n_events)
    return Answers(probabilities, rng.random(n_events), ("a", "b")), codes


@settings(max_examples=40)
@given(answers(), st.floats(0, 1))
def test_scores_are_those_of_scikit_learn(made, rate):
    said, codes = made
    n_labels, given_codes = said.probabilities.shape[1], said.codes
    found = said.scores(codes, rate, Estimate(0.5, 0.4, 0.6))
    np.testing.assert_array_equal(found.confusion, confusion_matrix(codes, given_codes))
    np.testing.assert_allclose(found.recalls, recall_score(codes, given_codes, average=None))
    precisions = precision_score(
        codes, given_codes, average=None, zero_division=np.nan, labels=range(n_labels)
    )
    np.testing.assert_allclose(found.precisions, precisions)
    labels = range(n_labels)
    assert found.log_loss == pytest.approx(log_loss(codes, said.probabilities, labels=labels))
    brier = brier_score_loss(codes, said.probabilities, labels=labels, scale_by_half=False)
    assert found.brier == pytest.approx(brier)
    assert balanced_accuracy(codes, given_codes) == pytest.approx(
        balanced_accuracy_score(codes, given_codes)
    )
    outside = [int(((codes == label) & (said.p_values <= rate)).sum()) for label in labels]
    assert found.called_none.tolist() == outside
    assert found.none_rate == pytest.approx(sum(outside) / len(codes))
    assert found.methods == ("a", "b")


def test_a_label_without_events_is_not_counted():
    assert balanced_accuracy(np.array([0, 0, 2, 2]), np.array([0, 1, 2, 2])) == 0.75


def test_reliability_is_that_of_a_loop():
    rng = np.random.default_rng(0)
    probabilities = np.concatenate([rng.dirichlet(np.ones(3), 500), np.eye(3)])
    codes = rng.integers(3, size=503)
    found = Reliability.of(probabilities, codes)
    most, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == codes
    error = 0.0
    for tenth in range(10):
        inside = (most >= tenth / 10) & ((most < (tenth + 1) / 10) | (tenth == 9))
        if inside.any():
            place = int((found.probabilities < tenth / 10).sum())
            assert found.counts[place] == inside.sum()
            assert found.shares[place] == pytest.approx(right[inside].mean())
            assert found.probabilities[place] == pytest.approx(most[inside].mean())
            error += inside.sum() * abs(most[inside].mean() - right[inside].mean())
    assert found.counts.sum() == 503
    assert found.expected_calibration_error == pytest.approx(error / 503)


# Intervals


def test_draws_of_single_events_spread_as_the_binomial_does():
    codes = np.repeat([0, 1], 200)
    given_codes = np.where(np.arange(400) % 5 == 0, 1 - codes, codes)
    (draws,) = drawn_accuracies(codes, [given_codes], np.arange(400), 0)
    assert draws.mean() == pytest.approx(0.8, abs=0.005)
    # Of two independent recalls of 200 events each.
    assert draws.std() == pytest.approx(np.sqrt(0.8 * 0.2 / 200 / 2), rel=0.1)


def test_events_of_a_group_count_as_one():
    codes = np.repeat([0, 1], 200)
    is_right = np.repeat(np.arange(40) % 5 != 0, 10)
    given_codes = np.where(is_right, codes, 1 - codes)
    groups = np.repeat(np.arange(40), 10)
    (draws,) = drawn_accuracies(codes, [given_codes], groups, 0)
    assert draws.std() == pytest.approx(np.sqrt(0.8 * 0.2 / 20 / 2), rel=0.15)


def test_the_draws_are_the_same_for_all_classifiers():
    rng = np.random.default_rng(0)
    codes = rng.integers(3, size=90)
    groups = rng.integers(20, size=90) * 7
    one, other, same = drawn_accuracies(codes, [codes, 0 * codes, codes], groups, 3)
    np.testing.assert_array_equal(one, 1)
    np.testing.assert_array_equal(same, one)
    # All is given one label of those that a draw has.
    assert set(np.round(other, 6)) <= {round(x, 6) for x in (0, 1 / 3, 1 / 2, 1)}


def test_an_interval_has_95_of_100_draws():
    found = estimate(0.5, np.arange(1001) / 1000)
    assert found == pytest.approx((0.5, 0.025, 0.975))

"""Models as arrays say what scikit-learn's say, and files hold no more than a bound."""

import numpy as np
import pytest
from helpers.labelled import labelled
from scipy.special import softmax
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from specufex_pipe.classification.candidates import CANDIDATES, Candidate, train
from specufex_pipe.classification.models import ForestModel, LinearModel

FOREST = Candidate("random_forest", 2)


@pytest.mark.parametrize("n_labels", [2, 5])
@pytest.mark.parametrize("options", [{}, {"max_leaf_nodes": 9, "class_weight": "balanced"}])
def test_a_forest_is_bit_for_bit_scikit_learns(n_labels, options):
    points, codes = make_classification(
        200, 12, n_informative=8, n_classes=n_labels, flip_y=0.2, random_state=0
    )
    forest = RandomForestClassifier(30, random_state=0, **options).fit(points, codes)
    model = ForestModel.of(forest, np.arange(n_labels), n_labels)
    rng = np.random.default_rng(1)
    # Numbers that single precision rounds to thresholds, and beyond, are among these.
    thresholds = model.thresholds[model.features >= 0]
    new = np.concatenate([points, rng.normal(size=(500, 12)), rng.choice(thresholds, (500, 12))])
    np.testing.assert_array_equal(model.probabilities(new), forest.predict_proba(new))


def test_no_tree_makes_a_label_impossible():
    points, labels = labelled()
    codes = np.unique(labels, return_inverse=True)[1]
    model = train(FOREST, points, codes, 3, 0)
    shares = model.probabilities(points)
    assert (shares == 0).any()
    n_trees = len(model.roots)
    found = model.log_probabilities(points)
    np.testing.assert_allclose(np.exp(found).sum(axis=1), 1)
    np.testing.assert_allclose(np.exp(found), (shares * n_trees + 1 / 3) / (n_trees + 1))


@pytest.mark.parametrize("n_labels", [2, 3])
def test_logistic_regression_is_scikit_learns(n_labels):
    points, labels = labelled((40, 30, 20)[:n_labels], distance=1.0)
    codes = np.unique(labels, return_inverse=True)[1]
    scale = 2.0 ** round(np.log2(points.var(axis=0).mean()) / 2)
    expected = LogisticRegression(C=0.1, class_weight="balanced", max_iter=1000)
    expected.fit(points / scale, codes)
    model = train(Candidate("logistic_regression", 0.1), points, codes, n_labels, 0)
    probabilities = np.exp(model.log_probabilities(points))
    np.testing.assert_allclose(probabilities, expected.predict_proba(points / scale), atol=1e-12)
    np.testing.assert_allclose(
        probabilities, softmax(points @ model.coefficients.T + model.intercepts, axis=1)
    )


@pytest.mark.parametrize("candidate", CANDIDATES[-2:])
@pytest.mark.parametrize("present", [[0, 2], [1], [1, 2]])
def test_a_label_that_no_event_has_is_never_the_most_probable(candidate, present):
    points, labels = labelled()
    codes = np.unique(labels, return_inverse=True)[1]
    chosen = np.isin(codes, present)
    model = train(candidate, points[chosen], codes[chosen], 3, 0)
    found = model.log_probabilities(points[chosen])
    np.testing.assert_array_equal(found.argmax(axis=1), codes[chosen])
    np.testing.assert_allclose(np.exp(found).sum(axis=1), 1)


@pytest.mark.parametrize("candidate", CANDIDATES)
def test_the_unit_of_points_does_not_matter(candidate):
    points, labels = labelled(distance=1.0)
    codes = np.unique(labels, return_inverse=True)[1]
    # Powers of two, so that nothing is rounded otherwise.
    small, large = (train(candidate, unit * points, codes, 3, 0) for unit in (2.0**-20, 2.0**20))
    np.testing.assert_allclose(
        small.log_probabilities(2.0**-20 * points),
        large.log_probabilities(2.0**20 * points),
        atol=1e-6,
    )


@pytest.mark.parametrize("candidate", CANDIDATES[-2:])
def test_points_that_are_all_alike_tell_nothing(candidate):
    model = train(candidate, np.ones((20, 2)), np.arange(20) % 2, 2, 0)
    np.testing.assert_allclose(np.exp(model.log_probabilities(np.ones((1, 2)))), 0.5, atol=0.06)


def test_a_forest_of_many_events_and_labels_takes_few_megabytes():
    rng = np.random.default_rng(0)
    points, codes = rng.normal(size=(1200, 3)), rng.integers(10, size=1200)
    model = train(FOREST, points, codes, 10, 0)
    assert sum(values.nbytes for values in model.to_arrays().values()) < 4e6
    # Trees are nearly full, so more events make hardly more leaves.
    assert 100 * 200 < len(model.leaves) <= 100 * 256


def test_the_seed_decides_a_forest_and_may_be_large():
    points, labels = labelled(distance=1.0)
    codes = np.unique(labels, return_inverse=True)[1]
    one, again, other = (train(FOREST, points, codes, 3, seed) for seed in (2**40, 2**40, 1))
    for name, values in one.to_arrays().items():
        np.testing.assert_array_equal(values, again.to_arrays()[name])
    assert (one.probabilities(points) != other.probabilities(points)).any()


@pytest.mark.parametrize("model", [LinearModel, ForestModel])
def test_a_part_that_is_missing_is_named(model):
    with pytest.raises(KeyError, match=r"coefficients|roots"):
        model.from_arrays({})

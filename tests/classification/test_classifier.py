"""`EventClassifier`: labels that are there, honest probabilities, what is new, what is refused."""

import inspect
import warnings

import numpy as np
import pytest
from helpers.labelled import fast, labelled, sequences
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils.estimator_checks import parametrize_with_checks
from threadpoolctl import threadpool_limits

from specufex_pipe.classification import EventClassifier
from specufex_pipe.classification.candidates import METHODS

METHODS_AND_BEST = ("best", *METHODS)
pytestmark = pytest.mark.usefixtures("few_candidates")


@pytest.fixture(scope="module")
def fitted(few_candidates):
    features, labels = labelled()
    return fast().fit(features, labels), features, labels


@pytest.mark.parametrize("method", METHODS_AND_BEST)
def test_labels_that_are_apart_are_found(method):
    features, labels = labelled((80, 60, 40))
    model = fast(method, none_label=None).fit(features[:90], labels[:90])
    np.testing.assert_array_equal(model.predict(features[90:]), labels[90:])
    probabilities = model.predict_proba(features[90:])
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert probabilities.max(axis=1).min() > 0.8
    assert model.warnings_ == []


@pytest.mark.parametrize("method", METHODS)
def test_probabilities_are_right_as_often_as_they_say(method):
    features, labels = labelled((1500, 900, 600), distance=0.7)
    model = fast(method, n_folds=5).fit(features[:500], labels[:500])
    probabilities = model.predict_proba(features[500:])
    is_label = labels[500:, None] == model.classes_
    for low in np.arange(0, 1, 0.2):
        inside = (probabilities >= low) & (probabilities < low + 0.2)
        assert is_label[inside].mean() == pytest.approx(probabilities[inside].mean(), abs=0.08)


def test_the_best_method_is_chosen():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(300, 2))
    of_a_line = np.where(features @ [1.0, 2.0] > 0, "A", "B")
    of_a_checkerboard = np.where(features.prod(axis=1) > 0, "A", "B")
    for labels, method in ((of_a_line, METHODS[0]), (of_a_checkerboard, METHODS[1])):
        learned = fast("best").fit(features, labels).learned_
        assert learned.model.method == method
        assert learned.tried.candidates[learned.tried.best].method == method
        assert method.replace("_", " ") in learned.outcome()


@pytest.mark.parametrize("method", METHODS)
def test_a_rare_label_is_found(method):
    features, labels = labelled((400, 300, 200, 30), distance=1.0)
    model = fast(method, none_label=None).fit(features[:465], labels[:465])
    is_rare = labels[465:] == "D"
    found = model.predict(features[465:]) == "D"
    # A third, were all events to count alike.
    assert found[is_rare].mean() > 0.5
    assert found[~is_rare].mean() < 0.03


def test_like_events_of_one_sequence_do_not_make_it_sure():
    features, labels, times, families = sequences()
    trusting = fast().fit(features, labels)
    for arguments in ({"times": times}, {"families": families}):
        honest = fast().fit(features, labels, **arguments)
        assert min(trusting.learned_.tried.log_losses) < 0.3
        assert min(honest.learned_.tried.log_losses) > 0.6
        assert honest.predict_proba(features).max() < trusting.predict_proba(features).max()


def test_unlabelled_events_serve_the_components_alone():
    features, labels = labelled()
    others = np.random.default_rng(1).normal(0, 9, (50, 6))
    both = np.concatenate([features, others])
    asked = np.array([*labels, *[""] * 50])
    model = fast(n_principal_components=2).fit(both, asked)
    _, _, axes = np.linalg.svd(both - both.mean(axis=0), full_matrices=False)
    np.testing.assert_allclose(np.abs(model.learned_.space.axes), np.abs(axes[:2]), atol=1e-8)
    assert model.classes_.tolist() == ["A", "B", "C"]
    assert model.learned_.counts.tolist() == [40, 30, 20]
    as_none = fast(n_principal_components=2).fit(both, [*labels, *[None] * 50])
    np.testing.assert_array_equal(as_none.predict_proba(both), model.predict_proba(both))


def test_many_unlabelled_events_are_a_sample():
    features, labels = labelled()
    both = np.concatenate([features, np.random.default_rng(1).normal(0, 9, (5500, 6))])
    asked = np.array([*labels, *[""] * 5500])
    # Labels are found as well, whatever the sample is.
    model = fast().fit(both, asked)
    assert (model.predict(features) == labels).mean() > 0.9


# None of these


@pytest.mark.parametrize("rate", [0.05, 0.2])
@pytest.mark.parametrize("n_features", [4, 150])
def test_events_like_those_with_labels_are_called_none_as_often_as_asked(rate, n_features):
    features, labels = labelled((1000, 700), n_features)
    model = fast(novelty_rate=rate, n_folds=5).fit(features[:300], labels[:300])
    share = (model.predict(features[300:]) == "none of these").mean()
    # With 300 events the rate itself is known to a fifth; it is less in many dimensions, of which
    # four fifths of the events show less than all.
    assert rate / 4 < share < 1.4 * rate + 0.01


def test_events_of_another_kind_are_none_of_these():
    features, labels = labelled((60, 60, 60), distance=8.0)
    known = labels != "C"
    model = fast().fit(features[known], labels[known])
    assert set(model.predict(features[~known])) == {"none of these"}
    assert (model.novelty(features[~known]) == 1 / 121).all()
    assert (model.predict(features[known]) == labels[known]).mean() > 0.9
    plain = clone(model).set_params(none_label=None).fit(features[known], labels[known])
    assert set(plain.predict(features[~known])) <= {"A", "B"}
    np.testing.assert_array_equal(
        plain.predict_proba(features[~known]), model.predict_proba(features[~known])
    )


def test_few_labels_cannot_tell_a_small_rate():
    features, labels = labelled((6, 5))
    model = fast().fit(features, labels)
    assert any("no event is called none of these: with 11 labelled" in w for w in model.warnings_)
    assert set(model.predict(features + 1e3)) <= {"A", "B"}
    assert not fast(novelty_rate=0.1).fit(features, labels).warnings_


# Odd labels


def test_a_label_of_few_events_is_left_out_with_a_warning():
    features, labels = labelled((30, 30, 4))
    model = fast().fit(features, labels)
    assert model.left_out_ == {"C": 4}
    assert model.classes_.tolist() == ["A", "B"]
    assert model.warnings_ == [
        "there is the label 'C' of 4 events: fewer than 5, so they were left out; label more "
        "events, or give these another label"
    ]


@pytest.mark.parametrize(("sizes", "message"), [
    ((30,), "there is the label 'A' of 30 events, expected two labels"),
    ((30, 4), "there are the labels 'A' of 30 events, 'B' of 4 events, expected two labels"),
    ((1, 1, 1), "'A' of 1 event, "),
])  # fmt: skip
def test_fewer_than_two_labels_are_refused(sizes, message):
    features, labels = labelled(sizes)
    with pytest.raises(ValueError, match=message):
        fast().fit(features, labels)


def test_no_label_at_all_is_refused():
    with pytest.raises(ValueError, match="there is no label, expected two labels"):
        fast().fit(np.eye(9), [""] * 9)


def test_a_label_of_one_family_is_learned_and_distrusted():
    features, labels = labelled()
    families = np.where(labels == "C", 3, 0)
    model = fast().fit(features, labels, families=families)
    assert len(model.warnings_) == 1
    assert "all events with the label 'C' are of one family or of one time" in model.warnings_[0]
    assert (model.predict(features) == labels).mean() > 0.9


@pytest.mark.parametrize("families", [
    np.ones(90, dtype=int), np.unique(labelled()[1], return_inverse=True)[1] + 1
])  # fmt: skip
def test_where_all_labels_are_families_it_is_said_that_probabilities_are_too_sure(families):
    features, labels = labelled()
    model = fast().fit(features, labels, families=families)
    assert len(model.warnings_) == 1
    assert "probabilities are too sure, since like events were learned from" in model.warnings_[0]
    assert (model.predict(features) == labels).mean() > 0.9


# Odd features


@pytest.mark.parametrize("features", [
    np.ones((20, 3)), np.repeat([[0.0, 0], [1, 1]], 10, axis=0), np.arange(20.0)[:, None],
    np.eye(20), 1e-9 * np.eye(20), 1e9 + np.eye(20),
], ids=["alike", "two values", "one feature", "corners", "small", "far"])  # fmt: skip
def test_odd_features_are_learned_without_a_fuss(features):
    labels = np.repeat(["A", "B"], 10)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = fast("best").fit(features, labels)
        probabilities = model.predict_proba(np.concatenate([features, features + 1e3]))
    assert np.isfinite(probabilities).all()


def test_the_same_seed_makes_the_same_bits(fitted):
    features, labels = labelled(distance=1.0)
    one, again, other = (
        fast("random_forest", random_state=seed).fit(features, labels).predict_proba(features)
        for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(one, again)
    assert (one != other).any()


@pytest.mark.parametrize("method", METHODS)
def test_the_number_of_threads_changes_no_bit(method):
    features, labels = labelled((300, 200), 40, distance=0.5)
    several = fast(method).fit(features, labels).predict_proba(features)
    with threadpool_limits(1):
        one = fast(method).fit(features, labels).predict_proba(features)
    np.testing.assert_array_equal(one, several)


# What is refused

REFUSED = [
    ({"method": "magic"}, "method is 'magic', expected 'best' or 'logistic_regression' or"),
    ({"n_principal_components": 0}, "n_principal_components is 0, expected a whole number >= 1"),
    ({"n_folds": 1}, "n_folds is 1, expected a whole number >= 2"),
    ({"novelty_rate": 1.0}, r"novelty_rate is 1.0, expected a number in \[0, 1\)"),
    ({"none_label": 3}, "none_label is 3, expected text or None"),
    ({"none_label": "A"}, "y has the label 'A', which is what none_label calls events"),
    ({"random_state": None}, "random_state is None, expected a whole number >= 0"),
]


@pytest.mark.parametrize(("parameters", "message"), REFUSED)
def test_parameters_that_cannot_be_are_refused(parameters, message):
    with pytest.raises(ValueError, match=message):
        EventClassifier(**parameters).fit(*labelled())


def test_each_parameter_has_a_value_that_is_refused():
    refused = {name for parameters, _ in REFUSED for name in parameters}
    assert refused == set(inspect.signature(EventClassifier).parameters)


@pytest.mark.parametrize(("arguments", "message"), [
    ({"times": [1.0, 2]}, r"times has shape \(2,\) and type float64, expected a number or a"),
    ({"times": ["a"] * 90}, "type <U1, expected a number or a datetime64 for each of the 90"),
    ({"times": [*range(89), np.nan]}, "the time of event 89 is nan, expected one for each event"),
    ({"times": np.array(["NaT"] * 90, "datetime64[s]")}, "the time of event 0 is NaT"),
    ({"families": [1, 2]}, r"families has shape \(2,\) and type int64, expected a whole number"),
    ({"families": [-1] * 90}, "families has -1, expected numbers from 1, and 0 for an event of no"),
    ({"families": [1.0] * 90}, "type float64, expected a whole number for each of the 90 events"),
])  # fmt: skip
def test_times_and_families_that_cannot_be_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        fast().fit(*labelled(), **arguments)


def test_an_event_without_a_label_needs_no_time():
    features, labels = labelled()
    times = np.arange(90.0)
    times[4], labels[4] = np.nan, ""
    assert fast().fit(features, labels, times=times).learned_.counts.sum() == 89


@pytest.mark.parametrize(("labels", "message"), [
    (np.arange(90) % 2, "y holds numbers, expected labels as text; with none_label=None"),
    (["A", 3] * 45, "y has text and numbers; expected labels that are all text"),
    (["A"] * 89, "inconsistent numbers of samples"),
])  # fmt: skip
def test_labels_that_cannot_be_are_refused(labels, message):
    with pytest.raises(ValueError, match=message):
        fast().fit(labelled()[0], np.array(labels, dtype=object))


def test_other_features_are_refused(fitted):
    model, features, _ = fitted
    for use in (model.predict, model.predict_proba, model.novelty):
        with pytest.raises(ValueError, match="X has 5 features, but EventClassifier is expecting"):
            use(features[:, :5])
        with pytest.raises(ValueError, match="Input X contains NaN"):
            use(np.full((1, 6), np.nan))
        with pytest.raises(NotFittedError):
            getattr(fast(), use.__name__)(features)


NOT_SO = {
    "check_fit2d_1sample": "says that two labels of five events are needed, not that one is short",
    "check_fit2d_1feature": "has a label of three events, which are too few to tell anything",
}


@parametrize_with_checks(
    [EventClassifier("logistic_regression", n_folds=2, none_label=None)],
    expected_failed_checks=lambda _: NOT_SO,
)
def test_scikit_learns_checks(estimator, check):
    check(estimator)

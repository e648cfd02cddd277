"""`EventClusterer`: none where there are none, new events, odd catalogs, and what is refused."""

import inspect
import warnings

import numpy as np
import pytest
from helpers.clusters import SIZES, blobs, learned_of, quick
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.exceptions import NotFittedError
from sklearn.metrics import adjusted_rand_score
from sklearn.utils.estimator_checks import parametrize_with_checks

from specufex_pipe import EventClusterer
from specufex_pipe.clustering.files import load, save
from specufex_pipe.clustering.registry import CLUSTERINGS
from specufex_pipe.clustering.space import Space

# Those that take a moment each; `test_protocol` has all of them.
FAST = ("kmeans", "ward", "hdbscan")


@pytest.fixture(scope="module")
def fitted():
    features, truth = blobs()
    return quick("ward").fit(features), features, truth


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("method", FAST)
def test_one_gaussian_has_no_clusters(method, seed):
    features = np.random.default_rng(seed).normal(size=(300, 10))
    model = quick(method, random_state=seed).fit(features)
    assert model.n_clusters_ == 0
    assert model.learned_.place is None
    assert not model.learned_.beats_null
    assert model.learned_.outcome() == "no clusters found"
    assert model.labels_.tolist() == [0] * 300
    np.testing.assert_array_equal(model.probabilities_, 1)


@pytest.mark.parametrize("seed", range(3))
def test_a_long_gaussian_has_no_clusters(seed):
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(200, 10)) * np.array([30.0, 5, *[1.0] * 8])
    assert quick().fit(features).learned_.place is None


@pytest.mark.parametrize("n_clusters", ["silhouette", "calinski_harabasz", 3])
def test_any_rule_finds_groups_that_are_apart(n_clusters):
    features, truth = blobs()
    model = quick("ward", n_clusters=n_clusters).fit(features)
    assert adjusted_rand_score(truth, model.labels_) == 1


def test_a_number_that_is_given_is_taken_though_it_is_not_of_the_data():
    features = np.random.default_rng(0).normal(size=(100, 4))
    model = quick(n_clusters=5).fit(features)
    assert model.n_clusters_ == 5
    assert not model.learned_.beats_null


def test_what_one_model_alone_sees_is_less_steady_than_what_all_see():
    rng = np.random.default_rng(0)
    truth = np.repeat([0, 1], 40)
    seen = 10.0 * truth[:, None] + rng.normal(size=(80, 3))
    noise = [rng.normal(size=(80, 3)) for _ in range(3)]
    of_one, of_all = np.hstack([seen, *noise]), np.hstack([seen, seen, seen, seen])
    models = np.repeat(range(4), 3)
    model = quick("ward", n_clusters=2, n_resamples=12)
    unsure = clone(model).fit(of_one, models=models).learned_.cluster_stabilities.min()
    sure = clone(model).fit(of_all, models=models).learned_.cluster_stabilities.min()
    assert unsure < 0.9 < sure == 1
    assert clone(model).fit(of_one).learned_.cluster_stabilities.min() == 1


# New events


def test_events_near_a_cluster_belong_to_it(fitted):
    model, features, _ = fitted
    rng = np.random.default_rng(9)
    near = features + rng.normal(0, 0.1, features.shape)
    np.testing.assert_array_equal(model.predict(near), model.labels_)
    found = model.learned_.assign([near])
    assert not found.are_outside.any()
    np.testing.assert_allclose(found.memberships, 1)
    np.testing.assert_array_equal(found.second_labels, 0)
    assert (found.silhouettes > 0.5).all()
    np.testing.assert_allclose(model.predict_proba(near).sum(axis=1), 1)


def test_events_far_from_all_clusters_belong_to_none(fitted):
    model, features, _ = fitted
    far = features.mean(axis=0) + 1e4 * np.eye(8)
    found = model.learned_.assign([far])
    assert found.are_outside.all()
    assert found.labels.tolist() == [0] * 8
    assert found.silhouettes.tolist() == [0] * 8
    assert model.predict_proba(far).sum() == 0
    np.testing.assert_array_equal(found.memberships, 1)
    assert (found.second_labels == 0).all()
    assert (found.distances > 9e3).all()


def test_a_value_between_others_is_not_strange_where_features_have_few_values():
    features = np.random.default_rng(0).integers(0, 40, (2000, 1)) * 10.0
    learned = quick(n_clusters=2, n_averages=0, n_resamples=2).fit(features).learned_
    new = np.arange(0.0, 390.0, 10.0)[:, None] + 5
    assert not learned.assign([new]).are_outside.any()
    assert learned.assign([np.array([[900.0]])]).are_outside.all()


@pytest.mark.parametrize(("n_learned", "n_features"), [(60, 200), (500, 40), (4000, 10)])
def test_one_in_a_hundred_events_like_those_learned_from_is_outside(n_learned, n_features):
    # With fewer events than features, the axes are those of these events and fit no others as well.
    features, _ = blobs((n_learned // 2 + 1000,) * 2, n_features)
    learned = quick(n_clusters=2, n_averages=0, n_resamples=2).fit(features[:n_learned]).learned_
    found = learned.assign([features])
    assert found.are_new.tolist() == [False] * n_learned + [True] * 2000
    assert not found.are_outside[:n_learned].any()
    share = found.are_outside[n_learned:].mean()
    assert 0 < share < 5 / n_learned + 0.02
    assert (found.labels[found.are_outside] > 0).all()


@pytest.mark.parametrize(("limits", "is_outside", "label"), [
    (0.95, False, 1), (1.05, True, 1), (1.45, True, 1), (1.55, True, 0),
])  # fmt: skip
@pytest.mark.parametrize("axis", [0, 1])
def test_outside_an_event_keeps_its_cluster_unless_it_is_far_beyond(
    limits, is_outside, label, axis
):
    # The second feature is off the only axis of the space.
    learned = learned_of(
        (1.0,), space=Space(np.zeros(2), np.eye(2)[:1]), points=np.array([[-1.0], [0.0]]),
        labels=np.ones(2, dtype=int), memberships=np.array([[0.2, 0.8]] * 2), limit=4.0,
    )  # fmt: skip
    # Nearest to the event at 0, and new along the axis.
    event = np.array([[1e-3, 0.0]]) + 4.0 * limits * np.eye(2)[[axis]]
    found = learned.assign([event])
    assert found.are_outside.tolist() == [is_outside]
    assert found.labels.tolist() == [label]
    assert found.memberships.tolist() == [0.8 if label else 1]


def test_silhouettes_and_distances_are_of_the_own_cluster(fitted):
    model, features, _ = fitted
    found = model.learned_.assign([features])
    centers = np.array([features[model.labels_ == number].mean(axis=0) for number in (1, 2, 3)])
    expected = np.linalg.norm(features - centers[model.labels_ - 1], axis=1)
    np.testing.assert_allclose(found.distances, expected, atol=1e-6)
    assert (found.silhouettes > 0.5).all()


@pytest.mark.parametrize("method", ["kmeans", "hdbscan"])
def test_the_second_cluster_is_the_one_that_resamples_have_an_event_in_otherwise(method):
    features, _ = blobs((60, 50, 40), n_features=3, distance=2.0)
    # Resamples have some events in none, which is no second cluster.
    learned = quick(method, n_clusters=4, n_resamples=10, n_averages=0).fit(features).learned_
    found = learned.assign([features])
    memberships = learned.memberships.copy()
    memberships[:, 0] = 0
    memberships[np.arange(len(features)), found.labels] = 0
    np.testing.assert_array_equal(found.second_memberships, memberships.max(axis=1))
    assert (found.second_memberships > 0).any()
    assert ((found.second_labels > 0) == (found.second_memberships > 0)).all()
    has_second = found.second_labels > 0
    assert (found.second_labels != found.labels)[has_second].all()
    assert (learned.memberships[:, 0] > 0).any()


def test_events_that_a_sample_leaves_out_are_assigned():
    features, truth = blobs()
    model = quick("ward", max_events=40, n_resamples=20).fit(features)
    assert len(model.learned_.points) == 40
    assert len(model.labels_) == len(features)
    inside = model.labels_ > 0
    assert inside.mean() > 0.9
    assert adjusted_rand_score(truth[inside], model.labels_[inside]) == 1


def test_events_that_are_far_from_all_others_keep_their_clusters_too():
    # Of distances that are found by products of matrices, rounding leaves more than of differences.
    rng = np.random.default_rng(0)
    points = rng.normal(size=(20_001, 20))
    points[-2:] += 1e6 * rng.normal(size=(2, 20))
    labels = np.array([1] * 19_999 + [2, 3])
    learned = learned_of(
        (1.0, 1.0, 1.0), space=Space(np.zeros(20), np.eye(20)), points=points, labels=labels,
        memberships=np.eye(4)[labels], n_neighbors=5,
    )  # fmt: skip
    found = learned.votes_on(points[-2:])
    assert found.labels.tolist() == [2, 3]
    assert not found.are_outside.any()


# Small and odd catalogs


def odd_catalogs():
    rng = np.random.default_rng(0)
    few = {f"{n} events": rng.normal(size=(n, 4)) for n in (1, 2, 3, 5)}
    return few | {
        "one number": np.ones((1, 1)),
        "all alike": np.ones((20, 4)),
        "all alike but for rounding": 1e6 + rng.normal(0, 1e-10, (20, 4)),
        "constant columns": np.hstack([rng.normal(size=(30, 3)), np.full((30, 2), 1e5)]),
        "one feature": rng.normal(size=(40, 1)),
        "more features than events": rng.normal(size=(12, 50)),
    }


@pytest.mark.parametrize("method", CLUSTERINGS)
@pytest.mark.parametrize("name", odd_catalogs())
def test_odd_catalogs_without_clusters_have_none_and_warn_of_nothing(name, method, tmp_path):
    features = odd_catalogs()[name]
    parameters = {"n_partitions": 3} if method == "consensus" else None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = quick(method, n_clusters_max=3, n_resamples=2, method_parameters=parameters).fit(
            features
        )
        found = model.learned_.assign([features])
        new = model.learned_.assign([features + 1e9])
    assert model.learned_.outcome() == "no clusters found"
    assert model.labels_.tolist() == found.labels.tolist() == [0] * len(features)
    assert np.isfinite([found.silhouettes, found.distances, found.memberships]).all()
    assert set(new.labels) == {0}
    save(
        tmp_path / "clusters.h5", model.learned_, parameters={}, features={}, description="",
        settings={}, inputs={},
    )  # fmt: skip
    again = load(tmp_path / "clusters.h5").assign([features])
    np.testing.assert_array_equal(again.distances, found.distances)


@pytest.mark.parametrize("method", ["kmeans", "gaussian_mixture", "ward", "spectral"])
def test_kinds_of_events_that_are_all_alike_within_are_clusters(method):
    features = np.repeat([[0.0, 0], [1, 1], [5, 2]], (16, 14, 12), axis=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = quick(method).fit(features)
    assert np.bincount(model.labels_).tolist() == [0, 16, 14, 12]


def test_more_clusters_than_different_events_are_not_made():
    features = np.repeat([[0.0, 0], [1, 1], [5, 2]], 10, axis=0)
    assert quick(n_clusters=9).fit(features).n_clusters_ == 3
    assert quick(n_clusters=9).fit([[0.0], [1.0], [5.0]]).n_clusters_ == 2


def test_hdbscan_may_find_nothing_at_all():
    features = np.random.default_rng(0).normal(size=(9, 3))
    model = quick("hdbscan", n_clusters=4, method_parameters={"smallest": 0.49}).fit(features)
    assert model.n_clusters_ == 0
    assert model.learned_.outcome() == "no clusters found"


def test_numbers_far_from_zero_change_nothing():
    features, truth = blobs()
    model = quick("ward").fit(1e-6 * features + 1e3)
    assert adjusted_rand_score(truth, model.labels_) == 1


# What is refused

REFUSED = [
    ({"method": "magic"}, "method is 'magic', expected 'kmeans' or 'gaussian_mixture' or 'ward'"),
    ({"n_clusters": "elbow"}, "n_clusters is 'elbow', expected a whole number >= 2 or 'stability'"),
    ({"n_clusters": 1}, "n_clusters is 1, expected a whole number >= 2"),
    ({"n_clusters": 2.5}, "n_clusters is 2.5, expected a whole number >= 2"),
    ({"n_clusters": None}, "n_clusters is None, expected a whole number >= 2"),
    ({"n_clusters_min": 1}, "n_clusters_min is 1, expected a whole number >= 2"),
    ({"n_clusters_min": 5}, "n_clusters_min is 5, expected at most n_clusters_max 4"),
    ({"n_clusters_max": 2.0}, "n_clusters_max is 2.0, expected a whole number >= 2"),
    ({"n_principal_components": 0}, "n_principal_components is 0, expected a whole number >= 1"),
    ({"n_neighbors": 0}, "n_neighbors is 0, expected a whole number >= 1"),
    ({"n_averages": -1}, "n_averages is -1, expected a whole number >= 0"),
    ({"n_resamples": 1}, "n_resamples is 1, expected a whole number >= 2"),
    ({"max_events": 1}, "max_events is 1, expected a whole number >= 2"),
    ({"method_parameters": [3]}, r"method_parameters is \[3\], expected a dict or None"),
    ({"method_parameters": {"x": 1}}, "has x, expected parameters of kmeans: n_init"),
    ({"method_parameters": {3: 1}}, "has 3, expected parameters of kmeans: n_init"),
    ({"method_parameters": {"n_init": 0}}, "n_init is 0, expected a whole number >= 1"),
    ({"random_state": None}, "random_state is None, expected a whole number >= 0"),
]
OF_METHODS = [
    ("gaussian_mixture", {"n_init": 1.5}, "n_init is 1.5, expected a whole number >= 1"),
    ("ward", {"n_init": 1}, "has n_init, expected parameters of ward: it has none"),
    ("hdbscan", {"smallest": 0.5}, r"smallest is 0.5, expected a number in \(0, 0.5\)"),
    ("spectral", {"n_init": True}, "n_init is True, expected a whole number >= 1"),
    ("consensus", {"n_partitions": 0}, "n_partitions is 0, expected a whole number >= 1"),
]


@pytest.mark.parametrize(("parameters", "message"), REFUSED)
def test_parameters_that_cannot_be_are_refused(parameters, message):
    with pytest.raises(ValueError, match=message):
        quick(**parameters).fit(np.eye(4))


@pytest.mark.parametrize(("method", "parameters", "message"), OF_METHODS)
def test_parameters_of_methods_that_cannot_be_are_refused(method, parameters, message):
    with pytest.raises(ValueError, match=message):
        quick(method, method_parameters=parameters).fit(np.eye(4))


def test_each_parameter_has_a_value_that_is_refused():
    refused = {name for parameters, _ in REFUSED for name in parameters}
    assert refused == set(inspect.signature(EventClusterer).parameters) - {"verbose"}
    of_methods = {method for method, _, _ in OF_METHODS} | {"kmeans"}
    assert of_methods == set(CLUSTERINGS)


@pytest.mark.parametrize(
    "models", [[0, 1], [[0, 0, 1, 1]], [0.0, 1, 2, 3], [-2, 0, 0, 0], [True] * 4, 3, "abcd"]
)
def test_models_that_cannot_be_are_refused(models):
    message = "expected a whole number >= -1 for each of the 4 features"
    with pytest.raises(ValueError, match=message):
        quick().fit(np.random.default_rng(0).normal(size=(9, 4)), models=models)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_no_numbers_are_refused(fitted, value):
    model, features, _ = fitted
    broken = features.copy()
    broken[3, 2] = value
    for use in (quick().fit, model.predict, model.predict_proba):
        with pytest.raises(ValueError, match=r"(?i)input X contains (nan|infinity)"):
            use(broken)


def test_events_of_other_features_are_refused(fitted):
    model, features, _ = fitted
    for use in (model.predict, model.predict_proba):
        with pytest.raises(ValueError, match="X has 7 features, but EventClusterer is expecting 8"):
            use(features[:, :7])


def test_without_a_fit_it_says_so():
    model = quick()
    for use in (model.predict, model.predict_proba):
        with pytest.raises(NotFittedError):
            use(np.eye(3))
    with pytest.raises(NotFittedError):
        _ = model.n_clusters_


def test_seeds_may_be_large():
    features, truth = blobs()
    model = quick(random_state=2**40 + 1, n_clusters=3).fit(features)
    assert adjusted_rand_score(truth, model.labels_) == 1


# scikit-learn

_A_SINGLE_CLUSTER = "asks for a single cluster, and two are the fewest that make a question"
NOT_SO = {
    "check_clustering": "labels are from 1 on purpose: 0 is an event that belongs to none",
    "check_dont_overwrite_parameters": _A_SINGLE_CLUSTER,
    "check_methods_subset_invariance": _A_SINGLE_CLUSTER,
    "check_fit2d_1sample": _A_SINGLE_CLUSTER,
    "check_fit2d_1feature": _A_SINGLE_CLUSTER,
    "check_fit2d_predict1d": _A_SINGLE_CLUSTER,
}


@parametrize_with_checks(
    [EventClusterer("ward", n_clusters_max=3, n_resamples=2)],
    expected_failed_checks=lambda _: NOT_SO,
)
def test_scikit_learns_checks(estimator, check):
    check(estimator)


def test_it_clusters_as_scikit_learns_clusterers_do(fitted):
    model, features, _ = fitted
    before = dict(vars(quick("ward")))
    again = quick("ward")
    np.testing.assert_array_equal(again.fit_predict(features.tolist()), model.labels_)
    assert {name: vars(again)[name] for name in before} == before
    alone = np.concatenate([model.predict(event[None]) for event in features[:9]])
    np.testing.assert_array_equal(alone, model.labels_[:9])
    expected = KMeans(len(SIZES), n_init=5, random_state=0).fit_predict(features)
    assert adjusted_rand_score(expected, model.labels_) == 1

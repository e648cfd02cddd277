"""What every method of clustering does; a new one joins the registry."""

import warnings

import numpy as np
import pytest
from helpers.clusters import QUICK_METHODS, SIZES, blobs, quick
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

from specufex_pipe.clustering.base import ClusteringMethod, TreeMethod, by_size
from specufex_pipe.clustering.files import load, load_parameters, save
from specufex_pipe.clustering.learned import Assigned
from specufex_pipe.clustering.registry import CLUSTERINGS
from specufex_pipe.store import write_arrays


@pytest.fixture(scope="module", params=CLUSTERINGS)
def fitted(request):
    features, truth = blobs()
    return quick(request.param).fit(features), features, truth


@pytest.fixture(params=CLUSTERINGS)
def method(request):
    return CLUSTERINGS[request.param](**QUICK_METHODS.get(request.param, {}))


def save_quickly(path, model):
    parts = {"features": {"feature_centers": np.zeros(8)}, "description": "{}"}
    settings = {"settings": {}, "inputs": {}}
    save(path, model.learned_, parameters=model.get_params(), **parts, **settings)


def assert_alike(one, other):
    for name, first, second in zip(Assigned._fields, one, other, strict=True):
        np.testing.assert_array_equal(first, second, err_msg=name)


def test_groups_that_are_apart_are_found_and_numbered_by_size(fitted):
    model, _, truth = fitted
    assert adjusted_rand_score(truth, model.labels_) == 1
    assert np.bincount(model.labels_)[1:].tolist() == sorted(SIZES, reverse=True)
    assert model.n_clusters_ == len(SIZES)
    assert model.learned_.beats_null
    assert model.learned_.cluster_stabilities.min() >= 0.95
    assert model.learned_.moved == pytest.approx(0, abs=0.05)
    assert model.learned_.outcome().startswith("3 clusters, of stabilities from 1.00 to 1.00; ")


def test_the_same_seed_gives_the_same_bits_whatever_the_number_of_threads(fitted):
    model, features, _ = fitted
    with threadpool_limits(4):
        again = quick(model.method).fit(features)
        np.testing.assert_array_equal(again.probabilities_, model.probabilities_)
        assert_alike(again.learned_.assign([features]), model.learned_.assign([features]))
    one, other = (each.learned_.to_arrays() for each in (model, again))
    assert one.keys() == other.keys()
    for name, values in one.items():
        np.testing.assert_array_equal(values, other[name], err_msg=name)


def test_events_that_were_learned_from_keep_their_cluster(fitted):
    model, features, _ = fitted
    np.testing.assert_array_equal(model.learned_.labels, model.labels_)
    np.testing.assert_array_equal(model.predict(features), model.labels_)
    np.testing.assert_array_equal(model.predict_proba(features), model.probabilities_)
    np.testing.assert_array_equal(model.learned_.memberships[:, 1:], model.probabilities_)


def test_an_event_is_assigned_alike_whatever_the_batches(fitted):
    model, features, _ = fitted
    rng = np.random.default_rng(3)
    events = np.concatenate([features, features[:20] + rng.normal(0, 2, (20, 8))])
    whole = model.learned_.assign([events])
    parts = model.learned_.assign([events[:7], events[7:8], events[8:]])
    np.testing.assert_array_equal(whole.labels, parts.labels)
    for one, other in zip(whole, parts, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-12)


def test_memberships_are_shares(fitted):
    model, features, _ = fitted
    assert model.probabilities_.shape == (len(features), model.n_clusters_)
    assert (model.probabilities_ >= 0).all()
    assert (model.probabilities_.sum(axis=1) <= 1 + 1e-12).all()
    np.testing.assert_allclose(model.learned_.memberships.sum(axis=1), 1)


def test_clusters_come_back_from_their_file_with_all_that_was_learned(fitted, tmp_path):
    model, features, _ = fitted
    save_quickly(tmp_path / "clusters.h5", model)
    again = load(tmp_path / "clusters.h5")
    assert_alike(again.assign([features]), model.learned_.assign([features]))
    assert again.outcome() == model.learned_.outcome()
    assert again.beats_null == model.learned_.beats_null
    assert load_parameters(tmp_path / "clusters.h5") == model.get_params()
    for name, values in model.learned_.to_arrays().items():
        np.testing.assert_array_equal(values, again.to_arrays()[name], err_msg=name)


def test_what_was_tried_is_of_different_numbers(fitted):
    tried = fitted[0].learned_.tried
    assert (np.diff(tried.numbers) > 0).all()
    assert all(len(values) == len(tried.numbers) for values in tried)


def test_a_tree_is_of_the_methods_that_make_one(fitted):
    model, features, _ = fitted
    shape = None if model.learned_.tree is None else model.learned_.tree.shape
    makes_one = issubclass(CLUSTERINGS[model.method], TreeMethod)
    assert shape == ((len(features) - 1, 4) if makes_one else None)


def test_as_many_groups_are_made_as_asked_for(method):
    points = np.random.default_rng(1).normal(size=(40, 3))
    found = method.partitions(points, [2, 5, 9], n_neighbors=4, seed=0)
    assert isinstance(method, ClusteringMethod)
    assert all(labels.shape == (40,) for labels in found)
    if method.finds_number:
        assert len(found) == 1
        return
    assert [sorted(set(labels.tolist())) for labels in found] == [
        list(range(1, number + 1)) for number in (2, 5, 9)
    ]


@pytest.mark.parametrize("n_events", [2, 4])
def test_few_events_are_divided_too(method, n_events):
    points = np.random.default_rng(1).normal(size=(n_events, 3))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (labels,) = method.partitions(points, [2], n_neighbors=1, seed=0)
    assert labels.shape == (n_events,)
    assert labels.min() >= 0


def test_parameters_are_those_of_its_signature(method):
    assert type(method)(**method.parameters()).parameters() == method.parameters()
    method.check()


def test_groups_are_numbered_by_falling_size_and_none_stays_none():
    found = by_size(np.array([0, 7, 7, 3, 9, 9, 9, 0, 0, 0]))
    assert found.tolist() == [0, 2, 2, 3, 1, 1, 1, 0, 0, 0]
    assert by_size(np.zeros(3, dtype=int)).tolist() == [0, 0, 0]


def test_a_file_that_is_not_whole_is_refused_by_name(tmp_path):
    write_arrays(tmp_path / "clusters.h5", "clusters", {"place": np.array(0)})
    with pytest.raises(OSError, match=r"clusters\.h5: not a whole file of clusters \('mean'\)"):
        load(tmp_path / "clusters.h5")

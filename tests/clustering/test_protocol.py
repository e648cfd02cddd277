"""What every clustering does; a new one joins the registry."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from specufex_pipe.clustering.base import Clustering, choose_events
from specufex_pipe.clustering.files import load
from specufex_pipe.clustering.registry import CLUSTERINGS
from specufex_pipe.store import write_arrays

SIZES = (40, 30, 20)


def blobs(seed=0):
    rng = np.random.default_rng(seed)
    truth = np.repeat(np.arange(len(SIZES)), SIZES)
    return rng.normal(0, 20, (len(SIZES), 8))[truth] + rng.normal(size=(len(truth), 8)), truth


@pytest.fixture(params=CLUSTERINGS)
def fitted(request):
    points, truth = blobs()
    return CLUSTERINGS[request.param]().fit(points), points, truth


def test_groups_that_are_apart_are_found_and_numbered_by_size(fitted):
    model, points, truth = fitted
    found = model.assign([points])
    assert adjusted_rand_score(truth, found.labels) == 1
    assert np.bincount(found.labels)[1:].tolist() == sorted(SIZES, reverse=True)
    assert model.n_clusters_ == len(SIZES)


def test_an_event_is_assigned_alike_whatever_the_batches(fitted):
    model, points, _ = fitted
    whole, parts = model.assign([points]), model.assign([points[:7], points[7:]])
    np.testing.assert_array_equal(whole.labels, parts.labels)
    np.testing.assert_allclose(whole.distances, parts.distances)


def test_a_clustering_comes_back_from_its_file_with_all_that_it_has_learned(fitted, tmp_path):
    model, points, _ = fitted
    model.save(tmp_path / "clusters.h5", settings={}, inputs={})
    again = load(tmp_path / "clusters.h5")
    assert type(again) is type(model)
    assert again.parameters() == model.parameters()
    for one, other in zip(again.assign([points]), model.assign([points]), strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_was_tried_is_kept_for_the_report(fitted):
    model, _, _ = fitted
    assert len(model.numbers_) == len(model.scores_) >= 1
    assert model.mean_.shape == (8,)
    assert model.principal_components_.shape[1] == 8
    assert isinstance(model, Clustering)
    assert model.outcome()


def test_a_file_of_an_unknown_clustering_is_refused_by_name(tmp_path):
    write_arrays(tmp_path / "clusters.h5", "clusters", {}, attributes={"clustering": "Magic"})
    with pytest.raises(OSError, match=r"clusters\.h5: Magic is not a clustering; there are"):
        load(tmp_path / "clusters.h5")


def test_clusters_are_learned_from_all_events_or_from_a_sample_of_many():
    assert choose_events(20, seed=0).tolist() == list(range(20))
    sample = choose_events(1000, seed=0, most=100)
    assert len(set(sample)) == 100
    assert (np.diff(sample) > 0).all()

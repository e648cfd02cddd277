"""Clusters are found, counted by silhouette and numbered by size."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from specufex_pipe.clustering.kmeans import KMeansClustering


def cluster(features, **parameters):
    """Learn clusters and assign the same events to them."""
    model = KMeansClustering(**parameters).fit(features)
    return model, model.assign([features])


def blobs(n_clusters=4, seed=0):
    rng = np.random.default_rng(seed)
    sizes = 20 + 15 * np.arange(n_clusters)
    truth = np.repeat(np.arange(n_clusters), sizes)
    return rng.normal(0, 10, (n_clusters, 12))[truth] + rng.normal(size=(len(truth), 12)), truth


def test_planted_clusters_are_found_with_their_number():
    points, truth = blobs()
    model, events = cluster(points)
    assert adjusted_rand_score(truth, events.labels) == 1
    assert model.numbers_[model.scores_.argmax()] == 4
    assert len(model.scores_) == 9


def test_the_largest_cluster_is_number_one():
    points, _ = blobs()
    counts = np.bincount(cluster(points)[1].labels)[1:]
    assert (np.diff(counts) <= 0).all()


def test_distances_are_to_the_own_centre():
    points, _ = blobs()
    model, events = cluster(points, n_principal_components=None)
    expected = np.linalg.norm(points - model.centers_[events.labels - 1], axis=1)
    np.testing.assert_allclose(events.distances, expected)


def test_same_seed_gives_the_same_bits():
    points, _ = blobs()
    (first, events), (again, events_again) = (cluster(points) for _ in range(2))
    np.testing.assert_array_equal(first.centers_, again.centers_)
    for one, other in zip(events, events_again, strict=True):
        np.testing.assert_array_equal(one, other)


def test_new_events_go_to_the_clusters_of_their_kind():
    points, truth = blobs()
    old = np.arange(len(points)) % 2 == 0
    model = KMeansClustering().fit(points[old])
    labels = model.assign([points]).labels
    assert adjusted_rand_score(truth, labels) == 1
    only_one_kind = model.assign([points[truth == 3]])
    assert set(only_one_kind.labels) == {1}
    assert only_one_kind.silhouettes.tolist() == [0] * (truth == 3).sum()


@pytest.mark.parametrize("n_events", [1, 2, 30])
def test_events_that_are_too_few_or_all_alike_are_one_cluster(n_events):
    model, events = cluster(np.ones((n_events, 4)))
    assert events.labels.tolist() == [1] * n_events
    assert events.silhouettes.tolist() == [0] * n_events
    assert model.numbers_.tolist() == [1]


def test_fewer_clusters_are_made_than_asked_for_where_events_are_few():
    points = np.random.default_rng(0).normal(size=(6, 3))
    model = KMeansClustering(8, 12).fit(points)
    assert model.numbers_.tolist() == [5]


def test_fewer_events_than_the_largest_number_of_clusters_do():
    points = np.random.default_rng(0).normal(size=(5, 3))
    assert KMeansClustering().fit(points).numbers_.tolist() == [2, 3, 4]

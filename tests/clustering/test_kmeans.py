"""Clusters are found, counted by silhouette and numbered by size."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score, silhouette_samples

from specufex_pipe.clustering.kmeans import assign, choose_events, fit_clusters, silhouette
from specufex_pipe.settings import ClusterSettings


def cluster(features, settings):
    """Learn clusters and assign the same events to them."""
    model = fit_clusters(features, settings)
    return model, assign(model.project(features), model, settings.random_state)


def blobs(n_clusters=4, seed=0):
    rng = np.random.default_rng(seed)
    sizes = 20 + 15 * np.arange(n_clusters)
    truth = np.repeat(np.arange(n_clusters), sizes)
    return rng.normal(0, 10, (n_clusters, 12))[truth] + rng.normal(size=(len(truth), 12)), truth


def test_planted_clusters_are_found_with_their_number():
    points, truth = blobs()
    model, events = cluster(points, ClusterSettings())
    assert adjusted_rand_score(truth, events.labels) == 1
    assert model.numbers[model.scores.argmax()] == 4
    assert len(model.scores) == 9


def test_the_largest_cluster_is_number_one():
    points, _ = blobs()
    counts = np.bincount(cluster(points, ClusterSettings())[1].labels)[1:]
    assert (np.diff(counts) <= 0).all()


def test_distances_are_to_the_own_centre():
    points, _ = blobs()
    model, events = cluster(points, ClusterSettings(n_principal_components=None))
    expected = np.linalg.norm(points - model.centers[events.labels - 1], axis=1)
    np.testing.assert_allclose(events.distances, expected)


def test_same_seed_gives_the_same_bits():
    points, _ = blobs()
    first, again = (cluster(points, ClusterSettings()) for _ in range(2))
    for one, other in zip(first, again, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_new_events_go_to_the_clusters_of_their_kind():
    points, truth = blobs()
    old = np.arange(len(points)) % 2 == 0
    model = fit_clusters(points[old], ClusterSettings())
    labels = assign(model.project(points), model, seed=0).labels
    assert adjusted_rand_score(truth, labels) == 1
    only_one_kind = assign(model.project(points[truth == 3]), model, seed=0)
    assert set(only_one_kind.labels) == {1}
    assert only_one_kind.silhouettes.tolist() == [0] * (truth == 3).sum()


def test_clusters_are_learned_from_all_events_or_from_a_sample_of_many():
    assert choose_events(20, seed=0).tolist() == list(range(20))
    sample = choose_events(1000, seed=0, most=100)
    assert len(set(sample)) == 100
    assert (np.diff(sample) > 0).all()


def test_silhouette_against_a_sample_agrees_with_the_whole():
    points, truth = blobs(seed=1)
    found = silhouette(points, truth, seed=0, n_compared=len(points) - 5)
    np.testing.assert_allclose(found, silhouette_samples(points, truth), atol=0.05)


def test_silhouette_of_an_event_alone_in_its_cluster_is_zero():
    points = np.array([[0.0], [0.1], [0.2], [0.3], [9.0]])
    labels = np.array([0, 0, 0, 0, 1])
    found = silhouette(points, labels, seed=1, n_compared=4)
    assert np.isfinite(found).all()
    assert found[4] == 0


@pytest.mark.parametrize("n_events", [1, 2, 30])
def test_events_that_are_too_few_or_all_alike_are_one_cluster(n_events):
    model, events = cluster(np.ones((n_events, 4)), ClusterSettings())
    assert events.labels.tolist() == [1] * n_events
    assert events.silhouettes.tolist() == [0] * n_events
    assert model.numbers.tolist() == [1]


def test_fewer_clusters_are_made_than_asked_for_where_events_are_few():
    points = np.random.default_rng(0).normal(size=(6, 3))
    model = fit_clusters(points, ClusterSettings(n_clusters_min=8, n_clusters_max=12))
    assert model.numbers.tolist() == [5]


def test_fewer_events_than_the_largest_number_of_clusters_do():
    points = np.random.default_rng(0).normal(size=(5, 3))
    assert fit_clusters(points, ClusterSettings()).numbers.tolist() == [2, 3, 4]

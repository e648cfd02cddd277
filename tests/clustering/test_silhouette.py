"""Silhouettes are scikit-learn's, against all events or against a sample of them."""

import numpy as np
import pytest
from sklearn.metrics import silhouette_samples

from specufex_pipe.clustering.silhouette import mean_silhouettes, silhouette, silhouettes


@pytest.fixture
def events():
    rng = np.random.default_rng(1)
    truth = np.repeat(np.arange(4), (20, 35, 50, 65)) + 1
    points = rng.normal(0, 10, (5, 12))[truth] + rng.normal(size=(len(truth), 12))
    return points, truth


def test_silhouettes_are_scikit_learns_in_each_of_several_partitions(events):
    points, truth = events
    halves = 1 + (truth > 2)
    for labels, found in zip((truth, halves), silhouettes(points, [truth, halves], 0), strict=True):
        np.testing.assert_allclose(found, silhouette_samples(points, labels), atol=1e-12)


def test_silhouette_against_a_sample_agrees_with_the_whole(events):
    points, truth = events
    (found,) = silhouettes(points, [truth], seed=0, n_compared=len(points) - 5)
    np.testing.assert_allclose(found, silhouette_samples(points, truth), atol=0.05)


def test_silhouette_of_an_event_alone_in_its_cluster_is_zero():
    points = np.array([[0.0], [0.1], [0.2], [0.3], [9.0]])
    (found,) = silhouettes(points, [np.array([1, 1, 1, 1, 2])], seed=1, n_compared=4)
    assert np.isfinite(found).all()
    assert found[4] == 0


def test_events_in_no_cluster_have_no_part_in_the_silhouettes_of_the_others(events):
    points, truth = events
    labels = np.where(truth == 4, 0, truth)
    found, inside = silhouette(points, labels, 0), labels > 0
    np.testing.assert_allclose(
        found[inside], silhouette_samples(points[inside], labels[inside]), atol=1e-12
    )
    assert not found[~inside].any()
    assert mean_silhouettes(points, [labels], 0) == [pytest.approx(found[inside].mean())]
    assert mean_silhouettes(points, [0 * labels], 0) == [0]


@pytest.mark.parametrize("labels", [[1, 1, 1], [1, 2, 2]])
def test_one_cluster_or_events_that_are_all_alike_have_silhouettes_of_zero(labels):
    assert silhouette(np.ones((3, 2)), np.array(labels), 0).tolist() == [0, 0, 0]

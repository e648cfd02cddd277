"""Silhouettes against a sample of the events."""

import numpy as np
from sklearn.metrics import silhouette_samples

from specufex_pipe.clustering.silhouette import silhouette


def test_silhouette_against_a_sample_agrees_with_the_whole():
    rng = np.random.default_rng(1)
    truth = np.repeat(np.arange(4), (20, 35, 50, 65))
    points = rng.normal(0, 10, (4, 12))[truth] + rng.normal(size=(len(truth), 12))
    found = silhouette(points, truth, seed=0, n_compared=len(points) - 5)
    np.testing.assert_allclose(found, silhouette_samples(points, truth), atol=0.05)


def test_silhouette_of_an_event_alone_in_its_cluster_is_zero():
    points = np.array([[0.0], [0.1], [0.2], [0.3], [9.0]])
    labels = np.array([0, 0, 0, 0, 1])
    found = silhouette(points, labels, seed=1, n_compared=4)
    assert np.isfinite(found).all()
    assert found[4] == 0

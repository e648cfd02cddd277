"""Events unlike all that are labelled are told, and others are not more often than is asked for."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from specufex_pipe.classification.novelty import Novelty, distances, reference
from specufex_pipe.clustering.space import Space


def test_distances_are_those_of_a_loop():
    rng = np.random.default_rng(0)
    learned, features = rng.normal(size=(20, 6)), rng.normal(size=(9, 6))
    space = Space.of(learned, 2)
    found = distances(space.points(learned), space, features)
    # To the nearest three in the plane, and from the plane, at right angles.
    flat = (features - space.mean) @ space.axes.T
    nearest = np.sort(cdist(flat, space.points(learned)), axis=1)[:, :3].mean(axis=1)
    off = np.linalg.norm(features - space.mean - flat @ space.axes, axis=1)
    np.testing.assert_allclose(found, np.sqrt(nearest**2 + off**2))


def test_a_p_value_is_the_share_of_held_out_events_that_are_as_far():
    space = Space(np.zeros(1), np.ones((1, 1)))
    novelty = Novelty(np.zeros((1, 1)), np.array([1.0, 2.0, 2.0, 3.0]))
    asked = np.array([[0.0], [1.0], [1.5], [2.0], [2.5], [3.0], [9.0]])
    expected = [sum(held >= x for held in (1, 2, 2, 3)) + 1 for x in asked[:, 0]]
    np.testing.assert_allclose(novelty.p_values(space, asked), np.array(expected) / 5)


@pytest.mark.parametrize(("n_events", "n_taken"), [(7, 7), (6000, 5000)])
def test_many_points_are_a_sample(n_events, n_taken):
    points = np.arange(float(n_events))[:, None]
    found = reference(points, 0)
    assert len(np.unique(found)) == len(found) == n_taken
    np.testing.assert_array_equal(found, reference(points, 0))

"""The nearest neighbours of every event: among all of few events, in parts of space for many."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from specufex_pipe.clustering import neighbor_search
from specufex_pipe.clustering.neighbor_search import find_neighbors


def blobs(n_events, n_dimensions=10, seed=0):
    rng = np.random.default_rng(seed)
    centers = 3 * rng.normal(size=(8, n_dimensions))
    return centers[rng.integers(8, size=n_events)] + rng.normal(size=(n_events, n_dimensions))


def all_distances(points):
    distances = cdist(points, points)
    np.fill_diagonal(distances, np.inf)
    return distances


@given(st.integers(1, 30), st.integers(1, 40), st.integers(0, 5))
def test_neighbours_of_few_events_are_those_of_all_distances(n_events, n_neighbors, seed):
    points = blobs(n_events, 3, seed)
    found = find_neighbors(points, n_neighbors)
    number = min(n_neighbors, n_events - 1)
    assert (found.is_exact, found.recall) == (True, 1)
    np.testing.assert_array_equal(
        found.indices, np.argsort(all_distances(points), axis=1)[:, :number]
    )
    np.testing.assert_allclose(found.distances, np.sort(all_distances(points), axis=1)[:, :number])


@pytest.mark.parametrize("most_exact", [100, 10])
def test_no_event_is_its_own_neighbour_even_if_others_are_the_same(most_exact, monkeypatch):
    monkeypatch.setattr(neighbor_search, "_EVENTS_CHECKED", 20)
    points = np.repeat(blobs(6), 10, axis=0)
    found = find_neighbors(points, 4, most_exact=most_exact)
    assert not (found.indices == np.arange(60)[:, None]).any()
    assert (found.distances == 0).all()
    kinds = np.repeat(np.arange(6), 10)
    assert (kinds[found.indices] == kinds[:, None]).all()


def test_distances_are_those_of_close_events_far_from_the_origin():
    points = 1e6 + np.array([[0.0, 0.0], [1e-4, 0.0], [3e-4, 0.0], [1.0, 0.0]])
    found = find_neighbors(points, 1)
    assert found.indices[:3, 0].tolist() == [1, 0, 1]
    np.testing.assert_allclose(found.distances[:3, 0], [1e-4, 1e-4, 2e-4], rtol=1e-5)


def test_of_many_events_the_recall_that_is_told_is_that_of_all_of_them(monkeypatch):
    monkeypatch.setattr(neighbor_search, "_CELLS_SEARCHED", 6)
    monkeypatch.setattr(neighbor_search, "_EVENTS_CHECKED", 500)
    points = blobs(3000)
    found = find_neighbors(points, 10, most_exact=1000)
    true = np.argsort(all_distances(points), axis=1)[:, :10]
    shares = [len(set(a) & set(b)) / 10 for a, b in zip(found.indices, true, strict=True)]
    assert not found.is_exact
    assert 0.5 < np.mean(shares) < 0.999
    assert abs(found.recall - np.mean(shares)) < 4 * np.std(shares) / 500**0.5
    assert (np.diff(found.distances) >= 0).all()


def test_cells_that_hold_too_few_events_are_not_all_that_is_searched(monkeypatch):
    monkeypatch.setattr(neighbor_search, "_CELLS_SEARCHED", 1)
    monkeypatch.setattr(neighbor_search, "_EVENTS_CHECKED", 10)
    points = blobs(100)
    found = find_neighbors(points, 60, most_exact=10)
    assert found.indices.shape == (100, 60)
    assert all(len(set(row)) == 60 for row in found.indices.tolist())

"""The space that events are compared in, and who is a neighbour there."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist, pdist
from sklearn.decomposition import PCA

from specufex_pipe.clustering.neighbors import averaged, nearest, neighbor_graph
from specufex_pipe.clustering.space import OF_NO_MODEL, ModelBlocks, Space


@pytest.mark.parametrize("shape", [(40, 6), (6, 40), (7, 7), (1, 3), (5, 1)])
def test_all_principal_components_keep_all_distances(shape):
    features = np.random.default_rng(0).normal(3, 2, shape)
    points = Space.of(features, None).points(features)
    np.testing.assert_allclose(cdist(points, points), cdist(features, features), atol=1e-6)


def test_the_first_components_are_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(50, 8)) * np.arange(1, 9)
    points = Space.of(features, 3).points(features)
    expected = PCA(3, svd_solver="full").fit_transform(features)
    np.testing.assert_allclose(np.abs(points), np.abs(expected), atol=1e-8)
    assert Space.of(features, 100).axes.shape == (8, 8)


def test_the_distance_from_a_space_is_what_its_points_do_not_show():
    rng = np.random.default_rng(0)
    space = Space.of(rng.normal(3, 1, (30, 6)), 4)
    features = rng.normal(3, 5, (9, 6))
    shown = space.points(features) @ space.axes + space.mean
    expected = np.linalg.norm(features - shown, axis=1)
    assert expected.min() > 0.1
    np.testing.assert_allclose(space.orthogonal_distances(features), expected)
    np.testing.assert_allclose(space.orthogonal_distances(shown), 0, atol=1e-6)


def draws_of(models, n_draws=60):
    features = np.random.default_rng(0).normal(size=(12, len(models)))
    blocks = ModelBlocks.of(features, np.array(models), None)
    everyone, rng = np.arange(12), np.random.default_rng(1)
    return features, [blocks.draw(rng).points(everyone) for _ in range(n_draws)]


def test_a_draw_of_models_weighs_each_by_how_often_it_is_drawn():
    features, draws = draws_of([OF_NO_MODEL, 0, 1, 1])
    squares = [pdist(features[:, part]) ** 2 for part in ([0], [1], [2, 3])]
    possible = [squares[0] + n * squares[1] + (2 - n) * squares[2] for n in range(3)]
    kinds = [[n for n in range(3) if np.allclose(pdist(draw) ** 2, possible[n])] for draw in draws]
    assert {len(kind) for kind in kinds} == {1}
    assert {kind[0] for kind in kinds} == {0, 1, 2}


@pytest.mark.parametrize("models", [[OF_NO_MODEL] * 3, [0] * 3, [OF_NO_MODEL, 0, 0], [7, 7, 7]])
def test_without_several_models_no_draw_changes_anything(models):
    features, draws = draws_of(models, 3)
    for draw in draws:
        np.testing.assert_allclose(pdist(draw), pdist(features))


def test_numbers_of_models_that_have_no_feature_are_never_drawn():
    _, gaps = draws_of([0, 5, 5, 9])
    _, none = draws_of([0, 1, 1, 2])
    for one, other in zip(gaps, none, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_draw_of_a_draw_is_among_the_models_that_were_drawn():
    models = np.repeat(np.arange(6), 2)
    blocks = ModelBlocks.of(np.random.default_rng(0).normal(size=(12, 12)), models, None)
    rng = np.random.default_rng(1)
    assert blocks.drawn.tolist() == list(range(6))
    for _ in range(20):
        once = blocks.draw(rng)
        twice = once.draw(rng)
        assert len(twice.drawn) == 6
        assert set(twice.drawn) <= set(once.drawn) < set(range(6))


def test_some_of_the_events_are_as_far_apart_as_among_all():
    features, models = np.random.default_rng(0).normal(size=(12, 4)), np.array([0, 0, 1, 1])
    blocks = ModelBlocks.of(features, models, None).draw(np.random.default_rng(1))
    some = np.array([1, 4, 5])
    found = blocks.of_events(some).points(np.arange(3))
    np.testing.assert_allclose(pdist(found), pdist(blocks.points(np.arange(12))[some]))


def test_neighbours_are_those_of_all_distances():
    rng = np.random.default_rng(0)
    points, queries = rng.normal(size=(30, 3)), rng.normal(size=(9, 3))
    distances, indices = nearest(points, queries, 4)
    expected = np.argsort(cdist(queries, points), axis=1)[:, :4]
    np.testing.assert_array_equal(indices, expected)
    np.testing.assert_allclose(distances, np.sort(cdist(queries, points), axis=1)[:, :4])
    assert nearest(points[:2], queries, 4)[1].shape == (9, 2)


def test_the_graph_of_neighbours_is_symmetric_and_counts_who_is_whose():
    points = np.random.default_rng(0).normal(size=(25, 3))
    order = np.argsort(cdist(points, points), axis=1)[:, :5]
    has = np.zeros((25, 25))
    np.put_along_axis(has, order, 1, axis=1)
    np.testing.assert_array_equal(neighbor_graph(points, 4).toarray(), (has + has.T) / 2)


def test_events_are_their_own_neighbours_where_all_are_alike():
    graph = neighbor_graph(np.ones((9, 2)), 2).toarray()
    np.testing.assert_array_equal(np.diag(graph), 1)


def test_averages_are_over_the_graph_of_the_points_as_they_were():
    points = np.random.default_rng(0).normal(size=(25, 3))
    weights = neighbor_graph(points, 4).toarray()
    weights /= weights.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(averaged(points, 4, 3), weights @ weights @ weights @ points)
    assert averaged(points, 4, 0) is points

"""What is particular to single methods."""

import numpy as np
import pytest
from helpers.clusters import blobs, quick
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

from specufex_pipe.clustering import spectral
from specufex_pipe.clustering.base import by_size
from specufex_pipe.clustering.consensus import ConsensusMethod
from specufex_pipe.clustering.gaussian_mixture import GaussianMixtureMethod
from specufex_pipe.clustering.hdbscan import HDBSCANMethod
from specufex_pipe.clustering.kmeans import KMeansMethod
from specufex_pipe.clustering.neighbors import neighbor_graph
from specufex_pipe.clustering.space import ModelBlocks
from specufex_pipe.clustering.spectral import SpectralMethod
from specufex_pipe.clustering.trees import cut
from specufex_pipe.clustering.ward import WardMethod


def divide(method, points, *numbers, n_neighbors=6, seed=0):
    return method.partitions(points, numbers, n_neighbors=n_neighbors, seed=seed)


@pytest.mark.parametrize("method", [KMeansMethod(3), GaussianMixtureMethod(1), WardMethod()])
def test_what_is_made_of_a_number_does_not_depend_on_the_others(method):
    points = np.random.default_rng(0).normal(size=(60, 4))
    (alone,) = divide(method, points, 4)
    _, among_others, _ = divide(method, points, 2, 4, 15)
    np.testing.assert_array_equal(alone, among_others)


def test_what_spectral_clustering_makes_of_a_number_does_not_depend_on_the_others(monkeypatch):
    monkeypatch.setattr(spectral, "_EVENTS_AT_ONCE", 10)
    # Noise, whose clusters move with the last digits of the eigenvectors.
    points = np.random.default_rng(0).normal(size=(800, 40))
    with threadpool_limits(1):
        several = divide(SpectralMethod(2), points, 12, 25, 31)
        alone = [divide(SpectralMethod(2), points, number)[0] for number in (12, 25, 31)]
    np.testing.assert_array_equal(alone, several)


def test_kmeans_is_as_good_as_that_of_scikit_learn():
    points = np.random.default_rng(0).normal(size=(200, 3))

    def inertia(labels):
        return sum(
            ((points[labels == group] - points[labels == group].mean(axis=0)) ** 2).sum()
            for group in np.unique(labels)
        )

    (found,) = divide(KMeansMethod(10), points, 6)
    expected = KMeans(6, n_init=10, random_state=0).fit(points).inertia_
    assert inertia(found) == pytest.approx(expected, rel=0.03)


def test_a_mixture_tells_narrow_groups_from_wide_ones_about_the_same_centre():
    rng = np.random.default_rng(0)
    points = np.concatenate([rng.normal(0, 0.05, (60, 2)), rng.normal(0, 5, (60, 2))])
    (found,) = divide(GaussianMixtureMethod(3), points, 2)
    assert adjusted_rand_score(np.repeat([0, 1], 60), found) > 0.9


@pytest.mark.parametrize("scale", [1e-8, 1e8])
def test_a_mixture_does_not_depend_on_units(scale):
    points, truth = blobs()
    (found,) = divide(GaussianMixtureMethod(1), scale * points, 3)
    assert adjusted_rand_score(truth, found) == 1


def test_eigenvectors_of_many_events_are_those_that_are_found_exactly(monkeypatch):
    points, _ = blobs(distance=1.5)
    graph, number = neighbor_graph(points, 10), 3
    exact = spectral._smoothest_vectors(graph, number, 0)
    monkeypatch.setattr(spectral, "_EVENTS_AT_ONCE", 10)
    iterated = spectral._smoothest_vectors(graph, number, 0)
    # The same space, whatever the axes: all singular values of the product are 1.
    overlap = np.linalg.svd(exact.T @ iterated, compute_uv=False)
    np.testing.assert_allclose(overlap, 1, atol=1e-3)


def test_spectral_clusters_of_many_events_are_those_of_few(monkeypatch):
    points, truth = blobs((80, 70, 60))
    (exact,) = divide(SpectralMethod(), points, 3)
    monkeypatch.setattr(spectral, "_EVENTS_AT_ONCE", 10)
    (iterated,) = divide(SpectralMethod(), points, 3)
    assert adjusted_rand_score(exact, iterated) == adjusted_rand_score(truth, iterated) == 1


def rings(seed=0):
    rng = np.random.default_rng(seed)
    angles, truth = rng.uniform(0, 2 * np.pi, 240), np.repeat([0, 1], 120)
    radii = np.array([1.0, 6.0])[truth] + rng.normal(0, 0.1, 240)
    return radii[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1), truth


def test_spectral_clusters_have_any_shape():
    points, truth = rings()
    (found,) = divide(SpectralMethod(), points, 2, n_neighbors=8)
    assert adjusted_rand_score(truth, found) == 1
    (by_means,) = divide(KMeansMethod(), points, 2)
    assert adjusted_rand_score(truth, by_means) < 0.5


def test_hdbscan_leaves_out_what_is_far_from_all_groups():
    rng = np.random.default_rng(0)
    points, truth = blobs(distance=60.0)
    far = 1000 * rng.choice([-1.0, 1.0], (6, 8)) * rng.uniform(1, 2, (6, 8))
    (found,) = divide(HDBSCANMethod(0.05), np.concatenate([points, far]), 2, 9)
    assert (found[-6:] == 0).all()
    assert adjusted_rand_score(truth, found[:-6]) > 0.9
    assert found.max() == 3


def test_hdbscan_takes_no_group_that_is_too_small():
    points, truth = blobs((40, 40, 12))
    (found,) = divide(HDBSCANMethod(0.2), points)
    assert adjusted_rand_score(truth[truth < 2], found[truth < 2]) > 0.9
    assert found.max() == 2


def test_hdbscan_keeps_events_together_that_are_alike_but_for_rounding():
    kinds = np.repeat([[0.0, 0], [1, 1], [5, 2]], 20, axis=0)
    rounding = 1e-16 * np.random.default_rng(0).normal(size=kinds.shape)
    (found,) = divide(HDBSCANMethod(), kinds + rounding)
    assert adjusted_rand_score(np.repeat(range(3), 20), found) == 1


def test_wards_tree_is_that_of_scipy():
    points, _ = blobs()
    np.testing.assert_allclose(WardMethod().tree(points), linkage(points, "ward"))


def test_the_tree_of_all_events_is_made_once(monkeypatch):
    points, _ = blobs()
    make, sizes = WardMethod.tree, []
    monkeypatch.setattr(
        WardMethod, "tree", lambda self, given: sizes.append(len(given)) or make(self, given)
    )
    # Two resamples of 80 %; four draws of the null with five each.
    learned = quick("ward", n_resamples=2).fit(points).learned_
    assert sizes.count(len(points)) == 1 + 4
    np.testing.assert_array_equal(by_size(cut(learned.tree, learned.n_clusters)), learned.labels)


@pytest.mark.parametrize("number", [1, 2, 7, 40])
def test_a_tree_is_cut_as_scipy_cuts_it(number):
    tree = linkage(np.random.default_rng(2).normal(size=(40, 3)), "ward")
    expected = fcluster(tree, number, "maxclust")
    assert adjusted_rand_score(expected, cut(tree, number)) == 1


def test_a_tree_is_cut_into_as_many_groups_as_asked_for_though_branches_end_at_one_height():
    tree = linkage(np.array([[0.0], [1.0], [2.0], [3.0]]), "single")
    assert [len(set(cut(tree, number))) for number in (1, 2, 3, 4)] == [1, 2, 3, 4]


def test_the_distance_of_a_consensus_is_the_share_of_partitions_that_part_two_events():
    points, truth = blobs()
    distances = ConsensusMethod(16)._distances(ModelBlocks.of_points(points), 6, seed=0)
    assert distances.shape == (len(points) * (len(points) - 1) // 2,)
    assert ((distances >= 0) & (distances <= 1)).all()
    rows, columns = np.triu_indices(len(points), 1)
    inside = truth[rows] == truth[columns]
    assert distances[inside].mean() < distances[~inside].mean() - 0.1


def test_a_consensus_is_over_draws_of_the_models():
    kinds = np.repeat([0, 1, 2], 20)
    # The first model cannot tell the first two kinds, and the second the last two.
    features = np.stack([kinds == 2, kinds > 0], axis=1) * 1.0
    blocks = ModelBlocks.of(features, np.array([0, 1]), None)
    distances = squareform(ConsensusMethod(100)._distances(blocks, 6, seed=0))
    # Of two draws of two models, 3 of 4 have the one that tells two kinds.
    assert distances[0, 20] == pytest.approx(0.75, abs=0.15)
    assert distances[20, 40] == pytest.approx(0.75, abs=0.15)
    assert distances[0, 40] > 0.9
    assert distances[0, 1] == 0

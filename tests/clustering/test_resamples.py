"""Partitions are compared, and drawn again."""

from itertools import permutations

import numpy as np
import pytest
from helpers.clusters import blobs
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import adjusted_rand_score

from specufex_pipe.clustering.kmeans import KMeansMethod
from specufex_pipe.clustering.resamples import (
    Recipe,
    Steadiness,
    cluster_stabilities,
    contingency,
    jaccard,
    least_stability,
    matched,
    mean_agreement,
    most_frequent,
    rand_index,
    resampled_partitions,
    shares,
)
from specufex_pipe.clustering.space import OF_NO_MODEL, ModelBlocks


def partitions(most=4, least=0):
    """Return pairs of partitions of the same events."""
    return st.integers(1, 30).flatmap(
        lambda n: st.tuples(*[arrays(np.int64, n, elements=st.integers(least, most))] * 2)
    )


def similarity(first, second):
    return len(first & second) / len(first | second) if first | second else 0.0


def groups_of(labels):
    return [set(np.flatnonzero(labels == group)) for group in range(1, labels.max() + 1)]


@given(partitions(most=6))
def test_the_rand_index_is_that_of_scikit_learn(pair):
    assert rand_index(*pair) == pytest.approx(adjusted_rand_score(*pair), abs=1e-12)


def test_the_rand_index_of_many_events_does_not_overflow():
    labels = np.random.default_rng(0).integers(0, 3, 400_000)
    assert rand_index(labels, labels) == pytest.approx(1)
    assert rand_index(labels, np.roll(labels, 1)) == pytest.approx(0, abs=1e-3)


@given(partitions())
def test_counts_are_those_of_pairs_of_groups(pair):
    first, second = pair
    found = contingency(first, second)
    assert found.shape == (first.max() + 1, second.max() + 1)
    assert found.sum() == len(first)
    for (row, column), count in np.ndenumerate(found):
        assert count == np.count_nonzero((first == row) & (second == column))


@given(partitions())
def test_similarities_are_shares_of_the_events_of_two_groups(pair):
    expected = [
        [similarity(one, other) for other in groups_of(pair[1])] for one in groups_of(pair[0])
    ]
    found = jaccard(*pair)
    assert found.shape == (pair[0].max(), pair[1].max())
    np.testing.assert_allclose(found, np.reshape(expected, found.shape))


@given(partitions())
def test_groups_are_matched_so_that_they_resemble_most(pair):
    reference, partition = pair
    found = matched(reference, partition)
    # Groups stay groups, and each number is given once.
    for group in range(partition.max() + 1):
        assert len(set(found[partition == group])) <= 1
    numbers = [found[partition == group][0] for group in set(partition[partition > 0])]
    given_numbers = [number for number in numbers if number]
    assert len(given_numbers) == len(set(given_numbers))
    assert (found[partition == 0] == 0).all()
    assert set(given_numbers) <= set(reference)
    assert total(reference, found, partition) == pytest.approx(best_total(reference, partition))


def total(reference, found, partition):
    pairs = {(number, group) for number, group in zip(found, partition, strict=True) if number}
    return sum(
        similarity(
            set(np.flatnonzero(reference == number)), set(np.flatnonzero(partition == group))
        )
        for number, group in pairs
    )


def best_total(reference, partition):
    mine, theirs = groups_of(reference), groups_of(partition)
    many, few = (mine, theirs) if len(mine) > len(theirs) else (theirs, mine)
    return max(
        sum(similarity(one, other) for one, other in zip(few, chosen, strict=True))
        for chosen in permutations(many, len(few))
    )


@given(
    st.integers(1, 9).flatmap(
        lambda n: arrays(
            np.int64, st.tuples(st.integers(1, 9), st.just(n)), elements=st.integers(0, 5)
        )
    )
)
def test_shares_are_those_of_votes_and_the_smallest_of_several_wins(votes):
    found = shares(votes, 6)
    expected = [[np.mean(row == label) for label in range(6)] for row in votes]
    np.testing.assert_allclose(found, expected)
    winners = [min(row, key=lambda label: (-list(row).count(label), label)) for row in votes]
    assert most_frequent(votes).tolist() == winners


def test_clusters_that_all_resamples_have_are_steady():
    labels = np.repeat([1, 2, 3], (5, 4, 3))
    same = np.array([labels, np.array([0, 3, 1, 2])[labels], np.array([0, 2, 3, 1])[labels]])
    found = Steadiness.of(labels, same)
    assert found.moved == 0
    np.testing.assert_array_equal(found.clusters, 1)
    np.testing.assert_array_equal(found.memberships, np.eye(4)[labels])
    assert mean_agreement(same) == 1
    assert least_stability(labels, same) == 1


def test_what_resamples_change_is_counted():
    labels = np.array([1, 1, 1, 1, 2, 2, 2, 2])
    other = np.array([1, 1, 1, 2, 2, 2, 2, 0])
    found = Steadiness.of(labels, np.array([labels, other]))
    assert found.moved == 2 / 8
    # 3 of 4 are found again, and 3 of 5; both are there once as they were.
    np.testing.assert_allclose(found.clusters, [(1 + 3 / 4) / 2, (1 + 3 / 5) / 2])
    np.testing.assert_allclose(found.memberships[3], [0, 0.5, 0.5])
    np.testing.assert_allclose(found.memberships[7], [0.5, 0, 0.5])
    assert least_stability(labels, np.array([labels, other])) == pytest.approx(0.8)


def test_the_partitions_least_like_a_cluster_can_be_left_out():
    labels = np.array([1, 1, 1, 1, 2, 2, 2, 2])
    other = np.array([1, 1, 1, 2, 2, 2, 2, 0])
    partitions = np.array([labels, other, labels, labels])
    assert cluster_stabilities(labels, partitions, 0.25).tolist() == [1, 1]
    assert least_stability(labels, partitions, 0.25) == 1
    assert least_stability(labels, partitions, 0.2) == least_stability(labels, partitions) == 0.9


def test_events_that_leave_none_for_a_group_of_their_own_have_moved():
    one, other = np.array([1, 1, 1, 0, 0, 0]), np.array([1, 1, 1, 2, 2, 0])
    assert Steadiness.of(one, np.array([one, other])).moved == 2 / 6
    assert Steadiness.of(one, np.array([other, one])).moved == 2 / 6
    assert Steadiness.of(one, np.array([one, one])).moved == 0


@given(partitions())
def test_stabilities_and_shares_are_in_their_ranges(one):
    found = Steadiness.of(one[0], np.array(one))
    assert 0 <= found.moved <= 1
    assert ((found.clusters >= 0) & (found.clusters <= 1)).all()
    np.testing.assert_allclose(found.memberships.sum(axis=1), 1)
    assert found.memberships.shape == (len(one[0]), one[0].max() + 1)


def test_without_clusters_nothing_is_stable():
    nothing = np.zeros(5, dtype=np.int64)
    assert least_stability(nothing, np.array([nothing])) == 0
    assert cluster_stabilities(np.ones(5, dtype=np.int64), np.array([nothing])).tolist() == [0]


@pytest.fixture
def drawn():
    features, truth = blobs()
    blocks = ModelBlocks.of(features, np.repeat([OF_NO_MODEL, 0, 1, 2], 2), 5)
    recipe = Recipe(KMeansMethod(1), 5, 2)
    return lambda seed: resampled_partitions(recipe, blocks, [2, 3], 4, seed), truth


def test_the_seed_alone_decides_about_resamples(drawn):
    draw, truth = drawn
    found = draw(0)
    assert found.shape == (2, 4, len(truth))
    np.testing.assert_array_equal(found, draw(0))
    assert (found != draw(1)).any()
    assert found.min() == 1
    assert [found[0].max(), found[1].max()] == [2, 3]


def test_events_that_a_resample_leaves_out_join_their_neighbours(drawn):
    draw, truth = drawn
    for labels in draw(0)[1]:
        assert adjusted_rand_score(truth, labels) == 1


@pytest.mark.parametrize(("n_events", "expected"), [(1, 1), (9, 1), (40, 4), (1000, 15)])
def test_neighbours_are_a_tenth_of_the_events_at_the_most(n_events, expected):
    assert Recipe(KMeansMethod(), 15, 5).n_neighbors_of(n_events) == expected

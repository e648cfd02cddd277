"""Clusters of two results are matched by the events that they share."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from specufex_pipe.clustering.evaluation import agreement_of
from specufex_pipe.clustering.matching import best_matches, jaccard_similarities, pair_clusters

LABELS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=40)


def sets_of(labels):
    """Return the events of each cluster; those in none are in no set."""
    return {n: set(np.flatnonzero(labels == n)) for n in np.unique(labels).tolist() if n}


def jaccard(one, other):
    return len(one & other) / len(one | other)


@given(LABELS)
def test_best_matches_have_the_largest_jaccard_similarity_of_the_sets_of_events(pairs):
    first, second = np.array(pairs).T
    ones, others = sets_of(first), sets_of(second)
    matches, back = best_matches(agreement_of(first, second))
    assert [match.number for match in matches] == list(ones)
    assert [match.number for match in back] == list(others)
    for match in matches:
        most = max((jaccard(ones[match.number], other) for other in others.values()), default=0)
        assert match.n_events == len(ones[match.number])
        assert match.similarity == pytest.approx(most)
        assert (match.best > 0) == (most > 0)
        if match.best:
            assert jaccard(ones[match.number], others[match.best]) == pytest.approx(most)
    mutual = {(match.number, match.best) for match in matches if match.is_mutual}
    assert mutual == {(match.best, match.number) for match in back if match.is_mutual}


@given(LABELS)
def test_clusters_are_paired_one_to_one_with_the_largest_sum_of_similarities(pairs):
    first, second = np.array(pairs).T
    ones, others = sets_of(first), sets_of(second)
    found = pair_clusters(agreement_of(first, second))
    assert all(ones[row] & others[column] for row, column in found)
    assert len({row for row, _ in found}) == len({column for _, column in found}) == len(found)
    few, many = sorted((ones, others), key=len)
    most = max(
        sum(jaccard(few[i], many[j]) for i, j in zip(few, chosen, strict=True))
        for chosen in itertools.permutations(many, len(few))
    )
    assert sum(jaccard(ones[i], others[j]) for i, j in found) == pytest.approx(most)


def test_events_in_no_cluster_match_nothing():
    matches, back = best_matches(agreement_of(np.array([0, 0, 1]), np.array([0, 0, 0])))
    assert (matches[0].best, matches[0].similarity, matches[0].is_mutual) == (0, 0.0, False)
    assert back == []


def test_similarities_count_the_events_that_the_other_result_has_in_no_cluster():
    # Cluster 1 of both shares 2 of the 4 events that either has.
    table = np.array([[0, 1], [1, 2]])
    assert jaccard_similarities(table)[1, 1] == 0.5


def test_clusters_that_differ_in_their_numbers_alone_agree_wholly():
    labels = np.random.default_rng(0).integers(1, 5, 200)
    found = agreement_of(labels, np.array([0, 3, 1, 4, 2])[labels])
    assert found.rand_index == pytest.approx(1)
    assert found.mutual_information == pytest.approx(1)
    assert found.table.sum() == 200
    assert (np.count_nonzero(found.table, axis=0) == 1).all()


def test_there_is_no_agreement_without_events():
    with pytest.raises(ValueError, match="no event"):
        agreement_of(np.array([], dtype=int), np.array([], dtype=int))

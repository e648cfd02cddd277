"""Features are held against labels, and clusterings against each other."""

import numpy as np
import pytest

from specufex_pipe.clustering.evaluation import agreement, hold_against_labels, quality


def test_quality_tells_labels_that_are_apart_from_labels_that_are_not():
    rng = np.random.default_rng(0)
    labels = np.repeat(["a", "b", "c"], 20)
    apart = np.repeat(10 * np.eye(3), 20, axis=0) + rng.standard_normal((60, 3))
    assert quality(apart, labels) == (1, 1)
    found = quality(rng.standard_normal((60, 3)), labels)
    assert abs(found.rand_index) < 0.15
    assert found.neighbours < 0.6


def test_clusterings_that_differ_in_their_numbers_alone_agree():
    first = {"a": 1, "b": 1, "c": 2, "d": 3}
    found = agreement(first, {event: 10 - cluster for event, cluster in first.items()})
    assert (found.n_events, found.rand_index, found.mutual_information) == (4, 1, 1)
    assert found.second.tolist() == [7, 8, 9]
    assert found.table.tolist() == [[0, 0, 2], [0, 1, 0], [1, 0, 0]]


def test_events_that_one_of_two_clusterings_lacks_do_not_count():
    found = agreement({"a": 1, "b": 2, "only here": 2}, {"b": 1, "a": 0, "only there": 5})
    assert found.n_events == 2
    assert found.first.tolist() == [1, 2]
    assert found.second.tolist() == [0, 1]
    assert found.table.tolist() == [[1, 0], [0, 1]]


def test_clusterings_without_a_common_event_cannot_be_compared():
    with pytest.raises(ValueError, match="there is no event that both have"):
        agreement({"a": 1}, {"b": 1})


def test_clusters_are_held_against_the_labels_of_those_that_have_one():
    labels = ["LP", "LP", "VT", "VT", "VT", "", ""]
    found = hold_against_labels(np.array([1, 1, 2, 2, 0, 1, 2]), labels)
    assert found.n_events == 5
    assert found.labels.tolist() == ["LP", "VT"]
    assert found.clusters.tolist() == [0, 1, 2]
    assert found.table.tolist() == [[0, 2, 0], [1, 0, 2]]
    # By the definitions: each cluster has one label, and a cluster tells 0.673 of 1.055 nats.
    assert found.homogeneity == pytest.approx(1)
    of_labels = -(0.4 * np.log(0.4) + 0.6 * np.log(0.6))
    of_clusters = -(0.4 * np.log(0.4) + 0.4 * np.log(0.4) + 0.2 * np.log(0.2))
    assert found.completeness == pytest.approx(of_labels / of_clusters)
    assert found.v_measure == pytest.approx(2 / (1 + of_clusters / of_labels))
    # Pairs of events: 2 are together in both, 4 by their labels, 2 by their clusters, of 10.
    assert found.rand_index == pytest.approx((2 - 0.8) / (3 - 0.8))


def test_without_labels_clusters_are_held_against_nothing():
    with pytest.raises(ValueError, match="no event has a label"):
        hold_against_labels(np.array([1, 2]), ["", ""])

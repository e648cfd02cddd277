"""Features are held against labels, and clusterings against each other."""

import numpy as np
import pytest

from specufex_pipe.clustering.evaluation import agreement, quality


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

"""Families are held against loops over events, and against SciPy's tree of all of them."""

import numpy as np
import pytest
from helpers.repeaters import all_pairs
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from scipy.cluster.hierarchy import fcluster, linkage

from specufex_pipe.repeaters.families import families


def sets_of(labels):
    """Return families as sets of events, by their numbers."""
    return [set(np.flatnonzero(labels == number)) for number in range(1, labels.max() + 1)]


def reached(event, links):
    """Return all that can be reached from an event."""
    found, to_visit = {event}, [event]
    while to_visit:
        here = to_visit.pop()
        for a, b in links:
            for one, other in ((a, b), (b, a)):
                if one == here and other not in found:
                    found.add(other)
                    to_visit.append(other)
    return found


def random_coefficients(n_events, seed):
    """Return coefficients of all pairs of points on a line, alike where they are near."""
    points = np.random.default_rng(seed).uniform(0, n_events / 6, n_events)
    pairs = all_pairs(n_events)
    return pairs, np.exp(-np.abs(points[pairs[:, 0]] - points[pairs[:, 1]]))


def single(pairs, coefficients, n_events, threshold=0.9, **others):
    return families(
        np.array(pairs).reshape(-1, 2),
        np.array(coefficients, float),
        n_events,
        threshold=threshold,
        linkage_method="single",
        **others,
    )


@given(st.integers(1, 25), st.integers(0, 1000), st.floats(0.1, 1), st.integers(2, 4))
@settings(max_examples=50, deadline=None)
def test_single_linkage_is_what_can_be_reached(n_events, seed, threshold, smallest):
    pairs, coefficients = random_coefficients(n_events, seed)
    keep = np.random.default_rng(seed).random(len(pairs)) < 0.5
    pairs, coefficients = pairs[keep], coefficients[keep]
    labels = single(pairs, coefficients, n_events, threshold, smallest=smallest)
    links = pairs[coefficients >= threshold].tolist()
    expected = {frozenset(reached(event, links)) for event in range(n_events)}
    expected = sorted(
        (group for group in expected if len(group) >= smallest), key=lambda g: (-len(g), min(g))
    )
    assert sets_of(labels) == expected


@given(st.integers(2, 25), st.integers(0, 1000), st.floats(0.1, 0.99))
@settings(max_examples=50, deadline=None)
def test_average_linkage_is_that_of_the_whole_tree_cut_at_the_threshold(n_events, seed, threshold):
    pairs, coefficients = random_coefficients(n_events, seed)
    rng = np.random.default_rng(seed)
    # A candidate may be given either way round.
    candidates = np.where(rng.random(len(pairs))[:, None] < 0.5, pairs, pairs[:, ::-1])
    lookup = {tuple(pair): value for pair, value in zip(pairs.tolist(), coefficients, strict=True)}
    # All links are candidates, and only some of the others.
    is_candidate = (coefficients >= threshold) | (rng.random(len(pairs)) < 0.3)
    asked = []

    def coefficients_of(more):
        asked.extend(map(tuple, more.tolist()))
        return np.array([lookup[tuple(pair)] for pair in more.tolist()])

    labels = families(
        candidates[is_candidate],
        coefficients[is_candidate],
        n_events,
        threshold=threshold,
        linkage_method="average",
        coefficients_of=coefficients_of,
    )
    expected = fcluster(linkage(1 - coefficients, "average"), 1 - threshold + 1e-6, "distance")
    groups = [set(np.flatnonzero(expected == number)) for number in set(expected.tolist())]
    groups = sorted((g for g in groups if len(g) > 1), key=lambda g: (-len(g), min(g)))
    assert sets_of(labels) == groups
    assert len(asked) == len(set(asked))
    assert not set(asked) & set(map(tuple, pairs[is_candidate].tolist()))


def test_two_families_with_one_link_are_one_by_single_and_two_by_average_linkage():
    pairs = all_pairs(6)
    halves = pairs // 3
    coefficients = np.where(halves[:, 0] == halves[:, 1], 0.95, 0.2)
    coefficients[(pairs == [2, 3]).all(axis=1)] = 0.91
    assert_array_equal(single(pairs, coefficients, 6), 1)
    labels = families(
        pairs,
        coefficients,
        6,
        threshold=0.9,
        linkage_method="average",
        coefficients_of=lambda pairs: np.empty(0),
    )
    assert_array_equal(labels, [1, 1, 1, 2, 2, 2])


def test_families_are_numbered_by_size_and_then_by_their_first_event():
    pairs = [[0, 7], [2, 3], [3, 4], [5, 6]]
    assert_array_equal(single(pairs, [1, 1, 1, 1], 9), [2, 0, 1, 1, 1, 3, 3, 2, 0])
    assert_array_equal(single(pairs, [1, 1, 1, 1], 9, smallest=3), [0, 0, 1, 1, 1, 0, 0, 0, 0])


def test_the_order_of_the_pairs_does_not_matter():
    pairs, coefficients = random_coefficients(30, 3)
    order = np.random.default_rng(0).permutation(len(pairs))
    for method in ("single", "average"):
        one, other = (
            families(
                pairs[rows],
                coefficients[rows],
                30,
                threshold=0.8,
                linkage_method=method,
                coefficients_of=lambda pairs: np.empty(0),
            )
            for rows in (slice(None), order)
        )
        assert_array_equal(one, other)


def test_pairs_that_cannot_be_compared_are_not_linked_and_count_as_0():
    nan = float("nan")
    assert_array_equal(single([[0, 1], [1, 2]], [nan, 0.95], 3), [0, 1, 1])
    # Joined, 0 would have a mean coefficient of 0.475 with 1 and 2.
    for threshold, expected in ((0.9, [0, 1, 1]), (0.47, [1, 1, 1])):
        labels = families(
            np.array([[0, 1], [1, 2]]),
            np.array([0.95, 0.96]),
            3,
            threshold=threshold,
            linkage_method="average",
            coefficients_of=lambda pairs: np.array([nan]),
        )
        assert_array_equal(labels, expected)


def test_a_coefficient_at_the_threshold_links():
    assert_array_equal(single([[0, 1]], [0.9], 2), [1, 1])
    labels = families(
        np.array([[0, 1], [0, 2], [1, 2]]),
        np.full(3, 0.9),
        3,
        threshold=0.9,
        linkage_method="average",
        coefficients_of=lambda pairs: np.empty(0),
    )
    assert_array_equal(labels, 1)


def test_no_pairs_and_no_events_have_no_families():
    assert_array_equal(single([], [], 3), [0, 0, 0])
    assert len(single([], [], 0)) == 0


def test_too_many_events_for_average_linkage_are_said():
    chain = np.column_stack([np.arange(5001), np.arange(1, 5002)])
    assert_array_equal(single(chain, np.ones(5001), 5002), 1)
    with pytest.raises(ValueError, match=r"5002 events are linked .* take single linkage"):
        families(
            chain,
            np.ones(5001),
            5002,
            threshold=0.9,
            linkage_method="average",
            coefficients_of=lambda pairs: np.zeros(len(pairs)),
        )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"linkage_method": "ward"}, "linkage_method is 'ward', expected 'single' or 'average'"),
        ({"threshold": 0.0}, "threshold is 0.0, expected a coefficient above 0 and up to 1"),
        ({"threshold": float("nan")}, "threshold is nan"),
        ({"smallest": 1}, "smallest is 1, expected 2 events or more"),
        ({"linkage_method": "average"}, "average linkage needs coefficients_of"),
        ({"n_events": 1}, "pairs are of events 0 to 1, expected 0 to 0"),
        ({"coefficients": np.ones(2)}, "there are 2 coefficients"),
    ],
)
def test_bad_input_is_named(changes, message):
    parameters = {
        "pairs": np.array([[0, 1]]),
        "coefficients": np.ones(1),
        "n_events": 2,
        "threshold": 0.9,
        "linkage_method": "single",
    }
    with pytest.raises(ValueError, match=message):
        families(**parameters | changes)

"""Candidates are held against loops over all pairs, with ObsPy's distances."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from obspy.geodetics import locations2degrees

from specufex_pipe.repeaters.candidates import candidate_pairs

NONE = np.empty((0, 2), int)
# km, of ObsPy's sphere.
RADIUS = 6371.0


def distance(one, other):
    """Return the distance of two hypocentres, by the law of cosines."""
    angle = np.deg2rad(locations2degrees(one[0], one[1], other[0], other[1]))
    a, b = RADIUS - one[2], RADIUS - other[2]
    return np.sqrt(max(0.0, a**2 + b**2 - 2 * a * b * np.cos(angle)))


def near(hypocentres, max_distance, n_near):
    """Return the nearest origins of each event, by a loop over all."""
    pairs = set()
    known = [i for i, each in enumerate(hypocentres) if np.isfinite(each).all()]
    for i in known:
        others = sorted((distance(hypocentres[i], hypocentres[j]), j) for j in known if j != i)
        pairs |= {tuple(sorted((i, j))) for d, j in others[:n_near] if d <= max_distance}
    return pairs


@given(st.integers(0, 10_000), st.integers(1, 30), st.integers(0, 6), st.floats(1, 40))
@settings(max_examples=60, deadline=None)
def test_candidates_are_the_union_of_neighbours_and_near_origins(seed, n_events, n_near, farthest):
    rng = np.random.default_rng(seed)
    # They straddle the date line.
    longitudes = (180 + rng.uniform(-0.2, 0.2, n_events) + 180) % 360 - 180
    hypocentres = np.column_stack(
        [rng.uniform(50, 50.2, n_events), longitudes, rng.uniform(0, 30, n_events)]
    )
    hypocentres[rng.random(n_events) < 0.1, rng.integers(3)] = np.nan
    neighbors = rng.integers(-1, n_events, (n_events, 3))
    found = candidate_pairs(neighbors, hypocentres, max_distance=farthest, n_near=n_near)
    expected = near(hypocentres, farthest, n_near)
    for event, others in enumerate(neighbors.tolist()):
        expected |= {tuple(sorted((event, other))) for other in others if other not in (-1, event)}
    assert list(map(tuple, found.tolist())) == sorted(expected)


def test_neighbours_alone_and_origins_alone_are_enough():
    origins = np.array([[10.0, 20.0, 5.0], [10.0, 20.0, 6.0], [10.0, 20.0, 9.0]])
    pairs = candidate_pairs(None, origins, max_distance=1.5, n_near=2)
    assert_array_equal(pairs, [[0, 1]])
    pairs = candidate_pairs(np.array([[2], [-1], [1]]), None, max_distance=1.5, n_near=2)
    assert_array_equal(pairs, [[0, 2], [1, 2]])


def test_events_in_one_place_are_near_to_as_many_others_as_are_asked_for():
    origins = np.tile([10.0, 20.0, 5.0], (12, 1))
    pairs = candidate_pairs(None, origins, max_distance=0, n_near=3)
    counts = np.bincount(pairs.ravel(), minlength=12)
    assert counts.min() >= 3
    assert len(pairs) <= 36


@pytest.mark.parametrize("origins", [np.full((3, 3), np.nan), np.empty((0, 3))])
def test_where_no_origin_is_known_there_are_no_candidates(origins):
    assert_array_equal(candidate_pairs(None, origins, max_distance=9, n_near=2), NONE)


@pytest.mark.parametrize(
    ("neighbors", "hypocentres", "changes", "message"),
    [
        (None, None, {}, "neither neighbors nor hypocentres"),
        (None, np.zeros((3, 2)), {}, r"hypocentres have shape \(3, 2\)"),
        (np.zeros(3, int), None, {}, r"neighbors have shape \(3,\)"),
        (np.zeros((2, 1), int), np.zeros((3, 3)), {}, "neighbors of 2 events and hypocentres of 3"),
        (np.array([[2], [0]]), None, {}, "neighbors go from 0 to 2, expected -1 to 1"),
        (np.array([[-2], [0]]), None, {}, "neighbors go from -2 to 0, expected -1 to 1"),
        (np.array([[1], [0]]), None, {"max_distance": -1.0}, r"max_distance is -1\.0 km"),
        (np.array([[1], [0]]), None, {"max_distance": float("nan")}, "max_distance is nan km"),
        (np.array([[1], [0]]), None, {"n_near": -1}, "n_near is -1, expected 0 or more"),
    ],
)
def test_bad_input_is_named(neighbors, hypocentres, changes, message):
    with pytest.raises(ValueError, match=message):
        candidate_pairs(neighbors, hypocentres, **{"max_distance": 1.0, "n_near": 1} | changes)

"""Recurrence intervals are held against a loop over families."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from specufex_pipe.repeaters.recurrence import recurrence

DAY = 86_400.0


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 10**9)), max_size=40))
@settings(max_examples=60, deadline=None)
def test_intervals_are_those_between_events_that_follow_each_other_in_a_family(events):
    labels = np.array([label for label, _ in events], int)
    times = np.array([time for _, time in events], float)
    found = recurrence(labels, times)
    n_families = max(labels, default=0)
    assert len(found.means) == len(found.variations) == n_families
    for family in range(1, n_families + 1):
        expected = np.diff(np.sort(times[labels == family])) / DAY
        of_family = found.families == family
        assert_allclose(found.days[of_family], expected)
        pairs = found.pairs[of_family]
        assert_array_equal(pairs[1:, 0], pairs[:-1, 1])
        assert set(pairs.ravel()) <= set(np.flatnonzero(labels == family))
        mean = expected.mean() if len(expected) else np.nan
        assert_allclose(found.means[family - 1], mean)
        has_variation = len(expected) > 1 and mean > 0
        variation = expected.std(ddof=1) / mean if has_variation else np.nan
        assert_allclose(found.variations[family - 1], variation, atol=1e-12)


def test_a_family_that_recurs_each_year_has_no_variation():
    found = recurrence(np.array([1, 0, 1, 1]), np.array([730.0, 1.0, 0.0, 365.0]) * DAY)
    assert_allclose(found.days, 365)
    assert_array_equal(found.pairs, [[2, 3], [3, 0]])
    assert_allclose([found.means[0], found.variations[0]], [365, 0])


def test_random_events_have_a_variation_of_about_1():
    times = np.random.default_rng(0).uniform(0, 1e9, 5000)
    assert_allclose(recurrence(np.ones(5000, int), times).variations, 1, atol=0.05)


def test_families_of_one_and_of_two_have_no_variation():
    found = recurrence(np.array([1, 1, 2]), np.array([0.0, 2.0, 5.0]) * DAY)
    assert_allclose(found.means, [2, np.nan])
    assert_allclose(found.variations, [np.nan, np.nan])


def test_bad_times_are_named():
    with pytest.raises(ValueError, match="there are 1 times, expected 2: one an event"):
        recurrence(np.array([1, 1]), np.zeros(1))
    with pytest.raises(ValueError, match="the time of event 1 is not known"):
        recurrence(np.array([1, 1]), np.array([0.0, np.nan]))

"""Folds keep blocks of time and families on one side, and share out labels."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from specufex_pipe.classification.folds import blocked_folds


@st.composite
def catalogs(draw):
    n_events = draw(st.integers(10, 80))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    labels = rng.integers(draw(st.integers(1, 5)), size=n_events)
    times = rng.choice([rng.random(n_events), np.round(rng.random(n_events), 1)])
    families = rng.integers(draw(st.integers(1, 12)), size=n_events)
    return labels, times, families


def made(*arguments):
    """Return folds; a catalog that cannot be divided is not what is asked for."""
    try:
        return blocked_folds(*arguments)
    except ValueError:
        assume(False)


@settings(max_examples=40)
@given(catalogs(), st.integers(2, 6), st.booleans())
def test_no_family_is_on_both_sides_and_each_event_is_held_out_once(catalog, n_folds, timed):
    labels, times, families = catalog
    folds = made(labels, n_folds, times if timed else None, families)
    assert 2 <= folds.n_folds <= n_folds
    held_out = np.zeros(len(labels), dtype=int)
    for learned, left in folds.sides():
        assert len(learned)
        assert len(left)
        assert len(learned) + len(left) == len(labels)
        held_out[left] += 1
        assert not (set(families[learned]) & set(families[left])) - {0}
        assert not set(folds.groups[learned]) & set(folds.groups[left])
        for event in left:
            assert folds.are_learnable[event] == (labels[event] in labels[learned])
    assert held_out.tolist() == [1] * len(labels)


@settings(max_examples=40)
@given(catalogs(), st.integers(2, 6))
def test_groups_are_contiguous_in_time_where_there_are_no_families(catalog, n_folds):
    labels, times, _ = catalog
    folds = made(labels, n_folds, times)
    spans = sorted((times[folds.groups == g].min(), times[folds.groups == g].max())
                   for g in np.unique(folds.groups))  # fmt: skip
    assert all(last < first for (_, last), (first, _) in pairwise(spans))


@settings(max_examples=40)
@given(catalogs(), st.integers(2, 6), st.randoms(use_true_random=False))
def test_the_order_of_events_and_the_unit_of_times_change_nothing(catalog, n_folds, random):
    labels, times, _ = catalog
    times = np.argsort(np.argsort(times)).astype(float)
    order = np.array(random.sample(range(len(labels)), len(labels)))
    folds = made(labels, n_folds, times)
    other = blocked_folds(labels[order], n_folds, 1e3 * times[order] + 5)
    np.testing.assert_array_equal(folds.parts[order], other.parts)


def test_a_cut_is_where_no_event_is_for_long():
    # Ten sequences of 8 to 12 events: a day with events and a month without any.
    rng = np.random.default_rng(0)
    sequences = np.repeat(np.arange(10), [8, 12, 9, 11, 10, 12, 8, 9, 10, 11])
    times = 30.0 * sequences + rng.random(len(sequences))
    groups = blocked_folds(sequences % 2, 5, times).groups
    np.testing.assert_array_equal(groups, sequences)


def test_an_event_goes_with_the_block_that_has_most_of_its_family():
    times = np.arange(100.0)
    families = np.zeros(100, dtype=int)
    families[[11, 12, 95]] = 7
    labels = np.arange(100) % 2
    groups = blocked_folds(labels, 5, times, families).groups
    plain = blocked_folds(labels, 5, times).groups
    assert groups[95] == groups[11] == groups[12] == plain[11]
    np.testing.assert_array_equal(np.delete(groups, 95), np.delete(plain, 95))


def test_each_fold_has_its_share_of_labels_that_come_all_along():
    rng = np.random.default_rng(0)
    labels = rng.choice(3, 600, p=[0.7, 0.2, 0.1])
    folds = blocked_folds(labels, 5, np.sort(rng.random(600)))
    for label in range(3):
        counts = np.bincount(folds.parts[labels == label], minlength=5)
        assert counts.min() > 0.5 * counts.mean()
    assert len(np.unique(folds.groups)) == 20


def test_events_that_have_nothing_in_common_are_dealt_out_label_by_label():
    labels = np.random.default_rng(0).choice(3, 200, p=[0.7, 0.2, 0.1])
    parts = blocked_folds(labels, 5).parts
    for label in range(3):
        counts = np.bincount(parts[labels == label], minlength=5)
        assert counts.max() - counts.min() <= 1


def test_a_label_of_one_season_is_held_out_where_five_blocks_would_not_do():
    labels = np.zeros(300, dtype=int)
    labels[120:150] = 1
    folds = blocked_folds(labels, 5, np.arange(300.0))
    assert folds.are_learnable.all()
    assert len(np.unique(folds.parts[labels == 1])) >= 2


@pytest.mark.parametrize("timed", [False, True])
def test_a_label_that_is_a_single_family_cannot_be_held_out(timed):
    labels = np.arange(60) % 3
    families = np.where(labels == 2, 4, 0)
    folds = blocked_folds(labels, 5, np.arange(60.0) if timed else None, families)
    np.testing.assert_array_equal(folds.are_learnable, labels != 2)


@pytest.mark.parametrize(("times", "families"), [
    (None, np.ones(20, dtype=int)),
    (np.zeros(20), None),
    (np.arange(20.0), np.full(20, 3)),
])  # fmt: skip
def test_events_that_are_all_held_out_together_are_refused(times, families):
    with pytest.raises(ValueError, match="the 20 labelled events are all of one family or of one"):
        blocked_folds(np.arange(20) % 2, 5, times, families)


def test_times_may_be_dates():
    dates = np.datetime64("2020-01-01", "ns") + np.arange(50) ** 2 * np.timedelta64(1, "ns")
    labels = np.arange(50) % 2
    expected = blocked_folds(labels, 5, np.arange(50.0) ** 2)
    np.testing.assert_array_equal(blocked_folds(labels, 5, dates).parts, expected.parts)


@pytest.mark.parametrize(("timed", "related", "said"), [
    (True, True, "blocks of time and families"), (True, False, "blocks of time"),
    (False, True, "families"), (False, False, "nothing: neither times nor families are given"),
])  # fmt: skip
def test_it_says_what_was_held_out_together(timed, related, said):
    times = np.arange(20.0) if timed else None
    families = np.repeat(np.arange(10), 2) if related else None
    assert blocked_folds(np.arange(20) % 2, 2, times, families).blocked_by == said

"""Delays are held against NumPy's least squares, stacks against waveforms that are known."""

import numpy as np
import pytest
from helpers.repeaters import RATE, all_pairs, band_limited, channel_of, pulse
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import zscore

from specufex_pipe.repeaters.alignment import delays, reference_of, stack
from specufex_pipe.repeaters.correlation import correlate
from specufex_pipe.repeaters.recordings import Station


@given(st.integers(2, 12), st.integers(0, 1000), st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_delays_are_those_of_weighted_least_squares(n_members, seed, share):
    rng = np.random.default_rng(seed)
    members = np.sort(rng.choice(50, n_members, replace=False))
    rows = all_pairs(n_members)
    # A chain connects all, and some of the other pairs are there.
    keep = (rows[:, 1] - rows[:, 0] == 1) | (rng.random(len(rows)) < share)
    rows = rows[keep]
    lags, coefficients = rng.normal(size=len(rows)), rng.uniform(0.5, 1, len(rows))
    reference = int(rng.integers(n_members))
    found = delays(members, members[rows], lags, coefficients, int(members[reference]))
    matrix = np.zeros((len(rows) + 1, n_members))
    matrix[np.arange(len(rows)), rows[:, 0]] = -coefficients
    matrix[np.arange(len(rows)), rows[:, 1]] = coefficients
    matrix[-1, reference] = 1
    expected = np.linalg.lstsq(matrix, np.append(coefficients * lags, 0))[0]
    assert_allclose(found, expected, atol=1e-6)
    assert found[reference] == 0


def test_a_long_chain_of_pairs_is_followed_to_its_end():
    n_members = 3000
    pairs = np.column_stack([np.arange(n_members - 1), np.arange(1, n_members)])
    lags = np.random.default_rng(0).normal(size=n_members - 1).astype(np.float32)
    found = delays(np.arange(n_members), pairs, lags, np.full(n_members - 1, 0.9), 0)
    assert_allclose(found[1:], np.cumsum(lags, dtype=float), atol=1e-6)


def test_members_that_no_pair_connects_have_no_delay():
    pairs = np.array([[3, 5], [5, 8], [8, 9], [10, 11]])
    lags, coefficients = np.array([0.1, 0.2, np.nan, 0.4]), np.array([0.9, 0.9, 0.9, 0.9])
    found = delays(np.array([3, 5, 8, 9, 10, 11]), pairs, lags, coefficients, 5)
    assert_allclose(found, [-0.1, 0, 0.2, np.nan, np.nan, np.nan], atol=1e-9)
    none = np.empty(0)
    assert_array_equal(delays(np.array([3]), np.empty((0, 2), int), none, none, 3), [0])


def test_the_reference_has_the_highest_mean_coefficient():
    members, pairs = np.array([2, 4, 7]), np.array([[2, 4], [2, 7], [4, 7]])
    assert reference_of(members, pairs, np.array([0.8, 0.9, 0.95])) == 7
    assert reference_of(members, pairs, np.array([0.8, 0.8, 0.8])) == 2
    assert reference_of(members, pairs, np.array([np.nan, np.nan, 0.3])) == 4
    assert reference_of(members, pairs, np.full(3, np.nan)) == 2


def test_a_family_with_noise_is_aligned_and_stacked():
    shifts = np.random.default_rng(0).uniform(-0.2, 0.2, 12)
    made = pulse(1000, 5.0)
    noise = [0.1 * made().std() * zscore(band_limited(1000, n)) for n in range(12)]
    waveforms = [(n + 1) * (made(s) + noise[n]) for n, s in enumerate(shifts)]
    channel = channel_of(waveforms)
    pairs, members = all_pairs(12), np.arange(12)
    found = correlate(pairs, [Station("A", (channel,))], max_shift=0.5, threshold=0.9)
    coefficients = found.coefficients[:, 0]
    reference = reference_of(members, pairs, coefficients)
    later = delays(members, pairs, found.lags[:, 0], coefficients, reference)
    assert_allclose(later * RATE, (shifts - shifts[reference]) * RATE, atol=0.1)
    stacked = stack(channel, members, later, reference)
    expected = made(shifts[reference])
    expected /= np.linalg.norm(expected)
    # Noise becomes less by the root of the number of members.
    size = np.linalg.norm(noise[0]) / np.linalg.norm(made()) / np.sqrt(12)
    assert np.linalg.norm(stacked.waveform - expected) < 2 * size
    assert stacked.coefficients.min() > coefficients.max()


def test_members_are_moved_by_parts_of_a_sample():
    made, later = pulse(1000, 5.0), np.array([0.0, 0.1234, -0.317, 0.25])
    stacked = stack(channel_of([made(s) for s in later]), np.arange(4), later, 0)
    expected = made() / np.linalg.norm(made())
    assert_allclose(stacked.waveform, expected, atol=1e-4)
    assert_allclose(stacked.coefficients, 1, atol=1e-6)


def test_where_a_member_has_no_samples_the_mean_is_over_the_others():
    whole = band_limited(600, 0)
    # The second begins 50 samples later and ends 150 earlier than the first.
    waveforms = [whole, whole[50:450]]
    stacked = stack(channel_of(waveforms), np.arange(2), np.array([0.0, -0.5]), 0)
    size = np.linalg.norm(whole)
    part = np.linalg.norm(waveforms[1])
    expected = whole / size
    expected[50:450] = (expected[50:450] + waveforms[1] / part) / 2
    assert_allclose(stacked.waveform, expected, atol=1e-6)
    of_whole = whole @ expected / size / np.linalg.norm(expected)
    assert_allclose(stacked.coefficients, [of_whole, 1], atol=1e-6)


def test_members_without_waveform_or_delay_are_left_out():
    made = pulse(1000, 5.0)()
    channel = channel_of([made, None, band_limited(1000, 1), np.zeros(1000)])
    later = np.array([0.0, 0.0, np.nan, 0.0])
    stacked = stack(channel, np.arange(4), later, 0)
    assert_allclose(stacked.coefficients, [1, np.nan, np.nan, 0], atol=1e-6)
    with pytest.raises(ValueError, match="the channel does not have event 1, which is the ref"):
        stack(channel, np.arange(4), later, 1)


def test_a_member_that_is_moved_out_of_the_stack_has_no_part_in_it():
    made = pulse(1000, 5.0)()
    stacked = stack(channel_of([made, made]), np.arange(2), np.array([0.0, 20.0]), 0)
    assert_allclose(stacked.waveform, made / np.linalg.norm(made), atol=1e-6)
    assert_allclose(stacked.coefficients, [1, 0], atol=1e-6)

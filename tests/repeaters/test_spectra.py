"""Waveforms are read, divided into blocks and padded as plain loops would do it."""

import numpy as np
from helpers.repeaters import band_limited, channel_of
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from specufex_pipe.repeaters.spectra import (
    blocks_of,
    padded_length,
    read_events,
    read_spectra,
    rounded_up,
)


@given(st.sets(st.integers(0, 59), min_size=1))
@settings(max_examples=60, deadline=None)
def test_events_are_the_same_whether_those_between_are_read_along_or_not(places):
    waveforms = channel_of([np.full(3 + n % 5, n) for n in range(60)]).waveforms
    chosen = np.array(sorted(places))
    found, expected = read_events(waveforms, chosen), waveforms.read(chosen)
    assert_array_equal(found.frames, expected.frames)
    assert_array_equal(found.offsets, expected.offsets)


@given(st.lists(st.integers(0, 50), max_size=30), st.integers(1, 100))
def test_blocks_hold_all_events_and_no_more_than_they_may(sizes, most):
    blocks = blocks_of(np.array(sizes, int), most)
    assert [event for block in blocks for event in block] == list(range(len(sizes)))
    for block, following in zip(blocks, [*blocks[1:], None], strict=True):
        size = sum(sizes[event] for event in block)
        assert size <= most or len(block) == 1
        if following:
            assert size + sizes[following.start] > most


@given(st.integers(1, 10**6))
def test_lengths_are_rounded_up_by_no_more_than_an_eighth(length):
    rounded = int(rounded_up(np.array([length]))[0])
    assert length <= rounded <= max(length, 1.125 * length + 1)
    assert rounded_up(np.array([rounded]))[0] == rounded


def test_few_lengths_are_told_apart():
    assert len(np.unique(rounded_up(np.arange(1024, 2049)))) == 9


def test_padding_keeps_the_ends_of_waveforms_apart():
    for longest, most in ((7, 3), (1000, 100), (64, 64)):
        assert padded_length(longest, most) >= longest + most


def test_spectra_are_those_of_waveforms_with_an_energy_of_1():
    waveforms = [band_limited(400, seed)[: 300 + 20 * seed] for seed in range(5)]
    # The catalog has them in another order.
    channel = channel_of(waveforms, places=[4, -1, 0, 2, 3])
    found = read_spectra(channel, np.array([0, 1, 2, 4]), 500)
    assert_array_equal(found.events, [0, 2, 4])
    for row, place in enumerate([4, 0, 3]):
        scaled = waveforms[place] / np.linalg.norm(waveforms[place])
        assert_allclose(found.spectra[row], np.fft.rfft(scaled, 500), atol=1e-6)
        before = np.append(0, np.cumsum(scaled**2))
        assert_allclose(found.energies[row, : len(before)], before, atol=1e-6)
    assert_array_equal(found.rows_of(np.array([4, 1, 0, 7])), [2, -1, 0, -1])

"""Pictures and records of events, each number held against one that is computed plainly."""

from dataclasses import replace
from itertools import pairwise
from math import ceil, copysign, log

import numpy as np
import pytest
from helpers.explorer import CLOCK, N_STATES, explored
from hypothesis import given, settings
from hypothesis import strategies as st

from specufex_pipe.report.explorer.details import (
    frequencies_of_rows,
    pictures_of,
    records_of,
)
from specufex_pipe.report.explorer.explored import Detail
from specufex_pipe.report.explorer.pooling import Pooling, pool_frequencies
from specufex_pipe.report.explorer.samples import (
    MOST_SAMPLES,
    envelope,
    mu_law,
    peaks_of,
    thin_out,
)

ENDS = {"spectrogram_end": 12.5, "fingerprint_end": 0.75}
RUN = replace(explored(3), **ENDS)


def detail_of(rng, n_samples, n_frames, n_frequencies=60, n_states=N_STATES):
    samples = (1e-6 * rng.normal(size=n_samples)).astype(np.float32)
    frames = np.maximum(rng.normal(3, 6, (n_frames, n_frequencies)), 0).astype(np.float32)
    states = rng.dirichlet(np.ones(n_states), n_frames)
    return Detail(samples, frames, states, rng.random((n_states, n_states)))


def events_of_all_lengths(n_frequencies=60):
    rng = np.random.default_rng(3)
    lengths = ((1, 1), (2, 1), (95, 47), (96, 48), (97, 49), (4000, 60), (4001, 97), (700, 600))
    return [detail_of(rng, *each, n_frequencies) for each in lengths]


def group_means(values, most):
    """Return means of as few neighbours as leave at most so many of them, along the first axis."""
    size = ceil(len(values) / most)
    groups = [values[first : first + size] for first in range(0, len(values), size)]
    return np.array([np.asarray(group, float).mean(axis=0) for group in groups]), size


def pooled(frames, columns, rows):
    means, size = group_means(frames, columns)
    return group_means(means.T, rows)[0].T, size


def in_bytes(values, end):
    return np.clip(np.asarray(values) / end, 0, 1) * 255


def assert_rounded(found, expected):
    """Hold whole numbers against what they were rounded from, in single precision."""
    assert found.shape == expected.shape
    np.testing.assert_allclose(found.astype(float), expected, atol=0.5 + 1e-3)


@pytest.mark.parametrize(("make", "columns", "rows"), [
    (pictures_of, 48, 32),
    (records_of, 256, 128),
])  # fmt: skip
@pytest.mark.parametrize("n_frequencies", [1, 32, 33, 60, 300])
def test_spectrograms_are_means_of_neighbouring_frames_and_frequencies(
    make, columns, rows, n_frequencies
):
    events = events_of_all_lengths(n_frequencies)
    found = make(RUN, events)
    expected = [pooled(event.frames, columns, rows) for event in events]
    assert found["widths"].tolist() == [len(each) for each, _ in expected]
    assert found["widths"].max() <= columns
    assert found["spectrogram"].shape[1] <= rows
    assert_rounded(
        found["spectrogram"], in_bytes(np.concatenate([each for each, _ in expected]), 12.5)
    )


@pytest.mark.parametrize(("make", "columns"), [(pictures_of, 48), (records_of, 256)])
def test_times_of_columns_are_the_middles_of_their_frames(make, columns):
    events = events_of_all_lengths()
    found = make(RUN, events)
    for event, start, interval in zip(
        events, found["frame_start"], found["frame_interval"], strict=True
    ):
        times, size = group_means(CLOCK.frames(len(event.frames)), columns)
        whole = len(event.frames) // size
        if whole:
            assert start == pytest.approx(times[0], rel=1e-6)
        steps = np.diff(times[:whole])
        np.testing.assert_allclose(steps, interval, rtol=1e-6)


def test_a_picture_has_the_most_probable_state_of_each_column():
    events = events_of_all_lengths()
    means = [group_means(event.state_probabilities, 48)[0] for event in events]
    assert pictures_of(RUN, events)["states"].tolist() == [
        int(state) for each in means for state in each.argmax(axis=1)
    ]


def test_a_record_has_the_probability_of_each_state():
    events = events_of_all_lengths()
    means = [group_means(event.state_probabilities, 256)[0] for event in events]
    assert_rounded(records_of(RUN, events)["states"], 255 * np.concatenate(means))


def test_a_picture_has_the_fingerprint_up_to_the_end_of_its_scale():
    events = events_of_all_lengths()
    expected = [in_bytes(event.fingerprint, 0.75) for event in events]
    found = pictures_of(RUN, events)["fingerprint"]
    assert_rounded(found, np.array(expected))
    assert found.max() == 255


def test_a_picture_says_how_loud_and_how_long_an_event_is():
    events = events_of_all_lengths()
    found = pictures_of(RUN, events)
    assert found["peak"].tolist() == [np.abs(event.samples).max() for event in events]
    np.testing.assert_array_equal(found["start"], -5)
    np.testing.assert_allclose(found["duration"], [len(each.samples) / 100 for each in events])


def test_an_envelope_has_the_extremes_of_equal_parts():
    events = events_of_all_lengths()
    found = pictures_of(RUN, events)["envelope"]
    assert found.shape == (len(events), 96, 2)
    assert found.dtype == np.int8
    for event, extremes in zip(events, found, strict=True):
        samples, n_samples = event.samples.astype(float), len(event.samples)
        shares = 127 * samples / np.abs(samples).max()
        for part, (low, high) in enumerate(extremes.tolist()):
            first, stop = part * n_samples // 96, (part + 1) * n_samples // 96
            # Of fewer samples than parts, each part has the one that it falls on.
            of_part = shares[first : max(stop, first + 1)]
            assert (low, high) == (
                pytest.approx(of_part.min(), abs=0.501), pytest.approx(of_part.max(), abs=0.501)
            )  # fmt: skip


def test_samples_of_eight_bits_follow_the_mu_law():
    events = events_of_all_lengths()
    found = records_of(RUN, events)
    assert found["samples"].dtype == np.int8
    expected = []
    for event in events:
        peak = float(np.abs(event.samples).max())
        shares = [float(sample) / peak for sample in event.samples]
        expected += [127 * copysign(log(1 + 255 * abs(x)) / log(256), x) for x in shares]
    assert_rounded(found["samples"], np.array(expected))
    assert found["lengths"].tolist() == [len(event.samples) for event in events]
    np.testing.assert_array_equal(found["sampling_rate"], 100)


def test_samples_come_back_to_a_few_parts_in_a_hundred():
    rng = np.random.default_rng(0)
    samples = np.exp(rng.uniform(-5, 0, 5000)) * rng.choice([-1, 1], 5000)
    offsets = np.array([0, 5000])
    coded = mu_law(samples, offsets, peaks_of(samples, offsets)).astype(float)
    decoded = np.sign(coded) * (256 ** (np.abs(coded) / 127) - 1) / 255 * np.abs(samples).max()
    np.testing.assert_allclose(decoded, samples, rtol=0.1)
    np.testing.assert_allclose(decoded, samples, atol=0.025 * np.abs(samples).max())


def test_an_event_of_zeros_alone_is_silent_and_has_no_peak():
    silent = detail_of(np.random.default_rng(0), 200, 5)._replace(samples=np.zeros(200, np.float32))
    events = [silent, *events_of_all_lengths(), silent]
    pictures, records = pictures_of(RUN, events), records_of(RUN, events)
    assert pictures["peak"][[0, -1]].tolist() == records["peak"][[0, -1]].tolist() == [0, 0]
    assert not pictures["envelope"][[0, -1]].any()
    assert not records["samples"][:200].any()
    assert not records["samples"][-200:].any()


def test_long_events_are_thinned_out_without_what_would_be_aliased():
    rate, n_samples = 100.0, 5 * MOST_SAMPLES + 1
    times = np.arange(n_samples) / rate
    # Of the two tones, a rate of 100 / 6 Hz has room for the first; the other would be at 3 Hz.
    low, high = np.sin(2 * np.pi * 2 * times), np.sin(2 * np.pi * (100 / 6 + 3) * times)
    thinned, factor = thin_out((low + high).astype(np.float32))
    assert factor == 6
    assert len(thinned) == ceil(n_samples / 6) <= MOST_SAMPLES
    inner = slice(50, -50)
    np.testing.assert_allclose(thinned[inner], low[::6][inner], atol=0.02)
    whole, factor = thin_out(low[:MOST_SAMPLES])
    assert factor == 1
    np.testing.assert_array_equal(whole, low[:MOST_SAMPLES])


def test_a_record_of_a_long_event_has_the_rate_and_the_peak_of_what_is_left():
    rng = np.random.default_rng(0)
    events = [detail_of(rng, 2 * MOST_SAMPLES, 30), detail_of(rng, 400, 30)]
    found = records_of(RUN, events)
    assert found["lengths"].tolist() == [MOST_SAMPLES, 400]
    assert found["sampling_rate"].tolist() == [50, 100]
    assert np.abs(found["samples"][:MOST_SAMPLES].astype(int)).max() == 127
    # Of noise, the filter has taken half of the power.
    assert found["peak"][0] < pictures_of(RUN, events)["peak"][0]


@settings(max_examples=200)
@given(
    st.lists(st.integers(1, 700), min_size=1, max_size=8), st.integers(1, 300), st.integers(0, 99)
)
def test_groups_are_as_small_as_they_can_be_and_leave_no_member_out(lengths, most, seed):
    pooling = Pooling.of(np.array(lengths), most)
    assert pooling.widths.max() <= most
    values = np.random.default_rng(seed).random((sum(lengths), 2))
    expected, start = [], 0
    for length, width, size in zip(lengths, pooling.widths, pooling.sizes, strict=True):
        assert width == ceil(length / size)
        assert size == 1 or ceil(length / (size - 1)) > most
        expected.append(group_means(values[start : start + length], most)[0])
        start += length
    np.testing.assert_allclose(pooling.means(values), np.concatenate(expected), rtol=1e-12)


@given(st.integers(1, 40), st.integers(1, 300), st.integers(1, 140))
def test_bands_of_frequencies_have_the_means_of_theirs(n_frames, n_frequencies, most):
    values = np.random.default_rng(n_frames).random((n_frames, n_frequencies))
    found = pool_frequencies(values, most)
    np.testing.assert_allclose(found, group_means(values.T, most)[0].T, rtol=1e-12)
    assert len(frequencies_of_rows(np.arange(1.0, n_frequencies + 1), most)) == found.shape[1]


@given(st.lists(st.integers(1, 300), min_size=1, max_size=6))
def test_events_of_any_lengths_side_by_side_have_the_envelopes_that_they_have_alone(lengths):
    samples = np.random.default_rng(sum(lengths)).normal(size=sum(lengths))
    offsets = np.cumsum([0, *lengths])
    together = envelope(samples, offsets, peaks_of(samples, offsets))
    for place, (first, stop) in enumerate(pairwise(offsets)):
        own, one = samples[first:stop], np.array([0, stop - first])
        np.testing.assert_array_equal(together[place], envelope(own, one, peaks_of(own, one))[0])

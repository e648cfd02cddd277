"""Every kind of bad window is rejected with its kind, and good ones come through as they are."""

import tracemalloc
from contextlib import contextmanager

import numpy as np
import pytest
from helpers.waveforms import CHANNEL, START, noise, trace
from hypothesis import given
from hypothesis import strategies as st
from obspy import Stream, UTCDateTime

from specufex_pipe.catalogs.protocol import Event
from specufex_pipe.rejections import RejectedEvent
from specufex_pipe.waveforms.processing import prepare
from specufex_pipe.waveforms.quality import clipped_share
from specufex_pipe.waveforms.steps.base import Context
from specufex_pipe.waveforms.steps.filter import Filter
from specufex_pipe.waveforms.steps.trend import Detrend

CONTEXT = Context(Event("a", UTCDateTime(0), "", {}), CHANNEL, 100.0)
DEFAULT = [Detrend(), Filter("highpass", fmin=1.0)]


@contextmanager
def most_memory(n_bytes):
    """Hold what runs to a number of bytes."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < n_bytes
    finally:
        tracemalloc.stop()


def prepare_window(data, start=START + 5, end=START + 25, **changes):
    stream = data if isinstance(data, Stream) else Stream([data])
    parameters = {"margin": 2, "steps": DEFAULT} | changes
    return prepare(stream, start, end, CONTEXT, **parameters).samples


def test_window_is_cut_at_the_right_samples():
    ramp = trace(np.arange(6000, dtype=float) ** 1.5)
    found = prepare_window(ramp, steps=[Detrend()], margin=0)
    expected = ramp.slice(START + 5, START + 25 - 0.01)
    np.testing.assert_allclose(found, expected.detrend("linear").data, rtol=1e-5, atol=1e-2)


def test_a_wave_keeps_its_frequency_and_time_when_it_is_resampled():
    seconds = np.arange(0, 60, 1 / 250)
    wave = 1e4 * np.sin(2 * np.pi * 7 * seconds)
    found = prepare_window(trace(wave, rate=250.0))
    expected = 1e4 * np.sin(2 * np.pi * 7 * (5 + np.arange(2000) / 100))
    assert len(found) == 2000
    np.testing.assert_allclose(found[100:-100], expected[100:-100], atol=150)


@given(
    late=st.floats(0, 0.03), rate=st.sampled_from([100.0, 125.0, 200.0, 250.0]),
    margin=st.sampled_from([0.0, 2.0]),
)  # fmt: skip
def test_the_time_of_the_first_sample_is_that_of_the_sample_and_not_of_the_window(
    late, rate, margin
):
    begin = UTCDateTime(START.timestamp + late)
    seconds = late + np.arange(0, 60, 1 / rate)
    wave = trace(np.sin(2 * np.pi * 3 * seconds), start=begin, rate=rate)
    found = prepare(Stream([wave]), START + 5, START + 25, CONTEXT, steps=[], margin=margin)
    times = found.first_sample - START + np.arange(2000) / 100
    assert abs(found.first_sample - found.start) <= 0.5 / 100 + 0.5 / rate
    np.testing.assert_allclose(
        found.samples[100:-100], np.sin(2 * np.pi * 3 * times)[100:-100], atol=0.01
    )


def test_frequencies_above_the_new_nyquist_do_not_fold_back():
    seconds = np.arange(0, 60, 1 / 200)
    quiet = 10 * np.sin(2 * np.pi * 7 * seconds)
    loud = 1e4 * np.sin(2 * np.pi * 80 * seconds)
    found = prepare_window(trace(quiet + loud, rate=200.0))
    spectrum = np.abs(np.fft.rfft(found * np.hanning(2000)))
    assert np.fft.rfftfreq(2000, 0.01)[spectrum.argmax()] == pytest.approx(7, abs=0.1)


def test_a_margin_keeps_the_filters_edges_out_of_the_window():
    whole = trace(noise(120).astype(float))
    from_long = whole.copy().detrend("linear").filter("highpass", freq=1.0, zerophase=True)
    expected = from_long.slice(START + 5, START + 25 - 0.01).data
    with_margin = prepare_window(whole.slice(START, START + 30), margin=5)
    without = prepare_window(whole.slice(START + 5, START + 25), margin=0)
    assert np.abs(with_margin - expected)[:100].max() < np.abs(without - expected)[:100].max() / 3


def test_a_short_gap_is_bridged_and_a_long_one_rejects():
    data = noise()
    short = Stream([trace(data[:1000]), trace(data[1004:], START + 10.04)])
    assert len(prepare_window(short)) == 2000
    long = Stream([trace(data[:1000]), trace(data[1100:], START + 11)])
    with pytest.raises(RejectedEvent, match=r"gap: 1\.00 s of the 20 s"):
        prepare_window(long)


def test_a_gap_outside_the_window_does_no_harm():
    data = noise()
    stream = Stream([trace(data[:450]), trace(data[480:], START + 4.8)])
    assert len(prepare_window(stream)) == 2000


def test_a_rate_that_is_too_fast_for_the_samples_takes_no_memory():
    # The gap between the two would be 5 GB.
    stream = Stream([trace(noise(), START + 10, 3.28e7), trace(noise(), START + 20, 3.28e7)])
    with (
        most_memory(1 << 26),
        pytest.raises(RejectedEvent, match=r"12000 samples at 3\.28e"),
    ):
        prepare_window(stream)


def test_data_a_year_from_the_window_take_no_memory():
    stream = Stream([trace(noise()), trace(noise(), START + 365 * 86_400)])
    with most_memory(1 << 26):
        assert len(prepare_window(stream)) == 2000
    with pytest.raises(RejectedEvent, match=r"gap: .*the data cover 2020-01-01T00:05"):
        prepare_window(Stream([trace(noise(), START + 300)]))


def test_overlapping_records_that_agree_are_joined_and_others_are_gaps():
    data = noise()
    agree = Stream([trace(data[:1500]), trace(data[1000:], START + 10)])
    assert len(prepare_window(agree)) == 2000
    differ = Stream([trace(data[:1500]), trace(data[1000:] + 7, START + 10)])
    with pytest.raises(RejectedEvent, match="gap"):
        prepare_window(differ)


@pytest.mark.parametrize(("data", "reason"), [
    (np.zeros(6000), "dead channel: all samples are 0"),
    (np.where(np.arange(6000) == 900, np.nan, 1.0), "not a number"),
    (np.where(np.arange(6000) == 900, np.inf, 1.0), "not a number"),
    (np.clip(noise(), -1000, 1000), "clipped"),
    (noise(20), "gap: 5.00 s of the 20 s .* the data cover 2020-01-01T00:00:00"),
    (np.array([]), "no data: there are no samples"),
])  # fmt: skip
def test_a_window_that_cannot_be_trusted_is_rejected(data, reason):
    with pytest.raises(RejectedEvent, match=reason):
        prepare_window(trace(data))


def test_data_that_were_lost_and_filled_in_are_rejected():
    data = noise()
    data[1000:1200] = 0
    with pytest.raises(RejectedEvent, match=r"flat: the trace stands still for 1\.99 s"):
        prepare_window(trace(data))


def test_samples_too_large_for_single_precision_are_rejected():
    data = noise().astype(float)
    data[1000] = 1e300
    with pytest.raises(RejectedEvent, match="not a number: samples are too large"):
        prepare_window(trace(data))


def test_records_of_different_calibration_are_joined():
    data = noise()
    stream = Stream([trace(data[:1200]), trace(data[1200:], START + 12)])
    stream[0].stats.calib = 2.0
    assert len(prepare_window(stream)) == 2000


def test_a_rate_below_the_one_asked_for_is_rejected_and_so_is_a_changing_one():
    with pytest.raises(RejectedEvent, match="recorded at 50 Hz, less than the 100 Hz"):
        prepare_window(trace(noise(rate=50), rate=50.0))
    changing = Stream([trace(noise(10)), trace(noise(50, 200), START + 10, 200.0)])
    with pytest.raises(RejectedEvent, match="it changes within the window"):
        prepare_window(changing)


def test_clipping_is_told_from_quiet_records():
    wave = 1000 * np.sin(np.arange(2000) / 20)
    assert clipped_share(np.clip(wave, -500, 500)) > 0.5
    assert clipped_share(wave) == 0
    few_counts = np.random.default_rng(0).integers(-2, 3, 2000)
    assert clipped_share(few_counts) == 0


def test_the_whole_file_is_a_window_whatever_its_length():
    data = noise(7.5)
    found = prepare(Stream([trace(data)]), None, None, CONTEXT, steps=DEFAULT)
    assert found.start == START
    assert len(found.samples) == 750
    longer = Stream([trace(data), trace(data, START + 3600)])
    with pytest.raises(RejectedEvent, match=r"no window: the file is 3607\.50 s long, .* 600 s"):
        prepare(longer, None, None, CONTEXT)


def test_windows_of_any_length_have_as_many_samples_as_fit():
    for seconds in (0.5, 1.28, 10.004, 33.3):
        assert len(prepare_window(trace(noise()), end=START + 5 + seconds)) == round(100 * seconds)


def test_data_that_are_missing_at_an_edge_fade_and_leave_no_step():
    data = noise().astype(float) + 1e6
    late = trace(data[515:], START + 5.15)
    found = prepare_window(late, max_gap=0.2, steps=[])
    assert found[:15] == pytest.approx([found[:15].mean()] * 15)
    assert found[30:].tolist() == data[530:2500].astype(np.float32).tolist()
    # What a filter makes of the edge is no louder than the record.
    filtered = prepare_window(late, max_gap=0.2)
    assert np.abs(filtered[:100]).max() < 1.5 * np.abs(filtered[500:]).max()


def test_data_that_are_missing_at_both_edges_are_bridged_where_hardly_any_are_left():
    short = trace(noise()[1000:1100], START + 10)
    assert np.isfinite(prepare_window(short, max_gap=19.5, steps=[])).all()


def test_the_rate_at_which_an_event_was_recorded_is_kept():
    found = prepare(
        Stream([trace(noise(rate=250), rate=250.0)]), START + 5, START + 25, CONTEXT, steps=DEFAULT
    )
    assert found.recorded_rate == 250
    assert len(found.samples) == 2000


def test_a_window_of_less_than_a_sample_is_too_short():
    data = trace(noise(rate=1000), rate=1000.0)
    with pytest.raises(RejectedEvent, match=r"too short: 0\.004 s hold no sample at 100 Hz"):
        prepare_window(data, end=START + 5.004)

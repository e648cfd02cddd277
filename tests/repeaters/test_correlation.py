"""Cross-correlation is held against sums over samples, ObsPy's, and shifts that are known."""

import numba
import numpy as np
import pytest
from helpers.repeaters import (
    RATE,
    all_pairs,
    band_limited,
    channel_of,
    pulse,
    station_of,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from obspy.signal.cross_correlation import correlate as obspy_correlate

from specufex_pipe.repeaters.correlation import correlate, correlate_blocks
from specufex_pipe.repeaters.recordings import Channel, Station
from specufex_pipe.store import FrameStore, write_events

PAIR = np.array([[0, 1]])
UNREFINED = 2.0
NOISE = [band_limited(400, seed) for seed in range(12)]


def coefficient_at(first, second, lag):
    """Return the coefficient of what overlaps if the second is `lag` samples later."""
    begin, end = max(0, -lag), min(len(first), len(second) - lag)
    if end - begin < min(len(first), len(second)) / 2:
        return 0.0
    one, other = first[begin:end], second[begin + lag : end + lag]
    if one @ one < 0.1 * (first @ first) or other @ other < 0.1 * (second @ second):
        return 0.0
    return float(one @ other / np.sqrt((one @ one) * (other @ other)))


def coefficients_of(pairs_of_channels, most):
    """Return the mean over channels at each lag."""
    return np.mean(
        [
            [coefficient_at(first, second, lag) for lag in range(-most, most + 1)]
            for first, second in pairs_of_channels
        ],
        axis=0,
    )


def parabola(values):
    """Return the place and height of the maximum, by a parabola fitted to three values."""
    place = int(np.argmax(values))
    if place in (0, len(values) - 1):
        return float(place), values[place]
    a, b, c = np.polyfit([-1, 0, 1], values[place - 1 : place + 2], 2)
    return place - b / (2 * a), c - b**2 / (4 * a)


@given(
    st.integers(0, 1000),
    st.lists(st.tuples(st.integers(20, 90), st.integers(20, 90)), min_size=1, max_size=3),
    st.integers(1, 60),
)
@settings(max_examples=60, deadline=None)
def test_coefficients_are_those_of_sums_over_the_samples_that_overlap(seed, lengths, most):
    rng = np.random.default_rng(seed)
    channels = [[rng.normal(size=n).astype(np.float32) for n in both] for both in lengths]
    found = correlate(PAIR, [station_of(*channels)], max_shift=most / RATE, threshold=UNREFINED)
    values = coefficients_of(channels, most)
    place, height = parabola(values)
    assert_allclose(found.coefficients[0, 0], min(height, 1), atol=2e-5)
    # Where two maxima are nearly as high, rounding may choose.
    second_best = np.sort(values)[-2]
    if values.max() - second_best > 1e-4:
        is_inside = 0 < values.argmax() < 2 * most
        expected = place - most if is_inside else np.nan
        assert_allclose(found.lags[0, 0] * RATE, expected, atol=1e-2)


def test_lags_are_where_obspy_finds_them_and_above_0_if_the_second_is_later():
    first, second = pulse(1000, 4.0)(0.0), pulse(1000, 4.0)(0.25)
    found = correlate(PAIR, [station_of([first, second])], max_shift=1.0, threshold=0.9)
    expected = obspy_correlate(second, first, 100, demean=False)
    assert expected.argmax() - 100 == 25
    assert_allclose(found.lags, 0.25, atol=1e-5)
    assert_allclose(found.coefficients, expected.max(), atol=1e-3)


@pytest.mark.parametrize("high", [5.0, 15.0, 25.0, 35.0])
def test_shifts_by_parts_of_a_sample_are_found(high):
    shifts = np.concatenate([[0], np.random.default_rng(1).uniform(-20, 20, 40)]) / RATE
    made = pulse(1000, 5.0, seed=3, high=high)
    waveforms = [made(shift) * 10.0**n for n, shift in zip(range(-20, 21), shifts, strict=True)]
    pairs = all_pairs(len(shifts))
    found = correlate(pairs, [station_of(waveforms)], max_shift=0.5, threshold=0.9)
    expected = shifts[pairs[:, 1]] - shifts[pairs[:, 0]]
    assert_allclose(found.lags[:, 0] * RATE, expected * RATE, atol=2e-3)
    assert_allclose(found.coefficients, 1, atol=1e-4)


def test_shifts_are_found_of_waveforms_that_begin_and_end_in_the_middle_of_the_coda():
    # Each is a part of one long record; a window that is longer is more exact.
    fine = band_limited(80_000, 0, low=2, high=15, rate=RATE * 20)
    starts = np.random.default_rng(1).integers(0, 400, 12)
    waveforms = [fine[40 * 20 + start :: 20][:1000] for start in starts]
    pairs = all_pairs(len(starts))
    found = correlate(pairs, [station_of(waveforms)], max_shift=0.5, threshold=0.8)
    # An event is later in its window if the window begins earlier.
    expected = -(starts[pairs[:, 1]] - starts[pairs[:, 0]]) / 20
    assert_allclose(found.lags[:, 0] * RATE, expected, atol=1e-2)


def test_identical_waveforms_have_1_at_lag_0():
    found = correlate(PAIR, [station_of([NOISE[0], NOISE[0]])], max_shift=1.0, threshold=0.9)
    assert_allclose(found.coefficients, 1, atol=1e-6)
    assert_allclose(found.lags, 0, atol=1e-6)


def test_an_inverted_waveform_is_not_alike():
    found = correlate(PAIR, [station_of([NOISE[0], -NOISE[0]])], max_shift=0.01, threshold=0.9)
    assert found.coefficients[0, 0] < 0.5


def test_a_waveform_of_zeros_has_coefficient_0():
    zeros = np.zeros(400)
    found = correlate(
        np.array([[0, 1], [0, 2], [1, 2]]),
        [station_of([NOISE[0], zeros, zeros])],
        max_shift=0.5,
        threshold=0.0,
    )
    assert_array_equal(found.coefficients, 0)
    assert np.isnan(found.lags).all()


def test_a_waveform_is_found_in_the_whole_of_a_longer_one():
    long = np.concatenate([NOISE[0], NOISE[1]])
    found = correlate(PAIR, [station_of([long[35:300], long])], max_shift=0.5, threshold=0.9)
    assert_allclose(found.coefficients, 1, atol=1e-5)
    assert_allclose(found.lags, 0.35, atol=5e-5)


def test_a_maximum_at_the_largest_shift_has_no_lag():
    made = pulse(1000, 5.0, low=2, high=3)
    found = correlate(PAIR, [station_of([made(0), made(0.1)])], max_shift=0.05, threshold=0.5)
    assert np.isnan(found.lags).all()
    assert 0.5 < found.coefficients[0, 0] < 0.99


def test_channels_are_moved_together_and_count_the_same():
    first, second = pulse(1000, 5.0, seed=1), pulse(1000, 5.0, seed=2)
    channels = [[first(0), first(0.1)], [1e6 * second(0), 1e6 * second(0.1)]]
    together = correlate(PAIR, [station_of(*channels)], max_shift=0.5, threshold=0.9)
    assert_allclose(together.lags, 0.1, atol=1e-5)
    assert_allclose(together.coefficients, 1, atol=1e-5)
    other = [[first(0), first(0.1)], [1e6 * second(0), band_limited(1000, 5)]]
    values = coefficients_of([[np.float32(w) for w in each] for each in other], 50)
    found = correlate(PAIR, [station_of(*other)], max_shift=0.5, threshold=UNREFINED)
    assert_allclose(found.coefficients[0, 0], parabola(values)[1], atol=1e-5)


def test_a_channel_that_one_event_does_not_have_is_left_out():
    first = pulse(1000, 5.0, seed=1)
    station = station_of([first(0), first(0.1), None], [NOISE[0], None, NOISE[0]])
    found = correlate(all_pairs(3), [station], max_shift=0.5, threshold=0.9)
    assert_allclose(found.coefficients[[0, 1], 0], 1, atol=1e-5)
    assert_allclose(found.lags[[0, 1], 0], [0.1, 0], atol=1e-5)
    assert np.isnan(found.coefficients[2, 0]) and np.isnan(found.lags[2, 0])


def test_stations_have_lags_and_rates_of_their_own():
    slow, fast = pulse(1000, 5.0, seed=1), pulse(4000, 5.0, seed=2, rate=200.0)
    stations = [
        station_of([slow(0), slow(0.1), None], name="A"),
        station_of([fast(0), fast(-0.2137), fast(0)], name="B", rate=200.0),
    ]
    found = correlate(all_pairs(3), stations, max_shift=0.5, threshold=0.9)
    assert_allclose(found.lags[0], [0.1, -0.2137], atol=2e-5)
    assert_array_equal(found.n_stations, [2, 1, 1])
    assert_array_equal(np.isnan(found.means(2)), [False, True, True])
    assert_allclose(found.means(), 1, atol=1e-4)


def test_the_mean_is_over_the_stations_that_have_both():
    stations = [
        station_of([NOISE[0], NOISE[1]], name="A"),
        station_of([NOISE[0], NOISE[0]], name="B"),
        station_of([NOISE[0], None], name="C"),
    ]
    found = correlate(PAIR, stations, max_shift=0.1, threshold=UNREFINED)
    assert_allclose(found.means(2)[0], found.coefficients[0, :2].mean())
    assert np.isnan(found.means(3)[0])


def varied_station():
    lengths = np.random.default_rng(2).integers(200, 400, 40)
    waveforms = [band_limited(400, n % 9)[:length] for n, length in enumerate(lengths)]
    return station_of(waveforms, [None if n % 7 == 3 else w for n, w in enumerate(waveforms)])


def test_a_pair_does_not_depend_on_blocks_threads_or_other_pairs():
    station, pairs = varied_station(), all_pairs(40)
    whole = correlate(pairs, [station], max_shift=0.3, threshold=0.5)
    small = correlate(pairs, [station], max_shift=0.3, threshold=0.5, megabytes=0.05)
    n_threads = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        one_thread = correlate(pairs, [station], max_shift=0.3, threshold=0.5)
    finally:
        numba.set_num_threads(n_threads)
    chosen = np.sort(np.random.default_rng(0).permutation(len(pairs))[:37])
    some = correlate(pairs[chosen], [station], max_shift=0.3, threshold=0.5)
    for part in range(2):
        assert_array_equal(small[part], whole[part])
        assert_array_equal(one_thread[part], whole[part])
        assert_array_equal(some[part], whole[part][chosen])


def test_blocks_are_of_all_pairs_in_their_order_and_small_ones_read_few_events():
    station, pairs = varied_station(), all_pairs(40)
    most_read = []

    class Counting:
        def __init__(self, frames):
            self.offsets, self.n_events, self._frames = frames.offsets, frames.n_events, frames

        def read(self, events):
            most_read.append(len(events))
            return self._frames.read(events)

    channels = [
        Channel(Counting(each.waveforms), each.places, each.sampling_rate)
        for each in station.channels
    ]
    blocks = list(
        correlate_blocks(
            pairs,
            [Station("A", tuple(channels))],
            max_shift=0.3,
            threshold=0.5,
            megabytes=0.05,
        )
    )
    assert [rows.start for rows, _ in blocks[1:]] == [rows.stop for rows, _ in blocks[:-1]]
    assert blocks[0][0].start == 0 and blocks[-1][0].stop == len(pairs)
    assert len(blocks) > 3 and max(most_read) < 15


def test_waveforms_are_read_from_a_store(tmp_path):
    with write_events(tmp_path / "waveforms.h5", "waveforms", settings={}, inputs={}) as store:
        for number in range(6):
            store.append([f"e{number}"], [400], NOISE[number].astype(np.float32))
    places = np.array([3, -1, 5, 0, 1])
    in_memory = channel_of(NOISE[:6], places)
    with FrameStore(tmp_path / "waveforms.h5", "waveforms") as waveforms:
        found, expected = (
            correlate(all_pairs(5), [Station("A", (each,))], max_shift=0.3, threshold=0.5)
            for each in (Channel(waveforms, places, RATE), in_memory)
        )
    for part in range(2):
        assert_array_equal(found[part], expected[part])
    assert np.isnan(found.coefficients[0]) and np.isfinite(found.coefficients[1])


def test_no_pairs_have_no_correlations():
    found = correlate(
        np.empty((0, 2), np.int64), [station_of(NOISE[:2])], max_shift=0.3, threshold=0.9
    )
    assert found.coefficients.shape == (0, 1)
    assert len(found.means()) == 0


@pytest.mark.parametrize(
    ("pairs", "max_shift", "message"),
    [
        ([[0, 5]], 0.3, "pairs are of events 0 to 5, expected 0 to 2"),
        ([[-1, 1]], 0.3, "pairs are of events -1 to 1, expected 0 to 2"),
        ([[1, 2], [0, 1]], 0.3, "pairs are not sorted by their first event"),
        ([[0.0, 1.0]], 0.3, "expected two whole numbers each"),
        ([[0, 1, 2]], 0.3, r"pairs have shape \(1, 3\)"),
        ([[0, 1]], 0.005, "max_shift is 0.005 s, expected a sample or more: 0.01 s at station STA"),
        ([[0, 1]], float("nan"), "max_shift is nan s"),
    ],
)
def test_bad_input_is_named(pairs, max_shift, message):
    with pytest.raises(ValueError, match=message):
        correlate(np.array(pairs), [station_of(NOISE[:3])], max_shift=max_shift, threshold=0.9)


def test_bad_stations_are_named():
    two, three = channel_of(NOISE[:2]), channel_of(NOISE[:3])
    with pytest.raises(ValueError, match="have sampling rates of 50, 100 Hz, expected one"):
        Station("A", (two, channel_of(NOISE[:2], rate=50.0)))
    with pytest.raises(ValueError, match="of catalogs of 2, 3 events"):
        Station("A", (two, three))
    with pytest.raises(ValueError, match="station A has no channel"):
        Station("A", ())
    with pytest.raises(ValueError, match="sampling_rate is 0"):
        channel_of(NOISE[:2], rate=0)
    with pytest.raises(ValueError, match="places go from 0 to 2, expected -1 to 1"):
        channel_of(NOISE[:2], places=[0, 1, 2])
    with pytest.raises(ValueError, match="A of 2, B of 3"):
        correlate(
            PAIR,
            [Station("A", (two,)), Station("B", (three,))],
            max_shift=0.3,
            threshold=0.9,
        )
    with pytest.raises(ValueError, match="there is no station"):
        correlate(PAIR, [], max_shift=0.3, threshold=0.9)

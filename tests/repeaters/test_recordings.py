"""The channels of a station begin together, or are left out where they do not."""

import numpy as np
import pytest
from helpers.repeaters import all_pairs, band_limited, channel_of, pulse
from numpy.testing import assert_allclose, assert_array_equal

from specufex_pipe.repeaters.correlation import correlate
from specufex_pipe.repeaters.recordings import station_in_step

NOISE = band_limited(400, 0)
NAN = float("nan")


def two_channels(second, third=(NOISE,) * 5):
    return [channel_of([NOISE, NOISE, NOISE, NOISE, None]), channel_of(second), channel_of(third)]


def test_channels_that_are_always_as_late_are_kept():
    channels = two_channels([NOISE] * 5)
    first_samples = np.array([[0.1, 0.2, 0.3, 0.4, NAN], [0.1, 0.2, 0.3, 0.4, 0.5]])
    # 3 ms are a third of a sample.
    first_samples = np.vstack([first_samples, first_samples[1] + 0.003])
    station, begins = station_in_step("A", channels, first_samples)
    for kept, channel in zip(station.channels, channels, strict=True):
        assert_array_equal(kept.places, channel.places)
    assert_allclose(begins, [0.1, 0.2, 0.3, 0.4, 0.5])


def test_a_channel_that_begins_a_sample_later_in_one_event_is_left_out_there():
    channels = two_channels([NOISE, NOISE, NOISE, NOISE, None])
    first_samples = np.array(
        [
            [0.1, 0.2, 0.3, 0.4, NAN],
            [0.1, 0.2, 0.31, 0.4, NAN],
            [0.1035, 0.2035, 0.3035, 0.4035, 0.5035],
        ]
    )
    station, begins = station_in_step("A", channels, first_samples)
    assert_array_equal(station.channels[1].places, [0, 1, -1, 3, -1])
    assert_array_equal(station.channels[2].places, range(5))
    assert_allclose(begins, [0.1, 0.2, 0.3, 0.4, 0.5])


def test_what_a_channel_does_not_have_begins_at_no_time():
    channels = [channel_of([NOISE, None]), channel_of([NOISE, None])]
    station, begins = station_in_step("A", channels, np.array([[0.1, 7.0], [0.1, 8.0]]))
    assert_array_equal(begins, [0.1, NAN])
    assert_array_equal(station.channels[1].places, [0, -1])


def test_lags_do_not_suffer_from_a_channel_that_is_out_of_step():
    first, second = pulse(1000, 5.0, seed=1), pulse(1000, 5.0, seed=2)
    onsets = np.array([0.0, 0.1, -0.05])
    channels = [
        channel_of([first(onset) for onset in onsets]),
        # In the last event the window begins a sample later.
        channel_of([second(onset) for onset in onsets - [0, 0, 0.01]]),
    ]
    station, _ = station_in_step("A", channels, np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 0.01]]))
    pairs = all_pairs(3)
    found = correlate(pairs, [station], max_shift=0.5, threshold=0.9)
    assert_allclose(found.lags[:, 0], onsets[pairs[:, 1]] - onsets[pairs[:, 0]], atol=2e-5)
    assert_allclose(found.coefficients, 1, atol=1e-4)


def test_times_of_other_channels_are_named():
    with pytest.raises(ValueError, match=r"station A have shape \(1, 5\), expected \(3, 5\)"):
        station_in_step("A", two_channels([NOISE] * 5), np.zeros((1, 5)))

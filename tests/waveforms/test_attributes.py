"""Attributes of synthetic signals have the values that follow from their formulas."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.signal import chirp
from scipy.stats import kurtosis

from specufex_pipe.waveforms.attributes import ATTRIBUTES, measure

RATE = 100.0
TIMES = np.arange(2000) / RATE
TONE = 3 * np.sin(2 * np.pi * 5 * TIMES)
IMPULSE = np.zeros(2000)
IMPULSE[700] = 4.0
DECAY_TIME = 1.5
# Begins at 5 s.
DECAY = np.where(TIMES >= 5, np.exp(-(TIMES - 5) / DECAY_TIME), 0)
NOISE = np.random.default_rng(0).normal(0, 2, 200_000)
ONCE = {"rms_amplitude", "peak_amplitude"}
TWICE = {"energy"}


def of(samples, onset=5.0, rate=RATE, **bands):
    return measure(np.asarray(samples), rate, onset=onset, **bands)


def test_each_attribute_is_measured_in_order():
    assert list(of(TONE)) == [attribute.name for attribute in ATTRIBUTES]


def test_units_are_those_of_the_samples():
    units = {attribute.name: attribute.unit_for("m/s") for attribute in ATTRIBUTES}
    assert units["peak_amplitude"] == units["rms_amplitude"] == "m/s"
    assert units["energy"] == "(m/s)^2 s"
    assert units["bandwidth"] == "Hz"
    assert ATTRIBUTES[3].unit_for("counts") == "counts^2 s"


def test_attributes_with_logarithms_are_above_zero_and_those_that_are_logarithms_have_none():
    noise = np.random.default_rng(0).normal(size=2000)
    found = {attribute.name: attribute.is_logarithmic for attribute in ATTRIBUTES}
    assert all(value > 0 for name, value in of(noise).items() if found[name])
    assert not any(found[name] for name in ("signal_to_noise", "frequency_index"))


@pytest.mark.parametrize(("name", "expected"), [
    ("significant_duration", 0.9 * 20), ("peak_amplitude", 3), ("rms_amplitude", 3 / math.sqrt(2)),
    ("energy", 9 / 2 * 20), ("signal_to_noise", 0), ("dominant_frequency", 5),
    ("centroid_frequency", 5), ("bandwidth", 0), ("spectral_entropy", 0), ("kurtosis", 1.5),
])  # fmt: skip
def test_a_tone(name, expected):
    assert of(TONE)[name] == pytest.approx(expected, rel=0.01, abs=1e-6)


@pytest.mark.parametrize(("name", "expected"), [
    ("significant_duration", 0.9 * 2000), ("rms_amplitude", 2), ("energy", 4 * 2000),
    ("signal_to_noise", 0), ("centroid_frequency", 25), ("bandwidth", 50 / math.sqrt(12)),
    ("frequency_index", 0), ("kurtosis", 3),
    # The power of a frequency is exponential: its mean of -p log p is less by 1 - Euler's constant.
    ("spectral_entropy", 1 - (1 - np.euler_gamma) / math.log(100_000)),
])  # fmt: skip
def test_white_noise(name, expected):
    assert of(NOISE, onset=1000)[name] == pytest.approx(expected, rel=0.03, abs=0.05)


@pytest.mark.parametrize(("name", "expected"), [
    ("significant_duration", 0), ("peak_amplitude", 4), ("energy", 16 / RATE),
    ("centroid_frequency", 25), ("bandwidth", 50 / math.sqrt(12)), ("frequency_index", 0),
    ("spectral_entropy", 1), ("kurtosis", 2000),
    # The envelope falls as 2 / pi n at odd samples, and is a tenth of the peak at the fifth.
    ("rise_time", 5 / RATE),
])  # fmt: skip
def test_an_impulse(name, expected):
    assert of(IMPULSE)[name] == pytest.approx(expected, rel=0.01, abs=1e-9)


def test_energy_and_duration_of_an_exponential_decay():
    found = of(DECAY)
    # The energy left after t is exp(-2 t / T).
    assert found["energy"] == pytest.approx(DECAY_TIME / 2, rel=0.01)
    duration = DECAY_TIME / 2 * math.log(0.95 / 0.05)
    assert found["significant_duration"] == pytest.approx(duration, abs=2 / RATE)


def test_two_tones_of_one_amplitude():
    found = of(np.sin(2 * np.pi * 10 * TIMES) + np.sin(2 * np.pi * 20 * TIMES))
    assert found["centroid_frequency"] == pytest.approx(15)
    assert found["bandwidth"] == pytest.approx(5)
    assert found["spectral_entropy"] == pytest.approx(math.log(2) / math.log(1000))


def test_a_chirp_has_the_spectrum_of_its_range():
    found = of(chirp(TIMES, 10, 20, 30))
    assert found["centroid_frequency"] == pytest.approx(20, rel=0.02)
    assert found["bandwidth"] == pytest.approx(20 / math.sqrt(12), rel=0.05)


@pytest.mark.parametrize("ratio", [0.01, 1, 100])
def test_frequency_index_is_the_logarithm_of_the_ratio_of_mean_amplitudes(ratio):
    tones = np.sin(2 * np.pi * 1.5 * TIMES) + ratio * np.sin(2 * np.pi * 15 * TIMES)
    bands = {"low_band": (1, 2), "high_band": (10, 20)}
    # Of 21 and of 201 frequencies, 0.05 Hz apart, one in each.
    expected = math.log10(ratio * 21 / 201)
    assert of(tones, **bands)["frequency_index"] == pytest.approx(expected)


@pytest.mark.parametrize("decibels", [-20, 0, 13])
def test_signal_to_noise_is_the_gain_at_the_onset(decibels):
    samples = np.where(TIMES < 5, 1, 10 ** (decibels / 20)) * np.sign(TONE)
    assert of(samples)["signal_to_noise"] == pytest.approx(decibels, abs=0.1)


@pytest.mark.parametrize("rise", [0.5, 2.0])
def test_rise_time_of_a_linear_ramp(rise):
    envelope = np.interp(TIMES, [5, 5 + rise, 6 + rise], [0, 1, 0])
    found = of(envelope * np.sin(2 * np.pi * 20 * TIMES))
    assert found["rise_time"] == pytest.approx(0.9 * rise, abs=0.05)


def test_what_comes_before_the_onset_has_no_part_in_the_rise():
    before = np.where(TIMES < 4, 10, 0) * np.sin(2 * np.pi * 20 * TIMES)
    event = np.interp(TIMES, [5, 6, 7], [0, 1, 0]) * np.sin(2 * np.pi * 20 * TIMES)
    assert of(before + event)["rise_time"] == pytest.approx(0.9, abs=0.05)


@given(st.integers(1, 400), st.floats(-2, 6))
def test_kurtosis_is_pearsons(n_samples, onset):
    samples = np.random.default_rng(n_samples).gamma(1, 1, n_samples)
    expected = kurtosis(samples, fisher=False) if n_samples > 1 else math.nan
    assert of(samples, onset)["kurtosis"] == pytest.approx(expected, nan_ok=True)


@given(scale=st.floats(1e-12, 1e12), sign=st.sampled_from([-1, 1]))
def test_units_scale_amplitudes_and_energy_and_nothing_else(scale, sign):
    samples = DECAY * TONE + 0.1 * NOISE[:2000]
    one, other = of(samples), of(sign * scale * samples)
    for name, value in one.items():
        factor = scale if name in ONCE else scale**2 if name in TWICE else 1
        assert other[name] == pytest.approx(factor * value, rel=1e-6, abs=1e-9)


@given(
    samples=arrays(
        np.float32, st.integers(1, 60),
        elements=st.floats(width=32, allow_nan=False, allow_infinity=False),
    ),
    onset=st.floats(-1, 2),
    rate=st.floats(1, 1000),
)  # fmt: skip
def test_whatever_the_samples_values_are_in_range_or_missing(samples, onset, rate):
    found = of(samples, onset, rate)
    assert not np.isinf(list(found.values())).any()
    length = len(samples) / rate
    ends = {
        "significant_duration": length, "rise_time": length, "spectral_entropy": 1 + 1e-9,
        "dominant_frequency": rate / 2, "centroid_frequency": rate / 2, "bandwidth": rate / 4,
        "kurtosis": len(samples) + 1e-6,
    }  # fmt: skip
    for name, end in ends.items():
        assert math.isnan(found[name]) or 0 <= found[name] <= end * (1 + 1e-9)
    assert found["rms_amplitude"] <= found["peak_amplitude"] * (1 + 1e-9)


@pytest.mark.parametrize("samples", [np.zeros(2000), np.full(2000, 7.3), np.zeros(1), np.ones(2)])
def test_what_a_constant_does_not_have_is_missing(samples):
    found = of(samples)
    for name in ("dominant_frequency", "centroid_frequency", "bandwidth", "frequency_index",
                 "spectral_entropy", "kurtosis", "rise_time"):  # fmt: skip
        assert math.isnan(found[name])
    assert found["peak_amplitude"] == np.abs(samples).max()


@pytest.mark.parametrize("onset", [0.0, -3.0, 20.0, 1e6])
def test_there_is_no_signal_to_noise_without_both(onset):
    assert math.isnan(of(TONE, onset)["signal_to_noise"])


@pytest.mark.parametrize("bands", [
    {"high_band": (40, 60)}, {"low_band": (1.001, 1.002)}, {"low_band": (60, 70)},
])  # fmt: skip
def test_a_band_without_frequencies_has_no_index(bands):
    assert math.isnan(of(NOISE[:2000], **bands)["frequency_index"])


def test_an_onset_between_samples_by_rounding_is_at_the_sample():
    samples = np.where(np.arange(2000) < 300, 1.0, 10.0)
    # 0.1 * 3 is more than 0.3.
    assert of(samples, onset=0.1 * 3 * 10)["signal_to_noise"] == pytest.approx(20)

"""Spectrograms have the right power at the right place."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import spectrogram

from specufex_pipe import BayesianNMF
from specufex_pipe.rejections import RejectedEvent
from specufex_pipe.spectrograms import SpectrogramMaker, make_spectrograms

BAND = {"fmin": 1, "fmax": 25}


@given(
    n_window=st.integers(4, 300),
    overlap=st.floats(0, 0.95),
    zero_padding=st.floats(1, 3),
    n_samples=st.integers(300, 2000),
)
def test_power_and_times_equal_scipys_older_function(n_window, overlap, zero_padding, n_samples):
    samples = np.random.default_rng(0).normal(size=n_samples)
    maker = SpectrogramMaker(
        100, fmin=0, fmax=50, window=n_window / 100, overlap=overlap, zero_padding=zero_padding
    )
    n_overlap = n_window - max(1, round(n_window * (1 - overlap)))
    frequencies, times, expected = spectrogram(
        samples, 100, "hann", n_window, n_overlap, round(n_window * zero_padding), detrend=False
    )
    found = maker.power(samples)
    np.testing.assert_allclose(maker.frequencies, frequencies)
    assert len(found) == len(times)
    at = maker.first_frame + maker.frame_interval * np.arange(len(found))
    np.testing.assert_allclose(at, times)
    # The older one counts positive and negative frequencies together.
    np.testing.assert_allclose(2 * found[:, 1:-1], expected[1:-1].T, rtol=1e-7, atol=1e-12)


def test_a_tone_stands_at_its_frequency():
    maker = SpectrogramMaker(100, **BAND)
    tone = np.sin(2 * np.pi * 12.5 * np.arange(2000) / 100)
    noise = np.random.default_rng(0).normal(0, 1e-3, 2000)
    peaks = maker.frequencies[maker.spectrogram(tone + noise).argmax(axis=1)]
    np.testing.assert_allclose(peaks, 12.5, atol=0.2)


def test_band_limits_are_kept():
    frequencies = SpectrogramMaker(100, fmin=3, fmax=20).frequencies
    assert frequencies[0] >= 3
    assert frequencies[-1] <= 20


def test_loudness_does_not_matter():
    maker = SpectrogramMaker(100, **BAND)
    samples = np.random.default_rng(1).normal(size=2000)
    loud, quiet = maker.spectrogram(1e6 * samples), maker.spectrogram(1e-6 * samples)
    np.testing.assert_allclose(loud, quiet, atol=1e-3)


def test_half_of_a_spectrogram_is_background():
    frames = SpectrogramMaker(100, **BAND).spectrogram(np.random.default_rng(2).normal(size=2000))
    assert (frames >= 0).all()
    assert (frames == 0).mean() == pytest.approx(0.5, abs=0.01)


def test_silence_and_short_traces_are_rejected():
    maker = SpectrogramMaker(100, **BAND)
    mostly_silent = np.zeros(2000)
    mostly_silent[1000:1010] = 1
    with pytest.raises(RejectedEvent, match="no background: the median of the spectrogram is 0"):
        maker.spectrogram(mostly_silent)
    with pytest.raises(RejectedEvent, match="too short: 100 samples"):
        maker.spectrogram(np.ones(100))


def test_a_band_without_frequencies_is_refused():
    with pytest.raises(ValueError, match="no frequency lies between"):
        SpectrogramMaker(100, fmin=10.5, fmax=11.0, window=0.5, zero_padding=1)


def test_spectrograms_are_as_fit_takes_them():
    rng = np.random.default_rng(0)
    waveforms = [rng.normal(size=n) for n in (1000, 1500)]
    found = make_spectrograms(waveforms, 100, **BAND)
    maker = SpectrogramMaker(100, **BAND)
    for spectrogram_of_event, waveform in zip(found, waveforms, strict=True):
        np.testing.assert_array_equal(spectrogram_of_event, maker.spectrogram(waveform).T)
    model = BayesianNMF(2, max_iter=2).fit(found)
    assert model.n_features_in_ == len(maker.frequencies)


@pytest.mark.parametrize(("waveform", "message"), [
    (np.zeros((3, 1000)), r"waveform 1 has shape \(3, 1000\), expected finite samples"),
    (np.full(1000, np.nan), "waveform 1 has shape"),
    (np.ones(10), "waveform 1: too short: 10 samples"),
    (np.zeros(1000), "waveform 1: no background"),
])  # fmt: skip
def test_a_waveform_of_which_no_spectrogram_can_be_made_is_named(waveform, message):
    good = np.random.default_rng(0).normal(size=1000)
    with pytest.raises(ValueError, match=message):
        make_spectrograms([good, waveform], 100, **BAND)

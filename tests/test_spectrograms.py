"""Spectrograms have the right power at the right place."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import ShortTimeFFT, get_window, spectrogram

from specufex_pipe import BayesianNMF
from specufex_pipe.rejections import RejectedEvent
from specufex_pipe.spectrograms import SpectrogramMaker, make_spectrograms

BAND = {"fmin": 1, "fmax": 25}
SHAPES = ["hann", "hamming", "blackman", "boxcar"]
ONSET = 5.0


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


@given(
    n_window=st.integers(4, 301),
    shape=st.sampled_from(SHAPES),
    overlap=st.floats(0, 0.95),
    zero_padding=st.floats(1, 3),
    rate=st.sampled_from([20.0, 99.9999, 100.0, 250.0]),
    n_samples=st.integers(301, 2000),
)
def test_power_and_amplitude_equal_scipys_short_time_fft(
    n_window, shape, overlap, zero_padding, rate, n_samples
):
    samples = np.random.default_rng(n_samples).normal(size=n_samples)
    options = {
        "fmin": 0, "fmax": rate, "window": n_window / rate, "window_shape": shape,
        "overlap": overlap, "zero_padding": zero_padding,
    }  # fmt: skip
    maker = SpectrogramMaker(rate, scale="power", **options)
    hop, n_transform = max(1, round(n_window * (1 - overlap))), round(n_window * zero_padding)
    scipys = ShortTimeFFT(get_window(shape, n_window), hop, rate, mfft=n_transform, scale_to="psd")
    # Its slice p begins half a window before sample p * hop, and it pads at the ends.
    n_pad = -(n_window // 2) % hop
    found = maker.power(samples)
    first = (n_pad + n_window // 2) // hop
    padded = np.concatenate([np.zeros(n_pad), samples])
    expected = scipys.spectrogram(padded, p0=first, p1=first + len(found)).T
    np.testing.assert_allclose(maker.frequencies, scipys.f)
    rounding = 1e-12 * expected.max()
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=rounding)
    np.testing.assert_allclose(maker.spectrogram(samples), expected, rtol=1e-6, atol=rounding)
    amplitude = SpectrogramMaker(rate, scale="amplitude", **options).spectrogram(samples)
    np.testing.assert_allclose(amplitude, np.sqrt(expected), rtol=1e-6, atol=rounding**0.5)


@given(
    n_window=st.integers(4, 301),
    shape=st.sampled_from(SHAPES),
    zero_padding=st.floats(1, 3),
    n_samples=st.integers(301, 2000),
)
def test_power_over_all_frequencies_is_the_mean_square_under_the_window(
    n_window, shape, zero_padding, n_samples
):
    samples = np.random.default_rng(n_samples).normal(3, 2, size=n_samples)
    maker = SpectrogramMaker(
        100, fmin=0, fmax=50, window=n_window / 100, window_shape=shape, overlap=0,
        zero_padding=zero_padding,
    )  # fmt: skip
    weights = get_window(shape, n_window) ** 2
    frames = samples[: n_samples // n_window * n_window].reshape(-1, n_window)
    n_transform = round(n_window * zero_padding)
    # Power at negative frequencies is that at positive ones; 0 and Nyquist have no other.
    twice = np.where(2 * np.arange(n_transform // 2 + 1) % n_transform == 0, 1, 2)
    found = maker.power(samples) @ twice * 100 / n_transform
    np.testing.assert_allclose(found, frames**2 @ weights / weights.sum())


@pytest.mark.parametrize("n_samples", [129, 1000, 2001])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_tone_has_its_power_at_its_frequency(shape, n_samples):
    amplitude, frequency = 3.0, 12.5
    maker = SpectrogramMaker(100, fmin=0, fmax=50, window_shape=shape, scale="power")
    tone = amplitude * np.sin(2 * np.pi * frequency * np.arange(n_samples) / 100)
    power = maker.spectrogram(tone)
    assert (maker.frequencies[power.argmax(axis=1)] == 12.5).all()
    # Half of it is at the negative frequency.
    np.testing.assert_allclose(power.sum(axis=1) * 100 / 256, amplitude**2 / 4, rtol=1e-2)
    window = get_window(shape, 128)
    peak = amplitude**2 / 4 * window.sum() ** 2 / (100 * (window**2).sum())
    np.testing.assert_allclose(power.max(axis=1), peak, rtol=1e-2)
    square_root = SpectrogramMaker(100, fmin=0, fmax=50, window_shape=shape, scale="amplitude")
    np.testing.assert_allclose(square_root.spectrogram(tone).max(axis=1), peak**0.5, rtol=1e-2)


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


@given(gain=st.floats(2, 1e4), seed=st.integers(0, 99))
def test_decibels_above_the_noise_are_the_gain_at_the_onset(gain, seed):
    noise = np.random.default_rng(seed).normal(size=500)
    # What follows is the noise again, louder, so that each of its frames is one of the noise.
    samples = np.concatenate([noise, gain * noise])
    maker = SpectrogramMaker(100, **BAND, scale="noise", window=1.0, overlap=0)
    found = maker.spectrogram(samples, ONSET)
    power = maker.power(noise)
    noise_level = np.median(power, axis=0)
    assert np.median(found[:5], axis=0).max() < 1e-4
    expected = np.maximum(10 * np.log10(gain**2 * power / noise_level), 0)
    np.testing.assert_allclose(found[5:], expected, atol=1e-3)


def test_noise_is_that_of_each_frequency():
    rng = np.random.default_rng(0)
    tone = 100 * np.sin(2 * np.pi * 10 * np.arange(2000) / 100)
    samples = rng.normal(size=2000) + tone
    maker = SpectrogramMaker(100, **BAND, scale="noise")
    # A hum that was there before does not stand out.
    hum = maker.frequencies == 10.15625
    assert maker.spectrogram(samples, ONSET)[:, hum].max() < 3
    assert SpectrogramMaker(100, **BAND).spectrogram(samples)[:, hum].min() > 20


@pytest.mark.parametrize("onset", [4.99, 5.0, 5.001, 5.2])
def test_only_frames_that_end_before_the_onset_are_noise(onset):
    rng = np.random.default_rng(0)
    samples = rng.normal(size=2000)
    first = int(np.floor(onset * 100 + 1e-3))
    loud = samples.copy()
    loud[first:] *= 1e6
    maker = SpectrogramMaker(100, **BAND, scale="noise")
    n_before = (first - 128) // 32 + 1
    np.testing.assert_array_equal(
        maker.spectrogram(loud, onset)[:n_before], maker.spectrogram(samples, onset)[:n_before]
    )
    background = np.median(maker.power(samples)[:n_before], axis=0)
    expected = 10 * np.log10(np.maximum(maker.power(samples) / background, 1))
    np.testing.assert_allclose(maker.spectrogram(samples, onset), expected, rtol=1e-5)


@pytest.mark.parametrize(("onset", "message"), [
    (1.91, "2 frames end before the onset, 1.91 s after the start .* has to last 1.92 s"),
    (1.3, "1 frame ends before"), (0.0, "0 frames end before"), (-9.0, "0 frames end before"),
    (None, "onset is not known"), (np.nan, "onset is not known"),
])  # fmt: skip
def test_an_event_without_noise_before_it_is_rejected(onset, message):
    samples = np.random.default_rng(0).normal(size=2000)
    maker = SpectrogramMaker(100, **BAND, scale="noise")
    with pytest.raises(RejectedEvent, match=f"no background: .*{message}"):
        maker.spectrogram(samples, onset)
    assert maker.spectrogram(samples, 1.92).shape == maker.spectrogram(samples, 99.0).shape


def test_silence_before_the_onset_is_no_noise():
    samples = np.random.default_rng(0).normal(size=2000)
    samples[:500] = 0
    maker = SpectrogramMaker(100, **BAND, scale="noise")
    with pytest.raises(RejectedEvent, match=r"no noise before the onset at 1\.172"):
        maker.spectrogram(samples, ONSET)


@pytest.mark.parametrize("scale", ["power", "amplitude"])
def test_power_keeps_loudness_and_silence_is_zero(scale):
    maker = SpectrogramMaker(100, **BAND, scale=scale)
    samples = np.random.default_rng(0).normal(size=2000)
    factor = 7**2 if scale == "power" else 7
    one, other = maker.spectrogram(samples), maker.spectrogram(7 * samples)
    np.testing.assert_allclose(other, factor * one, rtol=1e-5)
    assert (maker.spectrogram(np.zeros(2000)) == 0).all()


def test_power_that_single_precision_cannot_hold_is_rejected():
    maker = SpectrogramMaker(100, **BAND, scale="power")
    with pytest.raises(RejectedEvent, match="too large for single precision"):
        maker.spectrogram(np.random.default_rng(0).normal(0, 1e25, 2000))


@pytest.mark.parametrize(("scale", "of_counts", "of_velocity"), [
    ("median", "dB", "dB"), ("noise", "dB", "dB"), ("power", "counts^2/Hz", "(m/s)^2/Hz"),
    ("amplitude", "counts/sqrt(Hz)", "(m/s)/sqrt(Hz)"),
])  # fmt: skip
def test_units_follow_from_that_of_the_samples(scale, of_counts, of_velocity):
    maker = SpectrogramMaker(100, **BAND, scale=scale)
    assert maker.unit("counts") == of_counts
    assert maker.unit("m/s") == of_velocity


LOGARITHMIC = {"frequency_axis": "logarithmic", "scale": "power"}


@given(
    fmin=st.floats(3, 10), octaves=st.floats(0.5, 2.3), bands=st.integers(1, 3),
    n_samples=st.integers(300, 2000),
)  # fmt: skip
def test_bands_keep_the_power_between_fmin_and_fmax(fmin, octaves, bands, n_samples):
    fmax = fmin * 2**octaves
    samples = np.random.default_rng(n_samples).normal(size=n_samples)
    maker = SpectrogramMaker(100, fmin=fmin, fmax=fmax, bands_per_octave=bands, **LOGARITHMIC)
    n_bands = len(maker.frequencies)
    # Halfway between two numbers, either is the nearest.
    assert n_bands == 1 or abs(n_bands - bands * octaves) <= 0.5 + 1e-9
    edges = np.geomspace(fmin, fmax, n_bands + 1)
    np.testing.assert_allclose(maker.frequencies, np.sqrt(edges[1:] * edges[:-1]))
    linear = SpectrogramMaker(100, fmin=0, fmax=50, scale="power")
    spacing = linear.frequencies[1]
    # The power below a frequency, each of the transform standing for an interval around it.
    ends = np.concatenate([[-spacing / 2], linear.frequencies + spacing / 2])
    for of_bands, power in zip(maker.power(samples), linear.power(samples), strict=True):
        below = np.interp(edges, ends, np.concatenate([[0], np.cumsum(power) * spacing]))
        np.testing.assert_allclose(of_bands * np.diff(edges), np.diff(below), rtol=1e-6)


@pytest.mark.parametrize("frequency", [3.0, 6.0, 13.0, 31.0])
def test_a_tone_stands_in_its_band(frequency):
    maker = SpectrogramMaker(100, fmin=2, fmax=45, **LOGARITHMIC)
    tone = 3 * np.sin(2 * np.pi * frequency * np.arange(2000) / 100)
    power = maker.spectrogram(tone)
    edges = np.geomspace(2, 45, len(maker.frequencies) + 1)
    band = np.searchsorted(edges, frequency) - 1
    near = slice(max(band - 1, 0), band + 2)
    widths = np.diff(edges)[near]
    np.testing.assert_allclose(power[:, near] @ widths, 9 / 4, rtol=0.02)
    assert (np.abs(power.argmax(axis=1) - band) <= 1).all()


def test_white_noise_is_level_on_both_axes():
    samples = np.random.default_rng(0).normal(0, 2, 100_000)
    for axis in ("linear", "logarithmic"):
        maker = SpectrogramMaker(100, fmin=2, fmax=45, scale="power", frequency_axis=axis)
        np.testing.assert_allclose(maker.power(samples).mean(axis=0), 4 / 100, rtol=0.12)


@pytest.mark.parametrize(("changes", "message"), [
    ({"bands_per_octave": 12}, "is 12: the band at 2 Hz is 0.119 Hz wide, narrower than the 0.391"),
    ({"fmin": 0}, "fmin is 0 Hz, expected more than 0 for a logarithmic axis"),
])  # fmt: skip
def test_bands_that_cannot_be_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        SpectrogramMaker(100, **{"fmin": 2, "fmax": 45, **LOGARITHMIC} | changes)


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


def test_onsets_are_those_of_the_waveforms():
    waveforms = [np.random.default_rng(seed).normal(size=1000 + seed) for seed in range(3)]
    options = BAND | {"scale": "noise"}
    found = make_spectrograms(waveforms, 100, onsets=[3, 4, 5], **options)
    maker = SpectrogramMaker(100, **options)
    for number, waveform in enumerate(waveforms):
        expected = maker.spectrogram(waveform, 3.0 + number).T
        np.testing.assert_array_equal(found[number], expected)
    with pytest.raises(ValueError, match="2 onsets for 3 waveforms"):
        make_spectrograms(waveforms, 100, onsets=[3, 4], **options)
    with pytest.raises(ValueError, match="waveform 0: no background: its onset is not known"):
        make_spectrograms(waveforms, 100, **options)


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

"""Spectrograms are drawn where their frequencies are, and say what their values are."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from specufex_pipe.plotting.drawing import draw_components, draw_spectrogram
from specufex_pipe.plotting.views import Clock, Level

CLOCK = Clock(before=1.0, sampling_rate=100.0, first_frame=0.5, frame_interval=0.25)
EDGES = np.geomspace(5, 40, 10)
BANDS = np.sqrt(EDGES[1:] * EDGES[:-1])


def labels_of(axes):
    axes.figure.canvas.draw()
    lowest, highest = sorted(axes.get_ylim())
    return {
        label.get_text(): position
        for position, label in zip(axes.get_yticks(), axes.get_yticklabels(), strict=True)
        if lowest <= position <= highest
    }


def drawn(kind, frequencies):
    axes = Figure().add_subplot()
    values = np.ones((3, len(frequencies)))
    if kind == "spectrogram":
        return axes, draw_spectrogram(axes, values, CLOCK, frequencies, 1.0)
    return axes, draw_components(axes, values, frequencies)


@pytest.mark.parametrize("kind", ["spectrogram", "components"])
def test_bands_of_a_logarithmic_axis_are_equally_high_and_labelled_in_hertz(kind):
    axes, image = drawn(kind, BANDS)
    np.testing.assert_allclose(image.get_extent()[2:], np.log10([5, 40]))
    labels = labels_of(axes)
    assert list(labels) == ["5", "10", "20"]
    assert all(position == pytest.approx(np.log10(float(t))) for t, position in labels.items())


@pytest.mark.parametrize("kind", ["spectrogram", "components"])
@pytest.mark.parametrize("frequencies", [[7.0], [1.0, 2.0], [2.0, 2.4, 2.8, 3.2]])
def test_evenly_spaced_frequencies_are_drawn_in_hertz(kind, frequencies):
    axes, image = drawn(kind, np.array(frequencies))
    half = np.diff(frequencies)[0] / 2 if len(frequencies) > 1 else 0.5
    expected = [frequencies[0] - half, frequencies[-1] + half]
    np.testing.assert_allclose(image.get_extent()[2:], expected)
    assert all(float(text) == pytest.approx(at) for text, at in labels_of(axes).items())


@pytest.mark.parametrize(("scale", "unit", "label", "end"), [
    ("median", "dB", "dB above median", 5.0), ("noise", "dB", "dB above noise", 5.0),
    ("power", "(m/s)^2/Hz", "(m/s)^2/Hz", 1e-17),
    ("amplitude", "counts/sqrt(Hz)", "counts/sqrt(Hz)", 1e-17),
])  # fmt: skip
def test_colour_scales_fit_what_spectrograms_hold(scale, unit, label, end):
    level = Level.of(scale, unit)
    assert level.label == label
    assert level.energy_label == ("Energy (dB summed)" if unit == "dB" else "Energy (summed)")
    assert level.end(1e-17) == end
    assert level.end(0.0) > 0

"""Boxes of what events have, by cluster."""

import numpy as np
import pytest

from specufex_pipe.plotting.quantities import quantities_figure
from specufex_pipe.plotting.style import png
from specufex_pipe.plotting.views import Quantity


def test_a_box_has_the_quartiles_of_its_cluster():
    values = np.array([1.0, 2, 3, 4, 5, 10, 20, 30, 40, 50, np.nan])
    labels = np.array([1] * 5 + [2] * 6)
    axes = quantities_figure([Quantity("magnitude", "", values)], labels).axes[0]
    ends = [np.unique(box.get_path().vertices[:, 1])[[0, -1]] for box in axes.patches]
    np.testing.assert_allclose(ends, [[2, 4], [20, 40]])


def test_title_has_unit_and_effect():
    quantity = Quantity("rms_amplitude", "(m/s)^2", np.arange(4.0), effect=0.256)
    (tested,) = quantities_figure([quantity], np.array([1, 1, 2, 2])).axes
    assert tested.get_title(loc="left") == "RMS amplitude ((m/s)²), ε² = 0.26"
    (alone,) = quantities_figure([Quantity("depth", "km", np.arange(4.0))], np.ones(4, int)).axes
    assert alone.get_title(loc="left") == "Depth (km)"


@pytest.mark.parametrize("low, high", [(11, 19), (1, 3), (2, 40), (1e-9, 1e3), (7, 7)])
def test_logarithmic_axes_have_two_marks_or_more_of_any_range(low, high):
    values = np.geomspace(low, high, 50)
    axes = quantities_figure([Quantity("energy", "", values, True)], np.ones(50, int)).axes[0]
    assert axes.get_yscale() == "log"
    assert 2 <= len(axes.get_yticks()) <= 7


@pytest.mark.parametrize("n_clusters", [0, 1, 40])
def test_any_number_of_clusters_can_be_drawn(n_clusters):
    labels = np.arange(80) % (n_clusters + 1)
    zeros = Quantity("rise_time", "s", np.zeros(80))
    of_one = Quantity("depth", "km", np.where(np.arange(80) == 0, 3.0, np.nan))
    silent = Quantity("energy", "", np.zeros(80), is_logarithmic=True)
    figure = quantities_figure([zeros, of_one, silent], labels)
    assert png(figure, 40).startswith(b"\x89PNG")
    assert len(figure.axes) == 3


def test_large_and_small_numbers_have_powers_of_ten_and_others_do_not():
    def marks(low, high):
        values = np.geomspace(low, high, 50)
        quantity = Quantity("energy", "", values, is_logarithmic=True)
        axis = quantities_figure([quantity], np.ones(50, int)).axes[0].yaxis
        return dict(zip(
            axis.get_major_formatter().format_ticks(axis.get_ticklocs()), axis.get_ticklocs(),
            strict=True,
        ))  # fmt: skip

    large, small = marks(1e6, 1e9), marks(2e-7, 3e-5)
    assert large["10\N{SUPERSCRIPT SEVEN}"] == 1e7
    assert "10\N{SUPERSCRIPT MINUS}\N{SUPERSCRIPT SIX}" in small
    assert set(marks(20, 4000)) <= {"20", "50", "100", "200", "500", "1000", "2000"}

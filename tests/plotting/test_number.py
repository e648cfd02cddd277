"""The figure of the number of clusters: its curves, what it marks, and the edges of its range."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from specufex_pipe.clustering.number import STEADY, Tried
from specufex_pipe.plotting.number import number_figure
from specufex_pipe.plotting.style import ACCENT, png


def tried_of(*numbers):
    values = np.linspace(0.9, 0.3, len(numbers))
    return Tried(
        np.array(numbers),
        values,
        values,
        values - 0.1,
        values - 0.2,
        values,
        values - 0.3,
        values - 0.4,
    )


def lines_of(axes):
    return {line.get_label(): line for line in axes.get_lines()}


def test_each_curve_stands_beside_that_of_one_gaussian():
    tried = tried_of(2, 3, 4)
    top, middle, bottom = number_figure(tried, 1).axes
    curves = {
        (top, "stability of the least stable"): (tried.stabilities, "-"),
        (top, "stability, one Gaussian"): (tried.null_stabilities, "--"),
        (top, "agreement (adjusted Rand index)"): (tried.agreements, "-"),
        (middle, "mean silhouette"): (tried.silhouettes, "-"),
        (middle, "silhouette, one Gaussian"): (tried.null_silhouettes, "--"),
        (bottom, "ratio of variances (Caliński & Harabasz)"): (tried.variance_ratios, "-"),
    }
    for (axes, label), (values, form) in curves.items():
        line = lines_of(axes)[label]
        np.testing.assert_array_equal(line.get_xydata(), np.column_stack([tried.numbers, values]))
        assert line.get_linestyle() == form
    assert any(set(line.get_ydata()) == {STEADY} for line in top.get_lines())


def test_the_number_that_was_chosen_is_marked_in_each_panel():
    figure = number_figure(tried_of(2, 3, 4), 1)
    assert figure.axes[0].get_title(loc="left") == "chosen: 3"
    for axes in figure.axes:
        marks = [line for line in axes.get_lines() if len(line.get_xdata()) == 1]
        assert [list(line.get_xdata()) for line in marks] == [[3]]
        assert to_hex(marks[0].get_color()) == ACCENT


def test_no_number_is_marked_where_none_was_chosen():
    figure = number_figure(tried_of(2, 3, 4), None)
    assert figure.axes[0].get_title(loc="left") == "none chosen"
    assert all(len(line.get_xdata()) > 1 for axes in figure.axes for line in axes.get_lines())


@pytest.mark.parametrize("number", [0, 1, 5])
def test_one_number_alone_can_be_drawn(number):
    figure = number_figure(tried_of(number), 0)
    assert png(figure).startswith(b"\x89PNG")
    assert list(figure.axes[-1].get_xticks()) == [number]


def test_too_few_different_events_are_said_in_place_of_curves():
    figure = number_figure(None, None)
    assert figure.axes == []
    assert "Too few different events" in figure.texts[0].get_text()

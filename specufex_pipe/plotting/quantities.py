"""What events have, such as magnitudes and durations, compared between clusters."""

from collections.abc import Sequence
from math import ceil

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import (
    FixedLocator,
    FuncFormatter,
    MaxNLocator,
    NullLocator,
)

from specufex_pipe.numerics.types import IntArray
from specufex_pipe.plotting.style import (
    INK,
    SMALL,
    TWO_COLUMNS,
    StyledFigure,
    add_axes,
    cluster_color,
    clusters_in_order,
    color_cluster_labels,
    styled,
)
from specufex_pipe.plotting.views import Quantity

_SQUARED = "\N{SUPERSCRIPT TWO}"
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
# Of the values, where whiskers end, %.
_WHISKERS = (5, 95)
# Of an axis.
_MOST_MARKS = 6
# Boxes side by side, all panels of a row together.
_MOST_BOXES = 30
_MOST_COLUMNS = 3
# Inches; titles begin to the left of their panels.
_HEIGHT, _LEFT, _RIGHT, _TOP, _GAP, _TITLE = 0.9, 0.46, 0.06, 0.22, 0.42, -0.38


@styled
def quantities_figure(quantities: Sequence[Quantity], labels: IntArray) -> Figure:
    """Show boxes of what events have, a panel each, by cluster.

    Parameters
    ----------
    quantities : sequence of views.Quantity
        One at least.
    labels : ndarray of int, shape (n_events,)
        Clusters, from 1; 0 for none, whose box is the last.

    Returns
    -------
    matplotlib.figure.Figure
        Boxes are from the first to the third quartile, with a line at the median; whiskers from the
        5th to the 95th percentile.
    """
    numbers = clusters_in_order(labels)
    n_columns = int(np.clip(_MOST_BOXES // len(numbers), 1, _MOST_COLUMNS))
    n_rows = ceil(len(quantities) / n_columns)
    figure = StyledFigure((TWO_COLUMNS, (_HEIGHT + _GAP) * n_rows + 0.04))
    width = (TWO_COLUMNS - _RIGHT) / n_columns - _LEFT
    for place, quantity in enumerate(quantities):
        row, column = divmod(place, n_columns)
        left, top = _LEFT + column * (width + _LEFT), _TOP + row * (_HEIGHT + _GAP)
        axes = add_axes(figure, left, top, width, _HEIGHT)
        _draw_boxes(axes, quantity, labels, numbers)
        axes.set_title(_title(quantity), x=_TITLE / width, fontsize=SMALL)
    return figure


def _title(quantity: Quantity) -> str:
    unit = f" ({quantity.unit})".replace("^2", _SQUARED) if quantity.unit else ""
    effect = f", \N{GREEK SMALL LETTER EPSILON}{_SQUARED} = {quantity.effect:.2f}"
    return f"{quantity.title}{unit}{effect if quantity.is_tested else ''}"


def _draw_boxes(axes: Axes, quantity: Quantity, labels: IntArray, numbers: Sequence[int]) -> None:
    values = quantity.values
    usable = np.isfinite(values) & (values > 0 if quantity.is_logarithmic else True)
    drawn = axes.boxplot(
        [values[usable & (labels == number)] for number in numbers],
        whis=_WHISKERS, widths=0.62, showfliers=False, patch_artist=True,
        medianprops={"color": INK, "linewidth": 1},
        whiskerprops={"linewidth": 0.7}, capprops={"linewidth": 0.7},
    )  # fmt: skip
    for box, number in zip(drawn["boxes"], numbers, strict=True):
        box.set(facecolor=cluster_color(number), edgecolor=INK, linewidth=0.5, alpha=0.75)
    color_cluster_labels(axes.xaxis, numbers)
    axes.yaxis.set_major_locator(MaxNLocator(4))
    if quantity.is_logarithmic and usable.any():
        axes.set_yscale("log")
        _label_factors(axes)


def _label_factors(axes: Axes) -> None:
    """Label a logarithmic axis, whether it spans decades or a part of one."""
    lowest, highest = axes.get_ylim()
    decades = 10.0 ** np.arange(np.floor(np.log10(lowest)), np.ceil(np.log10(highest)) + 1)
    step = ceil(len(decades) / _MOST_MARKS)
    few = np.asarray(MaxNLocator(4).tick_values(lowest, highest))
    choices = (np.outer(decades, (1, 2, 5)).ravel(), decades[::step], few)
    inside = [marks[(marks >= lowest) & (marks <= highest)] for marks in choices]
    marks = next((each for each in inside if 2 <= len(each) <= _MOST_MARKS), inside[-1])
    axes.yaxis.set_major_locator(FixedLocator(marks.tolist()))
    axes.yaxis.set_major_formatter(FuncFormatter(_with_power_of_ten))
    axes.yaxis.set_minor_locator(NullLocator())


def _with_power_of_ten(value: float, _: int | None) -> str:
    """Return a number as print has it, with a power of ten where it is far from 1."""
    mantissa, mark, exponent = f"{value:g}".partition("e")
    if not mark:
        return mantissa
    factor = "" if mantissa == "1" else f"{mantissa}\N{DOT OPERATOR}"
    return f"{factor}10{str(int(exponent)).translate(_SUPERSCRIPTS)}"

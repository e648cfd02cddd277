"""When events are: counts and cumulative counts over time, cluster by cluster."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from specufex_pipe.catalogs.series import Mark
from specufex_pipe.numerics.types import FloatArray, IntArray
from specufex_pipe.plotting.style import (
    MATRIX_COLORS,
    MUTED,
    TWO_COLUMNS,
    StyledFigure,
    add_axes,
    cluster_color,
    cluster_name,
    clusters_in_order,
    color_cluster_labels,
    row_height,
    styled,
)
from specufex_pipe.plotting.time_axis import (
    dates_of,
    draw_marks,
    label_time,
    room_for,
    seconds_of,
    time_bins,
)

_MOST_MARKS = 2_000
# Below a row, in parts of its height; and the gap between rows.
_MARKS_END, _GAP = 0.34, 0.6
# Curves, those of the largest clusters.
_MOST_BOLD = 10
_ROWS_FOR_LONG_LABEL = 5
# Inches.
_ROW, _FOOT, _ROW_OF_SPISTOGRAM = 0.42, 0.5, 0.17


@styled
def timeline_figure(
    times: NDArray[np.datetime64], labels: IntArray, marks: Sequence[Mark] = ()
) -> Figure:
    """Show how many events of each cluster there are over time, a row each.

    Parameters
    ----------
    times : ndarray of datetime64, shape (n_events,)
        UTC.
    labels : ndarray of int, shape (n_events,)
        Clusters, from 1; 0 for none, whose row is the last.
    marks : sequence of catalogs.series.Mark
        Moments to mark with their labels.

    Returns
    -------
    matplotlib.figure.Figure
        Up to 2000 events have a mark each; counts are shown for any number.
    """
    edges, width = time_bins(times)
    seconds = seconds_of(times)
    numbers = clusters_in_order(labels)
    row, top = row_height(len(numbers), _ROW, 0.5), 0.09 + room_for(marks)
    height = _FOOT + row * len(numbers) + top
    figure = StyledFigure((TWO_COLUMNS, height))
    figure.subplots_adjust(
        left=0.07, right=0.965, top=1 - top / height, bottom=_FOOT / height, hspace=_GAP
    )
    height_in_points = 72 * row * len(numbers) / (len(numbers) * (1 + _GAP) - _GAP)
    rows = figure.subplots(len(numbers), 1, sharex=True, squeeze=False)[:, 0]
    for number, axes in zip(numbers, rows, strict=True):
        own, color = seconds[labels == number], cluster_color(number)
        counts, _ = np.histogram(own, edges)
        axes.stairs(counts, dates_of(edges), fill=True, color=color, alpha=0.45)
        axes.stairs(counts, dates_of(edges), color=color, linewidth=0.6)
        if len(times) <= _MOST_MARKS:
            axes.vlines(
                dates_of(own), -_MARKS_END, -0.08, color, linewidth=0.5,
                transform=axes.get_xaxis_transform(), clip_on=False,
            )  # fmt: skip
        axes.patch.set_visible(False)
        axes.set_ylim(0, max(counts.max(), 1))
        axes.set_yticks([counts.max()])
        axes.spines["bottom"].set_visible(False)
        axes.tick_params(bottom=False, labelbottom=False)
        axes.set_ylabel(cluster_name(number), rotation=0, ha="right", va="center", weight="bold")
        axes.yaxis.set_label_coords(-0.03, 0.5)
    rows[-1].tick_params(axis="x", bottom=True, labelbottom=True, pad=_MARKS_END * height_in_points)
    draw_marks(list(rows), marks, edges)
    label_time(rows[-1], edges)
    # As long as there is room.
    counted = "Events of each cluster" if len(numbers) >= _ROWS_FOR_LONG_LABEL else "Events"
    unit = f"\n{width}" if len(numbers) == 1 else f" {width}"
    middle = 0.5 * (1 + (_FOOT - top) / height)
    figure.supylabel(f"{counted} per{unit}", x=0.005, y=middle)
    return figure


@styled
def activity_figure(times: NDArray[np.datetime64], labels: IntArray) -> Figure:
    """Show cumulative numbers of events, and below when each cluster was active.

    The lower panel is the spistogram of Holtzman et al. (2018, doi:10.1126/sciadv.aao2929): counts
    of each cluster over time, each row relative to its peak.

    Parameters
    ----------
    times : ndarray of datetime64, shape (n_events,)
        UTC.
    labels : ndarray of int, shape (n_events,)
        Clusters, from 1; 0 for none, whose row is the last.

    Returns
    -------
    matplotlib.figure.Figure
    """
    edges, width = time_bins(times)
    seconds, numbers = seconds_of(times), clusters_in_order(labels)
    of_each = [np.sort(seconds[labels == number]) for number in numbers]
    height = _ROW_OF_SPISTOGRAM * max(len(numbers), 2)
    figure = StyledFigure((TWO_COLUMNS, height + 2))
    left, width_of_rows = 0.5, TWO_COLUMNS - 1.15
    top = add_axes(figure, left, 0.08, width_of_rows, 1.45)
    bottom = add_axes(figure, left, 1.63, width_of_rows, height, sharex=top)
    bar = add_axes(figure, left + width_of_rows + 0.08, 1.63, 0.07, height)
    for number, own in zip(numbers, of_each, strict=True):
        reached = np.searchsorted(own, edges)
        width_of_line = 1.1 if 0 < number <= _MOST_BOLD else 0.6
        top.plot(dates_of(edges), reached, color=cluster_color(number), linewidth=width_of_line)
    top.set_ylim(0)
    top.set_ylabel("Cumulative number of events")
    top.yaxis.set_major_locator(MaxNLocator(5, steps=(1, 2, 5, 10), integer=True))
    top.tick_params(labelbottom=False)
    image = _draw_spistogram(bottom, edges, of_each)
    color_cluster_labels(bottom.yaxis, numbers)
    bottom.set_ylabel("Cluster" if max(numbers) else "Events")
    figure.colorbar(image, cax=bar, ticks=(0, 1), label=f"Events per {width}\nover the peak")
    label_time(bottom, edges)
    return figure


def _draw_spistogram(axes: Axes, edges: FloatArray, of_each: Sequence[FloatArray]) -> AxesImage:
    """Draw counts over time, a row for the times of each cluster, relative to its peak."""
    counts = np.array([np.histogram(own, edges)[0] for own in of_each])
    first, last = dates_of(edges[[0, -1]])
    for edge in range(1, len(counts)):
        axes.axhline(edge + 0.5, color=MUTED, linewidth=0.3)
    # A model that was learned from other events may have clusters without any of these.
    return axes.imshow(
        counts / np.maximum(counts.max(axis=1, keepdims=True), 1),
        aspect="auto",
        cmap=MATRIX_COLORS,
        vmin=0,
        vmax=1,
        extent=(first, last, len(counts) + 0.5, 0.5),
    )


def draw_stacked_counts(axes: Axes, times: NDArray[np.datetime64], labels: IntArray) -> None:
    """Draw how many events there are over time, the clusters stacked; none is on top."""
    edges, width = time_bins(times)
    seconds, below = seconds_of(times), np.zeros(len(edges) - 1)
    for number in clusters_in_order(labels):
        counts, _ = np.histogram(seconds[labels == number], edges)
        axes.stairs(
            below + counts, dates_of(edges), baseline=below, fill=True, color=cluster_color(number)
        )
        below += counts
    axes.set_ylabel(f"Events per {width}")
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    label_time(axes, edges)

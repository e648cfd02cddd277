"""When events are: counts and cumulative counts over time, cluster by cluster."""

from collections.abc import Sequence

import numpy as np
from matplotlib import dates
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from specufex_pipe.numerics.types import FloatArray, IntArray
from specufex_pipe.plotting.style import (
    MATRIX_COLORS,
    MUTED,
    add_axes,
    cluster_color,
    cluster_name,
    clusters_in_order,
    color_cluster_labels,
    styled,
)

_BIN_WIDTHS = (
    (1, "second"), (10, "10 s"), (60, "minute"), (300, "5 min"), (600, "10 min"),
    (1800, "30 min"), (3600, "hour"), (3 * 3600, "3 hours"), (6 * 3600, "6 hours"),
    (12 * 3600, "12 hours"), (86400, "day"), (7 * 86400, "week"), (28 * 86400, "4 weeks"),
    (91 * 86400, "13 weeks"), (364 * 86400, "52 weeks"),
)  # fmt: skip
_MOST_BINS = 100
_MOST_MARKS = 2_000
# s; the ticks of a shorter axis have no minutes.
_SECONDS_ALONE = 60
# Below a row, in parts of its height; and the gap between rows.
_MARKS_END, _GAP = 0.34, 0.6
# Curves, those of the largest clusters.
_MOST_BOLD = 10
# Inches.
_ROW_OF_SPISTOGRAM = 0.22


@styled
def timeline_figure(times: NDArray[np.datetime64], labels: IntArray) -> Figure:
    """Show how many events of each cluster there are over time, a row each.

    Parameters
    ----------
    times : ndarray of datetime64, shape (n_events,)
        UTC.
    labels : ndarray of int, shape (n_events,)
        Clusters, from 1; 0 for none, whose row is the last.

    Returns
    -------
    matplotlib.figure.Figure
        Up to 2000 events have a mark each; counts are shown for any number.
    """
    edges, width = _time_bins(times)
    seconds = _seconds(times)
    numbers = clusters_in_order(labels)
    height = 0.75 + 0.6 * len(numbers)
    figure = Figure((10, height))
    figure.subplots_adjust(
        left=0.07, right=0.965, top=1 - 0.12 / height, bottom=0.63 / height, hspace=_GAP
    )
    row_height = 72 * (height - 0.75) / (len(numbers) * (1 + _GAP) - _GAP)  # points
    rows = figure.subplots(len(numbers), 1, sharex=True, squeeze=False)[:, 0]
    for number, axes in zip(numbers, rows, strict=True):
        own, color = seconds[labels == number], cluster_color(number)
        counts, _ = np.histogram(own, edges)
        axes.stairs(counts, _dates(edges), fill=True, color=color, alpha=0.45)
        axes.stairs(counts, _dates(edges), color=color, linewidth=0.8)
        if len(times) <= _MOST_MARKS:
            axes.vlines(
                _dates(own), -_MARKS_END, -0.08, color, linewidth=0.7,
                transform=axes.get_xaxis_transform(), clip_on=False,
            )  # fmt: skip
        axes.patch.set_visible(False)
        axes.set_ylim(0, max(counts.max(), 1))
        axes.set_yticks([counts.max()])
        axes.spines["bottom"].set_visible(False)
        axes.tick_params(bottom=False, labelbottom=False)
        axes.set_ylabel(cluster_name(number), rotation=0, ha="right", va="center", weight="bold")
        axes.yaxis.set_label_coords(-0.03, 0.5)
    rows[-1].tick_params(axis="x", bottom=True, labelbottom=True, pad=_MARKS_END * row_height)
    _label_time(rows[-1], edges)
    counted = "Events of each cluster" if len(numbers) > 2 else "Events"  # as long as there is room
    figure.supylabel(f"{counted} per {width}", x=0.005, fontsize=8.5)
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
    edges, width = _time_bins(times)
    seconds, numbers = _seconds(times), clusters_in_order(labels)
    of_each = [np.sort(seconds[labels == number]) for number in numbers]
    height = _ROW_OF_SPISTOGRAM * max(len(numbers), 2)
    figure = Figure((10, height + 2.85))
    top = add_axes(figure, 0.7, 0.12, 8.1, 2)
    bottom = add_axes(figure, 0.7, 2.27, 8.1, height, sharex=top)
    bar = add_axes(figure, 8.95, 2.27, 0.1, height)
    for number, own in zip(numbers, of_each, strict=True):
        reached = np.searchsorted(own, edges)
        width_of_line = 1.4 if 0 < number <= _MOST_BOLD else 0.6
        top.plot(_dates(edges), reached, color=cluster_color(number), linewidth=width_of_line)
    top.set_ylim(0)
    top.set_ylabel("Cumulative number of events")
    top.yaxis.set_major_locator(MaxNLocator(5, steps=(1, 2, 5, 10), integer=True))
    top.tick_params(labelbottom=False)
    image = _draw_spistogram(bottom, edges, of_each)
    color_cluster_labels(bottom.yaxis, numbers)
    bottom.set_ylabel("Cluster" if max(numbers) else "Events")
    figure.colorbar(image, cax=bar, ticks=(0, 1), label=f"Events per {width}\nover the peak")
    _label_time(bottom, edges)
    return figure


def _draw_spistogram(axes: Axes, edges: FloatArray, of_each: Sequence[FloatArray]) -> AxesImage:
    """Draw counts over time, a row for the times of each cluster, relative to its peak."""
    counts = np.array([np.histogram(own, edges)[0] for own in of_each])
    first, last = _dates(edges[[0, -1]])
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
    edges, width = _time_bins(times)
    seconds, below = _seconds(times), np.zeros(len(edges) - 1)
    for number in clusters_in_order(labels):
        counts, _ = np.histogram(seconds[labels == number], edges)
        axes.stairs(
            below + counts, _dates(edges), baseline=below, fill=True, color=cluster_color(number)
        )
        below += counts
    axes.set_ylabel(f"Events per {width}")
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    _label_time(axes, edges)


def _time_bins(times: NDArray[np.datetime64]) -> tuple[FloatArray, str]:
    """Return the edges of bins in seconds since 1970, and the width of a bin in words."""
    seconds = _seconds(times)
    first, last = seconds.min(), seconds.max()
    fitting = [bin_width for bin_width in _BIN_WIDTHS if (last - first) / bin_width[0] < _MOST_BINS]
    width, name = fitting[0] if fitting else _BIN_WIDTHS[-1]
    start = first // width * width
    return start + width * np.arange((last - start) // width + 2), name


def _seconds(times: NDArray[np.datetime64]) -> FloatArray:
    return times.astype("datetime64[us]").astype(np.int64) / 1e6


def _dates(seconds: FloatArray) -> FloatArray:
    """Return seconds since 1970 as matplotlib's days."""
    return np.asarray(seconds) / 86400 + dates.date2num(np.datetime64(0, "s"))


def _label_time(axes: Axes, edges: FloatArray) -> None:
    axes.set_xlim(*_dates(edges[[0, -1]]))
    locator = dates.AutoDateLocator()
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator, show_offset=False))
    first, last = (np.datetime64(int(edge), "s").astype("datetime64[D]") for edge in edges[[0, -2]])
    days = f"{first}" if first == last else f"{first} to {last}"
    label = f"Time (UTC), {days}"
    if edges[-1] - edges[0] < _SECONDS_ALONE:
        minute = np.datetime64(int(edges[0]), "s").astype("datetime64[m]")
        label = f"Seconds after {str(minute).replace('T', ' ')} UTC"
    axes.set_xlabel(label)

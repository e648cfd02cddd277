"""Other series, such as rain or an injection rate, on the time axis of the clusters' rates."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from specufex_pipe.catalogs.series import Mark, Series
from specufex_pipe.numerics.types import FloatArray, IntArray
from specufex_pipe.plotting.style import (
    ACCENT,
    TWO_COLUMNS,
    StyledFigure,
    cluster_color,
    cluster_name,
    clusters_in_order,
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

# Inches.
_ROW_OF_CLUSTER, _ROW_OF_SERIES, _FOOT = 0.36, 0.7, 0.42
_LEAST_FOR_LABEL = 1.0
# Of the usual interval: where samples are farther apart, the curve is broken.
_GAP = 2.5


@styled
def series_figure(
    times: NDArray[np.datetime64],
    labels: IntArray,
    series: Sequence[Series],
    marks: Sequence[Mark] = (),
) -> Figure:
    """Show how many events of each cluster there are over time, and other series below.

    Parameters
    ----------
    times : ndarray of datetime64, shape (n_events,)
        UTC.
    labels : ndarray of int, shape (n_events,)
        Clusters, from 1; 0 for none.
    series : sequence of Series
        What of them lies in the time of the events is drawn.
    marks : sequence of Mark
        Lines across all rows, with their labels on top; those outside are left out.

    Returns
    -------
    matplotlib.figure.Figure
    """
    edges, width = time_bins(times)
    numbers = clusters_in_order(labels)
    heights = [row_height(len(numbers), _ROW_OF_CLUSTER, _LEAST_FOR_LABEL)] * len(numbers) + [
        _ROW_OF_SERIES
    ] * len(series)
    top = 0.08 + room_for(marks)
    height = sum(heights) + top + _FOOT
    figure = StyledFigure((TWO_COLUMNS, height))
    figure.subplots_adjust(
        left=0.09, right=0.965, top=1 - top / height, bottom=_FOOT / height, hspace=0.25
    )
    rows = figure.subplots(
        len(heights), 1, sharex=True, squeeze=False, gridspec_kw={"height_ratios": heights}
    )[:, 0]
    for number, axes in zip(numbers, rows, strict=False):
        _draw_counts(axes, seconds_of(times[labels == number]), edges, number)
    for one, axes in zip(series, rows[len(numbers) :], strict=True):
        _draw_series(axes, one)
    draw_marks(list(rows), marks, edges)
    rows[-1].tick_params(axis="x", bottom=True, labelbottom=True)
    label_time(rows[-1], edges)
    figure.supylabel(f"Events per {width}", x=0.005, y=_middle(heights, len(numbers), top))
    return figure


def _middle(heights: Sequence[float], n_clusters: int, top: float) -> float:
    """Return where the middle of the rows of clusters is, in parts of the figure."""
    return 1 - (top + sum(heights[:n_clusters]) / 2) / (sum(heights) + top + _FOOT)


def _draw_counts(axes: Axes, seconds: FloatArray, edges: FloatArray, number: int) -> None:
    counts, _ = np.histogram(seconds, edges)
    axes.stairs(counts, dates_of(edges), fill=True, color=cluster_color(number))
    axes.set_ylim(0, max(counts.max(), 1))
    axes.set_yticks([counts.max()])
    axes.tick_params(bottom=False, labelbottom=False)
    axes.set_ylabel(cluster_name(number), rotation=0, ha="right", va="center", weight="bold")
    axes.yaxis.set_label_coords(-0.04, 0.5)


def _draw_series(axes: Axes, series: Series) -> None:
    """Draw a curve, broken where samples are missing."""
    seconds = seconds_of(series.times)
    intervals = np.diff(seconds)
    usual = np.median(intervals) if len(intervals) else np.inf
    before_gaps = np.flatnonzero(intervals > _GAP * usual)
    curve = np.insert(seconds, before_gaps + 1, seconds[before_gaps])
    values = np.insert(series.values, before_gaps + 1, np.nan)
    axes.plot(dates_of(curve), values, color=ACCENT, linewidth=1, marker=".", markersize=2)
    axes.set_ylabel(f"{series.label}\n({series.unit})" if series.unit else series.label)
    axes.yaxis.set_major_locator(MaxNLocator(3))
    axes.yaxis.set_label_coords(-0.05, 0.5)
    axes.tick_params(bottom=False, labelbottom=False)

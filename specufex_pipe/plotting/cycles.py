"""When in the day and in the year events are, and what chance would make of it."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from specufex_pipe.numerics.types import FloatArray, IntArray
from specufex_pipe.plotting.style import cluster_color, cluster_panels, clusters_in_order, styled

_CHANCE = 0.95
_BAND = "#d9dce1"


class _Cycle(NamedTuple):
    """A day of hours, or a year of months."""

    unit: Literal["h", "M"]
    n_cells: int
    label: str
    ticks: Sequence[float]
    tick_labels: Sequence[str]


_HOURS = ("0", "6", "12", "18", "24")
_DAY = _Cycle("h", 24, "Hour of the day (UTC)", (0, 6, 12, 18, 24), _HOURS)
_YEAR = _Cycle("M", 12, "Month", [month + 0.5 for month in range(12)], "JFMAMJJASOND")


@styled
def hours_figure(times: NDArray[np.datetime64], labels: IntArray) -> Figure:
    """Show at which hours of the day the events of each cluster are.

    Parameters
    ----------
    times : ndarray of datetime64, shape (n_events,)
        UTC; not all the same.
    labels : ndarray of int, shape (n_events,)
        Clusters, from 1; 0 for none, whose panel is the last.

    Returns
    -------
    matplotlib.figure.Figure
        The band holds 95 % of the counts of as many events that are spread evenly from the first
        to the last.
    """
    return _cycle_figure(times, labels, _DAY)


@styled
def months_figure(times: NDArray[np.datetime64], labels: IntArray) -> Figure:
    """Show in which months of the year the events of each cluster are.

    Parameters
    ----------
    times, labels : ndarray
        As for `hours_figure`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    return _cycle_figure(times, labels, _YEAR)


def _cycle_figure(times: NDArray[np.datetime64], labels: IntArray, cycle: _Cycle) -> Figure:
    numbers = clusters_in_order(labels)
    cells = times.astype(f"datetime64[{cycle.unit}]").astype(np.int64) % cycle.n_cells
    shares = _shares_of_time(times, cycle)
    figure, panels = cluster_panels(numbers, 0.72, top=0.24, xlabel=cycle.label, ylabel="Events")
    for number, axes in zip(numbers, panels, strict=True):
        counts = np.bincount(cells[labels == number], minlength=cycle.n_cells)
        _draw_counts(axes, counts, shares, cluster_color(number))
        axes.set_xticks(cycle.ticks, cycle.tick_labels)
    return figure


def _shares_of_time(times: NDArray[np.datetime64], cycle: _Cycle) -> FloatArray:
    """Return the share of the time from the first to the last event in each cell of a cycle."""
    ends = np.array([times.min(), times.max()]).astype("datetime64[us]")
    first, last = ends.astype(f"datetime64[{cycle.unit}]")
    edges = np.arange(first, last + 2)
    spans = np.diff(np.clip(edges.astype("datetime64[us]"), *ends)).astype(np.float64)
    cells = edges[:-1].astype(np.int64) % cycle.n_cells
    return np.bincount(cells, spans, minlength=cycle.n_cells) / spans.sum()


def _draw_counts(axes: Axes, counts: IntArray, shares: FloatArray, color: str) -> None:
    """Draw the counts of a cluster in the cells of a cycle, and the band of chance."""
    from scipy.stats import binom  # takes a while to load

    tail = (1 - _CHANCE) / 2
    low, high = (np.asarray(binom.ppf(each, counts.sum(), shares)) for each in (tail, 1 - tail))
    edges = np.arange(len(counts) + 1)
    axes.stairs(high, edges, baseline=low, fill=True, color=_BAND)
    axes.stairs(counts, edges, baseline=None, color=color, linewidth=1.1)
    axes.set(xlim=(0, len(counts)), ylim=(0, 1.08 * max(counts.max(), high.max(), 1)))
    axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    axes.annotate(
        f"n = {counts.sum():,}", (0, 1), xytext=(14, 8), xycoords="axes fraction",
        textcoords="offset points", va="center",
    )  # fmt: skip

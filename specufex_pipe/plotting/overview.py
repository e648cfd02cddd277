"""What sets the clusters apart, side by side."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from specufex_pipe.numerics.types import FloatArray, IntArray
from specufex_pipe.plotting.drawing import draw_fingerprint, draw_spectrogram
from specufex_pipe.plotting.style import (
    TWO_COLUMNS,
    StyledFigure,
    add_axes,
    label_numbers,
    put_badge,
    styled,
)
from specufex_pipe.plotting.timeline import draw_stacked_counts
from specufex_pipe.plotting.views import ABOVE_MEDIAN, Clock, Cluster, Level, Limits

MOST_COLUMNS = 10
# Inches; the title of a narrower column has two lines.
_NARROW = 0.75
# For the label of a colour bar.
_LEAST_OF_BAR = 0.7


@styled
def overview_figure(
    clusters: Sequence[Cluster],
    times: NDArray[np.datetime64],
    labels: IntArray,
    *,
    clock: Clock,
    frequencies: FloatArray,
    level: Level = ABOVE_MEDIAN,
) -> Figure:
    """Show what sets the clusters apart, a column each, and when their events are.

    Parameters
    ----------
    clusters : sequence of views.Cluster
    times : ndarray of datetime64, shape (n_events,)
        UTC.
    labels : ndarray of int, shape (n_events,)
        Clusters of the events, from 1; 0 for none.
    clock : views.Clock
    frequencies : ndarray of shape (n_frequencies,)
        Hz.
    level : views.Level
        What the values of spectrograms are.

    Returns
    -------
    matplotlib.figure.Figure
        Of the largest if there are more than ten; events that are in none are the last.
    """
    limits = Limits.of(clusters, level)
    clusters = columns_of(clusters)
    left, right, gap = 0.5, 0.56, 0.07
    width = (TWO_COLUMNS - left - right + gap) / len(clusters) - gap
    side = min(width, 1.25)
    is_narrow = width < _NARROW
    # Rows from the top: mean, fingerprint, two examples, events over time; gaps above each.
    heights = (0.85, max(side, _LEAST_OF_BAR), 0.85, 0.85, 1.0)
    gaps = (0.34 if is_narrow else 0.22, 0.09, 0.38, 0.07, 0.42)
    tops = np.cumsum(gaps) + np.cumsum((0, *heights[:-1]))
    total = tops[-1] + heights[-1] + 0.36
    figure = StyledFigure((TWO_COLUMNS, total))

    def place(x: float, row: int, width: float, last_row: int | None = None) -> Axes:
        bottom = tops[last_row or row] + heights[last_row or row]
        return add_axes(figure, x, tops[row], width, bottom - tops[row])

    for index, cluster in enumerate(clusters):
        column = [place(left + index * (width + gap), row, width) for row in range(4)]
        images = _draw_column(
            column, cluster, clock, frequencies, limits, is_first=index == 0, is_narrow=is_narrow
        )
    rows_of_bars = ((0, 0.07), (1, 0.07), (2, 0.07, 3))
    bars = [place(TWO_COLUMNS - right + gap, *rows) for rows in rows_of_bars]
    labels_of_bars = (level.label, "Fingerprint", level.label)
    for bar, image, label in zip(bars, images, labels_of_bars, strict=True):
        n_ticks = 2 if is_narrow and bar is bars[1] else 3
        figure.colorbar(image, cax=bar, label=label, ticks=MaxNLocator(n_ticks))
    draw_stacked_counts(place(left, 4, TWO_COLUMNS - left - right), times, labels)
    return figure


def columns_of(clusters: Sequence[Cluster]) -> list[Cluster]:
    """Return the clusters that have a column: the largest, and last the events that are in none."""
    found = [cluster for cluster in clusters if cluster.number]
    none = [cluster for cluster in clusters if not cluster.number]
    return found[: MOST_COLUMNS - len(none)] + none


def _draw_column(
    column: list[Axes],
    cluster: Cluster,
    clock: Clock,
    frequencies: FloatArray,
    limits: Limits,
    *,
    is_first: bool,
    is_narrow: bool,
) -> tuple[AxesImage, AxesImage, AxesImage]:
    """Draw mean spectrogram, mean fingerprint and two examples below each other."""
    mean, matrix, *examples = column
    spectrograms = [cluster.mean_spectrogram, *(e.frames for e in cluster.examples[:2])]
    panels = [mean, *examples]
    lowest = panels[len(spectrograms) - 1]
    ends = (limits.mean_spectrogram, limits.spectrogram, limits.spectrogram)
    images = []
    for axes, frames, limit in zip(panels, spectrograms, ends, strict=False):
        images.append(draw_spectrogram(axes, frames, clock, frequencies, limit))
        axes.tick_params(labelleft=is_first, labelbottom=axes is lowest)
        axes.xaxis.set_major_locator(MaxNLocator(4, prune="both"))
    for axes in panels[len(spectrograms) :]:
        axes.set_axis_off()
    matrix_image = draw_fingerprint(matrix, cluster.mean_fingerprint, limits.fingerprint)
    matrix.set_box_aspect(1)
    matrix.set_anchor("S")
    for axis in (matrix.xaxis, matrix.yaxis):
        label_numbers(axis, len(cluster.mean_fingerprint), most=2 if is_narrow else 4)
    matrix.tick_params(labelleft=is_first)
    lowest.set_xlabel("Time (s)")
    matrix.set_xlabel("To state")
    _title_with_badge(mean, cluster, is_narrow)
    if is_first:
        for axes, name in zip(panels, ("Mean", "Example", "Example"), strict=True):
            axes.set_ylabel(f"{name}\nFrequency (Hz)")
        matrix.set_ylabel("Fingerprint\nFrom state")
    return images[0], matrix_image, images[1]


def _title_with_badge(axes: Axes, cluster: Cluster, is_narrow: bool) -> None:
    put_badge(axes, cluster.number, (0, 1), (5, 18 if is_narrow else 8))
    axes.annotate(
        f"n = {cluster.size:,}",
        (0, 1),
        xytext=(0, 7) if is_narrow else (14, 8),
        xycoords="axes fraction",
        textcoords="offset points",
        va="center",
    )

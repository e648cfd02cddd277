"""Parts that several figures have: spectrograms, frames over time, matrices, components."""

from collections.abc import Sequence
from math import ceil
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.markers import MarkerStyle
from matplotlib.path import Path

from specufex_pipe.numerics.types import FloatArray, IntArray
from specufex_pipe.plotting.style import (
    ACCENT,
    MATRIX_COLORS,
    NO_DATA,
    SPECTROGRAM_COLORS,
    cluster_color,
    cluster_marker,
    frequency_extent,
    label_frequencies,
)
from specufex_pipe.plotting.views import Clock

MOST_POINTS = 20_000
_MOST_CURVES = 2_000
KEY_ROWS = 15


def draw_spectrogram(
    axes: Axes, frames: FloatArray, clock: Clock, frequencies: FloatArray, limit: float
) -> AxesImage:
    """Draw a spectrogram over time, and a line at the reference.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    frames : ndarray of shape (n_frames, n_frequencies)
    clock : views.Clock
    frequencies : ndarray of shape (n_frequencies,)
        Hz.
    limit : float
        Upper end of the colour scale.

    Returns
    -------
    matplotlib.image.AxesImage
    """
    image = draw_over_time(
        axes,
        frames,
        clock,
        frequency_extent(frequencies),
        cmap=SPECTROGRAM_COLORS,
        vmin=0,
        vmax=limit,
    )
    label_frequencies(axes.yaxis, frequencies)
    mark_reference(axes, "white")
    return image


def draw_over_time(
    axes: Axes, frames: FloatArray, clock: Clock, rows: tuple[float, float], **colors: Any
) -> AxesImage:
    """Draw frames over time, the first row at the bottom.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    frames : ndarray of shape (n_frames, n_rows)
    clock : views.Clock
    rows : (float, float)
        Where the first row begins and the last one ends on the vertical axis.
    **colors
        As `Axes.imshow` takes them.

    Returns
    -------
    matplotlib.image.AxesImage
    """
    axes.set_facecolor(NO_DATA)
    first, last = clock.frames(len(frames))[[0, -1]]
    half = clock.frame_interval / 2
    return axes.imshow(
        frames.T,
        aspect="auto",
        origin="lower",
        extent=(first - half, last + half, *rows),
        **colors,
    )


def mark_reference(axes: Axes, color: str) -> None:
    """Draw a dashed line at the reference, 0 s."""
    axes.axvline(0, color=color, linewidth=0.6, linestyle=(0, (3, 3)))


def draw_matrix(axes: Axes, matrix: FloatArray, limit: float, power: float = 0.5) -> AxesImage:
    """Draw a matrix whose rows, from the top, and columns are counted from 1.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    matrix : ndarray
    limit : float
        Upper end of the colour scale.
    power : float
        As for `matrix_colors`.

    Returns
    -------
    matplotlib.image.AxesImage
    """
    n_rows, n_columns = matrix.shape
    return axes.imshow(
        matrix,
        aspect="auto",
        extent=(0.5, n_columns + 0.5, n_rows + 0.5, 0.5),
        **matrix_colors(limit, power),
    )


def draw_fingerprint(axes: Axes, fingerprint: FloatArray, limit: float) -> AxesImage:
    """Draw a fingerprint; rows are the states that come first, columns those that follow.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    fingerprint : ndarray of shape (n_states, n_states)
    limit : float
        Upper end of the colour scale.

    Returns
    -------
    matplotlib.image.AxesImage
    """
    # As dark as the share that an entry is the root of, so that the leading passages stand out.
    return draw_matrix(axes, fingerprint, limit, power=2)


def matrix_colors(limit: float, power: float = 0.5) -> dict[str, Any]:
    """Return the colours of values from 0 to a limit, as `Axes.imshow` takes them.

    Parameters
    ----------
    limit : float
    power : float
        A colour is as dark as the value to this power. By default the root: a few entries are much
        larger than the others, which count as well.

    Returns
    -------
    dict
    """
    return {"cmap": MATRIX_COLORS, "norm": PowerNorm(power, vmin=0, vmax=limit)}


def draw_components(axes: Axes, components: FloatArray, frequencies: FloatArray) -> AxesImage:
    """Draw components side by side, each relative to its peak, numbered from 1.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    components : ndarray of shape (n_components, n_frequencies), or with a third axis of lags
        Components that last several frames are drawn as spectrograms, from left to right.
    frequencies : ndarray of shape (n_frequencies,)
        Hz.

    Returns
    -------
    matplotlib.image.AxesImage
    """
    if components.ndim == 2:
        components = components[:, :, None]
    n_components, n_frequencies, n_lags = components.shape
    peaks = components.max(axis=(1, 2), keepdims=True)
    relative = components / np.where(peaks > 0, peaks, 1)
    image = axes.imshow(
        relative.transpose(1, 0, 2).reshape(n_frequencies, -1),
        aspect="auto",
        origin="lower",
        cmap=MATRIX_COLORS,
        vmin=0,
        vmax=1,
        extent=(0.5, n_components + 0.5, *frequency_extent(frequencies)),
    )
    label_frequencies(axes.yaxis, frequencies)
    if n_lags > 1:
        for edge in range(1, n_components):
            axes.axvline(edge + 0.5, color=ACCENT, linewidth=0.5)
    return image


def draw_cluster_points(axes: Axes, x: FloatArray, y: FloatArray, labels: IntArray) -> None:
    """Draw events as points, in the colours of their clusters and with a marker for each ten.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    x, y : ndarray of shape (n_events,)
    labels : ndarray of int, shape (n_events,)
        Clusters, from 1; 0 for none. A random sample of 20 000 events is drawn if there are more.
    """
    if len(x) > MOST_POINTS:
        chosen = np.random.default_rng(0).choice(len(x), MOST_POINTS, replace=False)
        x, y, labels = x[chosen], y[chosen], labels[chosen]
    numbers = range(int(labels.max()) + 1)
    colors = np.array([cluster_color(number) for number in numbers])
    outlines = [_outline(cluster_marker(number)) for number in numbers]
    size = float(np.clip(5_000 / len(x), 2, 9))
    # In the order of the events, so that no cluster lies on top of the others.
    points = axes.scatter(x, y, s=size, c=colors[labels], alpha=0.8, linewidths=0)
    points.set_paths([outlines[label] for label in labels])
    # Many points as curves make a PDF that is slow to open.
    points.set_rasterized(len(x) > _MOST_CURVES)


def _outline(marker: str) -> Path:
    style = MarkerStyle(marker)
    return style.get_path().transformed(style.get_transform())


def key_to_clusters(figure: Figure, numbers: Sequence[int]) -> None:
    """Tell beside a figure which markers its clusters have, if there are any.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    numbers : sequence of int
        Of the clusters, from 1; 0 for none.
    """
    if not max(numbers):
        return
    points = [
        Line2D(
            [], [], marker=cluster_marker(number), markersize=4, linestyle="", markeredgewidth=0,
            color=cluster_color(number),
        )
        for number in numbers
    ]  # fmt: skip
    names = [str(number) if number else "none" for number in numbers]
    figure.legend(
        points, names, title="Cluster", loc="outside right upper",
        handletextpad=0.1, handlelength=1.2, columnspacing=0.4, labelspacing=0.3,
        ncols=ceil(len(numbers) / KEY_ROWS),
    )  # fmt: skip

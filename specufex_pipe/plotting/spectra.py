"""The spectra of clusters, beside what the models make of them."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from specufex_pipe.numerics.types import FloatArray
from specufex_pipe.plotting.style import (
    INK,
    cluster_color,
    cluster_panels,
    frequency_extent,
    label_frequencies,
    styled,
)
from specufex_pipe.plotting.views import ABOVE_MEDIAN, Level


@styled
def spectra_figure(
    numbers: Sequence[int],
    means: FloatArray,
    medians: FloatArray,
    rebuilt: FloatArray,
    frequencies: FloatArray,
    level: Level = ABOVE_MEDIAN,
) -> Figure:
    """Show the mean and the median spectrum of each cluster, and what the states rebuild.

    Parameters
    ----------
    numbers : sequence of int
        Of the clusters, from 1; 0 for the events that are in none.
    means, medians, rebuilt : ndarray of shape (n_clusters, n_frequencies)
        What is rebuilt is in the scale of the means.
    frequencies : ndarray of shape (n_frequencies,)
        Hz.
    level : views.Level
        What the values of spectrograms are.

    Returns
    -------
    matplotlib.figure.Figure
        All panels have the same scale.
    """
    figure, panels = cluster_panels(
        numbers, 0.9, top=0.42, xlabel="Frequency (Hz)", ylabel=level.label
    )
    top = 1.05 * max(means.max(), medians.max(), rebuilt.max()) or 1.0
    lowest, highest = frequency_extent(frequencies)
    centers = np.linspace(lowest, highest, 2 * len(frequencies) + 1)[1::2]
    for place, axes in enumerate(panels):
        curves = (means[place], medians[place], rebuilt[place])
        _draw_spectra(axes, centers, curves, cluster_color(numbers[place]))
        axes.set(xlim=(lowest, highest), ylim=(0, top))
        axes.yaxis.set_major_locator(MaxNLocator(4))
        label_frequencies(axes.xaxis, frequencies)
    figure.legend(
        *panels[0].get_legend_handles_labels(), loc="upper left", ncols=3,
        bbox_to_anchor=(0.1, 1),
    )  # fmt: skip
    return figure


def _draw_spectra(
    axes: Axes, centers: FloatArray, curves: Sequence[FloatArray], color: str
) -> None:
    mean, median, rebuilt = curves
    axes.plot(centers, mean, color=color, linewidth=1.2, label="mean")
    axes.plot(centers, median, color=color, linewidth=0.9, linestyle=(0, (3, 1.5)), label="median")
    axes.plot(
        centers, rebuilt, color=INK, linewidth=0.8, linestyle=":", label="rebuilt by the states"
    )

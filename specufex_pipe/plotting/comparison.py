"""The components of several factorizations, one below the other."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

from specufex_pipe.numerics.types import FloatArray
from specufex_pipe.plotting.drawing import draw_components
from specufex_pipe.plotting.style import TWO_COLUMNS, StyledFigure, label_numbers, styled

_INCHES_PER_ROW = 1.3


class ComponentsRow(NamedTuple):
    """The components of one factorization.

    Attributes
    ----------
    title : str
    components : ndarray of shape (n_components, n_frequencies), or with a third axis of lags
        In the order in which they are drawn.
    frequencies : ndarray of shape (n_frequencies,)
        Hz.
    """

    title: str
    components: FloatArray
    frequencies: FloatArray


@styled
def comparison_figure(rows: Sequence[ComponentsRow]) -> Figure:
    """Show the components of several factorizations, a row each.

    Parameters
    ----------
    rows : sequence of ComponentsRow

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = StyledFigure((TWO_COLUMNS, 0.3 + _INCHES_PER_ROW * len(rows)), layout="constrained")
    panels = figure.subplots(len(rows), 1, squeeze=False)[:, 0]
    for axes, (title, components, frequencies) in zip(panels, rows, strict=True):
        image = draw_components(axes, components, frequencies)
        label_numbers(axes.xaxis, len(components), most=30)
        axes.set(title=title, ylabel="Frequency (Hz)")
    panels[-1].set_xlabel("Component, the one that explains most first")
    figure.colorbar(image, ax=list(panels), label="Relative to the peak", aspect=40, pad=0.01)
    return figure


def strongest_first(components: FloatArray, shares: FloatArray, least: float) -> FloatArray:
    """Return components by falling share of the energy, without those that are as good as empty.

    Parameters
    ----------
    components : ndarray, its first axis that of the components
    shares : ndarray of shape (n_components,)
    least : float
        Share below which a component counts as empty.
    """
    order = np.argsort(-shares, kind="stable")[: np.count_nonzero(shares >= least)]
    return components[order]

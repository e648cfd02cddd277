"""The components of a factorization, and how much each explains."""

import numpy as np
from matplotlib.figure import Figure

from specufex_pipe.numerics.types import FloatArray
from specufex_pipe.plotting.drawing import draw_components
from specufex_pipe.plotting.style import ACCENT, TWO_COLUMNS, StyledFigure, label_numbers, styled


@styled
def components_figure(
    components: FloatArray, shares: FloatArray, frequencies: FloatArray
) -> Figure:
    """Show the components, and the share of the energy that each explains.

    Parameters
    ----------
    components : ndarray of shape (n_components, n_frequencies), or with a third axis of lags
        Components that last several frames are drawn as spectrograms, from left to right.
    shares : ndarray of shape (n_components,)
    frequencies : ndarray of shape (n_frequencies,)
        Hz.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = StyledFigure((TWO_COLUMNS, 3.3), layout="constrained")
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=(2.6, 1))
    image = draw_components(top, components, frequencies)
    n_components = len(components)
    figure.colorbar(image, ax=top, label="Relative to the peak", aspect=20, pad=0.01)
    bottom.bar(np.arange(1, n_components + 1), 100 * shares, color=ACCENT, width=0.8)
    label_numbers(bottom.xaxis, n_components, most=30)
    top.tick_params(labelbottom=False)
    top.set_ylabel("Frequency (Hz)")
    bottom.set(xlabel="Component", ylabel="Share of energy (%)")
    figure.align_ylabels()
    return figure

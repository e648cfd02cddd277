"""How fits went, step by step."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullFormatter

from specufex_pipe.fitting.estimator import History
from specufex_pipe.plotting.style import ACCENT, TWO_COLUMNS, StyledFigure, styled


@styled
def fits_figure(fits: Mapping[str, History]) -> Figure:
    """Show how the fits went, a panel each.

    Parameters
    ----------
    fits : dict of fitting.estimator.History
        By the name of the model.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = StyledFigure((TWO_COLUMNS, 2.3), layout="constrained")
    panels = figure.subplots(1, len(fits))
    for axes, (name, history) in zip(panels, fits.items(), strict=True):
        axes.plot(history.steps, history.values, "o-", color=ACCENT, linewidth=1, markersize=3)
        axes.set(title=name, xlabel=history.step, ylabel=history.measure)
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True, steps=(1, 2, 5, 10)))
        values = np.array(history.values)
        if len(values) and values.min() > 0 and values.max() > 5 * values[-1]:
            axes.set_yscale("log")  # the first iterations would hide the others
            axes.yaxis.set_major_formatter("{x:g}")
            axes.yaxis.set_minor_formatter(NullFormatter())
        else:
            axes.ticklabel_format(axis="y", useOffset=False)
    return figure

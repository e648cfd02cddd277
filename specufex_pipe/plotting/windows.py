"""The windows of some events below each other."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from specufex_pipe.numerics.types import FloatArray
from specufex_pipe.plotting.style import (
    ACCENT,
    INK,
    MUTED,
    SMALL,
    TWO_COLUMNS,
    StyledFigure,
    styled,
)


@styled
def windows_figure(
    windows: Sequence[FloatArray],
    titles: Sequence[str],
    *,
    onsets: Sequence[float],
    sampling_rate: float,
) -> Figure:
    """Draw the waveforms of some events, each scaled to its peak.

    Parameters
    ----------
    windows : sequence of ndarray of shape (n_samples,)
        They may differ in length; what is empty has only its title.
    titles : sequence of str
    onsets : sequence of float
        Time from the first sample of each to its reference, where a line is drawn, s.
    sampling_rate : float
        Hz.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = StyledFigure((TWO_COLUMNS, 0.35 + 0.6 * max(1, len(windows))), layout="constrained")
    panels = figure.subplots(max(1, len(windows)), 1, sharex=True, squeeze=False)[:, 0]
    for axes, samples, title, onset in zip(panels, windows, titles, onsets, strict=False):
        axes.set_title(title, fontsize=SMALL)
        axes.set(yticks=(), ylim=(-1.1, 1.1))
        axes.spines["left"].set_visible(False)
        if len(samples):
            times = np.arange(len(samples)) / sampling_rate
            axes.plot(times, samples / (np.abs(samples).max() or 1.0), color=INK, linewidth=0.5)
            axes.axvline(onset, color=ACCENT, linewidth=0.9)
        else:
            axes.axhline(0, color=MUTED, linewidth=0.5, linestyle=":")
    panels[-1].set_xlabel("Time in the window (s)")
    return figure

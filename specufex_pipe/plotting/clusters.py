"""The means of a cluster: its spectrogram and its fingerprint."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from specufex_pipe.numerics.types import FloatArray
from specufex_pipe.plotting.drawing import draw_fingerprint, draw_spectrogram
from specufex_pipe.plotting.style import add_axes, label_numbers, styled
from specufex_pipe.plotting.views import ABOVE_MEDIAN, Clock, Level


@styled
def mean_spectrogram_figure(
    spectrogram: FloatArray,
    *,
    clock: Clock,
    frequencies: FloatArray,
    limit: float,
    level: Level = ABOVE_MEDIAN,
) -> Figure:
    """Show the mean spectrogram of a cluster.

    Parameters
    ----------
    spectrogram : ndarray of shape (n_frames, n_frequencies)
    clock : views.Clock
    frequencies : ndarray of shape (n_frequencies,)
        Hz.
    limit : float
        Upper end of the colour scale.
    level : views.Level
        What the values of spectrograms are.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes, bar = _panel_with_bar(5, 3.2)
    image = draw_spectrogram(axes, spectrogram, clock, frequencies, limit)
    axes.set(title="Mean spectrogram", xlabel=clock.label, ylabel="Frequency (Hz)")
    ticks = MaxNLocator(5, integer=level.is_in_decibels)
    figure.colorbar(image, cax=bar, label=level.label, extend="max", ticks=ticks)
    return figure


@styled
def fingerprint_figure(fingerprint: FloatArray, limit: float) -> Figure:
    """Show a fingerprint: rows are the states that come first, columns those that follow.

    Parameters
    ----------
    fingerprint : ndarray of shape (n_states, n_states)
    limit : float
        Upper end of the colour scale.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes, bar = _panel_with_bar(3.85, 3.2)
    image = draw_fingerprint(axes, fingerprint, limit)
    axes.set(title="Mean fingerprint", xlabel="To state", ylabel="From state")
    for axis in (axes.xaxis, axes.yaxis):
        label_numbers(axis, len(fingerprint), most=20)
    axes.tick_params(labelsize=6.5)
    figure.colorbar(image, cax=bar, label="Fingerprint", ticks=MaxNLocator(3))
    return figure


def _panel_with_bar(width: float, height: float) -> tuple[Figure, Axes, Axes]:
    """Return a figure, its axes, and axes for a colour bar, with the margins fixed in inches."""
    figure = Figure((width, height))
    axes = add_axes(figure, 0.48, 0.25, width - 1.2, height - 0.7)
    bar = add_axes(figure, width - 0.64, 0.25, 0.08, height - 0.7)
    return figure, axes, bar

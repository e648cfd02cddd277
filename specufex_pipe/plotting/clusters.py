"""The means of a cluster: its spectrogram and its fingerprint."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from specufex_pipe.numerics.types import FloatArray
from specufex_pipe.plotting.drawing import draw_fingerprint, draw_spectrogram
from specufex_pipe.plotting.style import COLUMN, StyledFigure, add_axes, label_numbers, styled
from specufex_pipe.plotting.views import ABOVE_MEDIAN, Clock, Level

# Inches.
_HEIGHT, _LEFT, _TOP, _FOOT, _BAR, _ROOM_OF_BAR = 2.5, 0.42, 0.2, 0.36, 0.07, 0.56


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
    figure, axes, bar = _panel_with_bar(_LEFT, COLUMN - _LEFT - _ROOM_OF_BAR)
    image = draw_spectrogram(axes, spectrogram, clock, frequencies, limit)
    axes.xaxis.set_major_locator(MaxNLocator(6, steps=(1, 2, 5, 10)))
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
    side = _HEIGHT - _TOP - _FOOT
    figure, axes, bar = _panel_with_bar((COLUMN - side) / 2, side)
    image = draw_fingerprint(axes, fingerprint, limit)
    axes.set(title="Mean fingerprint", xlabel="To state", ylabel="From state")
    for axis in (axes.xaxis, axes.yaxis):
        label_numbers(axis, len(fingerprint), most=12)
    figure.colorbar(image, cax=bar, label="Fingerprint", ticks=MaxNLocator(3))
    return figure


def _panel_with_bar(left: float, width: float) -> tuple[Figure, Axes, Axes]:
    """Return a figure, its axes, so far from the left and so wide, and axes for a colour bar."""
    figure, height = StyledFigure((COLUMN, _HEIGHT)), _HEIGHT - _TOP - _FOOT
    axes = add_axes(figure, left, _TOP, width, height)
    bar = add_axes(figure, left + width + _BAR, _TOP, _BAR, height)
    return figure, axes, bar

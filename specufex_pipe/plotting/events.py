"""An event from its waveform to its fingerprint."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from specufex_pipe.numerics.types import FloatArray
from specufex_pipe.plotting.drawing import (
    draw_fingerprint,
    draw_over_time,
    draw_spectrogram,
    mark_reference,
    matrix_colors,
)
from specufex_pipe.plotting.style import (
    COLUMN,
    INK,
    MATRIX_COLORS,
    MUTED,
    SPECTROGRAM_COLORS,
    StyledFigure,
    add_axes,
    label_numbers,
    styled,
)
from specufex_pipe.plotting.views import ABOVE_MEDIAN, Clock, Example, Level, Limits


@styled
def event_figure(
    example: Example,
    *,
    clock: Clock,
    frequencies: FloatArray,
    limits: Limits,
    level: Level = ABOVE_MEDIAN,
    unit: str = "",
) -> Figure:
    """Show an event from its waveform to its states, on one time axis, and its fingerprint.

    Parameters
    ----------
    example : views.Example
    clock : views.Clock
    frequencies : ndarray of shape (n_frequencies,)
        Hz.
    limits : views.Limits
    level : views.Level
        What the values of spectrograms are.
    unit : str
        Of the waveform.

    Returns
    -------
    matplotlib.figure.Figure
        Below each other waveform, spectrogram, energies of the components and probabilities of the
        states; beside these the fingerprint, the row of a state level with its probabilities.
    """
    drawing = EventDrawing(
        clock=clock, frequencies=frequencies, limits=limits, level=level, unit=unit
    )
    return drawing.show(example)


class EventDrawing:
    """One figure that shows event after event, as `event_figure` does.

    Most of the time goes into axes and their labels, which are made once.

    Parameters
    ----------
    clock, frequencies, limits, level, unit
        As for `event_figure`.
    """

    @styled
    def __init__(
        self,
        *,
        clock: Clock,
        frequencies: FloatArray,
        limits: Limits,
        level: Level = ABOVE_MEDIAN,
        unit: str = "",
    ) -> None:
        self.clock, self.frequencies, self.unit, self.limits = clock, frequencies, unit, limits
        self.figure, self._panels, bars, self._matrix = _event_axes()
        colors = (
            ScalarMappable(Normalize(0, limits.spectrogram), SPECTROGRAM_COLORS),
            ScalarMappable(**matrix_colors(limits.energy)),
        )
        labels = (level.label, level.energy_label)
        for bar, label, mappable in zip(bars, labels, colors, strict=True):
            ticks = MaxNLocator(5, steps=(1, 2, 5, 10))
            self.figure.colorbar(mappable, cax=bar, label=label, extend="max", ticks=ticks)

    @styled
    def show(self, example: Example) -> Figure:
        """Show an event instead of the one before.

        Parameters
        ----------
        example : views.Example

        Returns
        -------
        matplotlib.figure.Figure
            The same each time.
        """
        for axes in (*self._panels, self._matrix):
            for artist in (*axes.lines, *axes.images, *axes.texts):
                artist.remove()
        waveform, spectrogram, energies, states = self._panels
        _draw_waveform(waveform, example.samples, self.clock, self.unit)
        draw_spectrogram(
            spectrogram, example.frames, self.clock, self.frequencies, self.limits.spectrogram
        )
        _draw_energies(energies, example.energies, self.clock, self.limits.energy)
        _draw_state_probabilities(states, example.state_probabilities, self.clock)
        # This also turns the axis of the states, which both have in common: the first is on top.
        draw_fingerprint(self._matrix, example.fingerprint, self.limits.fingerprint)
        label_numbers(self._matrix.xaxis, len(example.fingerprint), most=6)
        return self.figure


def _event_axes() -> tuple[Figure, list[Axes], list[Axes], Axes]:
    """Return a figure, panels that share the time axis, two colour bars, and a square beside."""
    left, width, right, side = 0.46, 1.82, 2.36, 0.82
    # Panels from the top, in inches: waveform, spectrogram, energies, states; gaps above each.
    heights, gaps = (0.5, 1.05, 1.05, side), (0.06, 0.06, 0.06, 0.24)
    tops = np.cumsum(gaps) + np.cumsum((0, *heights[:-1]))
    figure = StyledFigure((COLUMN, tops[-1] + side + 0.36))
    panels = [add_axes(figure, left, tops[0], width, heights[0])]
    for top, height in zip(tops[1:], heights[1:], strict=True):
        panels.append(add_axes(figure, left, top, width, height, sharex=panels[0]))
    panels[0].xaxis.set_major_locator(MaxNLocator(6, steps=(1, 2, 5, 10)))
    for axes in panels:
        axes.tick_params(labelbottom=axes is panels[-1])
        axes.yaxis.set_label_coords(-0.17, 0.5)
    panels[1].set_ylabel("Frequency (Hz)")
    bars = [add_axes(figure, right, tops[i], 0.07, heights[i]) for i in (1, 2)]
    matrix = add_axes(figure, right, tops[3], side, side, sharey=panels[3])
    matrix.set(title="Fingerprint", xlabel="To state")
    matrix.tick_params(labelleft=False)
    return figure, panels, bars, matrix


def _draw_waveform(axes: Axes, samples: FloatArray, clock: Clock, unit: str) -> None:
    """Draw samples over time, scaled to their peak, which is written beside."""
    times = clock.samples(len(samples))
    scale = np.abs(samples).max() or 1.0
    axes.plot(times, samples / scale, color=INK, linewidth=0.35)
    mark_reference(axes, MUTED)
    axes.set(xlim=times[[0, -1]], ylim=(-1.08, 1.08), yticks=(-1, 0, 1), ylabel="Amplitude")
    peak = f"{scale:,.0f}" if scale >= 100 else f"{scale:.3g}"
    axes.text(1.03, 0.5, f"peak {peak}\n{unit}", transform=axes.transAxes, va="center")
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(bottom=False)


def _draw_energies(axes: Axes, energies: FloatArray, clock: Clock, limit: float) -> None:
    n_components = energies.shape[1]
    colors = matrix_colors(limit)
    draw_over_time(axes, energies, clock, (0.5, n_components + 0.5), **colors)
    mark_reference(axes, MUTED)
    label_numbers(axes.yaxis, n_components, most=8)
    axes.set_ylabel("Component")


def _draw_state_probabilities(axes: Axes, probabilities: FloatArray, clock: Clock) -> None:
    n_states = probabilities.shape[1]
    colors = {"cmap": MATRIX_COLORS, "vmin": 0, "vmax": 1}
    draw_over_time(axes, probabilities, clock, (0.5, n_states + 0.5), **colors)
    mark_reference(axes, MUTED)
    label_numbers(axes.yaxis, n_states, most=6)
    axes.set(title="State probabilities", xlabel=clock.label, ylabel="State")

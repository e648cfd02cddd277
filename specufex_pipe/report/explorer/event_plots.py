"""The plots of the event that the explorer shows: what Bokeh draws, without the data of an event.

event.js finds sources and axes by their names, and fills them.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from bokeh.layouts import gridplot
from bokeh.models.annotations import ColorBar, Span
from bokeh.models.mappers import LinearColorMapper
from bokeh.models.plots import Plot
from bokeh.models.ranges import Range1d
from bokeh.models.sources import ColumnDataSource
from bokeh.models.text import PlainText
from bokeh.models.tickers import BasicTicker, FixedTicker
from bokeh.plotting import figure
from matplotlib import colormaps
from matplotlib.colors import to_hex
from matplotlib.ticker import MaxNLocator

from specufex_pipe.numerics.types import FloatArray
from specufex_pipe.plotting.style import MATRIX_COLORS, SPECTROGRAM_COLORS, are_logarithmic
from specufex_pipe.report.explorer.documents import document_json

_N_COLORS = 256
# In light and in dark, where there are no data.
_NO_DATA = "rgba(128, 128, 128, 0.12)"
_MOST_STATES_LABELLED = 8
_IMAGE = ("image", "x", "y", "dw", "dh")
_TIME_TOOLS = "xbox_zoom,xpan,reset"


def event_plots(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return the plots of an event, as JSON that is the same for the same run.

    Parameters
    ----------
    event : mapping
        What the page knows of events: frequencies of the rows of a whole spectrogram (Hz),
        spectrogram_label, spectrogram_end, fingerprint_end, reference and n_states.

    Returns
    -------
    dict
        document: its roots are called as the elements that they go into, event-plots (waveform,
        spectrogram and states over time) and event-fingerprint. colors: the 256 of spectrograms,
        from the lowest value to the highest.
    """
    times = Range1d(start=0, end=1, name="event-time")
    panels = [_waveform(times), _spectrogram(times, event), _states(times, event)]
    for panel in panels:
        panel.xaxis.visible = panel is panels[-1]
        panel.add_layout(
            Span(location=0, dimension="height", line_color="#8a8f98", line_dash="dashed")
        )
    grid = gridplot(
        [[panel] for panel in panels], merge_tools=True, sizing_mode="stretch_width",
        toolbar_options={"logo": None},
    )  # fmt: skip
    grid.name = "event-plots"
    return {
        "document": document_json([grid, _fingerprint(event)]),
        "colors": _palette(SPECTROGRAM_COLORS),
    }


def rows_of_frequencies(frequencies: FloatArray, values: FloatArray) -> FloatArray:
    """Return where frequencies are on an axis of the rows of a spectrogram, which count from 0.

    Parameters
    ----------
    frequencies : ndarray of shape (n_frequencies,)
        Of the rows, Hz, rising; evenly spaced or not.
    values : ndarray of shape (n_values,)
        Hz.
    """
    return np.interp(values, frequencies, np.arange(len(frequencies)))


def frequency_marks(frequencies: FloatArray) -> FloatArray:
    """Return round frequencies within those of the rows of a spectrogram, Hz.

    Parameters
    ----------
    frequencies : ndarray of shape (n_frequencies,)
        Hz, rising.
    """
    first, last = float(frequencies[0]), float(frequencies[-1])
    if are_logarithmic(frequencies) and first > 0:
        decades = 10.0 ** np.arange(np.floor(np.log10(first)), np.ceil(np.log10(last)) + 1)
        marks = np.outer(decades, (1, 2, 5)).ravel()
    else:
        marks = np.asarray(MaxNLocator(5, steps=(1, 2, 5, 10)).tick_values(first, last))
    within = marks[(marks >= first) & (marks <= last)]
    return within if len(within) else np.array([first])


def _waveform(times: Range1d) -> Plot:
    plot = _panel(
        "waveform", times, height=110, y_range=_range(-1.08, 1.08), y_axis_label="Amplitude"
    )
    plot.yaxis.ticker = FixedTicker(ticks=[-1, 0, 1])
    plot.varea(
        "time", "lowest", "highest", source=_source("envelope", "time", "lowest", "highest"),
        name="event-area",
    )  # fmt: skip
    plot.line(
        "time", "sample", source=_source("samples", "time", "sample"), name="event-line",
        line_width=0.7,
    )  # fmt: skip
    return plot


def _spectrogram(times: Range1d, event: Mapping[str, Any]) -> Plot:
    frequencies = np.array(event["frequencies"])
    marks = frequency_marks(frequencies)
    plot = _panel(
        "spectrogram", times, height=240, y_axis_label="Frequency (Hz)",
        y_range=_range(-0.5, len(frequencies) - 0.5),
    )  # fmt: skip
    _label(plot.yaxis, rows_of_frequencies(frequencies, marks), marks)
    mapper = LinearColorMapper(
        palette=_palette(SPECTROGRAM_COLORS), low=0, high=event["spectrogram_end"],
        name="event-spectrogram-colors",
    )  # fmt: skip
    _image(plot, "spectrogram", mapper)
    _add_bar(plot, mapper, event["spectrogram_label"])
    return plot


def _states(times: Range1d, event: Mapping[str, Any]) -> Plot:
    n_states = event["n_states"]
    # As in the report, the first state is on top.
    plot = _panel(
        "states", times, height=200, y_range=_range(n_states + 0.5, 0.5), y_axis_label="State",
        x_axis_label=_plain(f"Time after the {event['reference']} (s)"),
    )  # fmt: skip
    _number(plot.yaxis, n_states)
    mapper = LinearColorMapper(palette=_palette(MATRIX_COLORS), low=0, high=1)
    _image(plot, "states", mapper)
    _add_bar(plot, mapper, "Probability")
    return plot


def _fingerprint(event: Mapping[str, Any]) -> Plot:
    ends = (0.5, event["n_states"] + 0.5)
    plot = _panel(
        "fingerprint", _range(*ends), height=280, width=320, y_range=_range(*ends[::-1]),
        x_axis_label="To state", y_axis_label="From state", title="Fingerprint",
        toolbar_location=None, tools="",
    )  # fmt: skip
    for axis in (plot.xaxis, plot.yaxis):
        _number(axis, event["n_states"])
    # As dark as the share that an entry is the root of, as `plotting.drawing.draw_fingerprint` has
    # it.
    mapper = LinearColorMapper(
        palette=_palette(MATRIX_COLORS, power=2), low=0, high=event["fingerprint_end"]
    )
    _image(plot, "fingerprint", mapper)
    _add_bar(plot, mapper, None)
    return plot


def _range(start: float, end: float) -> Range1d:
    return Range1d(start=start, end=end)


def _panel(name: str, x_range: Range1d, **options: Any) -> Any:
    titles = {"waveform": "Waveform", "spectrogram": "Spectrogram", "states": "State probabilities"}
    made = {"tools": _TIME_TOOLS, "title": titles.get(name), "active_drag": None} | options
    plot = figure(
        name=f"event-{name}", x_range=x_range, output_backend="canvas",
        background_fill_color=_NO_DATA, border_fill_color=None, outline_line_color=None, **made,
    )  # fmt: skip
    plot.grid.visible = False
    plot.axis.axis_label_text_font_style = "normal"
    plot.axis.minor_tick_line_color = None
    return plot


def _image(plot: Any, name: str, mapper: LinearColorMapper) -> None:
    plot.image(*_IMAGE, source=_source(name, *_IMAGE), color_mapper=mapper)


def _add_bar(plot: Any, mapper: LinearColorMapper, title: str | None) -> None:
    bar = ColorBar(
        color_mapper=mapper, title=title and _plain(title), title_text_font_style="normal",
        width=10, background_fill_color=None, ticker=BasicTicker(desired_num_ticks=4),
    )  # fmt: skip
    plot.add_layout(bar, "right")


def _plain(text: str) -> PlainText:
    """Return a text of the run, in which nothing is taken for mathematics."""
    return PlainText(text=text)


def _source(name: str, *columns: str) -> ColumnDataSource:
    return ColumnDataSource({column: [] for column in columns}, name=f"event-{name}-data")


def _number(axis: Any, count: int) -> None:
    """Label states, at most so many of them."""
    step = -(-count // _MOST_STATES_LABELLED)
    numbers = np.arange(1.0, count + 1, step)
    _label(axis, numbers, numbers)


def _label(axis: Any, places: FloatArray, numbers: FloatArray) -> None:
    axis.ticker = FixedTicker(ticks=places.tolist())
    axis.major_label_overrides = {
        place: f"{number:g}"
        for place, number in zip(places.tolist(), numbers.tolist(), strict=True)
    }


def _palette(name: str, power: float = 1) -> list[str]:
    """Return colours of values whose power rises evenly."""
    return [to_hex(color) for color in colormaps[name](np.linspace(0, 1, _N_COLORS) ** power)]

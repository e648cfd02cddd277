"""The plots of the explorer: Bokeh's models, which the page fills with events and colours."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from bokeh.models import (
    BoxSelectTool,
    ColumnDataSource,
    LassoSelectTool,
    PanTool,
    Range1d,
    Scatter,
    WheelZoomTool,
)
from bokeh.models.annotations import BoxAnnotation
from bokeh.plotting import figure

from specufex_pipe.numerics.geography import nearest_turn
from specufex_pipe.plotting.frame import Frame, frame_of, stations_within
from specufex_pipe.plotting.surroundings import lines_within
from specufex_pipe.plotting.views import Places
from specufex_pipe.report.explorer.documents import document_json
from specufex_pipe.report.explorer.explored import Column, Explored

# Points that are drawn, those of them that are selected, and the event that is shown.
_SOURCES = ("events", "selected", "current")
# Pixels.
_POINT, _SELECTED, _CURRENT, _STATION, _OWN_STATION = 4, 5, 13, 8, 12
_OPACITY = 0.75


def plots_of(explored: Explored) -> dict[str, Any]:
    """Return the plots, as JSON that is the same for the same run.

    Parameters
    ----------
    explored : explored.Explored

    Returns
    -------
    dict
        document: the models, by whose names the page finds them: the figures features, timeline,
        map and section (where it is known where events are) and attributes, and the sources
        events, selected and current, which have the columns FIGURE_x and FIGURE_y of each figure.
        ends: the least and greatest value of each column of times and numbers, as it is drawn,
        that is, the logarithm to base 10 where events differ by factors; null where there is none.
        frame: of the map, degrees, and how long a degree of longitude is in degrees of latitude;
        null without a map.
    """
    frame = None if explored.places is None else frame_of(explored.places)
    names = [*_names(explored)]
    columns = [f"{name}_{axis}" for name in names for axis in "xy"]
    empty: dict[str, list[float]] = {column: [] for column in [*columns, "color"]}
    sources = {name: ColumnDataSource(empty, name=name) for name in _SOURCES}
    return {
        "document": document_json(_plot(name, sources, explored.places, frame) for name in names),
        "ends": {column.key: _ends(column) for column in explored.columns},
        "frame": None if frame is None else _described(frame),
    }


def _names(explored: Explored) -> Iterator[str]:
    keys = {column.key for column in explored.columns}
    yield from ("features", "timeline")
    if explored.places is not None:
        yield "map"
        if {"along_section", "depth"} <= keys:
            yield "section"
    yield "attributes"


def _plot(
    name: str, sources: dict[str, ColumnDataSource], places: Places | None, frame: Frame | None
) -> figure:
    """Return a figure: what is in a selection lies above a veil over all other events.

    The veil, and what is above it, have a canvas of their own, so that a selection does not draw
    the other events anew. No tool selects by itself: the page does, among all events and not only
    those that are drawn.
    """
    box = BoxSelectTool(renderers=[])
    plot = figure(
        name=name, sizing_mode="stretch_both", min_width=100, min_height=100,
        output_backend="canvas", toolbar_location=None,
        x_axis_type="datetime" if name == "timeline" else "linear",
        x_range=Range1d(start=0, end=1), y_range=Range1d(start=0, end=1),
        tools=[
            box, LassoSelectTool(renderers=[], continuous=False), PanTool(),
            WheelZoomTool(modifiers="ctrl", zoom_on_axis=name != "map"),
        ],
        active_drag=box,
    )  # fmt: skip
    points = partial(Scatter, x=f"{name}_x", y=f"{name}_y", fill_color="color", line_color=None)
    event = points(marker="square", size=_POINT, fill_alpha=_OPACITY)
    plot.add_glyph(sources["events"], event)
    plot.renderers.append(BoxAnnotation(name=f"{name}_veil", level="overlay", visible=False))
    plot.add_glyph(sources["selected"], points(marker="square", size=_SELECTED), level="overlay")
    if name == "map" and places is not None and frame is not None:
        _draw_surroundings(plot, places, frame)
    ring = points(size=_CURRENT, fill_color=None, line_color="color", line_width=2.5)
    plot.add_glyph(sources["current"], ring, level="overlay")
    return plot


def _draw_surroundings(plot: figure, places: Places, frame: Frame) -> None:
    lines = lines_within(places.lines, frame)
    points = ColumnDataSource({
        "x": [line[:, 0] for line in lines], "y": [line[:, 1] for line in lines],
    })  # fmt: skip
    plot.multi_line("x", "y", source=points, name="lines", level="underlay")
    stations = stations_within(places, frame)
    source = ColumnDataSource({
        "x": [nearest_turn(station.longitude, frame.longitude) for station in stations],
        "y": [station.latitude for station in stations],
        "code": [station.code.rpartition(".")[2] for station in stations],
        "size": [_OWN_STATION if station.is_own else _STATION for station in stations],
    })  # fmt: skip
    plot.scatter(
        "x", "y", source=source, marker="triangle", size="size", name="stations", level="overlay"
    )
    plot.text(
        "x", "y", "code", source=source, y_offset=-7, text_align="center", text_font_size="11px",
        name="codes", level="overlay",
    )  # fmt: skip


def _ends(column: Column) -> tuple[float, float] | None:
    """Return the ends of a column as it is drawn."""
    values = column.values[np.isfinite(column.values)].astype(float)
    if column.is_logarithmic:
        values = np.log10(values[values > 0])
    return (float(values.min()), float(values.max())) if len(values) else None


def _described(frame: Frame) -> dict[str, float]:
    shrinkage = frame.ratio * (frame.north - frame.south) / (frame.east - frame.west)
    return {
        "west": frame.west, "east": frame.east, "south": frame.south, "north": frame.north,
        "degree_of_longitude": shrinkage,
    }  # fmt: skip

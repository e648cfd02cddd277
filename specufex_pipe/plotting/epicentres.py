"""Where events are: epicentres in true proportions, and a section of depths below."""

from functools import partial
from math import ceil

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator

from specufex_pipe.numerics.geography import nearest_turn, wrapped
from specufex_pipe.numerics.types import IntArray
from specufex_pipe.plotting.drawing import KEY_ROWS, draw_cluster_points, key_to_clusters
from specufex_pipe.plotting.frame import Frame, frame_of, stations_within
from specufex_pipe.plotting.section import NAMES, Section, draw_section
from specufex_pipe.plotting.style import (
    COLUMN_AND_A_HALF,
    INK,
    StyledFigure,
    add_axes,
    clusters_in_order,
    styled,
)
from specufex_pipe.plotting.surroundings import draw_lines, draw_relief, draw_stations
from specufex_pipe.plotting.views import Places

# Inches.
_LEFT, _TOP, _BELOW, _RIGHT = 0.6, 0.1, 0.38, 0.15
_TITLE = 0.24
_MOST_STEPS = 5
_ABOVE_ALL = 9
# Of the map, where the letters at the ends of the section are not cut.
_WITHOUT_EDGE = 0.95


@styled
def epicentres_figure(places: Places, labels: IntArray) -> Figure:
    """Show the epicentres and, where depths are known, a vertical section of them.

    Parameters
    ----------
    places : views.Places
        One event at least has an epicentre; the others are left out.
    labels : ndarray of int, shape (n_events,)
        Clusters, from 1; 0 for none.

    Returns
    -------
    matplotlib.figure.Figure
        A degree of longitude is as long as the cosine of the middle latitude makes it. A map may
        go across the date line. With a random sample of 20 000 events if there are more. Stations
        far outside of the epicentres are left out.
    """
    known, numbers = places.are_known, clusters_in_order(labels)
    frame = frame_of(places)
    key_width = 0.45 * ceil(len(numbers) / KEY_ROWS)
    width = COLUMN_AND_A_HALF - _LEFT - _RIGHT - key_width
    height = width / frame.ratio
    section = Section.of(places) if places.depths_are_known else None
    of_section = 0.0 if section is None else _TITLE + section.height(width) + _BELOW
    figure = StyledFigure((COLUMN_AND_A_HALF, _TOP + height + _BELOW + of_section))
    axes = add_axes(figure, _LEFT, _TOP, width, height)
    axes.set(
        xlim=(frame.west, frame.east), ylim=(frame.south, frame.north),
        xlabel="Longitude (\N{DEGREE SIGN})", ylabel="Latitude (\N{DEGREE SIGN})",
    )  # fmt: skip
    _label_degrees(axes, frame)
    if places.relief is not None:
        draw_relief(axes, places.relief)
    draw_lines(axes, places.lines, frame)
    longitudes = nearest_turn(places.longitudes[known], frame.longitude)
    draw_cluster_points(axes, longitudes, places.latitudes[known], labels[known])
    if section is not None:
        _draw_line_of(section, axes, frame)
        top = _TOP + height + _BELOW + _TITLE
        below = add_axes(figure, _LEFT, top, width, section.height(width))
        draw_section(below, section, labels[places.are_in_section])
    draw_stations(axes, stations_within(places, frame), frame)
    axes.set(xlim=(frame.west, frame.east), ylim=(frame.south, frame.north))
    key_to_clusters(figure, numbers)
    return figure


def _label_degrees(axes: Axes, frame: Frame) -> None:
    spans = (frame.east - frame.west, frame.north - frame.south)
    for axis, span in zip((axes.xaxis, axes.yaxis), spans, strict=True):
        # Steps of one digit, of which there are no more than so many in the span.
        axis.set_major_locator(MaxNLocator(_MOST_STEPS, steps=[1, 2, 5, 10]))
        n_decimals = max(0, ceil(np.log10(_MOST_STEPS / span)))
        axis.set_major_formatter(partial(_as_text, n_decimals=n_decimals))


def _as_text(degrees: float, _: int, n_decimals: int) -> str:
    return f"{wrapped(degrees):.{n_decimals}f}".replace("-", "\N{MINUS SIGN}")


def _draw_line_of(section: Section, axes: Axes, frame: Frame) -> None:
    """Draw where a section is, with the names of its ends, as far as the map goes."""
    latitudes, longitudes = section.line()
    longitudes = nearest_turn(longitudes, frame.longitude)
    # Beyond the pole it goes on elsewhere on the map.
    breaks = np.flatnonzero(np.abs(np.diff(longitudes)) > 180) + 1
    drawn = (np.insert(each, breaks, np.nan) for each in (longitudes, latitudes))
    axes.plot(*drawn, color=INK, linewidth=0.8, linestyle=(0, (5, 3)))
    inside = [
        place
        for place, (latitude, longitude) in enumerate(zip(latitudes, longitudes, strict=True))
        if frame.has(latitude, longitude, _WITHOUT_EDGE)
    ]
    if not inside:
        return
    halo = [withStroke(linewidth=2.5, foreground="white")]
    for name, place in zip(NAMES, (inside[0], inside[-1]), strict=True):
        axes.annotate(
            name, (longitudes[place], latitudes[place]), ha="center", va="center",
            weight="bold", path_effects=halo, zorder=_ABOVE_ALL,
        )  # fmt: skip

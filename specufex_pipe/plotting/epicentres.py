"""Where events are: epicentres in true proportions, and a section of depths below."""

from math import ceil

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from specufex_pipe.numerics.types import FloatArray, IntArray
from specufex_pipe.plotting.drawing import KEY_ROWS, draw_cluster_points, key_to_clusters
from specufex_pipe.plotting.style import (
    COLUMN_AND_A_HALF,
    StyledFigure,
    add_axes,
    clusters_in_order,
    styled,
)
from specufex_pipe.plotting.views import Places

# Degrees, so that a single event has a map of about two kilometres.
_LEAST_SPAN = 0.02
# Of the span of the events, to either side.
_MARGIN = 0.06
# Width over height, whatever the events span: the shorter span is extended.
_MOST_WIDE, _LEAST_WIDE = 2.0, 0.8
# Inches.
_LEFT, _SECTION_HEIGHT = 0.6, 1.1


@styled
def epicentres_figure(places: Places, labels: IntArray) -> Figure:
    """Show the epicentres and, where depths are known, a section from west to east.

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
        go across the date line. With a random sample of 20 000 events if there are more.
    """
    known, numbers = places.are_known, clusters_in_order(labels)
    latitudes, depths = places.latitudes[known], places.depths[known]
    longitudes, labels = _in_one_piece(places.longitudes[known]), labels[known]
    east, north, ratio = _limits(latitudes, longitudes)
    has_depths = places.depths_are_known
    key_width = 0.45 * ceil(len(numbers) / KEY_ROWS)
    width = COLUMN_AND_A_HALF - 0.75 - key_width
    height = width / ratio
    figure = StyledFigure(
        (COLUMN_AND_A_HALF, height + (_SECTION_HEIGHT + 0.53 if has_depths else 0.45))
    )
    top = add_axes(figure, _LEFT, 0.1, width, height)
    draw_cluster_points(top, longitudes, latitudes, labels)
    top.set(xlim=east, ylim=north, ylabel="Latitude (°)")
    n_decimals = max(0, ceil(1 - np.log10(np.ptp(east))))
    top.xaxis.set_major_formatter(lambda value, _: _as_text(_wrapped(value), n_decimals))
    for axis in (top.xaxis, top.yaxis):
        axis.set_major_locator(MaxNLocator(5))
    lowest = top
    if has_depths:
        lowest = add_axes(figure, _LEFT, 0.2 + height, width, _SECTION_HEIGHT, sharex=top)
        draw_cluster_points(lowest, longitudes, depths, labels)
        lowest.invert_yaxis()
        lowest.set_ylabel("Depth (km)")
        top.tick_params(labelbottom=False)
    lowest.set_xlabel("Longitude (°)")
    key_to_clusters(figure, numbers)
    return figure


def _in_one_piece(longitudes: FloatArray) -> FloatArray:
    """Return longitudes that rise from the eastern end of the widest gap between them."""
    turned = np.unique(longitudes % 360)
    gaps = np.diff(turned, append=turned[0] + 360)
    first = turned[(gaps.argmax() + 1) % len(turned)]
    # The first stays where maps have it.
    return _wrapped(first) + (longitudes - first) % 360


def _wrapped(longitude: float) -> float:
    """Return a longitude above -180 degrees, up to 180."""
    return 180 - (180 - longitude) % 360


def _as_text(degrees: float, n_decimals: int) -> str:
    return f"{degrees:.{n_decimals}f}".replace("-", "\N{MINUS SIGN}")


def _limits(
    latitudes: FloatArray, longitudes: FloatArray
) -> tuple[tuple[float, float], tuple[float, float], float]:
    """Return the ends of the map in longitude and latitude, and its width over its height."""
    ends = np.array([[each.min(), each.max()] for each in (longitudes, latitudes)])
    (x, y), spans = ends.mean(axis=1), np.maximum(np.ptp(ends, axis=1), _LEAST_SPAN)
    shrinkage = max(np.cos(np.deg2rad(y)), 0.01)
    # In degrees of latitude.
    width, height = spans * (1 + 2 * _MARGIN) * (shrinkage, 1)
    ratio = float(np.clip(width / height, _LEAST_WIDE, _MOST_WIDE))
    height = max(height, width / ratio)
    east, north = ratio * height / shrinkage / 2, height / 2
    return (x - east, x + east), (y - north, y + north), ratio

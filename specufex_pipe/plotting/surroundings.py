"""What is drawn around epicentres: relief, coastlines and the like, and stations."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import LightSource
from matplotlib.patheffects import withStroke

from specufex_pipe.catalogs.relief import Relief
from specufex_pipe.numerics.geography import KILOMETRES_PER_DEGREE, nearest_turn
from specufex_pipe.numerics.types import FloatArray
from specufex_pipe.plotting.frame import Frame
from specufex_pipe.plotting.style import INK, MUTED, SMALL, size_of
from specufex_pipe.plotting.views import Station

# Of the brightness, which leaves the points their colours.
_DARKEST, _BRIGHTEST = 0.72, 1.0
# Of the shades; beyond them are the few steepest slopes.
_SHADES = (2, 98)
_MOST_LETTERS = 12
# Inches: about the size of the letters of a code, and how far it stands above its triangle.
_LETTER_WIDTH, _LETTER_HEIGHT, _ABOVE = 0.065, 0.11, 0.06
_HALO = (withStroke(linewidth=2, foreground="white"),)


def draw_relief(axes: Axes, relief: Relief) -> None:
    """Draw heights as grey levels, lit from the north-west.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Of longitudes and latitudes.
    relief : catalogs.relief.Relief
        Two rows and columns at least.
    """
    heights, longitudes, latitudes = relief.heights, relief.longitudes, relief.latitudes
    if min(heights.shape) < 2 or not np.isfinite(heights).any():
        return
    degree = 1000 * KILOMETRES_PER_DEGREE
    dx = degree * max(np.cos(np.deg2rad(latitudes.mean())), 0.01) * (longitudes[1] - longitudes[0])
    dy = degree * (latitudes[1] - latitudes[0])
    is_known = np.isfinite(heights)
    filled = np.where(is_known, heights, heights[is_known].min())
    # The light takes the first row for the northernmost.
    shades = LightSource(azdeg=315, altdeg=45).hillshade(filled[::-1], dx=dx, dy=dy)[::-1]
    low, high = np.percentile(shades, _SHADES)
    relative = np.clip((shades - low) / (high - low), 0, 1) if high > low else np.ones_like(shades)
    grey = np.where(is_known, _DARKEST + (_BRIGHTEST - _DARKEST) * relative, _BRIGHTEST)
    axes.imshow(
        grey, cmap="gray", vmin=0, vmax=1, origin="lower", aspect="auto", interpolation="bilinear",
        extent=(*_edges(longitudes), *_edges(latitudes)), zorder=0,
    )  # fmt: skip


def _edges(centers: FloatArray) -> tuple[float, float]:
    """Return where the first and the last cell end."""
    half = (centers[1] - centers[0]) / 2
    return centers[0] - half, centers[-1] + half


def draw_lines(axes: Axes, lines: Sequence[FloatArray], frame: Frame) -> None:
    """Draw coastlines and the like, as far as they are within a frame.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Of longitudes and latitudes.
    lines : sequence of ndarray of shape (n_points, 2)
        Longitudes and latitudes, degrees.
    frame : frame.Frame
    """
    seen = lines_within(lines, frame)
    if seen:
        axes.add_collection(LineCollection(seen, colors=MUTED, linewidths=0.6, zorder=0.5))


def lines_within(lines: Sequence[FloatArray], frame: Frame) -> list[FloatArray]:
    """Return the lines of which a part may be within a frame, turned to where it has them.

    Parameters
    ----------
    lines : sequence of ndarray of shape (n_points, 2)
        Longitudes and latitudes, degrees.
    frame : frame.Frame
    """
    return [turned for line in lines for turned in _in_turns(line, frame) if _meets(turned, frame)]


def _in_turns(line: FloatArray, frame: Frame) -> list[FloatArray]:
    """Return a line without jumps at the date line, in all turns that may be within a frame."""
    longitudes = np.unwrap(line[:, 0], period=360)
    first = nearest_turn(longitudes[0], frame.longitude)
    longitudes += first - longitudes[0]
    return [np.column_stack([longitudes + turn, line[:, 1]]) for turn in (-360, 0, 360)]


def _meets(line: FloatArray, frame: Frame) -> bool:
    """Tell whether the box around a line and the frame overlap."""
    (west, south), (east, north) = line.min(axis=0), line.max(axis=0)
    return bool(
        west <= frame.east and east >= frame.west and south <= frame.north and north >= frame.south
    )


def draw_stations(axes: Axes, stations: Sequence[Station], frame: Frame) -> None:
    """Draw stations as triangles with their codes; a code that has no room is left out.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Of longitudes and latitudes.
    stations : sequence of views.Station
        Within the frame; the one that the waveforms are of is filled.
    frame : frame.Frame
    """
    scale = np.array(size_of(axes))
    spans = np.array([frame.east - frame.west, frame.north - frame.south])
    taken: list[tuple[FloatArray, FloatArray]] = []
    for station in sorted(stations, key=lambda each: (not each.is_own, each.code)):
        place = np.array([nearest_turn(station.longitude, frame.longitude), station.latitude])
        axes.plot(
            *place, marker="^", markersize=7 if station.is_own else 5.5, linestyle="",
            markerfacecolor=INK if station.is_own else "white", clip_on=False,
            markeredgecolor="white" if station.is_own else INK, markeredgewidth=0.6,
            zorder=4 if station.is_own else 3,
        )  # fmt: skip
        code = station.code.rpartition(".")[2][:_MOST_LETTERS]
        where = (place - (frame.west, frame.south)) / spans * scale
        below = where[1] + 2 * _ABOVE + _LETTER_HEIGHT > scale[1]
        half = np.array([_LETTER_WIDTH * len(code) / 2, _LETTER_HEIGHT / 2])
        middle = where + np.array([0, (-1 if below else 1) * (_ABOVE + half[1])])
        middle[0] = np.clip(middle[0], half[0], scale[0] - half[0])
        if any((np.abs(middle - other) < half + others_half).all() for other, others_half in taken):
            continue
        taken.append((middle, half))
        axes.annotate(
            code, middle / scale, xycoords="axes fraction", ha="center", va="center",
            fontsize=SMALL, weight="bold" if station.is_own else "normal", path_effects=_HALO,
        )  # fmt: skip

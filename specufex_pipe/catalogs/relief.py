"""Relief: grids of heights in netCDF, as GMT, GEBCO and ETOPO write them, or ESRI ASCII."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from typing import NamedTuple

import numpy as np

from specufex_pipe.catalogs.ascii_grid import open_ascii_grid
from specufex_pipe.catalogs.netcdf import open_netcdf
from specufex_pipe.errors import StageError
from specufex_pipe.numerics.types import FloatArray, IntArray

# Of a map, along each side: about the pixels that it has.
_MOST_CELLS = 1000
# By which steps of an axis may differ, relative to the step; in single precision they do.
_MOST_UNEVEN = 0.05
_NETCDF = (b"\x89HDF", b"CDF\x01", b"CDF\x02")


class Relief(NamedTuple):
    """Heights on a grid of longitudes and latitudes.

    Attributes
    ----------
    longitudes : ndarray of shape (n_columns,)
        Degrees, rising evenly.
    latitudes : ndarray of shape (n_rows,)
        Degrees, rising evenly.
    heights : ndarray of shape (n_rows, n_columns)
        As the file has them, usually in m; NaN where there is none.
    """

    longitudes: FloatArray
    latitudes: FloatArray
    heights: FloatArray


class Grid(NamedTuple):
    """A grid in a file that is open.

    Attributes
    ----------
    longitudes : ndarray of shape (n_columns,)
    latitudes : ndarray of shape (n_rows,)
        Degrees, rising or falling.
    read : callable
        Returns the heights in rows, given by their numbers, which rise, and in a slice of columns
        that begins and ends within the grid.
    """

    longitudes: FloatArray
    latitudes: FloatArray
    read: Callable[[IntArray, slice], FloatArray]


def check_relief(path: str | Path) -> None:
    """Make sure that `read_relief` can read a file: its axes, and the first number of each row.

    Raises
    ------
    StageError
        If the file is not there, or is no such grid; the message names it.
    """
    with _opened(path) as grid:
        grid.read(np.arange(len(grid.latitudes)), slice(0, 1, 1))


def read_relief(
    path: str | Path, *, west: float, east: float, south: float, north: float
) -> Relief | None:
    """Read the relief of a region, no finer than a map can show.

    Parameters
    ----------
    path : str or Path
        A grid in netCDF (classic or version 4) with one-dimensional longitudes and latitudes, or
        an ESRI ASCII grid, in degrees.
    west, east : float
        Degrees; east is larger, beyond 180 where the region goes across the date line.
    south, north : float
        Degrees.

    Returns
    -------
    Relief or None
        Its longitudes are those of the region; of at most 1000 rows and columns or so. None if
        the grid has fewer than two rows or columns there.

    Raises
    ------
    StageError
        If the file is not there, or is no such grid; the message names it.
    """
    with _opened(path) as grid:
        rows = _inside(grid.latitudes, south, north)
        columns, longitudes = _columns_inside(grid.longitudes, west, east)
        if min(len(rows), len(columns)) < 2:
            return None
        rows = rows[:: ceil(len(rows) / _MOST_CELLS)]
        step = ceil(len(columns) / _MOST_CELLS)
        latitudes, heights = grid.latitudes[rows], _read(grid, rows, columns[::step])
    if latitudes[0] > latitudes[-1]:
        latitudes, heights = latitudes[::-1], heights[::-1]
    return Relief(longitudes[::step], latitudes, heights)


def _columns_inside(
    longitudes: FloatArray, west: float, east: float
) -> tuple[IntArray, FloatArray]:
    """Return the columns within a region, from west to east, and their longitudes there."""
    step = abs(longitudes[1] - longitudes[0])
    # One cell more on either side, whose half may be within.
    turned = west - step + (longitudes - (west - step)) % 360
    columns = np.argsort(turned, kind="stable")
    columns = columns[turned[columns] <= east + step]
    # A grid around the globe may have its first meridian twice.
    columns = columns[np.diff(turned[columns], prepend=-np.inf) > step / 2]
    return columns, turned[columns]


def _read(grid: Grid, rows: IntArray, columns: IntArray) -> FloatArray:
    """Return heights in columns that are evenly spaced, but where the grid ends in between."""
    steps = np.diff(columns)
    step = int(np.abs(steps).min()) if len(steps) else 1
    blocks = []
    for run in np.split(columns, np.flatnonzero(np.abs(steps) != step) + 1):
        first, last = int(run.min()), int(run.max())
        block = grid.read(rows, slice(first, last + 1, step))
        blocks.append(block if run[0] == first else block[:, ::-1])
    return np.hstack(blocks)


def _inside(values: FloatArray, low: float, high: float) -> IntArray:
    """Return which values lie between two, or are the next beyond one of them."""
    step = abs(values[1] - values[0])
    return np.flatnonzero((values >= low - step) & (values <= high + step))


@contextmanager
def _opened(path: str | Path) -> Iterator[Grid]:
    path = Path(path)
    if not path.is_file():
        raise StageError(f"{path}: there is no such file; expected a grid of heights")
    try:
        with path.open("rb") as file:
            is_netcdf = file.read(4) in _NETCDF
        with (open_netcdf if is_netcdf else open_ascii_grid)(path) as (longitudes, latitudes, read):
            _check_axis("longitudes", longitudes, 361)
            _check_axis("latitudes", latitudes, 91)
            yield Grid(longitudes, latitudes, read)
    except ValueError as error:
        raise StageError(f"{path}: {error}") from error


def _check_axis(name: str, values: FloatArray, most: float) -> None:
    if len(values) < 2:
        raise ValueError(f"it has {len(values)} {name}, expected 2 or more")
    steps = np.diff(values)
    mean = (values[-1] - values[0]) / len(steps)
    if not (np.abs(steps - mean) <= _MOST_UNEVEN * abs(mean)).all() or mean == 0:
        raise ValueError(f"its {name} are not evenly spaced")
    if not (np.abs(values) <= most).all():
        raise ValueError(
            f"its {name} are from {values.min():g} to {values.max():g}, expected degrees; project "
            "the grid to longitude and latitude (WGS 84)"
        )

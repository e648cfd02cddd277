"""Grids as netCDF: version 4, which is HDF5, or classic."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.io import netcdf_file

from specufex_pipe.numerics.types import Array, FloatArray, IntArray
from specufex_pipe.store.foreign import ForeignFile
from specufex_pipe.store.seal import UnusableFile

_LONGITUDES = ("lon", "longitude", "x")
_LATITUDES = ("lat", "latitude", "y")
# Of the heights, where several grids are in a file.
_HEIGHTS = ("z", "elevation", "height", "topo", "bathymetry", "band1")
_HDF5 = b"\x89HDF"

ReadRows = Callable[[IntArray, slice], FloatArray]


class _Variables(NamedTuple):
    """The variables of a file: their shapes, attributes and chunks, and how to read a part."""

    shapes: Mapping[str, tuple[int, ...]]
    attribute: Callable[[str, str], float | None]
    rows_of_chunk: Callable[[str], int]
    read: Callable[[str, tuple[int | slice, ...]], Array]


@contextmanager
def open_netcdf(path: Path) -> Iterator[tuple[FloatArray, FloatArray, ReadRows]]:
    """Open a grid.

    Parameters
    ----------
    path : Path

    Yields
    ------
    longitudes, latitudes : ndarray
        Of the columns and rows of the grid, degrees.
    read : callable
        Returns heights, as `relief.Grid` has it.

    Raises
    ------
    ValueError
        If the file is damaged, or has no grid with longitudes and latitudes.
    """
    with path.open("rb") as file:
        is_hdf5 = file.read(4) == _HDF5
    with (_version_4 if is_hdf5 else _classic)(path) as variables:
        columns = _axis(variables, _LONGITUDES)
        rows = _axis(variables, _LATITUDES)
        name = _grid(variables, rows, columns)
        whole = (slice(None),)
        yield (
            np.asarray(variables.read(columns, whole), dtype=float),
            np.asarray(variables.read(rows, whole), dtype=float),
            lambda rows, columns: _read(variables, name, rows, columns),
        )


def _axis(variables: _Variables, names: tuple[str, ...]) -> str:
    found = [
        name
        for known in names
        for name, shape in variables.shapes.items()
        if name.lower() == known and len(shape) == 1
    ]
    if not found:
        raise ValueError(
            f"it has the variables {', '.join(sorted(variables.shapes))}; expected one of "
            f"{', '.join(names)} with one dimension"
        )
    return found[0]


def _grid(variables: _Variables, rows: str, columns: str) -> str:
    shape = variables.shapes[rows] + variables.shapes[columns]
    found = sorted(name for name, each in variables.shapes.items() if each == shape)
    known = [name for name in found if name.lower() in _HEIGHTS]
    chosen = known or found
    if len(chosen) != 1:
        raise ValueError(
            f"it has {', '.join(found) if found else 'no variable'} with the dimensions of {rows} "
            f"and {columns}; expected one, with {rows} first, or one called {', '.join(_HEIGHTS)}"
        )
    return chosen[0]


def _read(variables: _Variables, name: str, rows: IntArray, columns: slice) -> FloatArray:
    # What lies between is read as well: HDF5 takes much longer for every third number, and would
    # unpack a chunk anew for each of its rows.
    between = slice(columns.start, columns.stop)
    chunks = rows // variables.rows_of_chunk(name)
    blocks = []
    for group in np.split(rows, np.flatnonzero(np.diff(chunks)) + 1):
        first, last = int(group[0]), int(group[-1])
        block = variables.read(name, (slice(first, last + 1), between))
        blocks.append(block[group - first, :: columns.step])
    values = np.concatenate(blocks)
    heights = values.astype(float)
    for key in ("_FillValue", "missing_value"):
        heights[values == variables.attribute(name, key)] = np.nan
    scale, offset = (variables.attribute(name, key) for key in ("scale_factor", "add_offset"))
    return heights * (1.0 if scale is None else scale) + (0.0 if offset is None else offset)


@contextmanager
def _version_4(path: Path) -> Iterator[_Variables]:
    try:
        with ForeignFile(path) as file:
            names = [name for name in file.names() if not file.is_group(name)]
            shapes = {name: file.shape(name) for name in names}
            yield _Variables(shapes, file.read_attribute, file.rows_of_chunk, file.read_numbers)
    except UnusableFile as error:
        raise ValueError(str(error).removeprefix(f"{path}: ")) from error


@contextmanager
def _classic(path: Path) -> Iterator[_Variables]:
    try:
        # Copied where it is read, since what refers to a file that is mapped keeps it open.
        with netcdf_file(str(path), "r", mmap=True) as file:
            yield _Variables(
                {name: tuple(each.shape) for name, each in file.variables.items() if each.shape},
                lambda name, key: _number(getattr(file.variables[name], key, None)),
                lambda name: 1,
                lambda name, selection: np.array(file.variables[name][selection]),
            )
    # The reader raises whatever the damage leads it to.
    except (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError) as error:
        raise ValueError(f"not classic netCDF ({type(error).__name__}: {error})") from error


def _number(value: Any) -> float | None:
    try:
        return None if value is None else float(np.ravel(value)[0])
    except (ValueError, TypeError, IndexError):
        return None

"""Grids as ESRI ASCII: a header of keys and numbers, and the rows from north to south."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import numpy as np

from specufex_pipe.numerics.types import FloatArray, IntArray

_MOST_CELLS_IN_A_ROW = 1_000_000
_LETTERS_OF_A_CELL = 64
_LONGEST_LINE_OF_HEADER = 200
_EXPECTED = "expected netCDF, or ESRI ASCII with ncols, nrows, xllcorner, yllcorner and cellsize"
_REQUIRED = ("ncols", "nrows")
_OPTIONAL = (
    "xllcorner", "xllcenter", "yllcorner", "yllcenter", "cellsize", "dx", "dy", "nodata_value",
)  # fmt: skip

ReadRows = Callable[[IntArray, slice], FloatArray]


@contextmanager
def open_ascii_grid(path: Path) -> Iterator[tuple[FloatArray, FloatArray, ReadRows]]:
    """Open a grid.

    Parameters
    ----------
    path : Path

    Yields
    ------
    longitudes, latitudes : ndarray
        Of the columns, and of the rows as they follow each other, degrees.
    read : callable
        Returns heights, as `relief.Grid` has it.

    Raises
    ------
    ValueError
        If it is no such file, or a row that is read has not as many numbers as the header says.
    """
    with path.open(encoding="ascii") as file:
        header, first_line = _read_header(file)
    n_columns, n_rows = (_whole(header, name) for name in _REQUIRED)
    west, x_step = _axis(header, "x")
    south, y_step = _axis(header, "y")
    no_data = header.get("nodata_value", math.nan)

    def read(rows: IntArray, columns: slice) -> FloatArray:
        with path.open(encoding="ascii") as file:
            for _ in range(first_line - 1):
                file.readline()
            return _read_rows(file, first_line, n_columns, rows, columns, no_data)

    try:
        yield (
            west + x_step * np.arange(n_columns),
            (south + y_step * np.arange(n_rows))[::-1],
            read,
        )
    except UnicodeDecodeError:
        raise ValueError(f"not text, {_EXPECTED}") from None


def _read_header(file: TextIO) -> tuple[dict[str, float], int]:
    """Return the numbers of the header, and the number of the line after it."""
    header: dict[str, float] = {}
    number = 1
    try:
        while line := file.readline(_LONGEST_LINE_OF_HEADER):
            name, *values = line.split()
            if name.lower() not in (*_REQUIRED, *_OPTIONAL):
                break
            header[name.lower()] = float("".join(values))
            number += 1
    except ValueError:
        raise ValueError(f"line {number} is not part of a header; {_EXPECTED}") from None
    return header, number


def _whole(header: dict[str, float], name: str) -> int:
    value = header.get(name, math.nan)
    if not (2 <= value <= _MOST_CELLS_IN_A_ROW and value == int(value)):
        said = "no" if math.isnan(value) else f"{value:g} as"
        raise ValueError(f"it has {said} {name}; {_EXPECTED}")
    return int(value)


def _axis(header: dict[str, float], axis: str) -> tuple[float, float]:
    """Return the middle of the first cell of an axis, and the step, degrees."""
    step = header.get(f"d{axis}", header.get("cellsize", math.nan))
    if not 0 < step < math.inf:
        raise ValueError(f"it has no cellsize above 0; {_EXPECTED}")
    center = header.get(f"{axis}llcenter", header.get(f"{axis}llcorner", math.nan) + step / 2)
    if not math.isfinite(center):
        raise ValueError(f"it has no {axis}llcorner and no {axis}llcenter; {_EXPECTED}")
    return center, step


def _read_rows(
    file: TextIO, first_line: int, n_columns: int, rows: IntArray, columns: slice, no_data: float
) -> FloatArray:
    wanted = set(rows.tolist())
    heights = np.empty((len(rows), len(range(n_columns)[columns])))
    place = 0
    for row in range(int(rows[-1]) + 1):
        line = file.readline(_LETTERS_OF_A_CELL * n_columns)
        if not line.strip():
            break
        if row not in wanted:
            continue
        cells = line.split()
        if len(cells) != n_columns:
            raise ValueError(
                f"line {first_line + row} has {len(cells)} numbers, expected {n_columns} as ncols "
                "says"
            )
        try:
            heights[place] = np.array(cells[columns], dtype=float)
        except ValueError as error:
            raise ValueError(f"line {first_line + row}: {error}") from None
        place += 1
    if place < len(rows):
        raise ValueError(f"its rows end before row {rows[-1] + 1}, expected as many as nrows says")
    return np.where(heights == no_data, np.nan, heights)

"""Other series, such as rain or an injection rate, and marked moments; read from CSV files."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from obspy import UTCDateTime

from specufex_pipe.catalogs.csv_files import iterate_rows, read_head
from specufex_pipe.errors import StageError
from specufex_pipe.numerics.times import parse_time
from specufex_pipe.numerics.types import FloatArray

TIME, LABEL = "time", "label"
COLUMNS_OF_MARKS = (TIME, LABEL)
# A header such as "rate (m3/h)" or "rate [m3/h]".
_UNIT = re.compile(r"[(\[]([^()\[\]]+)[)\]]\s*$")
_MISSING = {"", "nan", "NaN", "NA"}


class Series(NamedTuple):
    """A quantity over time.

    Attributes
    ----------
    label : str
    unit : str
        Empty for none.
    times : ndarray of datetime64, shape (n_samples,)
        UTC, rising.
    values : ndarray of shape (n_samples,)
        NaN where there is none.
    """

    label: str
    unit: str
    times: NDArray[np.datetime64]
    values: FloatArray


class Mark(NamedTuple):
    """A moment that is marked on time axes, such as an eruption.

    Attributes
    ----------
    time : datetime64
        UTC.
    label : str
    """

    time: np.datetime64
    label: str


def value_column(path: str | Path, column: str | None = None) -> str:
    """Return the name of the column that has the values of a series.

    Parameters
    ----------
    path : str or Path
        CSV file.
    column : str, optional
        The one that is meant; by default the only one beside the time.

    Raises
    ------
    ValueError
        If there is no such file or column, or several may be meant.
    """
    columns, _ = read_head(path, [TIME, column] if column else [TIME])
    others = [name for name in columns if name != TIME]
    if column:
        return column
    if len(others) != 1:
        raise ValueError(
            f"{path} has the columns {', '.join(columns)}; expected {TIME} and one other, or "
            "the setting column that says which"
        )
    return others[0]


def read_series(
    label: str, path: str | Path, *, column: str | None = None, unit: str | None = None
) -> Series:
    """Read a series.

    Parameters
    ----------
    label : str
        What it is called in the report.
    path : str or Path
        CSV file with the column time, ISO 8601 (UTC), and a column of numbers.
    column : str, optional
        Of the numbers; by default the only one beside the time.
    unit : str, optional
        By default what the header of the column has in brackets at its end, if anything.

    Raises
    ------
    StageError
        If the file or a column is missing, a time or a number cannot be read, or times do not rise.
        The message names file and line, and says what would be right.
    """
    try:
        name = value_column(path, column)
    except ValueError as error:
        raise StageError(f"series {label}: {error}") from error
    times: list[np.datetime64] = []
    values = []
    for line, cells in _rows(path):
        time = _time(path, line, cells[TIME])
        if times and time <= times[-1]:
            raise StageError(
                f"{path}, line {line}: the time {cells[TIME]!r} is not after that of the row "
                f"before, {times[-1]}; expected one row for each time, in their order"
            )
        times.append(time)
        values.append(_number(path, line, name, cells.get(name, "")))
    found = _UNIT.search(name)
    return Series(
        label,
        (found[1] if found else "") if unit is None else unit,
        np.array(times, dtype="datetime64[us]"),
        np.array(values, dtype=float),
    )


def read_marks(path: str | Path) -> list[Mark]:
    """Read moments that are marked on time axes.

    Parameters
    ----------
    path : str or Path
        CSV file with the columns time, ISO 8601 (UTC), and label.

    Raises
    ------
    StageError
        If the file or a column is missing, or a time cannot be read.
    """
    try:
        read_head(path, COLUMNS_OF_MARKS)
    except ValueError as error:
        raise StageError(str(error)) from error
    return [
        Mark(_time(path, line, cells[TIME]), cells.get(LABEL, "")) for line, cells in _rows(path)
    ]


def as_datetime64(time: UTCDateTime) -> np.datetime64:
    """Return a time in microseconds."""
    return np.datetime64(time.ns // 1000, "us")


def _rows(path: str | Path) -> Iterator[tuple[int, dict[str, str]]]:
    columns, _ = read_head(path, [TIME])
    for line, row in iterate_rows(path):
        if len(row) > len(columns):
            raise StageError(
                f"{path}, line {line}: it has {len(row)} cells, expected {len(columns)} as in the "
                "header"
            )
        yield line, {TIME: ""} | dict(zip(columns, map(str.strip, row), strict=False))


def _time(path: str | Path, line: int, text: str) -> np.datetime64:
    try:
        return as_datetime64(parse_time(text))
    except ValueError as error:
        raise StageError(f"{path}, line {line}: the time {error}") from error


def _number(path: str | Path, line: int, column: str, text: str) -> float:
    if text in _MISSING:
        return float("nan")
    try:
        value = float(text)
    except ValueError:
        value = float("inf")
    if not np.isfinite(value):
        raise StageError(
            f"{path}, line {line}: {column} is {text!r}, expected a number, or nothing where it is "
            "missing"
        )
    return value

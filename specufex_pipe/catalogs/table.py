"""The event table: a catalog as it was read, from which all that follows takes its events."""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from math import nan
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from obspy import UTCDateTime

from specufex_pipe.catalogs.protocol import STAGE, Catalog, Event, Pick
from specufex_pipe.catalogs.types import NUMBER, ColumnTypes, parse_number
from specufex_pipe.errors import StageError
from specufex_pipe.numerics.types import Array, FloatArray
from specufex_pipe.rejections import Kind, Rejection
from specufex_pipe.store import (
    decode_text,
    read_attributes,
    read_columns,
    write_columns,
)

_KIND = "catalog"
_COLUMNS = ("event_id", "time", "file", "picks", "kind", "detail")
_ROWS_IN_A_BLOCK = 10_000
# The time of a row that has none.
_NO_TIME = np.iinfo(np.int64).min


class TableSummary(NamedTuple):
    """What is known of an event table without reading it.

    Attributes
    ----------
    n_rows : int
        Number of rows, events and rejections.
    names_all_files : bool
        Whether each event names its waveform file.
    columns : tuple of str
        Names of the cells of an event.
    types : tuple of str
        What each column holds: "number", "time" or "text".
    """

    n_rows: int
    names_all_files: bool
    columns: tuple[str, ...]
    types: tuple[str, ...]


def write_event_table(path: str | Path, catalog: Catalog, settings: Mapping[str, Any]) -> int:
    """Read a catalog, and write what is in it.

    Parameters
    ----------
    path : str or Path
    catalog : Catalog
    settings : dict
        The settings that made it.

    Returns
    -------
    int
        Number of rows.

    Raises
    ------
    StageError
        If the catalog cannot be read to its end.
    """
    names, n_rows, names_all_files = catalog.columns, 0, True
    types = ColumnTypes(names)
    with write_columns(path, _KIND, settings=settings) as table:
        # Read before the rows: of a catalog that changes meanwhile, the old digest is right.
        table.attributes(columns=list(names), catalog=catalog.digest)
        for rows in _blocks(catalog):
            n_rows += len(rows)
            names_all_files &= all(not isinstance(row, Event) or row.file for row in rows)
            table.append(_as_columns(rows, names))
            for row in rows:
                if isinstance(row, Event):
                    types.update(row.cells)
        column_types = types.types()
        table.attributes(
            n_rows=n_rows,
            names_all_files=names_all_files,
            column_types=[column_types[name] for name in names],
        )
    return n_rows


def summarize_event_table(path: str | Path) -> TableSummary:
    """Return what is known of an event table without reading it.

    Raises
    ------
    OSError
        If there is no such file, or it is damaged, of another kind or of another format.
    """
    attributes = read_attributes(path, _KIND)
    columns, types = (tuple(map(str, attributes[each])) for each in ("columns", "column_types"))
    names_all_files = bool(attributes["names_all_files"])
    return TableSummary(int(attributes["n_rows"]), names_all_files, columns, types)


def read_events(path: str | Path, rows: range | None = None) -> list[Event | Rejection]:
    """Read an event table, or a part of it.

    Parameters
    ----------
    path : str or Path
    rows : range, optional
        Numbers of the rows to read; all by default.

    Returns
    -------
    list of Event or Rejection
        In the order of the catalog.

    Raises
    ------
    OSError
        If there is no such file, or it is damaged, of another kind or of another format.
    """
    names = summarize_event_table(path).columns
    places = _places(len(names))
    chosen = slice(None) if rows is None else slice(rows.start, rows.stop)
    columns = read_columns(path, _KIND, places, chosen)
    times = columns.pop("time").tolist()
    event_ids, files, picks, kinds, details, *cells = (
        decode_text(each) for each in columns.values()
    )
    rows_of_cells = zip(*cells, strict=True) if cells else [()] * len(event_ids)
    return [
        Rejection(event_id, STAGE, Kind(kind), detail)
        if kind
        else Event(
            event_id,
            UTCDateTime(ns=time),
            file,
            dict(zip(names, row, strict=True)),
            _picks_of(picked),
        )
        for event_id, time, file, picked, kind, detail, row in zip(
            event_ids, times, files, picks, kinds, details, rows_of_cells, strict=True
        )
    ]


def read_times(path: str | Path) -> dict[str, np.datetime64]:
    """Return the time of each event by its id, UTC."""
    columns = read_columns(path, _KIND, ("event_id", "time"))
    times = (columns["time"] // 1000).astype("datetime64[us]")
    event_ids = decode_text(columns["event_id"])
    usable = columns["time"] != _NO_TIME
    return {
        event_id: time
        for event_id, time, is_usable in zip(event_ids, times, usable, strict=True)
        if is_usable
    }


def read_numbers(path: str | Path, columns: Sequence[str]) -> tuple[list[str], FloatArray]:
    """Return the numbers that events have in some columns.

    Parameters
    ----------
    path : str or Path
    columns : sequence of str

    Returns
    -------
    (list of str, ndarray of shape (n_events, n_columns))
        Ids of the events, and their numbers; NaN where a cell says that there is none.

    Raises
    ------
    StageError
        If there is no such column, or it does not hold numbers. The message names those that do.
    OSError
        If there is no such file, or it is damaged, of another kind or of another format.
    """
    table = summarize_event_table(path)
    types = dict(zip(table.columns, table.types, strict=True))
    for column in columns:
        if types.get(column) != NUMBER:
            problem = f"holds {types[column]}, not numbers" if column in types else "is not there"
            numeric = ", ".join(name for name in types if types[name] == NUMBER)
            raise StageError(
                f"the column {column!r} of the catalog {problem}: the columns with numbers are "
                f"{numeric or 'none'}"
            )
    places = [f"cells/{table.columns.index(column)}" for column in columns]
    found = read_columns(path, _KIND, ("event_id", "kind", *places))
    is_event = found["kind"] == b""
    cells = [decode_text(found[place][is_event]) for place in places]
    numbers = np.array([[_number_in(cell) for cell in each] for each in cells], dtype=np.float64)
    return decode_text(found["event_id"][is_event]), numbers.T


def _number_in(cell: str) -> float:
    number = parse_number(cell)
    return nan if number is None else number


def _blocks(catalog: Catalog) -> Iterator[list[Event | Rejection]]:
    """Iterate over some rows of a catalog at a time; the last are empty, so that there are any."""
    rows = iter(catalog)
    while block := list(islice(rows, _ROWS_IN_A_BLOCK)):
        yield block
    yield []


def _places(n_cells: int) -> list[str]:
    # Names of columns may hold what HDF5 would take for a path.
    return [*_COLUMNS, *(f"cells/{number}" for number in range(n_cells))]


def _as_columns(
    rows: list[Event | Rejection], names: Sequence[str]
) -> dict[str, list[str] | Array]:
    """Return the columns of some rows."""
    n_cells = len(names)
    texts: list[list[str]] = [[] for _ in range(5 + n_cells)]
    times = []
    for row in rows:
        if isinstance(row, Event):
            cells = (row.cells[name] for name in names)
            values = [row.event_id, row.file, _picks_as_text(row.picks), "", "", *cells]
            times.append(row.time.ns)
        else:
            values = [row.event_id, "", "", row.kind, row.detail, *[""] * n_cells]
            times.append(_NO_TIME)
        for column, value in zip(texts, values, strict=True):
            column.append(value)
    event_ids, *others = texts
    columns: list[list[str] | Array] = [event_ids, np.array(times, np.int64), *others]
    return dict(zip(_places(n_cells), columns, strict=True))


def _picks_as_text(picks: tuple[Pick, ...]) -> str:
    return json.dumps([(*pick[:3], pick.time.ns) for pick in picks]) if picks else ""


def _picks_of(text: str) -> tuple[Pick, ...]:
    return tuple(
        Pick(network, station, phase, UTCDateTime(ns=time))
        for network, station, phase, time in json.loads(text or "[]")
    )

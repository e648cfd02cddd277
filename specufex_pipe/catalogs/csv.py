"""The catalog of events: a CSV file with the columns event_id and time, and any others."""

from datetime import UTC, datetime
from itertools import islice
from typing import NamedTuple

from obspy import UTCDateTime

from specufex_pipe.catalogs.rows import read_columns, read_rows


class Event(NamedTuple):
    """A row of the catalog.

    Attributes
    ----------
    event_id : str
    time : obspy.UTCDateTime
    file : str
        The waveform file of the event, relative to the archive; empty if the catalog names none.
    row : tuple of str
        The row as it stands in the catalog.
    """

    event_id: str
    time: UTCDateTime
    file: str
    row: tuple


class Unusable(NamedTuple):
    """A row of the catalog that is no event.

    Attributes
    ----------
    event_id : str
    reason : str
    """

    event_id: str
    reason: str


def read_catalog(path, rows=None):
    """Read a catalog, or a part of it, row by row.

    Parameters
    ----------
    path : str or Path
        A CSV file in UTF-8 with a header. The time is ISO 8601, in UTC unless it says otherwise.
    rows : range, optional
        Numbers of the rows to read, blank ones not counted; all by default. An event_id that
        stands in an earlier row is a duplicate in either case.

    Yields
    ------
    Event or Unusable

    Raises
    ------
    StageError
        If the file is not text in UTF-8, or a quotation mark is not closed: rows after it would
        be lost.
    """
    columns = read_columns(path)
    place = columns.index("event_id")
    first, stop, twins = 0, None, frozenset()
    if rows is not None:
        # Of the rows before these, only those with an event_id that is here as well matter.
        first, stop = rows.start, rows.stop
        twins = {_cell(row, place) for _, row in islice(read_rows(path), first, stop)}
    lines = {}
    for number, (line, row) in enumerate(islice(read_rows(path), stop)):
        if number < first and _cell(row, place) not in twins:
            continue
        event_id, problem = _find_problem(row, columns, lines)
        if not problem:
            lines[event_id] = line
        if number < first:
            continue
        if problem:
            yield Unusable(event_id, f"{problem} (line {line})")
            continue
        cells = dict(zip(columns, row, strict=True))
        file_name = cells.get("file", "").strip()
        yield Event(event_id, parse_time(cells["time"]), file_name, tuple(row))


def _cell(row, place):
    return row[place].strip() if place < len(row) else ""


def _find_problem(row, columns, lines):
    cells = dict(zip(columns, row, strict=False))
    event_id = cells.get("event_id", "").strip()
    if len(row) != len(columns):
        return event_id, f"catalog row: {len(row)} cells, expected {len(columns)}"
    if not event_id:
        return event_id, "catalog row: the event_id is empty"
    if not event_id.isprintable() or "\0" in "".join(row):
        return repr(event_id), "catalog row: there are control characters in it"
    if event_id in lines:
        return event_id, f"duplicate event_id: line {lines[event_id]} has it already"
    try:
        parse_time(cells["time"])
    except (ValueError, OverflowError):
        return event_id, f"catalog time: {cells['time']!r} is not ISO 8601"
    return event_id, None


def parse_time(text):
    """Return the UTCDateTime of a text in ISO 8601, which is UTC unless it names an offset.

    Raises
    ------
    ValueError
        If the text is no time.
    """
    time = datetime.fromisoformat(text.strip())
    return UTCDateTime(time.astimezone(UTC) if time.tzinfo else time)

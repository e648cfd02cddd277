"""The catalog of events: a CSV file with the columns event_id and time, and any others."""

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from obspy import UTCDateTime

from specufex_pipe.errors import StageError


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


class Catalog(NamedTuple):
    """What a catalog holds.

    Attributes
    ----------
    columns : list of str
    events : list of Event
        The usable rows, in the order of the file.
    rejected : list of (str, str)
        Event id and reason of the others.
    """

    columns: list
    events: list
    rejected: list


def read_catalog(path):
    """Read a catalog.

    Parameters
    ----------
    path : str or Path
        A CSV file in UTF-8 with a header. The time is ISO 8601, in UTC unless it says otherwise.

    Returns
    -------
    Catalog

    Raises
    ------
    StageError
        If the file is not text in UTF-8, or a quotation mark is not closed: rows after it would
        be lost.
    """
    try:
        return _read_rows(path)
    except (UnicodeDecodeError, csv.Error) as error:
        raise StageError(f"{path}: not a CSV file in UTF-8 ({error})") from error


def _read_rows(path):
    with Path(path).open(newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file, strict=True)
        columns = [name.strip() for name in next(reader)]
        events, rejected, lines = [], [], {}
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            event_id, problem = _find_problem(row, columns, lines)
            if problem:
                rejected.append((event_id, f"{problem} (line {reader.line_num})"))
                continue
            lines[event_id] = reader.line_num
            cells = dict(zip(columns, row, strict=True))
            file_name = cells.get("file", "").strip()
            events.append(Event(event_id, parse_time(cells["time"]), file_name, tuple(row)))
    return Catalog(columns, events, rejected)


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

"""A catalog as a file of JSON objects, one a line."""

import json
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from specufex_pipe.catalogs.files import digest_of_files
from specufex_pipe.catalogs.identifiers import EventIds, reject
from specufex_pipe.catalogs.protocol import Catalog, Event
from specufex_pipe.catalogs.types import parse_time
from specufex_pipe.errors import StageError
from specufex_pipe.rejections import Kind, Rejection

_NEEDED = ("event_id", "time")


class JSONLinesCatalog(Catalog):
    """A file with a JSON object a line: event_id, time (ISO 8601), and any other keys.

    Parameters
    ----------
    path : str
        File of the catalog, in UTF-8.
    """

    def __init__(self, path: str) -> None:
        self.path = Path(path)

    def check(self) -> None:
        """Raise a ValueError if there is no such file, or its first line is not an event."""
        if not self.path.is_file():
            raise ValueError(f"path is {str(self.path)!r}: there is no such file")
        with self.path.open(encoding="utf-8", errors="replace") as file:
            row = _row(next(file, ""))
        if row is None or (missing := [name for name in _NEEDED if name not in row]):
            lacks = "is not a JSON object" if row is None else f"has no {' and no '.join(missing)}"
            raise ValueError(f"path is {str(self.path)!r}: the first line {lacks}")

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Names of the keys, each where it first occurs."""
        others = {name: None for _, row in self._rows() for name in row or ()}
        return tuple(dict.fromkeys(_NEEDED) | others)

    @property
    def files(self) -> list[Path]:
        """The file."""
        return [self.path]

    @property
    def digest(self) -> str:
        """Digest of the file."""
        return digest_of_files(self.files)

    def __iter__(self) -> Iterator[Event | Rejection]:
        """Iterate over the events; an event_id that stands in an earlier line is a duplicate.

        Raises
        ------
        StageError
            If the file is not text in UTF-8.
        """
        seen = EventIds()
        for place, row in self._rows():
            event = self._event(row, place, seen)
            if isinstance(event, Event):
                seen.add(event.event_id, place)
            yield event

    def _rows(self) -> Iterator[tuple[str, dict[str, str] | None]]:
        try:
            with self.path.open(encoding="utf-8") as file:
                for number, line in enumerate(file, start=1):
                    if line.strip():
                        yield f"line {number}", _row(line)
        except UnicodeDecodeError as error:
            raise StageError(f"{self.path}: not text in UTF-8 ({error})") from error

    def _event(self, row: dict[str, str] | None, place: str, seen: EventIds) -> Event | Rejection:
        if row is None:
            return reject("", Kind.CATALOG_ROW, "it is not a JSON object of plain values", place)
        event_id = row.get("event_id", "").strip()
        if "\0" in "".join(row.values()):
            detail = "there are control characters in it"
            return reject(repr(event_id), Kind.CATALOG_ROW, detail, place)
        if problem := seen.problem(event_id, place):
            return problem
        try:
            time = parse_time(row.get("time", ""))
        except ValueError as error:
            return reject(event_id, Kind.CATALOG_TIME, str(error), place)
        cells = {name: row.get(name, "") for name in self.columns} | {"event_id": event_id}
        return Event(event_id, time, cells.get("file", "").strip(), cells)


def _row(line: str) -> dict[str, str] | None:
    """Return the values in a line as text, or None if it is not an object of plain values."""
    try:
        # Numbers stay as they are written.
        row = json.loads(line, parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        return None
    if not isinstance(row, dict) or any(isinstance(each, dict | list) for each in row.values()):
        return None
    return {name: _cell(value) for name, value in row.items()}


def _cell(value: Any) -> str:
    return "" if value is None else str(value)

"""The catalog in an HDF5 file of the older SpecUFEx tool chain."""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from specufex_pipe.catalogs.files import digest_of_files
from specufex_pipe.catalogs.identifiers import EventIds, reject
from specufex_pipe.catalogs.protocol import Catalog, Event
from specufex_pipe.catalogs.types import parse_time
from specufex_pipe.errors import StageError
from specufex_pipe.rejections import Kind, Rejection
from specufex_pipe.store.specufex import SpecufexFile

_NEEDED = ("event_id", "time")


class SpecufexCatalog(Catalog):
    """The catalog in an HDF5 file of the older SpecUFEx tool chain or its tutorials.

    It has an id (event_ID, ev_ID) and a time (otime, timestamp) of each event, and any other
    columns. The waveform of an event has the name of its id in the same file.

    Parameters
    ----------
    path : str
        The file.
    """

    def __init__(self, path: str) -> None:
        self.path = Path(path)

    def check(self) -> None:
        """Raise a ValueError if the file is not there, or has no events with times."""
        if not self.path.is_file():
            raise ValueError(f"path is {str(self.path)!r}: there is no such file")
        try:
            columns = self._table
        except OSError as error:
            raise ValueError(f"path is {str(self.path)!r}: {error}") from error
        if missing := [name for name in _NEEDED if name not in columns]:
            raise ValueError(
                f"path is {str(self.path)!r}: no {' and no '.join(missing)} of events is in it, "
                "such as event_ID and otime; write a catalog as CSV whose column file has the ids"
            )
        if not columns["event_id"]:
            raise ValueError(f"path is {str(self.path)!r}, a catalog that has no event")

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        others = [name for name in self._table if name not in (*_NEEDED, "file")]
        return (*_NEEDED, "file", *others)

    @property
    def files(self) -> list[Path]:
        """The file."""
        return [self.path]

    @property
    def digest(self) -> str:
        """Digest of the file."""
        return digest_of_files(self.files)

    def __iter__(self) -> Iterator[Event | Rejection]:
        """Iterate over the events; an id that stands in an earlier row is a duplicate.

        Raises
        ------
        StageError
            If the file cannot be read.
        """
        try:
            table = self._table
        except OSError as error:
            raise StageError(str(error)) from error
        if missing := [name for name in _NEEDED if name not in table]:
            raise StageError(f"{self.path}: no {' and no '.join(missing)} of events is in it")
        seen = EventIds()
        for number, cells in enumerate(zip(*table.values(), strict=True)):
            place = f"event {number} of the file"
            event = self._event(dict(zip(table, cells, strict=True)), place, seen)
            if isinstance(event, Event):
                seen.add(event.event_id, place)
            yield event

    @cached_property
    def _table(self) -> dict[str, list[str]]:
        return SpecufexFile(self.path).columns()

    def _event(self, row: dict[str, str], place: str, seen: EventIds) -> Event | Rejection:
        event_id = row["event_id"].strip()
        if "\0" in "".join(row.values()):
            detail = "there are control characters in it"
            return reject(repr(event_id), Kind.CATALOG_ROW, detail, place)
        if problem := seen.problem(event_id, place):
            return problem
        try:
            time = parse_time(row["time"])
        except ValueError as error:
            return reject(event_id, Kind.CATALOG_TIME, str(error), place)
        cells = {name: row.get(name, "") for name in self.columns}
        return Event(event_id, time, event_id, cells | {"event_id": event_id, "file": event_id})

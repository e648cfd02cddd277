"""A catalog as a CSV file with the columns event_id and time, and any others."""

import csv
import hashlib
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

from specufex_pipe.catalogs.protocol import STAGE, Catalog, Event
from specufex_pipe.catalogs.types import parse_time
from specufex_pipe.errors import StageError
from specufex_pipe.rejections import Kind, Rejection

_NEEDED = ("event_id", "time")
# Identifiers are kept in columns of one width.
_LONGEST_ID = 1000


class CSVCatalog(Catalog):
    """A CSV file in UTF-8 with a header.

    It has the columns event_id, any text that is not used twice, and time, ISO 8601, in UTC unless
    it names an offset. A column file, if there is one, names the waveform file of each event,
    relative to the source. All other columns are kept.

    Parameters
    ----------
    path : str
        File of the catalog.
    """

    def __init__(self, path: str) -> None:
        self.path = Path(path)

    def check(self) -> None:
        """Raise a ValueError if the file is not there, or its header is not that of a catalog."""
        header, first = read_head(self.path, _NEEDED)
        repeated = sorted({name for name in header if header.count(name) > 1})
        if repeated:
            raise ValueError(f"{self.path}: two columns are called {', '.join(repeated)}")
        if first is None:
            raise ValueError(f"path is {str(self.path)!r}, a catalog that has no event")

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        with self.path.open(newline="", encoding="utf-8-sig") as file:
            return tuple(name.strip() for name in next(csv.reader(file, strict=True), []))

    @property
    def files(self) -> list[Path]:
        """The file."""
        return [self.path]

    @property
    def digest(self) -> str:
        """Digest of the file."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()

    def __iter__(self) -> Iterator[Event | Rejection]:
        """Iterate over the events; an event_id that stands in an earlier row is a duplicate.

        Raises
        ------
        StageError
            If the file is not text in UTF-8, or a quotation mark is not closed: rows after it would
            be lost.
        """
        lines: dict[str, int] = {}
        for line, row in self._rows():
            event = self._event(row, line, lines)
            if isinstance(event, Event):
                lines[event.event_id] = line
            yield event

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        """Iterate over the rows that are not blank, each with the number of its last line."""
        line = 0
        with self.path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file, strict=True)
            try:
                next(reader, None)
                for row in reader:
                    line = reader.line_num
                    if any(cell.strip() for cell in row):
                        yield line, row
            except (UnicodeDecodeError, csv.Error) as error:
                raise StageError(
                    f"{self.path}: not a CSV file in UTF-8 ({error}, after line {line})"
                ) from error

    def _event(self, row: Sequence[str], line: int, lines: dict[str, int]) -> Event | Rejection:
        cells = dict(zip(self.columns, row, strict=False))
        event_id = cells.get("event_id", "").strip()

        def rejected(kind: Kind, detail: str, name: str = event_id) -> Rejection:
            return Rejection(name, STAGE, kind, f"{detail} (line {line})")

        if not event_id.isprintable() or "\0" in "".join(row):
            return rejected(Kind.CATALOG_ROW, "there are control characters in it", repr(event_id))
        if len(row) != len(self.columns):
            return rejected(Kind.CATALOG_ROW, f"{len(row)} cells, expected {len(self.columns)}")
        if not event_id:
            return rejected(Kind.CATALOG_ROW, "the event_id is empty")
        if len(event_id) > _LONGEST_ID:
            return rejected(
                Kind.CATALOG_ROW,
                f"the event_id has {len(event_id)} characters, expected {_LONGEST_ID} at the most",
                event_id[:_LONGEST_ID],
            )
        if event_id in lines:
            return rejected(Kind.DUPLICATE, f"line {lines[event_id]} has it already")
        try:
            time = parse_time(cells["time"])
        except ValueError as error:
            return rejected(Kind.CATALOG_TIME, str(error))
        # As it is in all other files, so that tables can be joined.
        cells["event_id"] = event_id
        return Event(event_id, time, cells.get("file", "").strip(), cells)


def read_head(path: str | Path, needed: Sequence[str]) -> tuple[list[str], list[str] | None]:
    """Return the columns of a CSV file and its first row, or None if there is no row.

    Parameters
    ----------
    path : str or Path
    needed : sequence of str
        Columns that it has to have.

    Raises
    ------
    ValueError
        If it is not there, is no CSV file in UTF-8, or lacks a column.
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"path is {str(path)!r}: there is no such file")
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.reader(file, strict=True)
            columns = [name.strip() for name in next(rows, [])]
            first = next(rows, None)
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path}: not a CSV file in UTF-8 ({error})") from error
    missing = [name for name in needed if name not in columns]
    if missing:
        raise ValueError(
            f"{path} has no column {' and no '.join(missing)}; its first line is "
            f"{','.join(columns)!r}{_other_delimiter(columns)}"
        )
    return columns, first


def _other_delimiter(columns: Sequence[str]) -> str:
    """Say so if a header that is one cell has columns with another delimiter."""
    for delimiter, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars")):
        if len(columns) == 1 and delimiter in columns[0]:
            return f", with {name} between its columns, expected commas"
    return ""

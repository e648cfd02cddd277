"""A catalog as a CSV file with the columns event_id and time, and any others."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, tzinfo
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from specufex_pipe.catalogs.csv_files import COMMA, iterate_rows, read_head, read_header
from specufex_pipe.catalogs.files import digest_of_files
from specufex_pipe.catalogs.identifiers import EventIds, reject
from specufex_pipe.catalogs.picks import check_picks, read_picks
from specufex_pipe.catalogs.protocol import Catalog, Event
from specufex_pipe.catalogs.types import UnclearTime, parse_time
from specufex_pipe.rejections import Kind, Rejection

_NEEDED = ("event_id", "time")
# The columns that the pipeline knows by name.
KNOWN_COLUMNS = (
    *_NEEDED, "file", "file_start", "latitude", "longitude", "depth", "magnitude", "start", "end",
    "duration",
)  # fmt: skip
# Times that an event may lack.
_OTHER_TIMES = ("start", "end", "file_start")


class CSVCatalog(Catalog):
    r"""A CSV file in UTF-8 with a header, gzipped or not.

    It has the columns event_id, any text that is not used twice, and time, ISO 8601. A column file,
    if there is one, names the waveform file of each event, relative to the source. All other
    columns are kept.

    Parameters
    ----------
    path : str
        File of the catalog.
    delimiter : str
        Character between the columns; "\t" is a tab.
    columns : dict of str
        The file's names of columns that have another name there, {event_id: ev_ID, time:
        timestamp}: of event_id, time, file, file_start, latitude, longitude, depth, magnitude,
        start, end and duration.
    timezone : str
        Time zone of times that name no offset, such as Europe/Paris.
    picks : str, optional
        CSV of picks with the columns event_id, station (STA or NET.STA), phase and time; with the
        same delimiter and time zone.
    """

    def __init__(
        self,
        path: str,
        delimiter: str = COMMA,
        columns: Mapping[str, str] = {},
        timezone: str = "UTC",
        picks: str | None = None,
    ) -> None:
        self.path, self.picks = Path(path), Path(picks) if picks is not None else None
        self.delimiter, self.names_in_file, self.timezone = delimiter, dict(columns), timezone

    def check(self) -> None:
        """Raise a ValueError if a parameter or the header of a file is not that of a catalog."""
        if len(self.delimiter) != 1 or self.delimiter in '"\r\n\0':
            raise ValueError(
                f"delimiter is {self.delimiter!r}, expected one character, such as ; or, for a "
                'tab, "\\t" in double quotation marks'
            )
        self._zone  # noqa: B018 - it raises the error
        self._check_names()
        _, first = read_head(self.path, [], self.delimiter)
        self._check_columns(read_header(self.path, self.delimiter))
        if first is None:
            raise ValueError(f"path is {str(self.path)!r}, a catalog that has no event")
        if self.picks is not None:
            check_picks(self.picks, self.delimiter)

    def _check_names(self) -> None:
        if unknown := sorted(set(self.names_in_file) - set(KNOWN_COLUMNS)):
            raise ValueError(
                f"columns has {', '.join(unknown)}, expected only what is known by name: "
                f"{', '.join(KNOWN_COLUMNS)}"
            )
        given = list(self.names_in_file.values())
        if repeated := sorted({name for name in given if given.count(name) > 1}):
            raise ValueError(f"columns has the file's column {', '.join(repeated)} twice")

    def _check_columns(self, header: Sequence[str]) -> None:
        """Raise a ValueError if the header does not have what is mapped and what is needed."""
        for known, name in self.names_in_file.items():
            if name not in header:
                near = get_close_matches(name, header, 1, 0)
                raise ValueError(
                    f"columns.{known} is {name!r}: {self.path} has no such column; the nearest is "
                    f"{near[0]!r} of {', '.join(header)}"
                )
        taken = [known for known, name in self.names_in_file.items() if known != name]
        if both := [known for known in taken if self._known(header).count(known) > 1]:
            raise ValueError(
                f"columns.{both[0]} is {self.names_in_file[both[0]]!r}, but {self.path} has a "
                f"column {both[0]} as well: rename that one in the file"
            )
        needed = [name for name in _NEEDED if name not in self.names_in_file]
        read_head(self.path, needed, self.delimiter)

    def _known(self, header: Sequence[str]) -> list[str]:
        """Return the columns of a header under the names by which the pipeline knows them."""
        known = {name: known for known, name in self.names_in_file.items()}
        return [known.get(name, name) for name in header]

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, those of `columns` under their known names."""
        return tuple(self._known(read_header(self.path, self.delimiter)))

    @cached_property
    def _zone(self) -> tzinfo:
        try:
            return UTC if self.timezone == "UTC" else ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(
                f"timezone is {self.timezone!r}, expected a name of the IANA database, such as "
                "Europe/Paris or UTC"
            ) from error

    @property
    def files(self) -> list[Path]:
        """The file, and that of the picks."""
        return [self.path] if self.picks is None else [self.path, self.picks]

    @property
    def digest(self) -> str:
        """Digest of the files."""
        return digest_of_files(self.files)

    def __iter__(self) -> Iterator[Event | Rejection]:
        """Iterate over the events; an event_id that stands in an earlier row is a duplicate.

        Raises
        ------
        StageError
            If a file is not text in UTF-8, or a quotation mark is not closed: rows after it would
            be lost.
        """
        picks = None
        if self.picks is not None:
            picks = read_picks(self.picks, self.delimiter, self._zone)
        seen = EventIds()
        for line, row in iterate_rows(self.path, self.delimiter):
            event = self._event(row, f"line {line}", seen)
            if isinstance(event, Event):
                seen.add(event.event_id, f"line {line}")
                if picks is not None:
                    event = event._replace(picks=picks.take(event.event_id))
            yield event
        if picks is not None:
            picks.report_rest()

    def _event(self, row: Sequence[str], place: str, seen: EventIds) -> Event | Rejection:
        cells = dict(zip(self.columns, row, strict=False))
        event_id = cells.get("event_id", "").strip()
        if "\0" in "".join(row):
            return reject(
                repr(event_id), Kind.CATALOG_ROW, "there are control characters in it", place
            )
        if len(row) != len(self.columns):
            detail = f"{len(row)} cells, expected {len(self.columns)}"
            return reject(event_id, Kind.CATALOG_ROW, detail, place)
        if problem := seen.problem(event_id, place):
            return problem
        try:
            time = parse_time(cells["time"], self._zone)
        except ValueError as error:
            return reject(event_id, Kind.CATALOG_TIME, str(error), place)
        if self._zone is not UTC:
            cells |= {"time": str(time)} | self._in_utc(cells)
        # As it is in all other files, so that tables can be joined.
        cells["event_id"] = event_id
        return Event(event_id, time, cells.get("file", "").strip(), cells)

    def _in_utc(self, cells: Mapping[str, str]) -> dict[str, str]:
        """Return the other times that the pipeline knows by name in UTC.

        What is no time is not among them: whoever needs it will say so.
        """
        times = {}
        for name in _OTHER_TIMES:
            text = cells.get(name, "")
            try:
                times[name] = str(parse_time(text, self._zone))
            except UnclearTime:
                # The text alone would be taken for a time in UTC.
                times[name] = f"{text.strip()} {self.timezone}"
            except ValueError:
                continue
        return times

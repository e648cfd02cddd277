"""A catalog as the metadata of a SeisBench dataset, whose rows are traces.

Columns are those of SeisBench's data format: source_* tells of the event, station_* and trace_* of
one recording of it.
"""

import logging
import re
from array import array
from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import chain, repeat
from pathlib import Path
from typing import NamedTuple

import numpy as np
from obspy import UTCDateTime

from specufex_pipe.catalogs.csv_files import iterate_rows, read_head, read_header
from specufex_pipe.catalogs.files import digest_of_files
from specufex_pipe.catalogs.identifiers import EventIds, reject
from specufex_pipe.catalogs.protocol import Catalog, Event, Pick
from specufex_pipe.catalogs.types import check_year, parse_number, parse_time
from specufex_pipe.numerics.types import Array
from specufex_pipe.rejections import Kind, Rejection, printable

log = logging.getLogger(__name__)

_KNOWN = {
    "source_latitude_deg": "latitude",
    "source_longitude_deg": "longitude",
    "source_depth_km": "depth",
    "source_magnitude": "magnitude",
    "source_magnitude_type": "magnitude_type",
    "source_type": "event_type",
}
_SOURCE_ID, _TRACE_NAME = "source_id", "trace_name"
_ORIGIN_TIME, _START_TIME = "source_origin_time", "trace_start_time"
_ARRIVAL = re.compile(r"trace_(.+)_arrival_sample")
# Sets that came from STEAD name their phases in small letters.
_PHASES = {"p": "P", "s": "S"}


class _Traces(NamedTuple):
    """What the traces of an event say of it; the lists grow with each trace.

    Attributes
    ----------
    place : str
        Of the first trace.
    cells : dict of str
        By column.
    starts : list of obspy.UTCDateTime
        When the traces begin.
    picks : list of Pick
    """

    place: str
    cells: dict[str, str]
    starts: list[UTCDateTime]
    picks: list[Pick]


class SeisBenchCatalog(Catalog):
    """The metadata of a dataset in SeisBench's format; traces of one source_id are one event.

    A trace without source_id is an event of its own, called by its trace_name. Where there is no
    source_origin_time, the time of an event is that at which its first trace begins. Arrivals are
    its picks.

    Parameters
    ----------
    path : str
        Folder of the dataset, in which metadata.csv is, or metadata of several chunks.
    """

    def __init__(self, path: str) -> None:
        self.path = Path(path)

    def check(self) -> None:
        """Raise a ValueError if there is no such folder, or its metadata have no events."""
        if not self.path.is_dir():
            raise ValueError(f"path is {str(self.path)!r}: there is no such folder")
        if not self.files:
            raise ValueError(f"path is {str(self.path)!r}, a folder without a metadata*.csv")
        for file in self.files:
            header, first = read_head(file, [])
            if not {_SOURCE_ID, _TRACE_NAME} & set(header):
                raise ValueError(f"{file} has neither a column {_SOURCE_ID} nor {_TRACE_NAME}")
            if not {_ORIGIN_TIME, _START_TIME} & set(header):
                raise ValueError(f"{file} has neither a column {_ORIGIN_TIME} nor {_START_TIME}")
            if first is None:
                raise ValueError(f"path is {str(self.path)!r}: {file.name} has no trace")

    @property
    def files(self) -> list[Path]:
        """The files of metadata, in the order of their names."""
        return sorted(path for path in self.path.glob("metadata*.csv") if path.is_file())

    @property
    def digest(self) -> str:
        """Digest of the files."""
        return digest_of_files(self.files)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Names of the cells of an event: those known by name, and what else is of its source."""
        headers = [name for file in self.files for name in read_header(file)]
        others = dict.fromkeys(
            name
            for name in headers
            if name.startswith("source_") and name not in (*_KNOWN, _SOURCE_ID, _ORIGIN_TIME)
        )
        return "event_id", "time", *_KNOWN.values(), *others

    def __iter__(self) -> Iterator[Event | Rejection]:
        """Iterate over the events, in the order of their first traces.

        An event is in memory until its last trace, and until those before it have theirs.

        Raises
        ------
        StageError
            If a file is not text in UTF-8, or a quotation mark is not closed.
        """
        events: dict[str, _Traces] = {}
        ended: set[str] = set()
        n_bad, first = 0, ""
        # A file that grows meanwhile has more rows than were looked at.
        are_last = chain(self._last_traces(), repeat(False))
        for (place, row), is_last in zip(self._traces(), are_last, strict=False):
            if isinstance(row, Rejection):
                yield row
                continue
            event_id = _event_id(row)
            traces = events.setdefault(event_id, _Traces(place, {}, [], []))
            for name, cell in row.items():
                if cell.strip() and name.startswith("source_"):
                    traces.cells.setdefault(name, cell)
            for problem in _add_times(traces, row):
                n_bad, first = n_bad + 1, first or f"{problem} ({place})"
            if is_last:
                ended.add(event_id)
            while events and (oldest := next(iter(events))) in ended:
                ended.remove(oldest)
                yield self._event(oldest, events.pop(oldest))
        for event_id, traces in events.items():
            yield self._event(event_id, traces)
        if n_bad:
            log.warning(
                "%s: %d times of traces and picks cannot be used, the first: %s",
                self.path, n_bad, printable(first),
            )  # fmt: skip

    def _last_traces(self) -> Array:
        """Tell of each row of the files whether no later one is of its event."""
        # Of two events with one hash, the first is never said to end, and merely stays in memory.
        # No hash is -1.
        rows = (row for _, row in self._traces())
        hashes = np.array(
            array("q", (-1 if isinstance(row, Rejection) else hash(_event_id(row)) for row in rows))
        )
        _, from_the_end = np.unique(hashes[::-1], return_index=True)
        is_last = np.zeros(len(hashes), bool)
        is_last[len(hashes) - 1 - from_the_end] = True
        return is_last

    def _traces(self) -> Iterator[tuple[str, dict[str, str] | Rejection]]:
        """Iterate over the rows of all files, each with its place."""
        for file in self.files:
            header = read_header(file)
            for line, row in iterate_rows(file):
                place = f"line {line} of {file.name}"
                cells = dict(zip(header, row, strict=False))
                event_id = _event_id(cells)
                if len(row) != len(header):
                    detail = f"{len(row)} cells, expected {len(header)}"
                    yield place, reject(event_id, Kind.CATALOG_ROW, detail, place)
                elif "\0" in "".join(row):
                    detail = "there are control characters in it"
                    yield place, reject(repr(event_id), Kind.CATALOG_ROW, detail, place)
                else:
                    yield place, cells

    def _event(self, event_id: str, traces: _Traces) -> Event | Rejection:
        if problem := EventIds().problem(event_id, traces.place):
            return problem
        origin_time = traces.cells.get(_ORIGIN_TIME, "")
        if not origin_time and not traces.starts:
            detail = f"there is no {_ORIGIN_TIME} and no {_START_TIME} that can be used"
            return reject(event_id, Kind.CATALOG_TIME, detail, traces.place)
        try:
            time = parse_time(origin_time) if origin_time else min(traces.starts)
        except ValueError as error:
            return reject(event_id, Kind.CATALOG_TIME, str(error), traces.place)
        found = {_KNOWN.get(name, name): cell for name, cell in traces.cells.items()}
        found |= {"event_id": event_id, "time": origin_time or str(time)}
        cells = {name: found.get(name, "") for name in self.columns}
        return Event(event_id, time, "", cells, tuple(traces.picks))


def _event_id(row: Mapping[str, str]) -> str:
    """Return the identifier of the event that a trace is of."""
    return row.get(_SOURCE_ID, "").strip() or row.get(_TRACE_NAME, "").strip()


def _add_times(traces: _Traces, row: Mapping[str, str]) -> Iterator[str]:
    """Add the start of a trace and its picks; yield what is wrong with each that cannot be used."""
    samples = {found[1]: row[name] for name in row if (found := _ARRIVAL.fullmatch(name))}
    try:
        start = parse_time(row.get(_START_TIME, ""))
    except ValueError as error:
        if row.get(_START_TIME, "").strip():
            yield f"{_START_TIME} {error}"
        return
    traces.starts.append(start)
    for phase, cell in samples.items():
        try:
            sample = parse_number(cell)
            if sample is not None:
                time = start + sample / _sampling_rate(row)
                check_year(time)
                traces.picks.append(
                    Pick(
                        row.get("station_network_code", "").strip(),
                        row.get("station_code", "").strip(),
                        _PHASES.get(phase, phase),
                        time,
                    )
                )
        except (ValueError, OverflowError) as error:
            yield f"trace_{phase}_arrival_sample: {error}"


def _sampling_rate(row: Mapping[str, str]) -> float:
    """Return the sampling rate of a trace, Hz."""
    rate = parse_number(row.get("trace_sampling_rate_hz", ""))
    interval = parse_number(row.get("trace_dt_s", ""))
    if rate is None and interval:
        rate = 1 / interval
    if not rate or rate < 0:
        raise ValueError("there is no trace_sampling_rate_hz above 0")
    return rate

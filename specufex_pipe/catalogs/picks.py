"""Picks from a CSV file: when phases of events arrived at stations."""

import logging
import sys
from collections.abc import Mapping, Sequence
from datetime import tzinfo
from pathlib import Path

from obspy import UTCDateTime

from specufex_pipe.catalogs.csv_files import iterate_rows, read_head, read_header
from specufex_pipe.catalogs.protocol import Pick
from specufex_pipe.catalogs.types import parse_time
from specufex_pipe.rejections import printable

log = logging.getLogger(__name__)
_COLUMNS = ("event_id", "station", "phase", "time")
# As they are kept until their event comes, since there may be millions of them.
_Plain = tuple[str, str, str, int]


class PickTable:
    """Picks by the event that they are of, each taken once.

    Parameters
    ----------
    path : Path
        Where they are from, for messages.
    picks : dict of list
        Network, station, phase and time (ns since 1970, UTC) of each pick, by event_id.
    lines : dict of int
        Line of the first pick of each event.
    """

    def __init__(
        self, path: Path, picks: Mapping[str, list[_Plain]], lines: Mapping[str, int]
    ) -> None:
        self._path, self._picks, self._lines = path, dict(picks), lines

    def take(self, event_id: str) -> tuple[Pick, ...]:
        """Return the picks of an event, in the order of the file."""
        return tuple(
            Pick(network, station, phase, UTCDateTime(ns=time))
            for network, station, phase, time in self._picks.pop(event_id, ())
        )

    def report_rest(self) -> None:
        """Warn of picks whose event nobody has taken."""
        if self._picks:
            first = next(iter(self._picks))
            log.warning(
                "%s: %d picks are of %d events that are not in the catalog, the first: event %r "
                "(line %d)",
                self._path,
                sum(map(len, self._picks.values())),
                len(self._picks),
                first,
                self._lines[first],
            )


def check_picks(path: Path, delimiter: str) -> None:
    """Raise a ValueError if a file is not there, or its header is not that of picks."""
    try:
        read_head(path, _COLUMNS, delimiter)
    except ValueError as error:
        raise ValueError(f"picks: {error}") from error


def read_picks(path: Path, delimiter: str, timezone: tzinfo) -> PickTable:
    """Read a CSV file of picks; rows that cannot be used are counted in a warning.

    Parameters
    ----------
    path : Path
    delimiter : str
        Character between its columns.
    timezone : tzinfo
        Of times that name no offset.

    Raises
    ------
    StageError
        If it is not text in UTF-8, or a quotation mark is not closed.
    """
    columns = read_header(path, delimiter)
    picks: dict[str, list[_Plain]] = {}
    lines: dict[str, int] = {}
    n_bad, first = 0, ""
    for line, row in iterate_rows(path, delimiter):
        try:
            event_id, pick = _parse(row, columns, timezone)
        except ValueError as error:
            n_bad, first = n_bad + 1, first or f"line {line}: {error}"
            continue
        lines.setdefault(event_id, line)
        picks.setdefault(event_id, []).append(pick)
    if n_bad:
        log.warning("%s: %d picks cannot be used, the first: %s", path, n_bad, printable(first))
    return PickTable(path, picks, lines)


def _parse(row: Sequence[str], columns: Sequence[str], timezone: tzinfo) -> tuple[str, _Plain]:
    if len(row) != len(columns):
        raise ValueError(f"{len(row)} cells, expected {len(columns)}")
    cells = {name: cell.strip() for name, cell in zip(columns, row, strict=True)}
    for name in _COLUMNS[:3]:
        if not cells[name] or not cells[name].isprintable():
            raise ValueError(f"{name} is {cells[name]!r}")
    network, _, station = cells["station"].rpartition(".")
    if not station or "." in network:
        raise ValueError(f"station is {cells['station']!r}, expected STA or NET.STA")
    time = parse_time(cells["time"], timezone)
    # A station stands in many rows, and is kept once.
    return cells["event_id"], (
        sys.intern(network), sys.intern(station), sys.intern(cells["phase"]), time.ns
    )  # fmt: skip

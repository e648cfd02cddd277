"""What was asked of services and what came, a table for each day of a channel."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

import numpy as np

from specufex_pipe.store import read_sealed_csv, write_sealed_csv
from specufex_pipe.webservices.answers import Answer

_COLUMNS = ("start", "end", "answer", "missing", "digest", "service", "said")
# Of the archive, for what was asked.
FOLDER = "requests"
# Windows come in the order of time, on a few channels each; a day may have thousands.
_DAYS_TO_REMEMBER = 256
_SECOND = 10**9  # ns
_DAY = 86_400 * _SECOND
_FIRST_OF_1970 = date(1970, 1, 1).toordinal()
# What a service may call a channel; the codes become names of folders.
_CHANNEL = re.compile(r"[A-Za-z0-9_-]{0,8}(\.[A-Za-z0-9_-]{0,8}){3}")


class Request(NamedTuple):
    """A span of a channel that was asked for, and what became of it.

    Attributes
    ----------
    start, end : int
        Whole seconds in ns since 1970; the end is not part of the span.
    answer : Answer
    missing : float
        How much of the span has no samples, s.
    digest : str
        Of the records that have samples in the span; empty if there are none.
    service : str
        Who was asked.
    said : str
        What it said, where it gave no data.
    """

    start: int
    end: int
    answer: Answer
    missing: float
    digest: str
    service: str
    said: str


class RequestIndex:
    """The requests that an archive was filled by: ARCHIVE/requests/CHANNEL/YEAR.DAY.csv.

    Parameters
    ----------
    archive : Path
    """

    def __init__(self, archive: Path) -> None:
        self._folder = archive / FOLDER
        self._read = lru_cache(_DAYS_TO_REMEMBER)(self._read_file)

    def channels(self) -> set[str]:
        """Return the SEED ids of the channels that were asked for."""
        return {path.name for path in self._folder.glob("*.*.*.*") if path.is_dir()}

    def of_day(self, channel: str, day: date) -> list[Request]:
        """Return what was asked of a day, in the order of time.

        Raises
        ------
        OSError
            If the table is damaged.
        """
        path = self.path_of(channel, day)
        try:
            modified = path.stat().st_mtime_ns
        except FileNotFoundError:
            return []
        return self._read(path, modified)

    def between(self, channel: str, start: int, end: int) -> Iterator[Request]:
        """Yield what was asked of a channel between two times, ns since 1970.

        Raises
        ------
        OSError
            If a table is damaged.
        """
        for day in days_between(start, end):
            # They are in the order of time, and none overlaps another.
            requests = self.of_day(channel, day)
            first = bisect_right(requests, start, key=lambda request: request.end)
            yield from takewhile(lambda request: request.start < end, requests[first:])

    def write_day(self, channel: str, day: date, requests: Iterable[Request]) -> None:
        """Write what was asked of a day, atomically."""
        requests = sorted(requests)
        starts = _as_text([each.start for each in requests])
        ends = _as_text([each.end for each in requests])
        rows = (
            (start, end, each.answer.value, f"{each.missing:g}", *each[4:])
            for start, end, each in zip(starts, ends, requests, strict=True)
        )
        write_sealed_csv(self.path_of(channel, day), _COLUMNS, rows)

    def path_of(self, channel: str, day: date) -> Path:
        """Return the table of a day of a channel, whether or not it is there."""
        require_channel(channel)
        return self._folder / channel / f"{day.year}.{day.timetuple().tm_yday:03d}.csv"

    def _read_file(self, path: Path, modified: int) -> list[Request]:
        try:
            rows = read_sealed_csv(path, _COLUMNS)
        except OSError as error:
            raise OSError(f"{error}; remove the file, and what it is of is asked again") from error
        starts, ends = (_as_nanoseconds([row[name] for row in rows]) for name in ("start", "end"))
        return [
            Request(
                start,
                end,
                Answer(row["answer"]),
                float(row["missing"]),
                row["digest"],
                row["service"],
                row["said"],
            )
            for start, end, row in zip(starts, ends, rows, strict=True)
        ]


# A catalog may need a million spans, for which UTCDateTime is too slow.
def _as_text(times: Sequence[int]) -> list[str]:
    seconds = np.array(times, dtype=np.int64) // _SECOND
    texts: list[str] = np.datetime_as_string(seconds.astype("M8[s]"), timezone="UTC").tolist()
    return texts


def _as_nanoseconds(texts: Sequence[str]) -> list[int]:
    seconds = np.array([text.removesuffix("Z") for text in texts], dtype="M8[s]")
    nanoseconds: list[int] = (seconds.astype(np.int64) * _SECOND).tolist()
    return nanoseconds


def midnight(day: date) -> int:
    """Return when a day begins, ns since 1970."""
    return (day.toordinal() - _FIRST_OF_1970) * _DAY


def require_channel(channel: str) -> None:
    """Raise a ValueError if a SEED id cannot be a name of files."""
    if not _CHANNEL.fullmatch(channel):
        raise ValueError(f"{channel!r} is not a valid SEED id, NET.STA.LOC.CHA")


def days_between(start: int, end: int) -> Iterator[date]:
    """Yield the days that have a part of a span of time.

    Parameters
    ----------
    start, end : int
        ns since 1970; a span that ends at midnight has no part of the day that begins then.
    """
    # UTCDateTime would round to microseconds, and so into the next day.
    first, last = start // _DAY, max(end - 1, start) // _DAY
    for number in range(first, last + 1):
        yield date.fromordinal(_FIRST_OF_1970 + number)

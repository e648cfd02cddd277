"""Lines of routes: as routers write them, and what of them was asked for."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from itertools import groupby
from typing import NamedTuple

from obspy import UTCDateTime

from specufex_pipe.webservices.lines import Line, is_code

_Codes = tuple[str, str, str, str]
_ANY_TIME = ("", "*")


class NotALine(ValueError):
    """What a router sent is not a line of a route; the message is what it sent."""


class RoutedLine(NamedTuple):
    """A line of a router; a time that it leaves open is None."""

    codes: _Codes
    starttime: UTCDateTime | None
    endtime: UTCDateTime | None


def parse_line(text: str) -> RoutedLine:
    """Return a line as a router writes it: NETWORK STATION LOCATION CHANNEL START END.

    Raises
    ------
    NotALine
    """
    # An open time may be * or nothing, between two blanks or at the end.
    fields = text.split(" ") if text.count(" ") == 5 else text.split()
    if not 4 <= len(fields) <= 6 or not all(fields[:4]):
        raise NotALine(text)
    network, station, location, channel, *times = fields
    if not all(is_code(field) for field in fields[:4]):
        raise NotALine(text)
    try:
        start, end = (_parse_time(time) for time in [*times, "", ""][:2])
    except (TypeError, ValueError) as error:
        raise NotALine(text) from error
    return RoutedLine((network, station, location.replace("--", ""), channel), start, end)


def _parse_time(text: str) -> UTCDateTime | None:
    return None if text in _ANY_TIME else UTCDateTime(text, iso8601=True)


def intersect(asked: Sequence[Line], routed: Iterable[RoutedLine]) -> list[Line]:
    """Return what of the lines of a router was asked for, each line once.

    A router may answer with wider times, with times in several parts, and with codes that stand
    for others.
    """
    asked_of: dict[_Codes, _Times] = {}
    for codes, lines in groupby(sorted(asked), key=_codes_of):
        asked_of[codes] = _Times(list(lines))
    matches: dict[_Codes, list[tuple[_Codes, _Times]]] = {}
    found: dict[tuple[_Codes, int, int], Line] = {}  # times of ObsPy have no hash
    for route in routed:
        if route.codes not in matches:
            matches[route.codes] = [
                (narrow, times)
                for codes, times in asked_of.items()
                if (narrow := _narrower(codes, route.codes)) is not None
            ]
        for narrow, times in matches[route.codes]:
            for start, end in times.within(route.starttime, route.endtime):
                found[narrow, start.ns, end.ns] = Line(*narrow, start, end)
    return list(found.values())


class _Times:
    """The times of lines of the same codes, in their order."""

    def __init__(self, lines: list[Line]) -> None:
        self._starts = [line.starttime for line in lines]
        self._ends = [line.endtime for line in lines]
        self._longest = max(line.endtime - line.starttime for line in lines)

    def within(
        self, start: UTCDateTime | None, end: UTCDateTime | None
    ) -> Iterator[tuple[UTCDateTime, UTCDateTime]]:
        """Iterate over the parts of the times within others."""
        first = 0 if start is None else bisect_left(self._starts, start - self._longest)
        last = len(self._starts) if end is None else bisect_left(self._starts, end)
        for i in range(first, last):
            found_start = self._starts[i] if start is None else max(self._starts[i], start)
            found_end = self._ends[i] if end is None else min(self._ends[i], end)
            if found_start < found_end:
                yield found_start, found_end


def _codes_of(line: Line) -> _Codes:
    return line[:4]


def _narrower(one: _Codes, other: _Codes) -> _Codes | None:
    """Return codes that both stand for; None if there are none."""
    codes = []
    for a, b in zip(one, other, strict=True):
        if fnmatchcase(a, b):
            codes.append(a)
        elif fnmatchcase(b, a):
            codes.append(b)
        else:
            return None
    return (codes[0], codes[1], codes[2], codes[3])

"""Downloading events: by slices of time, as services limit how many they send at once."""

import logging
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol
from xml.sax.saxutils import quoteattr

from obspy import UTCDateTime

from specufex_pipe.catalogs.event_answers import read_answer
from specufex_pipe.catalogs.event_request import EventRequest, FoundEvent, time_of_query
from specufex_pipe.errors import StageError
from specufex_pipe.rejections import printable
from specufex_pipe.store.downloads import write_download
from specufex_pipe.webservices.answers import Answer, Unanswered
from specufex_pipe.words import counted

log = logging.getLogger(__name__)

# A shorter slice is not halved, s.
_SHORTEST_SLICE = 1.0
# Some services send no more than so many, and do not say so: all known limits are multiples of it.
_ROUND = 100
# As 400 is answered for a typo too, it is told by its words: "20001 matching events exceeds search
# limit of 20000".
_TOO_MANY = re.compile(r"\b400\b.*(exceed|too many|too large|limit)", re.IGNORECASE | re.DOTALL)
_NAMESPACE = "http://quakeml.org/xmlns/quakeml/1.2"
_LAST = 1 << 63


class EventService(Protocol):
    """What is asked for events: a `webservices.data_centre.DataCentre`."""

    @property
    def address(self) -> str:
        """https://HOST."""

    def get_events(self, query: dict[str, str]) -> bytes:
        """Return QuakeML.

        Raises
        ------
        Unanswered
        """


class Download(NamedTuple):
    """What came of a download.

    Attributes
    ----------
    n_events : int
    is_new : bool
        Whether the file has changed.
    """

    n_events: int
    is_new: bool


def download_events(
    request: EventRequest, service: str, centre: EventService, path: Path, now: UTCDateTime
) -> Download:
    """Ask for events, and write them as one QuakeML file, in the order of their times.

    Its bytes follow from the events alone: not from the slices in which they came, and not from
    what else stands in an answer, such as the time of the request.

    Parameters
    ----------
    request : EventRequest
    service : str
        As the settings name it, for the record.
    centre : EventService
    path : Path
        The file; a record is written beside it, with the ending .json.
    now : obspy.UTCDateTime
        Time of the request.

    Raises
    ------
    StageError
        If the service has no such event, does not answer, or not with QuakeML.
    """
    _warn_if_it_grows(request, now)
    with tempfile.TemporaryFile() as disk:
        found = _Events(request, disk)
        try:
            _ask(request, centre, found)
        except Unanswered as error:
            raise StageError(f"catalog: {error.said}") from error
        asked = " ".join(f"{name}={value}" for name, value in request.query().items())
        found.say_what_was_left_out()
        if not found.n_events:
            raise StageError(
                printable(f"catalog: {centre.address} has no events for this request: {asked}")
            )
        record = {
            "service": service,
            "address": centre.address,
            "query": request.query(),
            "n_events": found.n_events,
            "n_left_out": found.n_left_out,
            "asked": str(now),
        }
        is_new = write_download(path, found.pieces, record)
    return Download(found.n_events, is_new)


def _warn_if_it_grows(request: EventRequest, now: UTCDateTime) -> None:
    if request.span[1] > now:
        log.warning(
            "catalog.endtime is %s, which is yet to come: the catalog can still grow; "
            "download.ask_again: true asks for it anew",
            request.endtime,
        )


class _Events:
    """The events that came so far, on disk; in memory only what they are sorted by."""

    def __init__(self, request: EventRequest, disk: BinaryIO) -> None:
        self._request, self._disk = request, disk
        self._places: list[tuple[int, str, int, int]] = []
        self._seen: set[str] = set()
        self._namespace = ""
        self.n_left_out = 0

    @property
    def n_events(self) -> int:
        """Number of the events."""
        return len(self._places)

    def add(self, namespace: str, events: list[FoundEvent]) -> None:
        """Take up an answer, but for what an earlier one has had or what was not asked for."""
        if self._namespace not in ("", namespace):
            raise StageError("catalog: the service answers with QuakeML of two versions")
        self._namespace = namespace
        for event in events:
            # An id that is twice in one answer is a mistake, which the catalog has to show.
            if event.event_id and event.event_id in self._seen:
                continue
            if not self._request.has(event):
                self.n_left_out += 1
                continue
            start = self._disk.tell()
            self._disk.write(event.text)
            time = _LAST if event.time is None else event.time.ns
            self._places.append((time, event.event_id, start, len(event.text)))
        self._seen.update(event.event_id for event in events)

    def say_what_was_left_out(self) -> None:
        """Log how many events the service has sent that were not asked for."""
        if self.n_left_out:
            log.warning(
                "%s left out, as the service does not heed all of the request",
                counted(self.n_left_out, "event is", "events are"),
            )

    def pieces(self) -> Iterator[bytes]:
        """Yield the QuakeML file."""
        inner = f" xmlns={quoteattr(self._namespace)}" if self._namespace else ""
        head = (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<q:quakeml xmlns:q="{_NAMESPACE}"{inner}>\n'
            '<eventParameters publicID="smi:local/catalog">\n'
        )
        yield head.encode()
        for _, _, start, length in sorted(self._places):
            self._disk.seek(start)
            yield self._disk.read(length) + b"\n"
        yield b"</eventParameters>\n</q:quakeml>\n"


def _ask(request: EventRequest, centre: EventService, found: _Events) -> None:
    """Ask for all slices of time, those of too many events by halves."""
    slices = [request.span]
    while slices:
        start, end = slices.pop()
        try:
            answer = _answer(request, centre, start, end)
        except Unanswered as error:
            if not _says_too_many(error) or end - start <= _SHORTEST_SLICE:
                raise
            halves = _halves(start, end)
        else:
            if answer is None:
                continue
            if not (_may_be_cut(answer[1], start, end) and end - start > _SHORTEST_SLICE):
                found.add(*answer)
                continue
            halves = _halves(start, end)
        slices += reversed(halves)


def _halves(start: UTCDateTime, end: UTCDateTime) -> list[tuple[UTCDateTime, UTCDateTime]]:
    # Both have their ends: an event at the border is in both, and taken once.
    middle = start + (end - start) / 2
    log.info("asking in two parts, of before and after %s", middle)
    return [(start, middle), (middle, end)]


def _answer(
    request: EventRequest, centre: EventService, start: UTCDateTime, end: UTCDateTime
) -> tuple[str, list[FoundEvent]] | None:
    """Return the events of a slice of time; None if there are none."""
    times = {"starttime": time_of_query(start), "endtime": time_of_query(end)}
    try:
        content = centre.get_events(request.query() | times)
    except Unanswered as error:
        if error.answer is Answer.NOTHING:
            return None
        raise
    try:
        return read_answer(content)
    except ValueError as error:
        said = f"catalog: {centre.address} did not answer with QuakeML: {error}"
        raise StageError(printable(said)) from error


def _says_too_many(error: Unanswered) -> bool:
    return error.answer is Answer.TOO_LARGE or (
        error.answer is Answer.FAILED and _TOO_MANY.search(error.said) is not None
    )


def _may_be_cut(events: list[FoundEvent], start: UTCDateTime, end: UTCDateTime) -> bool:
    """Tell whether an answer may have been cut at a limit that the service does not name."""
    if not events or len(events) % _ROUND:
        return False
    # One that does not heed times would send the same for each half of a slice.
    return all(event.time is not None and start <= event.time <= end for event in events)

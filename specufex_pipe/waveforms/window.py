"""The window of an event: where it begins and ends, and what it needs of a source."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from obspy import Stream, UTCDateTime

from specufex_pipe.catalogs.protocol import Event, Pick
from specufex_pipe.catalogs.types import parse_number, parse_time
from specufex_pipe.rejections import Kind, RejectedEvent
from specufex_pipe.sources.protocol import Source, Window

if TYPE_CHECKING:
    from specufex_pipe.waveforms.arrivals import Arrivals

Reference = Literal["time", "start", "pick", "arrival"]
Length = Literal["fixed", "duration", "end", "pick", "file"]
# Names that stand for the first of all phases that begin with them, Pn and Pg for P.
_FIRST_PHASES = ("P", "S")


class Span(NamedTuple):
    """Where the window of an event lies in time.

    Attributes
    ----------
    start, end : obspy.UTCDateTime or None
        Of its first sample, and of the first one after it; None for all that a file has.
    reference : obspy.UTCDateTime
        The time that it was placed by.
    """

    start: UTCDateTime | None
    end: UTCDateTime | None
    reference: UTCDateTime


@dataclass(frozen=True)
class Windows:
    """How the windows of events are placed.

    Parameters
    ----------
    reference : str
        What a window is placed by: the event's "time", its column "start", the "pick" of a phase at
        the station, or its predicted "arrival".
    before : float
        A window begins so long before the reference, s.
    length : str
        What ends it: a "fixed" time after its start; the column "duration", counted from the
        reference; the column "end"; or the "pick" of a second phase. "file" is the whole file.
    duration : float
        s, where it is fixed.
    after : float
        Time from the end that columns or picks give to that of the window, s.
    phase, end_phase : str
        Names of the phases. P and S stand for the first of those that begin with them.
    margin : float
        Data to read on either side, s.
    max_duration : float
        s; longer ones are a mistake.
    arrivals : Arrivals, optional
        What predicts them, where they are the reference.
    """

    reference: Reference = "time"
    before: float = 5.0
    length: Length = "fixed"
    duration: float = 20.0
    after: float = 0.0
    phase: str = "P"
    end_phase: str = "S"
    margin: float = 5.0
    max_duration: float = 600.0
    arrivals: "Arrivals | None" = None

    def place(self, event: Event, channel: str) -> Span:
        """Return where the window of an event lies on a channel (SEED id).

        Raises
        ------
        RejectedEvent
            If the catalog does not have what places it, or it ends before it begins.
        """
        reference = self._reference_time(event, channel)
        if self.length == "file":
            return Span(None, None, reference)
        start = reference - self.before
        end = self._end(event, channel, start, reference)
        if not 0 < end - start <= self.max_duration:
            raise RejectedEvent(
                Kind.NO_WINDOW,
                f"it would be {end - start:.2f} s long, from {start} to {end}; expected more than "
                f"0 s, and at most waveforms.max_duration {self.max_duration:g} s",
            )
        if self.length != "fixed" and end <= reference:
            raise RejectedEvent(
                Kind.NO_WINDOW, f"it would end at {end}, before its reference at {reference}"
            )
        return Span(start, end, reference)

    def request(self, event: Event, span: Span, channel: str, source: Source) -> Window:
        """Return what the window of an event needs of a source.

        Parameters
        ----------
        event : catalogs.protocol.Event
        span : Span
            Where it lies.
        channel : str
            SEED id of what is recorded.
        source : sources.protocol.Source

        Raises
        ------
        RejectedEvent
            If there is no one file that is the window.
        """
        network, station, location, code = channel.split(".")
        if span.start is None or span.end is None:
            file = event.file or source.find_file(network, station, location, code, span.reference)
            return Window(network, station, location, code, None, None, file, _file_start(event))
        begin, stop = span.start - self.margin, span.end + self.margin
        file_start = _file_start(event)
        return Window(network, station, location, code, begin, stop, event.file, file_start)

    def _reference_time(self, event: Event, channel: str) -> UTCDateTime:
        match self.reference:
            case "start":
                return _time_in(event, "start")
            case "pick":
                return find_pick(event, channel, self.phase).time
            case "arrival":
                if self.arrivals is None:
                    raise ValueError("arrivals are the reference, and nothing predicts them")
                return self.arrivals.predict(event, channel)
            case _:
                return event.time

    def _end(
        self, event: Event, channel: str, start: UTCDateTime, reference: UTCDateTime
    ) -> UTCDateTime:
        match self.length:
            case "duration":
                return reference + _number_in(event, "duration") + self.after
            case "end":
                return _time_in(event, "end") + self.after
            case "pick":
                return find_pick(event, channel, self.end_phase).time + self.after
            case _:
                return start + self.duration


def find_pick(event: Event, channel: str, phase: str) -> Pick:
    """Return the first pick of a phase at the station of a channel.

    A pick without a network is of any, and so is one for a channel without a network.

    Parameters
    ----------
    event : catalogs.protocol.Event
    channel : str
        SEED id.
    phase : str
        P and S stand for the first of those that begin with them, such as Pn and Pg; any other name
        for itself.

    Raises
    ------
    RejectedEvent
        If there is none.
    """
    network, station, _, _ = channel.split(".")
    own = [
        pick
        for pick in event.picks
        if pick.station == station and (not pick.network or network in ("", pick.network))
    ]
    fitting = [
        pick
        for pick in own
        if pick.phase == phase or (phase in _FIRST_PHASES and pick.phase.startswith(phase))
    ]
    if not fitting:
        found = ", ".join(sorted({pick.phase for pick in own})) or "nothing"
        raise RejectedEvent(
            Kind.NO_WINDOW,
            f"there is no pick of {phase} at {network}.{station}, but of {found}",
        )
    return min(fitting, key=lambda pick: pick.time)


def _time_in(event: Event, column: str) -> UTCDateTime:
    try:
        return parse_time(_cell(event, column))
    except ValueError as error:
        raise RejectedEvent(Kind.NO_WINDOW, f"in the column {column}, {error}") from error


def _file_start(event: Event) -> UTCDateTime | None:
    """Return when the file of an event begins, if the catalog says so."""
    try:
        return parse_time(event.cells.get("file_start", ""))
    except ValueError:
        return None


def _number_in(event: Event, column: str) -> float:
    try:
        number = parse_number(_cell(event, column))
    except ValueError as error:
        raise RejectedEvent(Kind.NO_WINDOW, f"in the column {column}, {error}") from error
    if number is None:
        raise RejectedEvent(Kind.NO_WINDOW, f"the column {column} is empty")
    return number


def _cell(event: Event, column: str) -> str:
    if column not in event.cells:
        raise RejectedEvent(
            Kind.NO_WINDOW,
            f"the catalog has no column {column}; it has {', '.join(event.cells) or 'none'}",
        )
    return event.cells[column]


def read_window(source: Source, window: Window) -> Stream:
    """Return what a source has of a window.

    Raises
    ------
    RejectedEvent
        If there is nothing, or it cannot be read.
    """
    place = source.of_file(window.file, window.file_start) if window.file else source
    return place.get_waveforms(*window[:6])


def window_dependencies(source: Source, window: Window) -> Iterable[str]:
    """Return lines that tell what the data of a window depend on.

    Raises
    ------
    RejectedEvent
        If the catalog names a file that is not one of the source.
    """
    place = source.of_file(window.file) if window.file else source
    return place.dependencies(window)

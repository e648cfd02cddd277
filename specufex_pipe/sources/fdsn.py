"""FDSN web services for waveforms: what was downloaded of them, as any archive."""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import ClassVar, Literal, TypeVar

from obspy import Stream, UTCDateTime
from obspy.clients.filesystem.sds import Client

from specufex_pipe.numerics.types import IntArray
from specufex_pipe.rejections import Kind, RejectedEvent
from specufex_pipe.sources.index import write_index
from specufex_pipe.sources.protocol import Source, Window
from specufex_pipe.sources.request_index import FOLDER, Request, RequestIndex
from specufex_pipe.sources.sds import SDSSource
from specufex_pipe.webservices.answers import Answer
from specufex_pipe.webservices.data_centre import DataCentre
from specufex_pipe.webservices.manners import Manners
from specufex_pipe.webservices.routing import ROUTERS

Spans = Literal["windows", "days"]
Instants = TypeVar("Instants", int, IntArray)
_SECOND = 10**9  # ns


class FDSNSource(Source):
    """FDSN web services, of a data centre or, by a router, of many.

    Nothing is asked here: `stages.download_waveforms` asks, and writes what comes into an SDS
    archive.

    Parameters
    ----------
    service : str
        A data centre, by its name in ObsPy (INGV, EARTHSCOPE, ...) or its address, or a router:
        eida-routing or earthscope-federator.
    path : str, optional
        Folder for what is downloaded, which becomes an SDS archive.
    url : str, optional
        Address of the router, where it is not the public one.
    spans : str, optional
        What is downloaded: the "windows" of events and background, or whole "days" from the first
        window to the last.
    """

    is_downloaded: ClassVar[bool] = True

    def __init__(
        self,
        service: str,
        path: str = "downloads/waveforms",
        url: str | None = None,
        spans: Spans = "windows",
    ) -> None:
        self.service, self.path, self.url, self.spans = service, Path(path), url, spans
        self._archive, self._index = SDSSource(path), RequestIndex(self.path)

    @property
    def is_routed(self) -> bool:
        """Whether a router says which data centre to ask."""
        return self.service in ROUTERS

    def check(self) -> None:
        """Raise a ValueError if there is no such service, or no place for what it sends."""
        if self.url is not None and not self.is_routed:
            raise ValueError(
                f"url is {self.url!r}, which is for the routers {' and '.join(ROUTERS)}; give the "
                "address of a data centre as service"
            )
        if not self.is_routed:
            try:
                DataCentre(self.service, Manners())
            except ValueError as error:
                raise ValueError(f"service is {self.service!r}: {error}") from error
        if self.path.exists() and not self.path.is_dir():
            raise ValueError(f"path is {str(self.path)!r}, which is not a folder")
        # Day files are written as a whole: nothing of others would be left in them.
        if not (self.path / FOLDER).is_dir() and any(self.path.glob("[0-9][0-9][0-9][0-9]")):
            raise ValueError(
                f"path is {str(self.path)!r}, an archive without the folder {FOLDER}, which was "
                "not downloaded here; read it with type: sds, give another folder, or remove it"
            )

    def contains(self, path: Path) -> bool:
        """Tell whether a path lies in the archive."""
        return self._archive.contains(path)

    def state(self) -> str:
        """Return nothing: the archive changes by a stage alone, whose summary tells of it."""
        return ""

    def update_index(self, path: Path) -> None:
        """Write an empty index: an archive is ordered by itself."""
        write_index(path, ())

    def use_index(self, path: Path, channels: Iterable[str] | None = None) -> None:
        """Do nothing: an archive is ordered by itself."""

    def channels(self) -> set[str]:
        """Return the SEED ids of the channels that were asked for and that there are data of."""
        return self._index.channels() & self._archive.channels() if self.path.is_dir() else set()

    def get_waveforms(
        self,
        network: str,
        station: str,
        location: str,
        channel: str,
        starttime: UTCDateTime,
        endtime: UTCDateTime,
    ) -> Stream:
        """Return what was downloaded of a channel between two times.

        Raises
        ------
        RejectedEvent
            If there is nothing, or not all of it could be asked for; it says what the service said.
        """
        codes = (network, station, location, channel)
        requests = self._requests(".".join(codes), starttime, endtime)
        if not _cover(requests, starttime.ns, endtime.ns):
            raise RejectedEvent(
                Kind.NO_DATA,
                f"{'.'.join(codes)} has not been asked for from {starttime} to {endtime}; run "
                "download_waveforms",
            )
        # With a part of them, the event would change once the rest is there.
        not_had = [each for each in requests if each.answer not in (Answer.DATA, Answer.NOTHING)]
        if not_had or all(each.answer is Answer.NOTHING for each in requests):
            raise RejectedEvent(Kind.NO_DATA, _explain(".".join(codes), not_had or requests))
        try:
            return self._archive.get_waveforms(*codes, starttime, endtime)
        except RejectedEvent as error:
            if error.kind is not Kind.NO_DATA:
                raise
            raise RejectedEvent(
                Kind.MISSING_FILE, f"{error.detail}, though it was downloaded; to have it "
                "downloaded anew, set download.ask_again to true"
            ) from error  # fmt: skip

    def find_file(
        self, network: str, station: str, location: str, channel: str, time: UTCDateTime
    ) -> str:
        """Raise a RejectedEvent: an archive has days, and not events, in its files."""
        return self._archive.find_file(network, station, location, channel, time)

    def of_file(self, file: str, start: UTCDateTime | None = None) -> Source:
        """Raise a RejectedEvent: services have no files, and what a catalog names is elsewhere."""
        raise RejectedEvent(
            Kind.OUTSIDE_SOURCE,
            f"the catalog names the file {file!r}, and web services have no files: take the column "
            "out of the catalog, or read the files with another source.type",
        )

    def dependencies(self, window: Window) -> Iterable[str]:
        """Return a line for each request that a window has a part of: what came of it.

        What else there is in the files of its days does not count.
        """
        start, end = window.span
        channel = ".".join(window[:4])
        return [self._describe(channel, each) for each in self._requests(channel, start, end)]

    def _requests(self, channel: str, start: UTCDateTime, end: UTCDateTime) -> list[Request]:
        """Return the requests that a window has a sample of."""
        return list(self._index.between(channel, *needed_span(start.ns, end.ns)))

    def _describe(self, channel: str, request: Request) -> str:
        said = request.said
        if request.answer is Answer.DATA:
            day = UTCDateTime(ns=request.start).date
            # What comes once more has the digest that it had.
            said = "" if archive_file(self.path, channel, day).exists() else "its file is gone"
        return f"{channel} {request.start} {request.end} {request.answer} {request.digest} {said}\n"

    def problems(self) -> list[str]:
        """Return what is wrong with the files of the last window."""
        return self._archive.problems()


def needed_span(start: Instants, end: Instants) -> tuple[Instants, Instants]:
    """Return the span to ask for so that a window has all of its samples, in whole seconds.

    The samples nearest to the ends of a window, with which it is cut, may lie outside of it.

    Parameters
    ----------
    start, end : int or array of int
        Of the window, ns since 1970.

    Returns
    -------
    (int, int) or (array of int, array of int)
        ns since 1970. The end is not part of the span.
    """
    return (start // _SECOND - 1) * _SECOND, (end // _SECOND + 2) * _SECOND


def _cover(requests: Iterable[Request], start: int, end: int) -> bool:
    """Tell whether all of a span was asked for, by requests in the order of time."""
    for each in requests:
        if each.start > start:
            return False
        start = max(start, each.end)
    return start >= end


def archive_file(archive: Path, channel: str, day: date) -> Path:
    """Return the file of an SDS archive for a day of a channel (SEED id)."""
    network, station, location, code = channel.split(".")
    return archive / Client.FMTSTR.format(
        year=day.year,
        doy=day.timetuple().tm_yday,
        network=network,
        station=station,
        location=location,
        channel=code,
        sds_type="D",
    )


def _explain(channel: str, requests: Sequence[Request]) -> str:
    request = requests[0]
    return (
        f"{channel} from {UTCDateTime(ns=request.start)} to {UTCDateTime(ns=request.end)}: "
        f"{request.said}"
    )

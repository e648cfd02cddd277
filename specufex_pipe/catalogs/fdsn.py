"""A catalog of an FDSN event service: downloaded by a stage of its own, read from then on."""

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from obspy import UTCDateTime

from specufex_pipe.catalogs.event_download import Download, download_events
from specufex_pipe.catalogs.event_request import EventRequest
from specufex_pipe.catalogs.files import digest_of_files
from specufex_pipe.catalogs.obspy import ObsPyCatalog
from specufex_pipe.catalogs.protocol import Catalog, Event
from specufex_pipe.errors import StageError
from specufex_pipe.rejections import Rejection
from specufex_pipe.webservices.data_centre import DataCentre
from specufex_pipe.webservices.manners import Manners
from specufex_pipe.webservices.routing import ROUTERS


class FDSNCatalog(Catalog):
    """Events of an FDSN event service: INGV, USGS, EMSC, ISC and others.

    They are downloaded once, into a file of the folder that is named by the request; another
    request is another file.

    Parameters
    ----------
    service : str
        Data centre by its name in ObsPy (INGV, USGS, EMSC, ISC, ...), or its address, https://HOST
    starttime : str
        ISO 8601; UTC unless it names an offset
    endtime : str
        ISO 8601; a date alone is its first moment
    minlatitude : float
        Of a box, degrees ...
    maxlatitude : float
        ... to this
    minlongitude : float
        Of a box, degrees ...
    maxlongitude : float
        ... to this; a box across 180 degrees goes beyond it, 170 to 190
    latitude : float
        Of the middle of a circle, degrees; instead of a box
    longitude : float
        Of the middle of a circle, degrees
    maxradius : float
        Of the circle, degrees
    mindepth : float
        km
    maxdepth : float
        km
    minmagnitude : float
        The service decides which of an event's magnitudes counts
    maxmagnitude : float
        Likewise
    event_type : str
        As the service names it: earthquake, quarry blast, ...
    catalog : str
        One of the service's catalogs, where it has several
    contributor : str
        One of the service's contributors, where it has several
    picks : bool
        Ask for picks, which not every service has
    folder : str
        Where the events are kept, beside config.yaml
    """

    is_downloaded: ClassVar[bool] = True

    def __init__(
        self,
        service: str,
        starttime: str,
        endtime: str,
        minlatitude: float | None = None,
        maxlatitude: float | None = None,
        minlongitude: float | None = None,
        maxlongitude: float | None = None,
        latitude: float | None = None,
        longitude: float | None = None,
        maxradius: float | None = None,
        mindepth: float | None = None,
        maxdepth: float | None = None,
        minmagnitude: float | None = None,
        maxmagnitude: float | None = None,
        event_type: str | None = None,
        catalog: str | None = None,
        contributor: str | None = None,
        picks: bool = False,
        folder: str = "downloads/events",
    ) -> None:
        # Names of services may be written in small letters, and addresses end in a slash.
        self.service = service.rstrip("/") if "://" in service else service.upper()
        self.folder = Path(folder)
        self.request = EventRequest(
            starttime, endtime, minlatitude, maxlatitude, minlongitude, maxlongitude,
            latitude, longitude, maxradius, mindepth, maxdepth, minmagnitude, maxmagnitude,
            event_type, catalog, contributor, picks,
        )  # fmt: skip

    def check(self) -> None:
        """Raise a ValueError if the request makes no sense; the service is not asked."""
        if self.service.lower() in ROUTERS:
            raise ValueError(
                f"service is {self.service.lower()!r}, a router, which knows of waveforms and "
                "stations alone; name the data centre whose catalog it is to be"
            )
        try:
            DataCentre(self.service, Manners())
        except ValueError as error:
            raise ValueError(f"service is {self.service!r}: {error}") from error
        self.request.check()

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the cells of an event."""
        return self._events.columns

    @property
    def files(self) -> list[Path]:
        """The file of this request, whether or not it has been downloaded."""
        return [self.folder / f"{self.request.digest(self.service)}.xml"]

    @property
    def digest(self) -> str:
        """Digest of the content."""
        return digest_of_files([self._file_that_is_there()])

    def __iter__(self) -> Iterator[Event | Rejection]:
        """Iterate over the events, in the order of their times; identifiers are the service's.

        Raises
        ------
        StageError
            If they have not been downloaded, or cannot be read to the end.
        """
        path = self._file_that_is_there()
        try:
            yield from self._events
        except StageError as error:
            raise StageError(
                f"{error}; remove {path}, and run again to have it downloaded anew"
            ) from error

    def download(
        self, manners: Manners, path: Path | None = None, now: UTCDateTime | None = None
    ) -> Download:
        """Ask the service for the events, and keep them.

        Parameters
        ----------
        manners : Manners
            How it is asked.
        path : Path, optional
            Where to keep them; by default where they are read.
        now : obspy.UTCDateTime, optional
            Time of the request; the clock's by default.

        Raises
        ------
        StageError
            If the service does not answer with events.
        """
        centre = DataCentre(self.service, manners, is_sole=False)
        target = self.files[0] if path is None else path
        return download_events(self.request, self.service, centre, target, now or UTCDateTime())

    @property
    def _events(self) -> ObsPyCatalog:
        return ObsPyCatalog(str(self.files[0]))

    def _file_that_is_there(self) -> Path:
        (path,) = self.files
        if not path.is_file():
            raise StageError(
                f"catalog: {path} is not there: the events have not been downloaded; the workflow "
                "does so, or python -m specufex_pipe download_events"
            )
        return path

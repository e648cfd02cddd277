"""What a catalog of events has to offer; whatever fits it is one."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar, NamedTuple, Protocol

from obspy import UTCDateTime

from specufex_pipe.rejections import Rejection

# The name of the stage whose rejections are those of a catalog.
STAGE = "catalog"


class Pick(NamedTuple):
    """When a phase arrived at a station.

    Attributes
    ----------
    network, station : str
        Codes; the network is empty where the catalog does not say.
    phase : str
        As the catalog names it: P, S, Pg, ...
    time : obspy.UTCDateTime
    """

    network: str
    station: str
    phase: str
    time: UTCDateTime


class Event(NamedTuple):
    """An event of a catalog.

    Attributes
    ----------
    event_id : str
    time : obspy.UTCDateTime
    file : str
        The waveform file of the event, relative to the source; empty if the catalog names none.
    cells : dict of str
        What the catalog says of the event, by column. These are known by name: latitude and
        longitude (degrees), depth (km), magnitude; start, end, file_start (times) and duration (s).
    picks : tuple of Pick
    """

    event_id: str
    time: UTCDateTime
    file: str
    cells: Mapping[str, str]
    picks: tuple[Pick, ...] = ()


class Catalog(Protocol):
    """Which events there are, in a fixed order.

    What is wrong with a row is data as well: iterating gives a `Rejection` in its place.

    Attributes
    ----------
    is_downloaded : bool
        Whether its files are downloaded by a stage of their own, and need not be there before.
    """

    is_downloaded: ClassVar[bool] = False

    @abstractmethod
    def check(self) -> None:
        """Raise a ValueError if it cannot be a catalog, by as little as has to be read for that."""

    @property
    @abstractmethod
    def columns(self) -> tuple[str, ...]:
        """Names of the cells of an event."""

    @property
    @abstractmethod
    def files(self) -> list[Path]:
        """Files that it is read from; it is read again when one of them changes."""

    @property
    @abstractmethod
    def digest(self) -> str:
        """Digest of the content."""

    def contains(self, folder: Path) -> bool:
        """Tell whether files in a folder, new ones too, would be taken for files of events."""
        return False

    @abstractmethod
    def __iter__(self) -> Iterator[Event | Rejection]:
        """Iterate over the events.

        Raises
        ------
        StageError
            If the catalog cannot be read to its end.
        """

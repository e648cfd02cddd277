"""What a source of waveforms has to offer; whatever fits it is one."""

from abc import abstractmethod
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar, NamedTuple, Protocol

from obspy import Stream, UTCDateTime

from specufex_pipe.rejections import Kind, RejectedEvent


class Window(NamedTuple):
    """What is asked of a source: a channel between two times.

    Attributes
    ----------
    network, station, location, channel : str
        Codes of the channel.
    starttime, endtime : obspy.UTCDateTime or None
        None for all that the file has.
    file : str
        The only file to look in, as the catalog names it; empty for wherever the data are.
    file_start : obspy.UTCDateTime or None
        Time of the first sample of that file, where the catalog knows it and the file may not.
    """

    network: str
    station: str
    location: str
    channel: str
    starttime: UTCDateTime | None
    endtime: UTCDateTime | None
    file: str = ""
    file_start: UTCDateTime | None = None

    @property
    def span(self) -> tuple[UTCDateTime, UTCDateTime]:
        """The two times.

        Raises
        ------
        RejectedEvent
            If the window is a whole file, and no file is named.
        """
        if self.starttime is None or self.endtime is None:
            raise RejectedEvent(Kind.MISSING_FILE, "the window is a whole file, and none is named")
        return self.starttime, self.endtime


class Source(Protocol):
    """Where waveforms come from.

    What can be known of the source as a whole, such as the headers of its files, is gathered once,
    by `update_index`, and kept in a table; `use_index` takes it up, so that no job gathers it anew.

    Attributes
    ----------
    is_downloaded : bool
        Whether a stage of its own fetches, over the network, what the catalog needs.
    """

    is_downloaded: ClassVar[bool] = False

    @abstractmethod
    def check(self) -> None:
        """Raise a ValueError if the source is not there; the message begins with the parameter."""

    @abstractmethod
    def contains(self, path: Path) -> bool:
        """Tell whether a file at a path would be taken for one of the source."""

    @abstractmethod
    def state(self) -> str:
        """Return a text that changes when the index may have to; empty if that costs much."""

    @abstractmethod
    def update_index(self, path: Path) -> None:
        """Write the index of what the source has; what an older one knows is not read again."""

    @abstractmethod
    def use_index(self, path: Path, channels: Iterable[str] | None = None) -> None:
        """Take up an index, of some channels (SEED ids) or of all."""

    @abstractmethod
    def channels(self) -> set[str]:
        """Return the SEED ids of the channels that the source has, as far as its index tells."""

    @abstractmethod
    def get_waveforms(
        self,
        network: str,
        station: str,
        location: str,
        channel: str,
        starttime: UTCDateTime,
        endtime: UTCDateTime,
    ) -> Stream:
        """Return what there is of a channel between two times, as ObsPy's clients do.

        Raises
        ------
        RejectedEvent
            If there is nothing, or it cannot be read.
        OSError
            If the machine is to blame: a disk, a network or memory that fails.
        """

    @abstractmethod
    def find_file(
        self, network: str, station: str, location: str, channel: str, time: UTCDateTime
    ) -> str:
        """Return the file that has a channel at a time, as a catalog would name it.

        Raises
        ------
        RejectedEvent
            If there is none, or there are several.
        """

    @abstractmethod
    def of_file(self, file: str, start: UTCDateTime | None = None) -> "Source":
        """Return the source that has one of the files alone, which a catalog names for an event.

        It alone takes None for the times: from the first sample of the file, to the last.

        Parameters
        ----------
        file : str
            Path relative to the source.
        start : obspy.UTCDateTime, optional
            Time of the first sample, where the file does not say it.

        Raises
        ------
        RejectedEvent
            If the file is not one of the source.
        """

    @abstractmethod
    def dependencies(self, window: Window) -> Iterable[str]:
        """Return lines that tell what the data of a window depend on: files, and what is in them.

        If they are the same, so are the data.
        """

    @abstractmethod
    def problems(self) -> list[str]:
        """Return what is wrong with the source as a whole, such as files that are unreadable.

        What may be the reason why the last window lacks data comes first; of other windows nothing
        is named that only reading them has shown, since that depends on their order.
        """

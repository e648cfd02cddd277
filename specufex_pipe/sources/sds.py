"""An SDS archive, YEAR/NET/STA/CHA.D/NET.STA.LOC.CHA.D.YEAR.DAY, for whole networks."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import cached_property
from pathlib import Path

from obspy import Stream, UTCDateTime
from obspy.clients.filesystem.sds import Client

from specufex_pipe.rejections import Kind, RejectedEvent
from specufex_pipe.sources.files import (
    FileSource,
    check_folder,
    check_format,
    describe,
    raise_if_machine_fails,
)
from specufex_pipe.sources.index import write_index
from specufex_pipe.sources.protocol import Source, Window

# A record may lie in the file of the day before or after: as far as ObsPy looks for channels of
# one sample a second.
_BORDER = 5000.0


class SDSSource(Source):
    """An SDS archive, YEAR/NET/STA/CHA.D/NET.STA.LOC.CHA.D.YEAR.DAY.

    Parameters
    ----------
    path : str
        Folder of the archive, in which the years are.
    format : str
        Waveform format, as ObsPy names it.
    """

    def __init__(self, path: str, format: str = "MSEED") -> None:
        self.path, self.format = Path(path), format

    @cached_property
    def _client(self) -> Client:
        return Client(str(self.path), format=self.format)

    def check(self) -> None:
        """Raise a ValueError if there is no such folder or format."""
        check_folder(self.path)
        check_format(self.format)

    def contains(self, path: Path) -> bool:
        """Tell whether a path lies in the archive."""
        return path.resolve().is_relative_to(self.path.resolve())

    def state(self) -> str:
        """Return a digest of the folders of the channels, which change with the files in them.

        An archive is too large to go through its files each time; one that was written into, and
        not added or removed, is noticed when the shards are looked through.
        """
        folders = sorted(self.path.glob("*/*/*/*.D"))
        state = hashlib.blake2b(digest_size=16)
        for folder in folders:
            state.update(describe(folder, str(folder.relative_to(self.path))).encode())
        return state.hexdigest()

    def update_index(self, path: Path) -> None:
        """Write an empty index: an archive is ordered by itself."""
        write_index(path, ())

    def use_index(self, path: Path, channels: Iterable[str] | None = None) -> None:
        """Do nothing: an archive is ordered by itself."""

    def channels(self) -> set[str]:
        """Return the SEED ids of the channels that have a folder in the archive."""
        return {".".join(codes) for codes in self._client.get_all_nslc()}

    def get_waveforms(
        self,
        network: str,
        station: str,
        location: str,
        channel: str,
        starttime: UTCDateTime,
        endtime: UTCDateTime,
    ) -> Stream:
        """Return what the archive has of a channel between two times.

        Raises
        ------
        RejectedEvent
            If there is no file, or one is unreadable.
        """
        codes = (network, station, location, channel)
        days = list(self._days(Window(*codes, starttime, endtime)))
        try:
            if not any((self.path / name).exists() for name in days):
                raise RejectedEvent(
                    Kind.NO_DATA, f"none of these files is there: {', '.join(days)}, in {self.path}"
                )
            return self._client.get_waveforms(*codes, starttime, endtime)
        except RejectedEvent:
            raise
        except Exception as error:  # a reader of ObsPy raises whatever the damage leads it to
            raise_if_machine_fails(error, [self.path / name for name in days])
            raise RejectedEvent(
                Kind.UNREADABLE_FILE,
                f"of {'.'.join(codes)} in {self.path} as {self.format} "
                f"({type(error).__name__}: {error})",
            ) from error

    def find_file(
        self, network: str, station: str, location: str, channel: str, time: UTCDateTime
    ) -> str:
        """Raise a RejectedEvent: an archive has days, and not events, in its files."""
        raise RejectedEvent(
            Kind.SEVERAL_FILES, "the files of an SDS archive are days, and not events"
        )

    def of_file(self, file: str) -> Source:
        """Return the source that has one of the files alone."""
        return FileSource(self.path, file, self.format)

    def dependencies(self, window: Window) -> Iterable[str]:
        """Return a line for each day file that may have data in a window."""
        return [describe(self.path / name, name) for name in self._days(window)]

    def problems(self) -> list[str]:
        """Return nothing: the files are not looked through."""
        return []

    def _days(self, window: Window) -> Iterator[str]:
        """Return the names of the day files, relative to the archive."""
        start, end = window.span
        day, last = (start - _BORDER).date, (end + _BORDER).date
        while day <= last:
            yield Client.FMTSTR.format(
                year=day.year,
                doy=day.timetuple().tm_yday,
                network=window.network,
                station=window.station,
                location=window.location,
                channel=window.channel,
                sds_type="D",
            )
            day += timedelta(days=1)

"""An SDS archive, YEAR/NET/STA/CHA.D/NET.STA.LOC.CHA.D.YEAR.DAY, for whole networks."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path

from obspy import Stream, UTCDateTime
from obspy.clients.filesystem.sds import Client

from specufex_pipe.rejections import Kind, RejectedEvent
from specufex_pipe.sources.files import check_folder, describe, raise_if_machine_fails
from specufex_pipe.sources.formats import check_format
from specufex_pipe.sources.index import write_index
from specufex_pipe.sources.opened import WaveformFiles
from specufex_pipe.sources.protocol import Source, Window
from specufex_pipe.sources.single import FileSource

# A record may lie in the file of the day before or after: as far as ObsPy looks for channels of
# one sample a second.
_BORDER = 5000.0
# A smaller file is one that is just being written.
_LEAST_BYTES = 128


class SDSSource(Source):
    """An SDS archive, YEAR/NET/STA/CHA.D/NET.STA.LOC.CHA.D.YEAR.DAY.

    Parameters
    ----------
    path : str
        Folder of the archive, in which the years are.
    format : str
        Waveform format, as ObsPy names it.
    follow_links : bool, optional
        Read what links in the archive lead to, even outside of it.
    """

    def __init__(self, path: str, format: str = "MSEED", follow_links: bool = False) -> None:
        self.path = Path(path)
        self._files = WaveformFiles(path, format, follow_links=follow_links)

    def check(self) -> None:
        """Raise a ValueError if there is no such folder or format."""
        check_folder(self.path)
        check_format(self._files.format)
        if not self._files.have_times:
            raise ValueError(
                f"format is {self._files.format!r}: the files of an archive have to say their times"
            )

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
        return {".".join(codes) for codes in Client(str(self.path)).get_all_nslc()}

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
            If there is no file, or none can be used.
        """
        self._files.put_aside.begin(starttime, endtime)
        codes = (network, station, location, channel)
        days = list(self._days(Window(*codes, starttime, endtime)))
        there = [self.path / name for name in days if _size(self.path / name) >= _LEAST_BYTES]
        if not there:
            raise RejectedEvent(
                Kind.NO_DATA, f"none of these files is there: {', '.join(days)}, in {self.path}"
            )
        return self._files.read(there, ".".join(codes), starttime, endtime)

    def find_file(
        self, network: str, station: str, location: str, channel: str, time: UTCDateTime
    ) -> str:
        """Raise a RejectedEvent: an archive has days, and not events, in its files."""
        raise RejectedEvent(
            Kind.SEVERAL_FILES, "the files of an SDS archive are days, and not events"
        )

    def of_file(self, file: str, start: UTCDateTime | None = None) -> Source:
        """Return the source that has one of the files alone."""
        return FileSource(self._files, file, start)

    def dependencies(self, window: Window) -> Iterable[str]:
        """Return a line for each day file that may have data in a window."""
        return [describe(self.path / name, name) for name in self._days(window)]

    def problems(self) -> list[str]:
        """Return what is wrong with the files of the last window."""
        return self._files.put_aside.problems

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


def _size(path: Path) -> int:
    """Return the size of a file, or 0 if there is none."""
    try:
        return path.stat().st_size
    except (OSError, ValueError) as error:
        raise_if_machine_fails(error, [path])
        return 0

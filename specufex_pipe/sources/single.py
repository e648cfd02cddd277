"""One file as a source of its own, which a catalog names for an event."""

import os
from collections.abc import Iterable
from pathlib import Path

from obspy import Stream, UTCDateTime

from specufex_pipe.rejections import Kind, RejectedEvent
from specufex_pipe.sources.files import describe, digest_of_content
from specufex_pipe.sources.opened import WaveformFiles, copy_between
from specufex_pipe.sources.protocol import Source, Window


class FileSource(Source):
    """One file, which the catalog names for an event.

    Parameters
    ----------
    files : opened.WaveformFiles
        Those of the source that the file is of.
    file : str
        Path relative to the folder of the source.
    start : obspy.UTCDateTime, optional
        Time of the first sample, for files that do not say it.

    Raises
    ------
    RejectedEvent
        If the path leads out of the folder.
    """

    def __init__(self, files: WaveformFiles, file: str, start: UTCDateTime | None = None) -> None:
        folder = Path(os.path.normpath(files.folder.absolute()))
        self._path = Path(os.path.normpath(folder / file))
        if not self._path.is_relative_to(folder):
            raise RejectedEvent(Kind.OUTSIDE_SOURCE, file)
        self._files, self._file, self._start = files, file, start

    def check(self) -> None:
        """Do nothing: whether the file is there is for its event alone to say."""

    def contains(self, path: Path) -> bool:
        """Tell whether a path is that of the file."""
        return path.resolve() == self._path.resolve()

    def state(self) -> str:
        """Return name, size and time of change of the file."""
        return describe(self._path, self._file)

    def update_index(self, path: Path) -> None:
        """Do nothing: one file needs no index."""

    def use_index(self, path: Path, channels: Iterable[str] | None = None) -> None:
        """Do nothing: one file needs no index."""

    def channels(self) -> set[str]:
        """Return the SEED ids of the channels in the file."""
        return {extent.channel for extent in self._files.extents(self._path)}

    def get_waveforms(
        self,
        network: str,
        station: str,
        location: str,
        channel: str,
        starttime: UTCDateTime | None,
        endtime: UTCDateTime | None,
    ) -> Stream:
        """Return what the file has of a channel between two times, or from its first sample on.

        Raises
        ------
        RejectedEvent
            If it has nothing of it, is not there, or is unreadable.
        """
        self._files.put_aside.begin(self._path, starttime, endtime)
        seed_id = f"{network}.{station}.{location}.{channel}"
        if not self._files.have_times:
            return self._get_samples(seed_id, starttime, endtime)
        extents = {each.channel: each for each in self._files.extents(self._path)}
        if seed_id not in extents:
            found = ", ".join(extents) or "nothing"
            raise RejectedEvent(Kind.NO_DATA, f"{self._path.name} holds {found}")
        own = extents[seed_id]
        found = self._files.read(
            [self._path], seed_id, starttime, endtime, sampling_rate=own.sampling_rate
        )
        if not found:
            raise self._outside(own.start, own.end, starttime)
        return found

    def find_file(
        self, network: str, station: str, location: str, channel: str, time: UTCDateTime
    ) -> str:
        """Return the file, which is all that there is."""
        return self._file

    def of_file(self, file: str, start: UTCDateTime | None = None) -> Source:
        """Return the file, which is all that there is."""
        return self

    def dependencies(self, window: Window) -> Iterable[str]:
        """Return a line that changes when the content of the file does."""
        return [f"{self._file} {digest_of_content(self._path)}\n"]

    def problems(self) -> list[str]:
        """Return nothing: what is wrong with the file, its event is told."""
        return []

    def _get_samples(
        self, channel: str, starttime: UTCDateTime | None, endtime: UTCDateTime | None
    ) -> Stream:
        """Return samples of a file that has no times."""
        if self._start is None and (starttime or endtime):
            raise RejectedEvent(
                Kind.OUTSIDE_FILE,
                f"{self._path.name} does not say when it begins: the catalog has to, in a column "
                "start, or the window has to be the whole file",
            )
        begin = UTCDateTime(0) if self._start is None else self._start
        (trace,) = self._files.read_samples(self._path, channel, begin)
        cut = copy_between(trace, starttime, endtime)
        if not cut.stats.npts:
            raise self._outside(trace.stats.starttime, trace.stats.endtime, starttime)
        return Stream([cut])

    def _outside(
        self, start: UTCDateTime, end: UTCDateTime, asked: UTCDateTime | None
    ) -> RejectedEvent:
        return RejectedEvent(
            Kind.OUTSIDE_FILE,
            f"{self._path.name} covers {start} to {end}, the window begins at {asked}",
        )

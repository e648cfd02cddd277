"""Where waveforms come from; each source has ObsPy's `get_waveforms`."""

import glob
import logging
import os
from bisect import bisect_left, bisect_right
from pathlib import Path
from typing import NamedTuple

import obspy
from obspy.clients.filesystem.sds import Client as SDSClient

from specufex_pipe.config import archive_files
from specufex_pipe.errors import RejectedEvent

log = logging.getLogger(__name__)
_CHANNELS_TO_NAME = 5


def open_source(archive, layout, file_format, channel):
    """Return the source of waveforms for a layout of the archive.

    Parameters
    ----------
    archive : str or Path
        Folder.
    layout : {"files", "sds"}
        Files of any name in any depth, or an SDS archive (SeisComP's layout of days).
    file_format : str
        Name of an ObsPy waveform format.
    channel : str
        SEED id; only its files are listed.

    Returns
    -------
    An object with `get_waveforms(network, station, location, channel, starttime, endtime)`.
    """
    if layout == "sds":
        return SDSClient(str(archive), format=file_format)
    return FolderSource(archive, file_format, channel)


def read_file(path, file_format, **options):
    """Read one waveform file.

    The format is always given: guessing it would try ObsPy's reader of pickles as well.

    Raises
    ------
    RejectedEvent
        If the file is missing or unreadable.
    """
    if not path.is_file():
        raise RejectedEvent(f"missing file: {path}")
    try:
        return obspy.read(glob.escape(str(path)), format=file_format, **options)
    except Exception as error:  # a reader of ObsPy raises whatever the damage leads it to
        raise RejectedEvent(
            f"unreadable file: {path} as {file_format} ({type(error).__name__}: {error})"
        ) from error


class _Segment(NamedTuple):
    start: obspy.UTCDateTime
    end: obspy.UTCDateTime
    path: Path


class FolderSource:
    """A folder of waveform files, found by what their headers say and not by their names.

    Parameters
    ----------
    folder : str or Path
    file_format : str
    channel : str
        SEED id; traces of others are left out.
    """

    def __init__(self, folder, file_format, channel):
        self._format = file_format
        self._segments, self.unreadable, self._channels = [], [], set()
        for path in archive_files(folder):
            self._add(path, channel)
        self._segments.sort()
        self._starts = [segment.start for segment in self._segments]
        self._longest = max((segment.end - segment.start for segment in self._segments), default=0)
        if self.unreadable:
            log.warning(
                "%d of the files in %s cannot be read as %s, the first: %s",
                len(self.unreadable), folder, file_format, self.unreadable[0],
            )  # fmt: skip

    def _add(self, path, channel):
        try:
            stream = read_file(path, self._format, headonly=True)
        except RejectedEvent as error:
            self.unreadable.append(str(error))
            return
        self._channels.update(trace.id for trace in stream)
        traces = [trace.stats for trace in stream if trace.id == channel]
        if traces:
            start = min(stats.starttime for stats in traces)
            self._segments.append(_Segment(start, max(stats.endtime for stats in traces), path))

    def get_waveforms(self, network, station, location, channel, starttime, endtime):
        """Return what the folder has of a channel between two times."""
        if not self._segments:
            others = ", ".join(sorted(self._channels)[:_CHANNELS_TO_NAME]) or "no readable file"
            raise RejectedEvent(f"no data: the archive has nothing of this channel, but {others}")
        stream = obspy.Stream()
        first = bisect_left(self._starts, starttime - self._longest)
        for segment in self._segments[first : bisect_right(self._starts, endtime)]:
            if segment.end >= starttime:
                stream += read_file(
                    segment.path, self._format, starttime=starttime, endtime=endtime
                )
        return stream.select(network, station, location, channel)


class EventFileSource:
    """One file, which the catalog names for the event.

    Parameters
    ----------
    archive : str or Path
        Folder that the file must lie in.
    file : str
        Path relative to the archive.
    file_format : str

    Raises
    ------
    RejectedEvent
        If the path leads out of the archive.
    """

    def __init__(self, archive, file, file_format):
        # Links inside the archive are its owner's; ".." in a catalog is not.
        archive = Path(os.path.normpath(Path(archive).absolute()))
        self._path = Path(os.path.normpath(archive / file))
        if not self._path.is_relative_to(archive):
            raise RejectedEvent(f"file outside the archive: {file}")
        self._format = file_format

    def get_waveforms(self, network, station, location, channel, starttime, endtime):
        """Return what the file has of a channel between two times."""
        stream = read_file(self._path, self._format)
        traces = stream.select(network, station, location, channel)
        if not traces:
            found = ", ".join(sorted({trace.id for trace in stream})) or "nothing"
            raise RejectedEvent(f"no data: {self._path.name} holds {found}")
        cut = traces.slice(starttime, endtime)
        if not cut:
            start = min(trace.stats.starttime for trace in traces)
            end = max(trace.stats.endtime for trace in traces)
            raise RejectedEvent(
                f"outside its file: {self._path.name} covers {start} to {end}, the window begins "
                f"at {starttime}"
            )
        return cut

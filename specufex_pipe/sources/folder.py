"""Where waveforms come from; each source has ObsPy's `get_waveforms`."""

import glob
import os
from pathlib import Path

import numpy as np
import obspy

from specufex_pipe.errors import RejectedEvent

_CHANNELS_TO_NAME = 5


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


class FolderSource:
    """A folder of waveform files, found by what their headers say and not by their names.

    Parameters
    ----------
    folder : str or Path
    file_format : str
    index : list of archive.IndexedFile
        What the headers say.
    channel : str
        SEED id; traces of others are left out.

    Attributes
    ----------
    unreadable : list of str
        What is wrong with the files that cannot be read.
    """

    def __init__(self, folder, file_format, index, channel):
        self._folder, self._format = Path(folder), file_format
        self.unreadable = [entry.problem for entry in index if entry.problem]
        self._channels = {entry.channel for entry in index if entry.channel}
        own = sorted((e for e in index if e.channel == channel), key=lambda e: (e.start, e.file))
        self._files = own
        self._starts, self._ends = (
            np.array([getattr(entry, name).rstrip("Z") for entry in own], dtype="datetime64[us]")
            for name in ("start", "end")
        )
        self._longest = (self._ends - self._starts).max(initial=np.timedelta64(0, "us"))

    def files(self, starttime, endtime):
        """Return the `archive.IndexedFile` of the files with data between two times."""
        start, end = _microseconds(starttime), _microseconds(endtime)
        first = np.searchsorted(self._starts, start - self._longest)
        last = np.searchsorted(self._starts, end, side="right")
        return [self._files[i] for i in range(first, last) if self._ends[i] >= start]

    def get_waveforms(self, network, station, location, channel, starttime, endtime):
        """Return what the folder has of a channel between two times."""
        if not self._files:
            others = ", ".join(sorted(self._channels)[:_CHANNELS_TO_NAME]) or "no readable file"
            raise RejectedEvent(f"no data: the archive has nothing of this channel, but {others}")
        stream = obspy.Stream()
        for entry in self.files(starttime, endtime):
            path = self._folder / entry.file
            stream += read_file(path, self._format, starttime=starttime, endtime=endtime)
        return stream.select(network, station, location, channel)


def _microseconds(time):
    return np.datetime64(time.ns // 1000, "us")


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

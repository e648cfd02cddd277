"""Waveform files: read one, look at its state, take one as a source of its own."""

import glob
import hashlib
import os
from collections.abc import Iterable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import obspy
from obspy import Stream, UTCDateTime

from specufex_pipe.rejections import Kind, RejectedEvent
from specufex_pipe.sources.protocol import Source, Window


def check_folder(path: str | Path) -> None:
    """Raise a ValueError if a folder is not there."""
    if not Path(path).is_dir():
        raise ValueError(f"path is {str(path)!r}: there is no such folder")


def check_format(name: str) -> None:
    """Raise a ValueError if ObsPy reads no waveforms of a format, or reading them is not safe."""
    # A pickle runs code when it is read.
    formats = sorted(entry_points(group="obspy.plugin.waveform").names - {"PICKLE"})
    if name not in formats:
        raise ValueError(
            f"format is {name!r}: not a waveform format that is read here; choose from {formats}"
        )


def read_file(path: Path, file_format: str, **options: Any) -> Stream:
    """Read one waveform file.

    The format is always given: guessing it would try ObsPy's reader of pickles as well.

    Raises
    ------
    RejectedEvent
        If the file is missing or unreadable.
    """
    if not path.is_file():
        raise RejectedEvent(Kind.MISSING_FILE, str(path))
    try:
        return obspy.read(glob.escape(str(path)), format=file_format, **options)
    except Exception as error:  # a reader of ObsPy raises whatever the damage leads it to
        raise RejectedEvent(
            Kind.UNREADABLE_FILE,
            f"{path} as {file_format} ({type(error).__name__}: {error})",
        ) from error


def describe(path: Path, name: str) -> str:
    """Return a line that changes when a file does, and begins with its name."""
    try:
        status = path.stat()
    except (OSError, ValueError):  # whoever reads it says what is wrong with it
        return f"{name} cannot be read\n"
    return f"{name} {status.st_size} {status.st_mtime_ns}\n"


def list_files(folder: str | Path) -> list[Path]:
    """Return the paths of all files in a folder that are not hidden, in a fixed order."""
    folder = Path(folder)
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and not any(p.startswith(".") for p in path.relative_to(folder).parts)
    )


def state_of_files(folder: str | Path) -> str:
    """Return a digest of the names, sizes and times of change of the files in a folder."""
    state = hashlib.blake2b(digest_size=16)
    for path in list_files(folder):
        try:
            status = path.stat()
        except FileNotFoundError:  # it has been moved or removed meanwhile
            continue
        # The time of change of its status tells of permissions that were given.
        times = f"{status.st_mtime_ns}\0{status.st_ctime_ns}"
        state.update(f"{path}\0{status.st_size}\0{times}\0".encode("utf-8", "surrogateescape"))
    return state.hexdigest()


class FileSource(Source):
    """One file, which the catalog names for an event.

    Parameters
    ----------
    folder : str or Path
        Folder that the file must lie in.
    file : str
        Path relative to the folder.
    format : str
        ObsPy's name of the format.

    Raises
    ------
    RejectedEvent
        If the path leads out of the folder.
    """

    def __init__(self, folder: str | Path, file: str, format: str) -> None:
        # Links inside the folder are its owner's; ".." in a catalog is not.
        folder = Path(os.path.normpath(Path(folder).absolute()))
        self._path = Path(os.path.normpath(folder / file))
        if not self._path.is_relative_to(folder):
            raise RejectedEvent(Kind.OUTSIDE_SOURCE, file)
        self._file, self._format = file, format

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
        return {trace.id for trace in read_file(self._path, self._format, headonly=True)}

    def get_waveforms(
        self,
        network: str,
        station: str,
        location: str,
        channel: str,
        starttime: UTCDateTime,
        endtime: UTCDateTime,
    ) -> Stream:
        """Return what the file has of a channel between two times.

        Raises
        ------
        RejectedEvent
            If it has nothing of it, is not there, or is unreadable.
        """
        stream = read_file(self._path, self._format)
        traces = stream.select(network, station, location, channel)
        if not traces:
            found = ", ".join(sorted({trace.id for trace in stream})) or "nothing"
            raise RejectedEvent(Kind.NO_DATA, f"{self._path.name} holds {found}")
        cut = traces.slice(starttime, endtime)
        if not cut:
            start = min(trace.stats.starttime for trace in traces)
            end = max(trace.stats.endtime for trace in traces)
            raise RejectedEvent(
                Kind.OUTSIDE_FILE,
                f"{self._path.name} covers {start} to {end}, the window begins at {starttime}",
            )
        return cut

    def of_file(self, file: str) -> Source:
        """Return the file, which is all that there is."""
        return self

    def dependencies(self, window: Window) -> Iterable[str]:
        """Return a line that changes when the file does."""
        return [describe(self._path, self._file)]

    def problems(self) -> list[str]:
        """Return nothing: what is wrong with the file, its event is told."""
        return []

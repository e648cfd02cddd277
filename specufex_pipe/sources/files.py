"""Waveform files: read one, look at its state, take one as a source of its own."""

import errno
import glob
import hashlib
import os
from collections.abc import Iterable
from functools import lru_cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import numpy as np
import obspy
from obspy import Stream, UTCDateTime

from specufex_pipe.rejections import Kind, RejectedEvent
from specufex_pipe.sources.protocol import Source, Window

# What the name or the permissions of a file lead to; all else is of the disk or of the network, and
# may work the next time.
_OF_THE_FILE = {
    errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL,
    errno.EACCES, errno.EPERM,
}  # fmt: skip
# Reading a file takes at most so many times its size; one that asks for more is damaged.
_MOST_GROWTH = 64
_LEAST_MEMORY = 1 << 26
_FILES_TO_REMEMBER = 1 << 16


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
    OSError
        If the machine is to blame, and the file may be as good as any.
    """
    try:
        if not path.is_file():
            raise RejectedEvent(Kind.MISSING_FILE, str(path))
        return obspy.read(glob.escape(str(path)), format=file_format, **options)
    except RejectedEvent:
        raise
    except Exception as error:  # a reader of ObsPy raises whatever the damage leads it to
        raise_if_machine_fails(error, [path])
        raise RejectedEvent(
            Kind.UNREADABLE_FILE,
            f"{path} as {file_format} ({type(error).__name__}: {error})",
        ) from error


def raise_if_machine_fails(error: Exception, paths: Iterable[Path] = ()) -> None:
    """Raise what a failing disk, network or memory is the cause of, and not what is in the files.

    An event stays rejected until its files change. What may work the next time has to stop the
    stage instead.

    Parameters
    ----------
    error : Exception
        With which reading them ended.
    paths : iterable of Path

    Raises
    ------
    OSError
    """
    paths = list(paths)
    named = ", ".join(map(str, paths)) or "waveforms"
    if isinstance(error, OSError) and error.errno not in {None, *_OF_THE_FILE}:
        said = f"{error.strerror}; try again, or take the file out of the source"
        raise (OSError(error.errno, said, named) if paths else error) from error
    if isinstance(error, MemoryError):
        n_bytes = sum(path.stat().st_size for path in paths if path.exists())
        try:
            np.empty(max(_LEAST_MEMORY, _MOST_GROWTH * n_bytes), np.uint8)  # asked for, not used
        except MemoryError:
            raise OSError(errno.ENOMEM, "out of memory; try again", named) from error


def describe(path: Path, name: str) -> str:
    """Return a line that changes when a file or a folder does, and begins with its name."""
    try:
        status = path.stat()
    except (OSError, ValueError) as error:  # whoever reads it says what is wrong with it
        raise_if_machine_fails(error, [path])
        return f"{name} cannot be read\n"
    # A program may set the time of change to what it likes, but not that of the status.
    return f"{name} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}\n"


def digest_of_content(path: Path) -> str:
    """Return a digest of what is in a file; empty if it cannot be read, as its reader will say.

    Raises
    ------
    OSError
        If the machine is to blame.
    """
    try:
        if not path.is_file():  # a pipe would never end
            return ""
        status = path.stat()
        return _digest(path, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    except (OSError, ValueError) as error:
        raise_if_machine_fails(error, [path])
        return ""


# Several events may be in one file.
@lru_cache(_FILES_TO_REMEMBER)
def _digest(path: Path, size: int, modified: int, status_changed: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def list_files(folder: str | Path) -> list[Path]:
    """Return the paths of all files in a folder that are not hidden, in a fixed order.

    A file stands for itself.
    """
    folder = Path(folder)
    if folder.is_file():
        return [folder]
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
        starttime: UTCDateTime | None,
        endtime: UTCDateTime | None,
    ) -> Stream:
        """Return what the file has of a channel between two times, or from its first sample on.

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

    def find_file(
        self, network: str, station: str, location: str, channel: str, time: UTCDateTime
    ) -> str:
        """Return the file, which is all that there is."""
        return self._file

    def of_file(self, file: str) -> Source:
        """Return the file, which is all that there is."""
        return self

    def dependencies(self, window: Window) -> Iterable[str]:
        """Return a line that changes when the content of the file does."""
        return [f"{self._file} {digest_of_content(self._path)}\n"]

    def problems(self) -> list[str]:
        """Return nothing: what is wrong with the file, its event is told."""
        return []

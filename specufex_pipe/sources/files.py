"""Files of a source: find them, tell whether one has changed, and whether the machine fails."""

import errno
import hashlib
import os
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

# What the name or the permissions of a file lead to; all else is of the disk or of the network, and
# may work the next time.
_OF_THE_FILE = {
    errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL,
    errno.EACCES, errno.EPERM,
}  # fmt: skip
# Reading a file takes at most so many times its size; one that asks for more is damaged.
MOST_GROWTH = 64
LEAST_MEMORY = 1 << 26
_FILES_TO_REMEMBER = 1 << 16
LINK_LEADS_OUT = "is a link that leads out of the source; follow_links: true reads such"


def check_folder(path: str | Path) -> None:
    """Raise a ValueError if a folder is not there."""
    if not Path(path).is_dir():
        raise ValueError(f"path is {str(path)!r}: there is no such folder")


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
            np.empty(max(LEAST_MEMORY, MOST_GROWTH * n_bytes), np.uint8)  # asked for, not used
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


class FoundFiles(NamedTuple):
    """What is in a folder.

    Attributes
    ----------
    paths : list of Path
        All files that are not hidden, in a fixed order.
    problems : dict of str
        By path, why a link or a folder is left out.
    """

    paths: list[Path]
    problems: dict[Path, str]


def find_files(folder: str | Path, follow_links: bool = False) -> FoundFiles:
    """Find the files in a folder and in the folders below it; a file stands for itself.

    Parameters
    ----------
    folder : str or Path
    follow_links : bool, optional
        Follow links that lead out of the folder, and links to folders.

    Raises
    ------
    OSError
        If the machine is to blame.
    """
    found, folder, passed = FoundFiles([], {}), Path(folder), set[str]()
    if folder.is_file():
        return FoundFiles([folder], {})

    def note(error: OSError) -> None:
        path = Path(error.filename)
        raise_if_machine_fails(error, [path])
        found.problems[path] = f"{path} cannot be searched ({error.strerror})"

    for place, folders, files in os.walk(folder, onerror=note, followlinks=follow_links):
        is_new = os.path.realpath(place) not in passed  # links may lead in a circle
        passed.add(os.path.realpath(place))
        links = [name for name in folders if Path(place, name).is_symlink()]
        folders[:] = sorted(name for name in folders if is_new and not name.startswith("."))
        names = [*files, *(() if follow_links else links)]
        for path in (Path(place, name) for name in names if is_new and not name.startswith(".")):
            if not follow_links and leads_out(path, folder):
                found.problems[path] = f"{path} {LINK_LEADS_OUT}"
            elif path.is_file():
                found.paths.append(path)
            elif path.is_symlink() and not path.exists():
                found.problems[path] = f"{path} is a link that leads nowhere"
    found.paths.sort()
    return found


def leads_out(path: Path, folder: Path) -> bool:
    """Tell whether links lead from a path in a folder to somewhere else."""
    real = os.path.realpath(folder)
    return os.path.commonpath([real, os.path.realpath(path)]) != real


def state_of_files(folder: str | Path, follow_links: bool = False) -> str:
    """Return a digest of the names, sizes and times of change of the files in a folder."""
    state = hashlib.blake2b(digest_size=16)
    for path in find_files(folder, follow_links).paths:
        try:
            status = path.stat()
        except FileNotFoundError:  # it has been moved or removed meanwhile
            continue
        # The time of change of its status tells of permissions that were given.
        times = f"{status.st_mtime_ns}\0{status.st_ctime_ns}"
        state.update(f"{path}\0{status.st_size}\0{times}\0".encode("utf-8", "surrogateescape"))
    return state.hexdigest()

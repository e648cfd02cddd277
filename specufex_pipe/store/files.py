"""What all files of a run have in common: they appear whole, and say what they hold."""

import errno
import hashlib
import json
import os
import re
import shutil
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from specufex_pipe import __version__
from specufex_pipe.store.seal import UnusableFile, check_seal

FORMAT_VERSION = 3
# From here on HDF5 keeps checksums of what it writes beside the data.
LIBRARY_VERSION = "v110"
_SECONDS_OF_A_DAY = 86_400


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Give a temporary path beside `path`, and move it there once it is written whole.

    The file is flushed to disk before it takes the place of an older one, so a reader sees the
    old file or the new one and never half of one. After an error the temporary file is removed;
    what a killed process left is removed when the same file is written again.

    Parameters
    ----------
    path : str or Path

    Yields
    ------
    Path

    Raises
    ------
    OSError
        If the disk is full, with a message that says so.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(path)
    temporary = _temporary_path(path)
    try:
        with _full_disk_named(path):
            yield temporary
            with temporary.open("rb+") as file:
                os.fsync(file.fileno())
            temporary.replace(path)
            _flush_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def temporary_folder(parent: str | Path) -> Iterator[Path]:
    """Give an empty folder within another, to be renamed once all that is in it is written.

    If it still has its name in the end, as after an error, it is removed, and so is the other
    folder if nothing else is in it. What a killed process left is removed the next time.

    Parameters
    ----------
    parent : str or Path

    Yields
    ------
    Path

    Raises
    ------
    OSError
        If the disk is full, with a message that says so.
    """
    parent = Path(parent)
    temporary = _temporary_path(parent / "new")
    try:
        with _full_disk_named(parent):
            parent.mkdir(parents=True, exist_ok=True)
            _remove_leftovers(parent / "new")
            _remove(temporary)
            temporary.mkdir()
            yield temporary
    finally:
        _remove(temporary)
        with suppress(OSError):  # it has something else in it
            parent.rmdir()


def _temporary_path(path: Path) -> Path:
    return path.with_name(f".{path.name}.{socket.gethostname()}.{os.getpid()}.part")


@contextmanager
def _full_disk_named(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise OSError(error.errno, "the disk is full", str(path)) from error
        raise


def _remove(path: Path) -> None:
    """Remove a file or a folder, if there is one."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _remove_leftovers(path: Path) -> None:
    """Remove the temporary files and folders of processes that are gone."""
    name = re.compile(rf"\.{re.escape(path.name)}\.(.+)\.(\d+)\.part")
    for entry in os.scandir(path.parent):
        found = name.fullmatch(entry.name)
        if not found:
            continue
        host, process = found[1], int(found[2])
        if host == socket.gethostname():
            is_left = not _is_alive(process)
        else:  # of the processes of another machine nothing can be known but when they wrote
            is_left = time.time() - entry.stat().st_mtime > _SECONDS_OF_A_DAY
        if is_left:
            _remove(Path(entry.path))


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it is alive, and somebody else's
    return True


def _flush_folder(folder: Path) -> None:
    # The new name is on disk only when the folder is.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def damage_named(path: str | Path) -> Iterator[None]:
    """Turn what HDF5 makes of damaged content into one error that names the file.

    Raises
    ------
    OSError
    """
    try:
        yield
    except (KeyError, RuntimeError, TypeError, ValueError) as error:
        raise UnusableFile(f"{path}: damaged ({error})") from error
    except OSError as error:
        # Those of the HDF5 library do not say which file they are of.
        if error.errno is None and type(error) is OSError:
            raise UnusableFile(f"{path}: damaged ({error})") from error
        raise


def describe(
    file: h5py.File, kind: str, settings: Mapping[str, Any], inputs: Mapping[str, Any]
) -> None:
    """Say in the attributes of a file what it holds, and where that is from."""
    file.attrs["kind"] = kind
    file.attrs["format_version"] = FORMAT_VERSION
    file.attrs["software"] = f"specufex_pipe {__version__}"
    file.attrs["settings"] = json.dumps(settings, sort_keys=True)
    file.attrs["inputs"] = json.dumps(inputs, sort_keys=True)


def open_any(path: str | Path) -> h5py.File:
    """Open an HDF5 file of any owner for reading.

    Raises
    ------
    OSError
        If there is no such file, or it is damaged.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: there is no such file")
    try:
        return h5py.File(path, "r")
    except OSError as error:
        raise UnusableFile(f"{path}: not an HDF5 file, or damaged ({error})") from error


def open_kind(path: str | Path, kind: str | None = None) -> h5py.File:
    """Open a file of this package for reading, of a kind if one is named.

    Raises
    ------
    OSError
        If there is no such file, or it is damaged, of another kind or of another format.
    """
    if Path(path).is_file():
        check_seal(path)
    file = open_any(path)
    try:
        with damage_named(path):
            check_kind(path, file.attrs, kind)
            _check_index(path, file)
    except OSError:
        file.close()
        raise
    return file


def describe_index(file: h5py.File) -> None:
    """Keep a digest of all but the frames of a store, which are checked event by event."""
    file.attrs["index_digest"] = _index_digest(file)


def _check_index(path: str | Path, file: h5py.File) -> None:
    if "index_digest" in file.attrs and file.attrs["index_digest"] != _index_digest(file):
        raise UnusableFile(f"{path}: damaged: its index does not have the digest that it was given")


def _index_digest(file: h5py.File) -> str:
    """Return a digest of the attributes of a file, and of its data sets that are of no event."""
    result = hashlib.blake2b(digest_size=16)
    result.update(_text_of(file.attrs).encode())
    for name in sorted(file):
        data = file[name]
        if data.attrs.get("axis") not in ("frame", "event"):
            head = f"{name} {data.shape} {_text_of(data.attrs)}"
            result.update(head.encode() + data[()].tobytes())
    return result.hexdigest()


def _text_of(attributes: Mapping[str, Any]) -> str:
    # Values as Python's own, whose text is the same in each version of NumPy.
    values = {name: np.asarray(value).tolist() for name, value in sorted(attributes.items())}
    values.pop("index_digest", None)
    return repr(values)


def check_kind(path: str | Path, attributes: Mapping[str, Any], kind: str | None = None) -> None:
    """Raise an OSError if a file is of another kind, or of a format that is not read here."""
    found, version = attributes.get("kind"), attributes.get("format_version")
    if version is None or (kind is not None and found != kind):
        raise UnusableFile(
            f"{path}: holds {found or 'something else'}, expected {kind or 'a store'}"
        )
    if version > FORMAT_VERSION:
        raise UnusableFile(
            f"{path}: written in format {version} by a newer version; this one reads format "
            f"{FORMAT_VERSION}"
        )
    if version < FORMAT_VERSION:
        raise UnusableFile(
            f"{path}: written in format {version} by an older version; this one reads format "
            f"{FORMAT_VERSION}: run the workflow again, which makes the file anew"
        )


def read_attributes(path: str | Path, kind: str | None = None) -> dict[str, Any]:
    """Return the attributes of a file, of a kind if one is named."""
    with damage_named(path), open_kind(path, kind) as file:
        return dict(file.attrs)


def write_table(
    file: h5py.File, name: str, columns: Sequence[str], rows: Sequence[Sequence[str]]
) -> None:
    """Keep a table of text in an open file."""
    # As JSON, since columns of one width would be those of the longest text, and HDF5 has no
    # checksums for texts of any length.
    text = json.dumps([list(row) for row in rows])
    file[name] = np.frombuffer(text.encode(), np.uint8)
    file[name].attrs["columns"] = list(columns)


def table_of(file: h5py.File, name: str) -> tuple[list[str], list[tuple[str, ...]]]:
    """Return (columns, rows) of a table of text in an open file."""
    table = file[name]
    rows = json.loads(table[()].tobytes())
    return list(table.attrs["columns"]), [tuple(row) for row in rows]

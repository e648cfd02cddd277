"""HDF5 files of other programs: read a piece at a time, and nothing in them is trusted.

A file may be damaged, claim more data than it has, or lead to other files. What is read is
numbers or text; nothing is unpickled.
"""

from collections import OrderedDict
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from specufex_pipe.numerics.types import Array
from specufex_pipe.store.files import damage_named
from specufex_pipe.store.seal import UnusableFile

# Compressed data are so many times as long as the file at the most; more is a claim.
_MOST_GROWTH = 64
_LEAST_BYTES = 1 << 26
_FILES_TO_KEEP_OPEN = 16
# What pandas (PyTables) writes beside a table of its own.
_PANDAS = "pandas_type"


class ForeignFile:
    """An HDF5 file of another program.

    Parameters
    ----------
    path : str or Path

    Raises
    ------
    OSError
        If there is no such file, or it is damaged; so do all methods.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        if not self.path.is_file():  # a pipe would never end
            raise UnusableFile(f"{path}: there is no such file")
        with damage_named(path):
            self._file = h5py.File(path, "r")
        self._most_bytes = max(_LEAST_BYTES, _MOST_GROWTH * self.path.stat().st_size)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> "ForeignFile":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def has(self, name: str) -> bool:
        """Tell whether there is a group or a data set of a name; / divides the names of groups."""
        with damage_named(self.path):
            return self._find(name) is not None

    def is_group(self, name: str) -> bool:
        """Tell whether a name is that of a group."""
        with damage_named(self.path):
            return isinstance(self._find(name), h5py.Group)

    def names(self, group: str = "") -> list[str]:
        """Return what is in a group, in a fixed order."""
        with damage_named(self.path):
            found = self._find(group)
            if not isinstance(found, h5py.Group):
                raise UnusableFile(f"{self.path}: there is no group {group}")
            if _PANDAS in found.attrs:
                raise UnusableFile(
                    f"{self.path}: {group or 'it'} is a table that pandas wrote, which may be "
                    "pickled and is not read; write its columns as data sets, or as a CSV file"
                )
            return sorted(found)

    def shape(self, name: str) -> tuple[int, ...]:
        """Return the lengths of the axes of a data set."""
        with damage_named(self.path):
            return tuple(map(int, self._data_set(name).shape))

    def read_numbers(self, name: str, selection: tuple[int | slice, ...] = ()) -> Array:
        """Return the numbers in a data set or in a part of it.

        Parameters
        ----------
        name : str
        selection : tuple of int or slice
            Within the lengths of the axes.
        """
        with damage_named(self.path):
            data = self.check_numbers(name, selection)
            return np.asarray(data[selection], data.dtype.newbyteorder("="))

    def read_attribute(self, name: str, key: str) -> float | None:
        """Return a number that a data set has as an attribute, or None if it has none."""
        with damage_named(self.path):
            value = self._data_set(name).attrs.get(key)
            try:
                return None if value is None else float(np.ravel(value)[0])
            except (ValueError, TypeError, IndexError):
                return None

    def rows_of_chunk(self, name: str) -> int:
        """Return how many rows of a data set are stored, and unpacked, together."""
        with damage_named(self.path):
            chunks = self._data_set(name).chunks
            return int(chunks[0]) if chunks else 1

    def check_numbers(self, name: str, selection: tuple[int | slice, ...] = ()) -> h5py.Dataset:
        """Return a data set if it has numbers, in this file, and no more than that can hold.

        Parameters
        ----------
        name : str
        selection : tuple of int or slice
            The part that is to be read.
        """
        with damage_named(self.path):
            data = self._data_set(name)
            if data.dtype.kind not in "iuf":
                raise UnusableFile(f"{self.path}: {name} holds {data.dtype}, expected numbers")
            n_samples = _count(data.shape, selection)
            if n_samples * data.dtype.itemsize > self._most_bytes:
                raise UnusableFile(
                    f"{self.path}: {name} claims {n_samples} numbers, more than the file can hold"
                )
            return data

    def read_text(self, name: str) -> list[str]:
        """Return the values of a data set of one axis or none as text; empty for NaN."""
        with damage_named(self.path):
            data = self._data_set(name)
            is_text = h5py.check_string_dtype(data.dtype) is not None
            if not is_text and data.dtype.kind not in "iuf":
                raise UnusableFile(
                    f"{self.path}: {name} holds {data.dtype}, expected text or numbers"
                )
            if data.ndim > 1 or data.size * data.dtype.itemsize > self._most_bytes:
                raise UnusableFile(f"{self.path}: {name} has the shape {data.shape}")
            return [_as_text(value) for value in np.ravel(data[()]).tolist()]

    def _data_set(self, name: str) -> h5py.Dataset:
        found = self._find(name)
        if not isinstance(found, h5py.Dataset):
            raise UnusableFile(f"{self.path}: there is no data set {name}")
        if found.is_virtual or found.external:
            raise UnusableFile(f"{self.path}: the data of {name} are in other files")
        if found.shape is None:
            raise UnusableFile(f"{self.path}: {name} is empty")
        return found

    def _find(self, name: str) -> Any:
        """Return a group or a data set of the file, or None if there is none of the name."""
        place: Any = self._file
        for part in name.split("/") if name else ():
            if not isinstance(place, h5py.Group) or part in ("", "."):
                return None
            link = place.get(part, getlink=True)
            if link is None:
                return None
            if not isinstance(link, h5py.HardLink):
                raise UnusableFile(f"{self.path}: {name} is a link, which may lead to other files")
            place = place[part]
        return place


class ForeignFiles:
    """HDF5 files of other programs that stay open, so that each piece costs no opening."""

    def __init__(self) -> None:
        self._open: OrderedDict[Path, ForeignFile] = OrderedDict()

    def __getitem__(self, path: Path) -> ForeignFile:
        """Return a file.

        Raises
        ------
        OSError
            If there is no such file, or it is damaged.
        """
        if path not in self._open:
            self._open[path] = ForeignFile(path)
            if len(self._open) > _FILES_TO_KEEP_OPEN:
                self._open.popitem(last=False)[1].close()
        self._open.move_to_end(path)
        return self._open[path]


def _count(shape: tuple[int, ...], selection: tuple[int | slice, ...]) -> int:
    """Return how many numbers a part of a data set has."""
    n_samples = 1
    for axis, length in enumerate(shape):
        chosen = selection[axis] if axis < len(selection) else slice(None)
        n_samples *= len(range(length)[chosen]) if isinstance(chosen, slice) else 1
    return n_samples


def _as_text(value: bytes | str | float) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return "" if value != value else str(value)

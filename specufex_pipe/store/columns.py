"""Tables with typed columns in HDF5, written block by block, of which any rows can be read."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from specufex_pipe.numerics.types import Array
from specufex_pipe.store.files import damage_named, describe, open_kind
from specufex_pipe.store.writing import HDF5Output, write_hdf5

_ROWS_IN_A_CHUNK = 4096


def encode_text(values: Sequence[str]) -> NDArray[np.bytes_]:
    """Return texts as an array of UTF-8 of one width, which any reader of HDF5 understands.

    Parameters
    ----------
    values : sequence of str

    Returns
    -------
    ndarray of bytes, shape (len(values),)
    """
    return np.array([_as_bytes(value) for value in values], dtype="S")


def decode_text(values: Array) -> list[str]:
    """Return the texts of an array of UTF-8.

    Parameters
    ----------
    values : ndarray of bytes, shape (n_values,)
    """
    return [value.decode("utf-8", "surrogateescape") for value in values.tolist()]


class ColumnWriter:
    """Writes a table; made by `write_columns`."""

    def __init__(self, file: HDF5Output) -> None:
        self._file = file
        self._digests: dict[str, Any] = {}

    def append(self, columns: Mapping[str, Sequence[str] | Array]) -> None:
        """Write some rows.

        Parameters
        ----------
        columns : dict
            The same columns each time, all of one length: numbers as an array, or texts, which
            may be of any length. A name may have a group, "group/name".
        """
        for name, values in columns.items():
            if isinstance(values, np.ndarray):
                self._extend(name, values, values.dtype, values.tobytes())
            else:
                # A list would become an array of one width, that of its longest text.
                encoded = np.empty(len(values), object)
                encoded[:] = [_as_bytes(value) for value in values]
                self._extend(
                    name, encoded, h5py.string_dtype(), b"".join(each + b"\0" for each in encoded)
                )
        self._file.check()

    def attributes(self, **values: Any) -> None:
        """Keep attributes of the table as a whole."""
        self._file.attrs.update(values)

    def _extend(self, name: str, values: Array, dtype: Any, content: bytes) -> None:
        if name not in self._file:
            self._file.create_dataset(
                name, shape=(0,), maxshape=(None,), chunks=(_ROWS_IN_A_CHUNK,), dtype=dtype
            )
            self._digests[name] = hashlib.blake2b(name.encode(), digest_size=16)
        dataset = self._file[name]
        first = len(dataset)
        dataset.resize(first + len(values), axis=0)
        dataset[first:] = values
        self._digests[name].update(content)

    def _finish(self) -> None:
        joined = b"".join(digest.digest() for digest in self._digests.values())
        self.attributes(digest=hashlib.blake2b(joined, digest_size=16).hexdigest())


@contextmanager
def write_columns(
    path: str | Path, kind: str, *, settings: Mapping[str, Any]
) -> Iterator[ColumnWriter]:
    """Write a table, atomically.

    Parameters
    ----------
    path : str or Path
    kind : str
        What it is: "catalog".
    settings : dict
        The settings that made it.

    Yields
    ------
    ColumnWriter
    """
    with write_hdf5(path, sealed=True) as file:
        describe(file, kind, settings, {})
        writer = ColumnWriter(file)
        yield writer
        writer._finish()


def read_columns(
    path: str | Path, kind: str, names: Sequence[str], rows: slice = slice(None)
) -> dict[str, Array]:
    """Read some columns of a table, or some rows of them.

    Parameters
    ----------
    path : str or Path
    kind : str
    names : sequence of str
    rows : slice

    Returns
    -------
    dict of ndarray, shape (n_rows,)
        Text as bytes, for `decode_text`.

    Raises
    ------
    OSError
        If there is no such file, or it is damaged, of another kind or of another format.
    """
    with damage_named(path), open_kind(path, kind) as file:
        return {name: file[name][rows] for name in names}


def _as_bytes(text: str) -> bytes:
    # Names of files need not be text in UTF-8.
    return text.encode("utf-8", "surrogateescape")

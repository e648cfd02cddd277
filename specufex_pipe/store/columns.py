"""Tables with typed columns in HDF5, of which some rows can be read without the others."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from specufex_pipe.numerics.types import Array
from specufex_pipe.store.files import atomic_path, damage_named, describe, open_kind

_ROWS_IN_A_CHUNK = 4096


def encode_text(values: Sequence[str]) -> NDArray[np.bytes_]:
    """Return texts as an array of UTF-8 of one width, which any reader of HDF5 understands."""
    return np.array([value.encode("utf-8", "surrogateescape") for value in values], dtype="S")


def decode_text(values: Array) -> list[str]:
    """Return the texts of an array of UTF-8."""
    return [value.decode("utf-8", "surrogateescape") for value in values.tolist()]


def write_columns(
    path: str | Path,
    kind: str,
    columns: Mapping[str, Array],
    *,
    attributes: Mapping[str, Any],
    settings: Mapping[str, Any],
) -> None:
    """Write a table, atomically.

    Parameters
    ----------
    path : str or Path
    kind : str
        What it is: "catalog".
    columns : dict of ndarray
        Of one length; text as `encode_text` returns it. A name may have a group, "group/name".
    attributes : dict
    settings : dict
        The settings that made it.
    """
    digest = hashlib.blake2b(digest_size=16)
    with atomic_path(path) as temporary, h5py.File(temporary, "w") as file:
        describe(file, kind, settings, {})
        for name, values in columns.items():
            chunks = (_ROWS_IN_A_CHUNK,) if len(values) > _ROWS_IN_A_CHUNK else None
            options = {"compression": "gzip", "compression_opts": 1, "shuffle": True}
            file.create_dataset(name, data=values, chunks=chunks, **(options if chunks else {}))
            digest.update(f"{name} {values.dtype.str}".encode() + values.tobytes())
        file.attrs.update(attributes)
        file.attrs["digest"] = digest.hexdigest()


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
    dict of ndarray

    Raises
    ------
    OSError
        If there is no such file, or it is damaged, of another kind or of another format.
    """
    with damage_named(path), open_kind(path, kind) as file:
        return {name: file[name][rows] for name in names}

"""Models and other sets of arrays: small files that are checked whole before they are used."""

import hashlib
import io
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from specufex_pipe.numerics.types import Array
from specufex_pipe.store.files import (
    atomic_path,
    damage_named,
    describe,
    open_any,
    open_kind,
)
from specufex_pipe.store.seal import BYTES_OF_OWNER, UnusableFile, is_sealed, seal


def write_arrays(
    path: str | Path,
    kind: str,
    arrays: Mapping[str, Array],
    *,
    attributes: Mapping[str, Any] | None = None,
    settings: Mapping[str, Any] | None = None,
    inputs: Mapping[str, Any] | None = None,
) -> None:
    """Write a model or another set of arrays, atomically.

    Parameters
    ----------
    path : str or Path
    kind : str
        What it is: "nmf", "hmm", "clusters".
    arrays : dict of ndarray
    attributes : dict, optional
    settings : dict, optional
        The settings that made it.
    inputs : dict of str, optional
        Digests of what it was made from.

    Raises
    ------
    OSError
        If the file cannot be written, as where the disk is full.
    """
    # In memory first: a full disk is then an error of Python, and none inside the library.
    image = io.BytesIO()
    with h5py.File(image, "w", userblock_size=BYTES_OF_OWNER) as file:
        describe(file, kind, settings or {}, inputs or {})
        for name, values in arrays.items():
            file[name] = values
        file.attrs.update(attributes or {})
        file.attrs["digest"] = _digest(arrays, dict(file.attrs))
    with atomic_path(path) as temporary:
        temporary.write_bytes(image.getbuffer())
        seal(temporary)


def read_arrays(path: str | Path, kind: str) -> tuple[dict[str, Array], dict[str, Any]]:
    """Read what `write_arrays` wrote.

    Returns
    -------
    arrays : dict of ndarray
    attributes : dict

    Raises
    ------
    OSError
        If there is no such file, or it is damaged, of another kind or of another format.
    """
    with damage_named(path), open_kind(path, kind) as file:
        if not is_sealed(path):
            raise UnusableFile(f"{path}: not written by this package, or damaged")
        return _all_arrays(file), dict(file.attrs)


def read_foreign_arrays(path: str | Path, names: Collection[str]) -> dict[str, Array] | None:
    """Read a file that another program wrote.

    Parameters
    ----------
    path : str or Path
    names : collection of str
        The data sets that tell its kind.

    Returns
    -------
    dict of ndarray or None
        All its data sets; None if it lacks one of the names, or is a file of this package.

    Raises
    ------
    OSError
        If there is no such file, or it is damaged.
    """
    if Path(path).is_file() and is_sealed(path):
        return None
    with damage_named(path), open_any(path) as file:
        if "format_version" in file.attrs or not set(names) <= set(file):
            return None
        return _all_arrays(file)


def _all_arrays(file: h5py.File) -> dict[str, Array]:
    return {name: file[name][()] for name in file}


def _digest(arrays: Mapping[str, Array], attributes: Mapping[str, Any]) -> str:
    """Return a digest of arrays and of attributes."""
    content = hashlib.blake2b(digest_size=16)
    for name, values in sorted(arrays.items()):
        values = np.asarray(values)
        content.update(f"{name} {values.dtype.str} {values.shape}".encode() + values.tobytes())
    texts = {name: str(value) for name, value in sorted(attributes.items())}
    content.update(json.dumps(texts).encode())
    return content.hexdigest()

"""What was downloaded: a file, and beside it a record of what was asked and what came."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from specufex_pipe.store.files import atomic_path

_DIGEST = "blake2b"


def record_of(path: Path) -> Path:
    """Return where the record of a downloaded file is."""
    return path.with_suffix(".json")


def read_record(path: Path) -> dict[str, Any]:
    """Return the record of a downloaded file; it is empty if there is none that can be read.

    Parameters
    ----------
    path : Path
        Of the file, which is not looked at.

    Raises
    ------
    OSError
        If the machine is to blame.
    """
    try:
        record = json.loads(record_of(path).read_text(encoding="utf-8"))
    except (FileNotFoundError, UnicodeDecodeError, json.JSONDecodeError):
        return {}
    return record if isinstance(record, dict) else {}


def digest_of_download(path: Path) -> str:
    """Return the digest of the content of a downloaded file, as its record has it; else empty."""
    return str(read_record(path).get(_DIGEST, ""))


def is_whole(path: Path) -> bool:
    """Tell whether a downloaded file is there as it came."""
    return path.is_file() and _digest_of_file(path) == digest_of_download(path)


def write_download(
    path: Path, pieces: Callable[[], Iterable[bytes]], record: Mapping[str, Any]
) -> bool:
    """Write what was downloaded and a record of it; content that is there already stays as it is.

    So what is made of it is not made again.

    Parameters
    ----------
    path : Path
    pieces : callable
        Returns the content, each time that it is called, in pieces.
    record : dict
        What was asked and what came; the digest of the content (BLAKE2b, 16 bytes) joins it.

    Returns
    -------
    bool
        Whether the content is new.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    digest = hashlib.blake2b(digest_size=16)
    for piece in pieces():
        digest.update(piece)
    is_new = not path.is_file() or _digest_of_file(path) != digest.hexdigest()
    if is_new:
        with atomic_path(path) as temporary, temporary.open("wb") as file:
            for piece in pieces():
                file.write(piece)
    whole = {**record, _DIGEST: digest.hexdigest()}
    with atomic_path(record_of(path)) as temporary:
        temporary.write_text(json.dumps(whole, indent=2) + "\n", encoding="utf-8")
    return is_new


def _digest_of_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()

"""Files of parts beside the page, in a folder whose name is a digest of what is in it."""

import hashlib
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from specufex_pipe.report.explorer.parts import part_of_script, part_script

_DIGEST_BYTES = 16
_NAME = re.compile(r"[0-9a-f]{32}")


class Part(NamedTuple):
    """A part that has been written to a file.

    Attributes
    ----------
    key : str
    size : int
        Of its text, characters.
    digest : bytes
        Of its text.
    """

    key: str
    size: int
    digest: bytes


def write_part(folder: Path, key: str, text: str) -> Part:
    """Write a part to a file.

    Parameters
    ----------
    folder : Path
    key : str
    text : str
        As `parts.encode_part` returns it.
    """
    path = _path_of(folder, key)
    path.parent.mkdir(exist_ok=True)
    # Thousands of files are not flushed to disk one by one, which would take longer than all else:
    # they can be made again.
    path.write_text(part_script(key, text), encoding="ascii")
    return Part(key, len(text), _digest(text.encode("ascii")))


def take_part(folder: Path, key: str) -> str:
    """Return the text of a part, and remove its file.

    Parameters
    ----------
    folder : Path
    key : str
    """
    path = _path_of(folder, key)
    text = part_of_script(key, path.read_text(encoding="ascii"))
    path.unlink()
    if path.parent != folder and not any(path.parent.iterdir()):
        path.parent.rmdir()
    return text


def keep_parts(temporary: Path, parts: Sequence[Part], folder: Path) -> Path:
    """Rename the folder that parts were written to, and return where it is then.

    Parameters
    ----------
    temporary : Path
    parts : sequence of Part
        All that are in it.
    folder : Path
        In which it is kept.
    """
    digests = (f"{part.key} {part.digest.hex()}\n".encode() for part in parts)
    place = folder / _digest(b"".join(digests)).hex()
    if place.exists():  # of the same parts, but who knows whether files of it were removed
        shutil.rmtree(place)
    return temporary.rename(place)


def remove_others(folder: Path, kept: Path | None) -> None:
    """Remove what earlier pages had beside them, and the folder if nothing else is in it.

    Parameters
    ----------
    folder : Path
    kept : Path or None
        What the page has beside it that is there now.
    """
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        is_own = _NAME.fullmatch(path.name) and path.is_dir() and not path.is_symlink()
        if is_own and path != kept:
            shutil.rmtree(path)
    if not any(folder.iterdir()):
        folder.rmdir()


def _path_of(folder: Path, key: str) -> Path:
    return folder / f"{key}.js"


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_DIGEST_BYTES).digest()

"""A digest at the head of a file, of all that follows it.

The HDF5 library may hang or crash on a file in which a bit has changed. HDF5 leaves the first bytes
of a file to its owner (the user block, which readers skip). Here they hold a digest, which is
checked before the library sees the file.
"""

import hashlib
from pathlib import Path
from typing import BinaryIO


class UnusableFile(OSError):
    """A file that is missing, damaged, or of another kind; the message names it."""


BYTES_OF_OWNER = 512
_MARK = b"specufex_pipe BLAKE2b "
_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_BYTES_AT_A_TIME = 1 << 20


def seal(path: Path) -> None:
    """Write the digest of a file into its user block, which is there and empty."""
    with path.open("rb+") as file:
        head = _head_of(file)
        file.seek(0)
        file.write(head)


def is_sealed(path: str | Path) -> bool:
    """Tell whether a file has a digest at its head, right or wrong."""
    with Path(path).open("rb") as file:
        return file.read(len(_MARK)) == _MARK


def check_seal(path: str | Path) -> None:
    """Make sure that a file of this package is as it was written, if it has a digest at its head.

    Raises
    ------
    OSError
        If it does not have the digest that it was given, or is no HDF5 file.
    """
    with Path(path).open("rb") as file:
        head = file.read(BYTES_OF_OWNER)
        if head.startswith(_SIGNATURE):
            return
        if not head.startswith(_MARK):
            raise UnusableFile(f"{path}: not an HDF5 file, or damaged")
        if head != _head_of(file):
            raise UnusableFile(
                f"{path}: damaged: its content does not have the digest that it was given"
            )


def _head_of(file: BinaryIO) -> bytes:
    file.seek(BYTES_OF_OWNER)
    digest = hashlib.blake2b(digest_size=16)
    while block := file.read(_BYTES_AT_A_TIME):
        digest.update(block)
    return (_MARK + digest.hexdigest().encode() + b"\n").ljust(BYTES_OF_OWNER, b"\0")

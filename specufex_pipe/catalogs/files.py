"""Files of catalogs: opened whether or not they are gzipped, and known by their content."""

import gzip
import hashlib
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

_GZIP = b"\x1f\x8b"
# With which gzip says that a file is damaged; a disk that fails raises an OSError with a number.
GZIP_ERRORS = (EOFError, zlib.error, gzip.BadGzipFile)


@contextmanager
def open_content(path: str | Path) -> Iterator[BinaryIO]:
    """Open a file for reading; gzip is known by its content, whatever the name says.

    Reading from it raises one of `GZIP_ERRORS` where gzip's own data are damaged.
    """
    with Path(path).open("rb") as file:
        is_gzip = file.peek(len(_GZIP))[: len(_GZIP)] == _GZIP
        if not is_gzip:
            yield file
            return
        with gzip.GzipFile(fileobj=file) as content:
            yield cast(BinaryIO, content)


def digest_of_files(paths: Iterable[Path]) -> str:
    """Return a digest of the content of files, in their order; of one file, that of its bytes."""
    digests = []
    for path in paths:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16))
        digests.append(digest.hexdigest())
    if len(digests) == 1:
        return digests[0]
    return hashlib.blake2b("\n".join(digests).encode(), digest_size=16).hexdigest()

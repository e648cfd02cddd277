"""What services send: whether it is what was asked for, and what a message shows of it."""

import re
import struct
from collections.abc import Callable, Sequence
from xml.parsers import expat

from specufex_pipe.rejections import printable

_MOST_SHOWN = 200
_MARKUP = re.compile(r"(?is)<(script|style)\b.*?</\1\s*>|<!--.*?-->|<[^>]*>")
# Sequence number and quality of a record, as SEED has them.
_RECORD = re.compile(rb"[0-9 \0]{6}[DRQM][ \0]")
_HEADER = 48  # bytes


Require = Callable[[bytes], None]


class NotTheDocument(ValueError):
    """What was sent is not what was asked for; the message says what is wrong with it."""


class BrokenOff(NotTheDocument):
    """What was sent begins as it should, and is not whole."""


def excerpt(text: bytes | str, hidden: Sequence[str] = ()) -> str:
    """Return the begin of what was sent, as one printable line without markup.

    Parameters
    ----------
    text : bytes or str
    hidden : sequence of str, optional
        Secrets that a service may repeat, which are left out.
    """
    if isinstance(text, bytes):
        text = text[: 1 << 16].decode("utf-8", errors="replace")
    for secret in hidden:
        text = text.replace(secret, "***")
    line = printable(" ".join(_MARKUP.sub(" ", text).split()))
    return line if len(line) <= _MOST_SHOWN else line[:_MOST_SHOWN] + "..."


def accept(_: bytes) -> None:
    """Accept any content."""


def require_miniseed(content: bytes) -> None:
    """Make sure that a content is records of miniSEED 2, one behind the other.

    Raises
    ------
    NotTheDocument
    BrokenOff
    """
    if not _RECORD.match(content):
        raise NotTheDocument("it is not miniSEED")
    at = 0
    while at < len(content):
        if not _RECORD.match(content, at):
            raise BrokenOff(f"after {at} bytes of miniSEED it has {excerpt(content[at:])!r}")
        length = _length_of_record(content, at)
        if length is None:
            return
        at += length
    if at > len(content):
        raise BrokenOff(f"it ends within a record, {at - len(content)} bytes too early")


def _length_of_record(content: bytes, at: int) -> int | None:
    """Return the length of a record from its blockette 1000; None if it has none.

    Of a record that is cut in its header the length is that of a header.
    """
    if at + _HEADER > len(content):
        return _HEADER
    # Year and day tell the order of the bytes, as libmseed finds it.
    year, day = struct.unpack_from(">HH", content, at + 20)
    order = ">" if 1900 <= year <= 2100 and 1 <= day <= 366 else "<"
    (blockette,) = struct.unpack_from(f"{order}H", content, at + 46)
    while blockette >= _HEADER:
        if at + blockette + 8 > len(content):
            return blockette + 8
        kind, following = struct.unpack_from(f"{order}HH", content, at + blockette)
        if kind == 1000:
            return 1 << min(content[at + blockette + 6], 31)
        if following <= blockette:
            break
        blockette = following
    return None


def require_xml(content: bytes, root: str) -> None:
    """Make sure that a content is whole XML of a root, without a document type.

    Entities, which may name other files or grow without bound, are declared in a document type;
    no document of a web service needs one.

    Raises
    ------
    NotTheDocument
    BrokenOff
    """
    is_root: list[bool] = []

    def refuse(name: str, *_: object) -> None:
        if name != root:
            raise NotTheDocument(f"it is a document of {excerpt(name)}, expected {root}")
        raise NotTheDocument("it has a document type (DOCTYPE), which may lead to other files")

    def check(name: str, _: object) -> None:
        name = name.rpartition(" ")[2]
        if name != root:
            raise NotTheDocument(f"it is XML of the root {excerpt(name)}, expected {root}")
        is_root.append(True)
        parser.StartElementHandler = None

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = check
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        if is_root:
            raise BrokenOff(f"it is not whole XML ({error})") from error
        raise NotTheDocument(f"it is not XML of the root {root} ({error})") from error

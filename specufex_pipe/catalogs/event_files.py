"""Reading the event files that ObsPy knows, an event at a time where the format allows it.

XML is never read with a document type, which is where entities are declared: those of other files,
and those that unfold to gigabytes.
"""

import copy
import glob
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import obspy
from lxml import etree
from obspy.core.event import Event
from obspy.io.quakeml.core import Unpickler

from specufex_pipe.catalogs.files import GZIP_ERRORS, open_content

QUAKEML = "QUAKEML"
# CSZ is a zip archive, which may unpack to any size.
_REFUSED = {"CSZ"}
# Text in XML seldom shrinks to less than a fiftieth; a file that does is made to fill a disk.
_MOST_GROWTH = 200
_LEAST_ROOM = 1 << 26
_BYTES_AT_ONCE = 1 << 16
# Nothing is fetched, and no entity is put in the place of its name.
_PARSER: dict[str, Any] = {"resolve_entities": False, "load_dtd": False, "no_network": True}


class UnusableEventFile(ValueError):
    """A file of events cannot be read, or not to its end; the message says why."""


class UnusableEvent(NamedTuple):
    """An event that ObsPy cannot read.

    Attributes
    ----------
    event_id : str
        Its resource id.
    problem : str
    """

    event_id: str
    problem: str


def formats() -> list[str]:
    """Return the formats of events that are read, as ObsPy names them."""
    plugins = entry_points()  # a look at all packages, which takes a while
    return sorted(
        name
        for name in plugins.select(group="obspy.plugin.event").names - _REFUSED
        if "readFormat" in plugins.select(group=f"obspy.plugin.event.{name}").names
    )


def iterate_event_file(path: Path, file_format: str) -> Iterator[Event | UnusableEvent]:
    """Iterate over the events in a file, in their order.

    Parameters
    ----------
    path : Path
        It may be gzipped.
    file_format : str
        ObsPy's name of the format, which is never guessed.

    Raises
    ------
    UnusableEventFile
        If it is damaged, of another format, without an event, or XML with a document type.
    OSError
        If the machine is to blame.
    """
    n_events = 0
    try:
        require_no_document_type(path)
        read = _iterate_quakeml if file_format == QUAKEML else _iterate_other
        for event in read(path, file_format):
            n_events += 1
            yield event
    except (UnusableEventFile, MemoryError):
        raise
    except OSError as error:
        if error.errno is not None:  # not one of gzip or of a reader, which have no number
            raise
        raise UnusableEventFile(f"{type(error).__name__}: {error}") from error
    except Exception as error:  # a reader of ObsPy raises whatever the damage leads it to
        raise UnusableEventFile(f"{type(error).__name__}: {error}") from error
    if not n_events:
        raise UnusableEventFile(f"there is no event of the format {file_format} in it")


def require_no_document_type(path: Path) -> None:
    """Raise an UnusableEventFile if a file is XML that has a document type.

    What is no XML has none; its reader says what is wrong with it.
    """
    with open_content(path) as content:
        try:
            for _, root in etree.iterparse(content, events=("start",), **_PARSER):
                document = root.getroottree().docinfo
                break
            else:
                return
        except (etree.XMLSyntaxError, *GZIP_ERRORS):
            return
    if document.doctype or document.internalDTD is not None:
        raise UnusableEventFile(
            "it has a document type (<!DOCTYPE ...>), with which XML may read other files; take "
            "that line out"
        )


class _Limited:
    """A content that may be so many times as long as its file, and no longer."""

    def __init__(self, content: BinaryIO, n_bytes_of_file: int) -> None:
        self._content = content
        self._most = max(_LEAST_ROOM, _MOST_GROWTH * n_bytes_of_file)
        self._rest = self._most

    def read(self, n_bytes: int = -1) -> bytes:
        """Read some bytes."""
        found = self._content.read(n_bytes)
        self._rest -= len(found)
        if self._rest < 0:
            raise UnusableEventFile(
                f"it unpacks to more than {self._most} bytes, far more than events take"
            )
        return found


@contextmanager
def _open_limited(path: Path) -> Iterator[_Limited]:
    with open_content(path) as content:
        yield _Limited(content, path.stat().st_size)


def _iterate_quakeml(path: Path, file_format: str) -> Iterator[Event | UnusableEvent]:
    """Iterate over the events of QuakeML, with one of them in memory."""
    with _open_limited(path) as content:
        for element in _elements(content, "{*}event"):
            parent = element.getparent()
            if parent is None or etree.QName(parent).localname != "eventParameters":
                continue  # of an extension within an event
            yield _parse_quakeml(element, parent)
            element.clear()
            while element.getprevious() is not None:
                del parent[0]


def _elements(content: _Limited, tag: str) -> Iterator[Any]:
    """Iterate over the elements of a tag as they end, up to where the document is damaged.

    Raises
    ------
    lxml.etree.XMLSyntaxError
        If the document is damaged.
    """
    parser = etree.XMLPullParser(events=("end",), tag=tag, **_PARSER)
    damage = None
    while damage is None and (piece := content.read(_BYTES_AT_ONCE)):
        try:
            parser.feed(piece)
        except etree.XMLSyntaxError as error:
            damage = error
        for _, element in parser.read_events():
            yield element
    if damage is not None:
        raise damage
    parser.close()


def _parse_quakeml(element: Any, parent: Any) -> Event | UnusableEvent:
    """Return an event by ObsPy, as if it were the only one of its document."""
    root = parent.getroottree().getroot()
    document = etree.Element(root.tag, nsmap=root.nsmap)
    etree.SubElement(document, parent.tag, nsmap=parent.nsmap).append(copy.deepcopy(element))
    event_id = element.get("publicID", "")
    try:
        with _silence():
            # The name that ObsPy has for its reader of XML: nothing is unpickled.
            (event,) = Unpickler().loads(etree.tostring(document))
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - ObsPy raises whatever damage leads it to
        return UnusableEvent(event_id, f"{type(error).__name__}: {error}")
    return event


def _iterate_other(path: Path, file_format: str) -> Iterator[Event]:
    """Iterate over the events of a format that ObsPy reads as a whole."""
    with tempfile.NamedTemporaryFile() as plain:
        with _open_limited(path) as content:
            shutil.copyfileobj(content, plain)
        plain.flush()
        with _silence():
            # Not every reader takes an open file. What is an archive is not unpacked again.
            events = obspy.read_events(
                glob.escape(plain.name), format=file_format, check_compression=False
            )
    yield from events


@contextmanager
def _silence() -> Iterator[None]:
    """Do without ObsPy's warnings of what it leaves out, one for each value."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield

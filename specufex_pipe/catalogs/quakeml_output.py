"""Events and their clusters as QuakeML 1.2, for programs that read no tables.

It is written an event at a time, so that any number of them fits. Each document is valid, and so an
event without coordinates has no origin: QuakeML has none without latitude and longitude.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from lxml import etree
from obspy import UTCDateTime
from obspy.core.event.header import EventType

from specufex_pipe.catalogs.protocol import Event, Pick
from specufex_pipe.catalogs.types import parse_number
from specufex_pipe.rejections import printable
from specufex_pipe.store import atomic_path

_NAMESPACES = {
    "q": "http://quakeml.org/xmlns/quakeml/1.2",
    None: "http://quakeml.org/xmlns/bed/1.2",
}
# What QuakeML demands of a resource id, but for # which parts of an event are named with here.
_RESOURCE_ID = re.compile(
    r"(smi|quakeml):[\w\d][\w\d\-.*()_~']{2,}/[\w\d\-.*()_~'][\w\d\-.*()+?_~'=,;/&]*", re.ASCII
)
_LOCAL = "smi:local/"
_NOT_IN_LOCAL_ID = re.compile(r"^[+?=,;/&]|[^\w\d\-.*()+?'=,;/&]", re.ASCII)
_TYPES = set(EventType)
# As the schema has it.
_LONGEST_CODE = 8
_LONGEST_TYPE = 32


class Clustered(NamedTuple):
    """An event and what was found of it.

    Attributes
    ----------
    event : Event
    cluster : int
        From 1; 0 for none.
    membership : float
        Share of the resamples in which it is in this cluster.
    """

    event: Event
    cluster: int
    membership: float


def write_quakeml(path: str | Path, events: Iterable[Clustered], *, digest: str) -> int:
    """Write events as QuakeML, atomically.

    Each has its origin, magnitude, picks and event type, and a comment: "cluster 3, membership
    0.950".

    Parameters
    ----------
    path : str or Path
    events : iterable of Clustered
    digest : str
        Of what they were made from, for the resource id of the document.

    Returns
    -------
    int
        Number of events that have no origin, since their coordinates are missing.
    """
    n_without_origin = 0
    root = etree.QName(_NAMESPACES["q"], "quakeml")
    with (
        atomic_path(path) as temporary,
        # Opened by Python, which says what is wrong with a disk.
        temporary.open("wb") as output,
        etree.xmlfile(output, encoding="UTF-8") as file,
    ):
        file.write_declaration()
        with (
            file.element(root, nsmap=_NAMESPACES),
            file.element(_name("eventParameters"), publicID=f"{_LOCAL}specufex_pipe/{digest}"),
        ):
            for clustered in events:
                element = _event(clustered)
                n_without_origin += element.find(_name("origin")) is None
                file.write("\n", element)
            file.write("\n")
    return n_without_origin


def resource_id(event_id: str) -> str:
    """Return the resource id of an event, another one for each event_id.

    An event_id that QuakeML allows is its own. Of others each character that is not allowed is
    written as ~ and its code.
    """
    if _RESOURCE_ID.fullmatch(event_id) and not event_id.startswith(_LOCAL):
        return event_id
    escaped = _NOT_IN_LOCAL_ID.sub(
        lambda found: "".join(f"~{byte:02X}" for byte in found[0].encode()), event_id
    )
    return _LOCAL + escaped


def _event(clustered: Clustered) -> Any:
    event, cells = clustered.event, clustered.event.cells
    identifier = resource_id(event.event_id)
    element = etree.Element(_name("event"), publicID=identifier, nsmap={None: _NAMESPACES[None]})
    origin = _origin(f"{identifier}#origin", event)
    magnitude = _magnitude(f"{identifier}#magnitude", cells)
    if origin is not None:
        _add(element, "preferredOriginID", origin.get("publicID"))
    if magnitude is not None:
        _add(element, "preferredMagnitudeID", magnitude.get("publicID"))
    if cells.get("event_type", "") in _TYPES:
        _add(element, "type", cells["event_type"])
    found = f"cluster {clustered.cluster}, membership {clustered.membership:.3f}"
    _add(_add(element, "comment"), "text", found)
    if identifier.removeprefix(_LOCAL) != event.event_id:
        _add(_add(element, "comment"), "text", f"event_id {printable(event.event_id)}")
    for number, pick in enumerate(event.picks, 1):
        _add_pick(element, f"{identifier}#pick{number}", pick)
    element.extend(part for part in (origin, magnitude) if part is not None)
    return element


def _origin(identifier: str, event: Event) -> Any:
    """Return the origin of an event, or None where its coordinates are missing or none."""
    latitude, longitude = (_number(event.cells, name) for name in ("latitude", "longitude"))
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 360:
        return None
    element = etree.Element(_name("origin"), publicID=identifier)
    _add_value(element, "time", event.time)
    _add_value(element, "latitude", latitude)
    _add_value(element, "longitude", longitude)
    depth = _number(event.cells, "depth")
    if depth is not None:
        _add_value(element, "depth", depth * 1000)  # m in QuakeML
    return element


def _magnitude(identifier: str, cells: Any) -> Any:
    magnitude = _number(cells, "magnitude")
    if magnitude is None:
        return None
    element = etree.Element(_name("magnitude"), publicID=identifier)
    _add_value(element, "mag", magnitude)
    if kind := cells.get("magnitude_type", "").strip():
        _add(element, "type", printable(kind)[:_LONGEST_TYPE])
    return element


def _add_pick(element: Any, identifier: str, pick: Pick) -> None:
    network, station = printable(pick.network), printable(pick.station)
    if max(len(network), len(station)) > _LONGEST_CODE:
        return
    part = etree.SubElement(element, _name("pick"), publicID=identifier)
    _add_value(part, "time", pick.time)
    etree.SubElement(part, _name("waveformID"), networkCode=network, stationCode=station)
    _add(part, "phaseHint", printable(pick.phase))


def _number(cells: Any, name: str) -> float | None:
    try:
        return parse_number(cells.get(name, ""))
    except ValueError:  # a cell that is text, as events.csv shows
        return None


def _add_value(element: Any, name: str, value: float | UTCDateTime) -> None:
    text = f"{value:.10g}" if isinstance(value, float) else str(value)
    _add(_add(element, name), "value", text)


def _add(element: Any, name: str, text: str | None = None) -> Any:
    part = etree.SubElement(element, _name(name))
    part.text = text
    return part


def _name(name: str) -> str:
    return f"{{{_NAMESPACES[None]}}}{name}"

"""What an event service answers: the events in QuakeML, each as XML of its own."""

from collections.abc import Iterator
from math import isfinite
from typing import Any

from lxml import etree
from obspy import UTCDateTime

from specufex_pipe.catalogs.event_request import FoundEvent
from specufex_pipe.webservices.whole_xml import as_text, parse_document


def read_answer(content: bytes) -> tuple[str, list[FoundEvent]]:
    """Return the events of an answer.

    Parameters
    ----------
    content : bytes
        QuakeML.

    Returns
    -------
    (str, list of FoundEvent)
        The namespace of the events, and they in their order.

    Raises
    ------
    ValueError
        If it cannot be read, or has no place for events.
    """
    root = parse_document(content)
    groups = [each for each in root if _name(each) == "eventParameters"]
    if not groups:
        raise ValueError("it is QuakeML without eventParameters")
    events = [_event(each) for group in groups for each in _children(group, "event")]
    return etree.QName(groups[0]).namespace or "", events


def _event(element: Any) -> FoundEvent:
    """Return an event with the place and time of its preferred origin, or else of its first."""
    origins = list(_children(element, "origin"))
    preferred = _text(element, "preferredOriginID")
    chosen = [each for each in origins if each.get("publicID") == preferred] or origins
    origin = chosen[0] if chosen else None
    depth = _value(origin, "depth")
    magnitudes = (_value(each, "mag") for each in _children(element, "magnitude"))
    return FoundEvent(
        element.get("publicID") or "",
        _time(origin),
        _value(origin, "latitude"),
        _value(origin, "longitude"),
        None if depth is None else depth / 1000,  # m in QuakeML
        tuple(each for each in magnitudes if each is not None),
        as_text(element),
    )


def _name(element: Any) -> str:
    return etree.QName(element).localname


def _children(element: Any, name: str) -> Iterator[Any]:
    return (each for each in element if _name(each) == name)


def _text(element: Any, name: str) -> str:
    return next(((each.text or "").strip() for each in _children(element, name)), "")


def _quantity(origin: Any, name: str) -> str:
    found = None if origin is None else next(_children(origin, name), None)
    return "" if found is None else _text(found, "value")


def _value(origin: Any, name: str) -> float | None:
    """Return a number, or None where there is none; whoever reads the catalog says so."""
    try:
        value = float(_quantity(origin, name))
    except ValueError:
        return None
    return value if isfinite(value) else None


def _time(origin: Any) -> UTCDateTime | None:
    text = _quantity(origin, "time")
    try:
        return UTCDateTime(text) if text else None
    except Exception:  # noqa: BLE001 - ObsPy raises whatever a text that is no time leads it to
        return None

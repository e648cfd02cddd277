"""Identifiers of events: what they may be, and that none is used twice."""

from specufex_pipe.catalogs.protocol import STAGE
from specufex_pipe.rejections import Kind, Rejection, printable

# Identifiers are kept in columns of one width.
_LONGEST = 1000


class EventIds:
    """The identifiers of the events of a catalog so far, and where each stands."""

    def __init__(self) -> None:
        self._places: dict[str, str] = {}

    def add(self, event_id: str, place: str) -> None:
        """Note that an event has an identifier, and where it stands: "line 4"."""
        self._places[event_id] = place

    def problem(self, event_id: str, place: str) -> Rejection | None:
        """Return why an identifier cannot be that of one more event, or None if it can."""
        if not event_id.isprintable():
            return reject(
                repr(event_id), Kind.CATALOG_ROW, "there are control characters in it", place
            )
        if not event_id:
            return reject("", Kind.CATALOG_ROW, "the event_id is empty", place)
        if len(event_id) > _LONGEST:
            return reject(
                event_id,
                Kind.CATALOG_ROW,
                f"the event_id has {len(event_id)} characters, expected {_LONGEST} at the most",
                place,
            )
        if event_id in self._places:
            return reject(
                event_id, Kind.DUPLICATE, f"{self._places[event_id]} has it already", place
            )
        return None


def reject(event_id: str, kind: Kind, detail: str, place: str) -> Rejection:
    """Return the rejection of what stands at a place in a catalog."""
    return Rejection(printable(event_id)[:_LONGEST], STAGE, kind, printable(f"{detail} ({place})"))

"""A catalog as files of events in any format that ObsPy reads, QuakeML before all."""

import logging
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from obspy.core.event import Event as EventOfFile
from obspy.core.event import Origin, ResourceIdentifier
from obspy.core.event import Pick as PickOfFile

from specufex_pipe.catalogs.event_files import (
    QUAKEML,
    UnusableEvent,
    UnusableEventFile,
    formats,
    iterate_event_file,
    require_no_document_type,
)
from specufex_pipe.catalogs.files import digest_of_files
from specufex_pipe.catalogs.identifiers import EventIds, reject
from specufex_pipe.catalogs.protocol import Catalog, Event, Pick
from specufex_pipe.catalogs.types import check_year
from specufex_pipe.errors import StageError
from specufex_pipe.rejections import Kind, Rejection

log = logging.getLogger(__name__)

_COLUMNS = (
    "event_id", "time", "latitude", "longitude", "depth", "magnitude", "magnitude_type",
    "event_type",
)  # fmt: skip
# What ObsPy puts before an identifier that names no authority, as QuakeML demands.
NO_AUTHORITY = "smi:local/"
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/")

Preferred = TypeVar("Preferred")


class ObsPyCatalog(Catalog):
    """Files of events that ObsPy reads: QuakeML and many others, gzipped or not.

    An event has the time and place of its preferred origin and its preferred magnitude, or else the
    first of each, and all its picks but those that its analyst rejected.

    Parameters
    ----------
    path : str
        A file, or a folder of files, searched recursively.
    format : str
        Format of the events, as ObsPy names it: QUAKEML, SCML, NORDIC, NLLOC_HYP, ...
    """

    def __init__(self, path: str, format: str = QUAKEML) -> None:
        self.path, self.format = Path(path), format

    def check(self) -> None:
        """Raise a ValueError if there is no such file or format, or it must not be read."""
        if self.format not in formats():
            raise ValueError(
                f"format is {self.format!r}: not a format of events that is read here; choose from "
                f"{formats()}"
            )
        if not self.path.exists():
            raise ValueError(f"path is {str(self.path)!r}: there is no such file or folder")
        if not self.files:
            raise ValueError(f"path is {str(self.path)!r}, which has no file")
        if self.path.is_file():
            try:
                require_no_document_type(self.path)
            except UnusableEventFile as error:
                raise ValueError(f"path is {str(self.path)!r}: {error}") from error

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the cells of an event."""
        return _COLUMNS

    @property
    def files(self) -> list[Path]:
        """The file, or those in the folder that are not hidden, in a fixed order."""
        if not self.path.is_dir():
            return [self.path] if self.path.is_file() else []
        return sorted(
            path
            for path in self.path.rglob("*")
            if path.is_file() and not _is_hidden(path.relative_to(self.path))
        )

    def contains(self, folder: Path) -> bool:
        """Tell whether a folder lies in the one that is searched, and is not hidden there."""
        searched, found = self.path.resolve(), folder.resolve()
        return (
            searched.is_dir()
            and found.is_relative_to(searched)
            and not _is_hidden(found.relative_to(searched))
        )

    @property
    def digest(self) -> str:
        """Digest of the content of the files."""
        return digest_of_files(self.files)

    def __iter__(self) -> Iterator[Event | Rejection]:
        """Iterate over the events; a file of a folder that cannot be read is one that is rejected.

        The events before the damage are used.

        Raises
        ------
        StageError
            If the only file cannot be read to its end.
        """
        seen = EventIds()
        for path in self.files:
            name = path.name if path == self.path else str(path.relative_to(self.path))
            try:
                for number, found in enumerate(iterate_event_file(path, self.format), 1):
                    place = f"event {number} of {name}"
                    event = self._event(found, place, self._event_id(found, name, number), seen)
                    if isinstance(event, Event):
                        seen.add(event.event_id, place)
                    yield event
            except UnusableEventFile as error:
                if path == self.path:
                    raise StageError(f"{path} as {self.format}: {error}") from error
                log.warning("%s as %s: %s", path, self.format, error)
                yield reject(name, Kind.UNREADABLE_FILE, str(error), f"{path} as {self.format}")

    def _event_id(self, found: EventOfFile | UnusableEvent, name: str, number: int) -> str:
        """Return the resource id, or the name of the file where it has none or ObsPy made it up."""
        if isinstance(found, UnusableEvent):
            return found.event_id.removeprefix(NO_AUTHORITY)
        if found.resource_id is None or not found.resource_id.fixed:
            return name if number == 1 else f"{name}#{number}"
        event_id = str(found.resource_id.id).removeprefix(NO_AUTHORITY)
        # Some readers of ObsPy put another random text before the id of the file each time.
        return event_id if self.format == QUAKEML else _UUID.sub("", event_id, count=1)

    def _event(
        self, found: EventOfFile | UnusableEvent, place: str, event_id: str, seen: EventIds
    ) -> Event | Rejection:
        if isinstance(found, UnusableEvent):
            return reject(event_id, Kind.CATALOG_ROW, found.problem, place)
        if problem := seen.problem(event_id, place):
            return problem
        origin = _preferred(found.origins, found.preferred_origin_id)
        if origin is None or origin.time is None:
            missing = "it has no origin" if origin is None else "its origin has no time"
            return reject(event_id, Kind.CATALOG_TIME, missing, place)
        try:
            check_year(origin.time)
        except ValueError as error:
            return reject(event_id, Kind.CATALOG_TIME, str(error), place)
        magnitude = _preferred(found.magnitudes, found.preferred_magnitude_id)
        values = (
            event_id,
            str(origin.time),
            _as_text(origin.latitude),
            _as_text(origin.longitude),
            _as_text(None if origin.depth is None else origin.depth / 1000),  # m in QuakeML
            _as_text(magnitude.mag if magnitude else None),
            (magnitude and magnitude.magnitude_type) or "",
            found.event_type or "",
        )
        cells = dict(zip(_COLUMNS, values, strict=True))
        return Event(event_id, origin.time, "", cells, _picks(found, origin))


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _preferred(
    choice: Sequence[Preferred], preferred: ResourceIdentifier | None
) -> Preferred | None:
    """Return the one of an event's origins or magnitudes that is preferred, or else the first."""
    for each in choice if preferred is not None else ():
        if each.resource_id == preferred:  # type: ignore[attr-defined]
            return each
    return choice[0] if choice else None


def _as_text(number: Any) -> str:
    return "" if number is None else f"{float(number):.10g}"


def _picks(event: EventOfFile, origin: Origin) -> tuple[Pick, ...]:
    """Return the picks of an event, with the phase that its origin took each for."""
    phases = {arrival.pick_id.id: arrival.phase for arrival in origin.arrivals if arrival.pick_id}
    picks = (
        _pick(pick, phases.get(pick.resource_id.id) if pick.resource_id else None)
        for pick in event.picks
    )
    return tuple(pick for pick in picks if pick is not None)


def _pick(pick: PickOfFile, phase: str | None) -> Pick | None:
    """Return a pick, or None if it says too little or was rejected."""
    stream = pick.waveform_id
    phase = phase or pick.phase_hint
    if pick.evaluation_status == "rejected" or not (
        pick.time and stream and stream.station_code and phase
    ):
        return None
    try:
        check_year(pick.time)
    except ValueError:
        return None
    return Pick(stream.network_code or "", stream.station_code, phase, pick.time)

"""A request for events: its parameters as FDSN's event services have them, and what fits them."""

import json
from typing import NamedTuple

from obspy import UTCDateTime
from obspy.geodetics import locations2degrees

from specufex_pipe.numerics.digests import digest_of
from specufex_pipe.numerics.times import parse_time

# Services measure distances on spheres and on ellipsoids, which differ by less than that.
_SLACK_OF_RADIUS = 1.01
_BOX = ("minlatitude", "maxlatitude", "minlongitude", "maxlongitude")
_CIRCLE = ("latitude", "longitude", "maxradius")
_LIMITS = {
    **dict.fromkeys(("minlatitude", "maxlatitude", "latitude"), (-90.0, 90.0)),
    **dict.fromkeys(("minlongitude", "maxlongitude", "longitude"), (-360.0, 360.0)),
    "maxradius": (0.0, 180.0),
}
_TEXTS = ("event_type", "catalog", "contributor")
# As the services call what has a clearer name here.
_NAMES_OF_SERVICES = {"event_type": "eventtype"}


class FoundEvent(NamedTuple):
    """An event as a service has sent it.

    Attributes
    ----------
    event_id : str
        Its resource id.
    time : obspy.UTCDateTime or None
    latitude, longitude : float or None
        Degrees.
    depth : float or None
        km
    magnitudes : tuple of float
        All that it has.
    text : bytes
        Its XML.
    """

    event_id: str
    time: UTCDateTime | None
    latitude: float | None
    longitude: float | None
    depth: float | None
    magnitudes: tuple[float, ...]
    text: bytes


class EventRequest(NamedTuple):
    """What is asked of an event service.

    Attributes
    ----------
    starttime, endtime : str
        ISO 8601, UTC unless they name an offset.
    minlatitude, ..., maxmagnitude : float or None
        Degrees, km.
    event_type, catalog, contributor : str or None
    picks : bool
    """

    starttime: str
    endtime: str
    minlatitude: float | None = None
    maxlatitude: float | None = None
    minlongitude: float | None = None
    maxlongitude: float | None = None
    latitude: float | None = None
    longitude: float | None = None
    maxradius: float | None = None
    mindepth: float | None = None
    maxdepth: float | None = None
    minmagnitude: float | None = None
    maxmagnitude: float | None = None
    event_type: str | None = None
    catalog: str | None = None
    contributor: str | None = None
    picks: bool = False

    @property
    def span(self) -> tuple[UTCDateTime, UTCDateTime]:
        """The times between which events are asked for."""
        return parse_time(self.starttime), parse_time(self.endtime)

    def check(self) -> None:
        """Raise a ValueError that begins with the parameter if the request makes no sense."""
        for name in ("starttime", "endtime"):
            try:
                parse_time(getattr(self, name))
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from error
        start, end = self.span
        if start >= end:
            raise ValueError(f"endtime is {self.endtime!r}, expected later than {self.starttime!r}")
        for name, (least, most) in _LIMITS.items():
            value = getattr(self, name)
            if value is not None and not least <= value <= most:
                raise ValueError(f"{name} is {value:g}, expected {least:g} to {most:g} degrees")
        for name in _TEXTS:
            text = getattr(self, name)
            if text is not None and not (text.strip() and text.isprintable()):
                raise ValueError(f"{name} is {text!r}, expected a name, or null for all")
        self._check_region()
        self._check_ranges()

    def _check_region(self) -> None:
        circle = [name for name in _CIRCLE if getattr(self, name) is not None]
        box = [name for name in _BOX if getattr(self, name) is not None]
        if circle and box:
            raise ValueError(f"{circle[0]} is of a circle and {box[0]} of a box: keep one of them")
        if missing := [name for name in _CIRCLE if circle and name not in circle]:
            raise ValueError(f"{missing[0]} is missing: a circle has {', '.join(_CIRCLE)}")
        if self.maxradius == 0:
            raise ValueError("maxradius is 0, expected more than 0 degrees")

    def _check_ranges(self) -> None:
        for name in ("latitude", "longitude", "depth", "magnitude"):
            least, most = getattr(self, f"min{name}"), getattr(self, f"max{name}")
            if least is not None and most is not None and least > most:
                advice = (
                    "; a box across 180 degrees goes beyond it, 170 to 190"
                    if name == "longitude"
                    else ""
                )
                raise ValueError(
                    f"min{name} is {least:g}, expected at most max{name} {most:g}{advice}"
                )

    def query(self) -> dict[str, str]:
        """Return the parameters of the request by the names that services have for them."""
        query = {}
        for name, value in self._asdict().items():
            if isinstance(value, bool) or value is None:
                continue
            if name in ("starttime", "endtime"):
                text = time_of_query(parse_time(value))
            else:
                text = value if isinstance(value, str) else number_of_query(value)
            query[_NAMES_OF_SERVICES.get(name, name)] = text
        # Services that have none would refuse the parameter.
        return query | ({"includearrivals": "true"} if self.picks else {})

    def digest(self, service: str) -> str:
        """Return a digest of the request, however its numbers and times are written."""
        return digest_of(json.dumps([service, self.query()], sort_keys=True))

    def has(self, event: FoundEvent) -> bool:
        """Tell whether an event fits; services may not know each parameter.

        An event without a time does: the catalog says that it is rejected.
        """
        start, end = self.span
        return (
            (event.time is None or start <= event.time <= end)
            and _is_in(event.depth, self.mindepth, self.maxdepth)
            and self._has_a_magnitude_of(event)
            and _is_in(event.latitude, self.minlatitude, self.maxlatitude)
            and self._has_longitude(event.longitude)
            and self._is_near(event)
        )

    def _has_a_magnitude_of(self, event: FoundEvent) -> bool:
        least, most = self.minmagnitude, self.maxmagnitude
        # Which of its magnitudes counts is for the service to say.
        return (least is None and most is None) or any(
            _is_in(each, least, most) for each in event.magnitudes
        )

    def _has_longitude(self, longitude: float | None) -> bool:
        west, east = self.minlongitude, self.maxlongitude
        if west is None and east is None:
            return True
        west, east = -180.0 if west is None else west, 180.0 if east is None else east
        return longitude is not None and any(
            west <= longitude + turn <= east for turn in (-360.0, 0.0, 360.0)
        )

    def _is_near(self, event: FoundEvent) -> bool:
        if self.latitude is None or self.longitude is None or self.maxradius is None:
            return True
        if event.latitude is None or event.longitude is None:
            return False
        distance = locations2degrees(self.latitude, self.longitude, event.latitude, event.longitude)
        return bool(distance <= _SLACK_OF_RADIUS * self.maxradius)


def time_of_query(time: UTCDateTime) -> str:
    """Return a time as FDSN's services have it, which are in UTC and know no offset."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.%f")


def number_of_query(number: float) -> str:
    """Return a number as text, the same for 5 and 5.0."""
    return repr(float(number)).removesuffix(".0")


def _is_in(value: float | None, least: float | None, most: float | None) -> bool:
    if least is None and most is None:
        return True
    return (
        value is not None and (least is None or value >= least) and (most is None or value <= most)
    )

"""Predicted arrivals of a phase at a station."""

from functools import cached_property, lru_cache
from math import hypot
from typing import Any

from obspy import Inventory, UTCDateTime
from obspy.geodetics import gps2dist_azimuth, locations2degrees

from specufex_pipe.catalogs.protocol import Event
from specufex_pipe.catalogs.types import parse_number
from specufex_pipe.rejections import Kind, RejectedEvent
from specufex_pipe.stations import Coordinates, coordinates

# The names that TauP has for all that arrives as a P or an S wave.
_PHASES = {"P": "ttp", "S": "tts"}


class Arrivals:
    """Predict when a phase arrives at the station of a channel.

    Parameters
    ----------
    inventory : obspy.Inventory
        Has the coordinates of the stations.
    phase : str
        P and S stand for the first arrival of their kind; any other name is that of TauP.
    velocity : float, optional
        km/s; on a straight line from hypocentre to station. By default times are those of an Earth
        model.
    earth_model : str
        A model of TauP: iasp91, ak135, prem, ... The station is at its surface.

    References
    ----------
    Crotwell, Owens and Ritsema, Seismological Research Letters 70 (1999), 154-160.
    """

    def __init__(
        self,
        inventory: Inventory,
        phase: str,
        *,
        velocity: float | None = None,
        earth_model: str = "iasp91",
    ) -> None:
        self._inventory, self._phase = inventory, phase
        self._velocity, self._earth_model = velocity, earth_model
        self._travel_time = lru_cache(1 << 16)(self._compute_travel_time)

    def predict(self, event: Event, channel: str) -> UTCDateTime:
        """Return when the phase of an event arrives at the station of a channel (SEED id).

        Raises
        ------
        RejectedEvent
            If event or station have no coordinates, or the phase does not arrive there.
        """
        latitude, longitude, depth = hypocentre(event)
        place = station_of(self._inventory, channel, event.time)
        if self._velocity is not None:
            metres, _, _ = gps2dist_azimuth(latitude, longitude, place.latitude, place.longitude)
            distance = hypot(metres / 1000, depth + place.elevation / 1000)
            return event.time + distance / self._velocity
        degrees = locations2degrees(latitude, longitude, place.latitude, place.longitude)
        seconds = self._travel_time(max(depth, 0.0), degrees)
        if seconds is None:
            raise RejectedEvent(
                Kind.NO_WINDOW,
                f"{self._phase} of {self._earth_model} does not arrive at {degrees:.2f} degrees "
                f"from a depth of {depth:g} km",
            )
        return event.time + seconds

    @cached_property
    def _model(self) -> Any:
        from obspy.taup import TauPyModel  # takes a while to load

        return TauPyModel(self._earth_model)

    def _compute_travel_time(self, depth: float, degrees: float) -> float | None:
        """Return the time of the first arrival, s, or None if there is none.

        Raises
        ------
        RejectedEvent
            If TauP knows no such phase, or the model is not as deep.
        """
        phases = [_PHASES.get(self._phase, self._phase)]
        try:
            arrivals = self._model.get_travel_times(depth, degrees, phases)
        except Exception as error:  # TauP raises whatever a phase or a depth leads it to
            raise RejectedEvent(
                Kind.NO_WINDOW,
                f"TauP has no {self._phase} of {self._earth_model} from a depth of {depth:g} km "
                f"({error})",
            ) from error
        return min((arrival.time for arrival in arrivals), default=None)


def station_of(inventory: Inventory, channel: str, time: UTCDateTime) -> Coordinates:
    """Return where a channel (SEED id) is at a time.

    Raises
    ------
    RejectedEvent
        If the metadata of the stations do not say so.
    """
    network, station, location, code = channel.split(".")
    try:
        return coordinates(inventory, network, station, location, code, time)
    except LookupError as error:
        raise RejectedEvent(Kind.NO_WINDOW, str(error)) from error


def hypocentre(event: Event) -> tuple[float, float, float]:
    """Return latitude and longitude, degrees, and depth, km, of an event; 0 km if there is none.

    Raises
    ------
    RejectedEvent
        If the catalog does not have them, or they are not on Earth.
    """
    try:
        latitude, longitude, depth = (
            parse_number(event.cells.get(name, "")) for name in ("latitude", "longitude", "depth")
        )
    except ValueError as error:
        raise RejectedEvent(Kind.NO_WINDOW, f"of the hypocentre, {error}") from error
    if latitude is None or longitude is None:
        raise RejectedEvent(
            Kind.NO_WINDOW, "the catalog has no latitude and longitude of the event"
        )
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 360):
        raise RejectedEvent(
            Kind.NO_WINDOW,
            f"latitude {latitude:g} and longitude {longitude:g} are not a place, in degrees",
        )
    return latitude, longitude, depth or 0.0

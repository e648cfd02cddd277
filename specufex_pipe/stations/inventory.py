"""What an inventory of stations says of a channel."""

from collections.abc import Iterator
from typing import NamedTuple

from obspy import Inventory, UTCDateTime
from obspy.core.inventory import Channel, Station

# What ObsPy writes where a format, such as RESP, has no coordinates.
_NO_ELEVATION = 123456.0


class Coordinates(NamedTuple):
    """Where a channel is.

    Attributes
    ----------
    latitude, longitude : float
        Degrees.
    elevation : float
        Of the instrument where the inventory has its channel, else of the station, m.
    """

    latitude: float
    longitude: float
    elevation: float


def channels(inventory: Inventory) -> set[str]:
    """Return the SEED ids of all channels; a table of coordinates has none."""
    return {
        f"{network.code}.{station.code}.{channel.location_code}.{channel.code}"
        for network in inventory
        for station in network
        for channel in station
    }


def coordinates(
    inventory: Inventory,
    network: str,
    station: str,
    location: str,
    channel: str,
    time: UTCDateTime,
) -> Coordinates:
    """Return where a channel is at a time: as the channel says, or else its station.

    Raises
    ------
    LookupError
        If the inventory has no coordinates of it at that time.
    """
    places = list(_stations(inventory, network, station))
    if not places:
        raise LookupError(f"the stations have no {network}.{station}")
    at_that_time = [place for place in places if place.is_active(time)]
    instruments = [
        each
        for place in at_that_time
        for each in place
        if (each.location_code, each.code) == (location, channel) and each.is_active(time)
    ]
    for each in (*instruments, *at_that_time):
        if each.elevation != _NO_ELEVATION:
            return _coordinates_of(each)
    if not at_that_time:
        epochs = ", ".join(f"{place.start_date} to {place.end_date}" for place in places)
        raise LookupError(f"the stations have {network}.{station} from {epochs}, not at {time}")
    raise LookupError(f"the stations have no coordinates of {network}.{station}")


def places_of_stations(
    inventory: Inventory, first: UTCDateTime, last: UTCDateTime
) -> dict[str, Coordinates]:
    """Return where the stations are that stood at any time from a first to a last one.

    Parameters
    ----------
    inventory : obspy.Inventory
    first, last : obspy.UTCDateTime

    Returns
    -------
    dict of Coordinates
        By codes of network and station, with a dot between. Of a station that has moved, where it
        was last; a station without coordinates is left out.
    """
    found: dict[str, tuple[UTCDateTime, Coordinates]] = {}
    for network in inventory:
        for station in network:
            if station.elevation == _NO_ELEVATION:
                continue
            if not station.is_active(starttime=first, endtime=last):
                continue
            code, start = f"{network.code}.{station.code}", station.start_date or UTCDateTime(0)
            if code not in found or found[code][0] <= start:
                found[code] = start, _coordinates_of(station)
    return {code: place for code, (_, place) in sorted(found.items())}


def _stations(inventory: Inventory, network: str, station: str) -> Iterator[Station]:
    for group in inventory:
        if group.code == network:
            yield from (each for each in group if each.code == station)


def _coordinates_of(place: Station | Channel) -> Coordinates:
    # The depth of an instrument is below the ground, and its elevation is its own.
    return Coordinates(float(place.latitude), float(place.longitude), float(place.elevation))

"""Where events are, by the columns of the catalog, and what is around them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from obspy import Inventory, UTCDateTime

from specufex_pipe.catalogs.relief import read_relief
from specufex_pipe.catalogs.table import read_numbers, summarize_event_table
from specufex_pipe.catalogs.types import NUMBER
from specufex_pipe.numerics.geography import direction_of, distances_and_azimuths, middle_of
from specufex_pipe.numerics.types import FloatArray
from specufex_pipe.plotting.frame import frame_of, stations_within
from specufex_pipe.plotting.views import Places, Station
from specufex_pipe.stations import Coordinates, coordinates, places_of_stations
from specufex_pipe.words import counted

LATITUDE, LONGITUDE, DEPTH = "latitude", "longitude", "depth"
# km below sea level: of the highest mountain, and below all earthquakes.
_LEAST_DEPTH, _MOST_DEPTH = -9, 800
# Named one by one where the map leaves them out.
_MOST_NAMED = 5


class Surroundings(NamedTuple):
    """What a map shows beside the events.

    Attributes
    ----------
    inventory : obspy.Inventory or None
        Of the stations.
    lines : sequence of ndarray of shape (n_points, 2)
        Longitudes and latitudes of coastlines and the like, degrees.
    relief : str, Path or None
        Grid of heights; only what the map needs is read.
    section_azimuth : float or None
        Degrees from north over east; None for that along which the epicentres extend farthest.
    """

    inventory: Inventory | None = None
    lines: Sequence[FloatArray] = ()
    relief: str | Path | None = None
    section_azimuth: float | None = None


def read_columns_of(
    catalog: Path, columns: Sequence[str], event_ids: Sequence[str]
) -> dict[str, FloatArray]:
    """Return the numbers of events in those columns that a catalog has and that hold numbers.

    Parameters
    ----------
    catalog : Path
        catalog.h5, which has all of the events.
    columns : sequence of str
    event_ids : sequence of str

    Returns
    -------
    dict of ndarray of shape (n_events,)
        NaN where a cell is empty.

    Raises
    ------
    OSError
        If there is no such file, or it is damaged, of another kind or of another format.
    """
    table = summarize_event_table(catalog)
    types = dict(zip(table.columns, table.types, strict=True))
    there = [column for column in columns if types.get(column) == NUMBER]
    if not there:
        return {}
    ids, numbers = read_numbers(catalog, there)
    rows = {event_id: row for row, event_id in enumerate(ids)}
    numbers = numbers[[rows[event_id] for event_id in event_ids]]
    return dict(zip(there, numbers.T, strict=True))


def places_of(
    columns: Mapping[str, FloatArray],
    surroundings: Surroundings = Surroundings(),  # noqa: B008, which never changes
    stations: Sequence[Station] = (),
) -> Places | None:
    """Return where events are, or None if it is not known of any.

    Parameters
    ----------
    columns : dict of ndarray of shape (n_events,)
        Of the catalog, by name. An event has no epicentre if its latitude is not from -90 to 90
        degrees, or its longitude not from -360 to 360.
    surroundings : Surroundings
    stations : sequence of plotting.views.Station

    Raises
    ------
    StageError
        If there is a relief that cannot be read.
    """
    if LATITUDE not in columns or LONGITUDE not in columns:
        return None
    latitudes, longitudes = columns[LATITUDE], columns[LONGITUDE]
    known = (np.abs(latitudes) <= 90) & (np.abs(longitudes) <= 360)
    if not known.any():
        return None
    nowhere = np.full(len(known), np.nan)
    places = Places(
        np.where(known, latitudes, np.nan),
        np.where(known, longitudes, np.nan),
        _usable(columns.get(DEPTH, nowhere)),
        stations,
        surroundings.lines,
        section_azimuth=surroundings.section_azimuth,
    )
    if surroundings.relief is None:
        return places
    frame = frame_of(places)
    relief = read_relief(
        surroundings.relief,
        west=frame.west, east=frame.east, south=frame.south, north=frame.north,
    )  # fmt: skip
    return replace(places, relief=relief)


def said_of_where(places: Places | None, stations: Sequence[Station]) -> str:
    """Return where events and station are, in a sentence or two.

    Parameters
    ----------
    places : plotting.views.Places or None
    stations : sequence of plotting.views.Station
    """
    own = next((station for station in stations if station.is_own), None)
    if places is None:
        station = "" if own is None else f", and the station is at {_in_degrees(own)}"
        return f"The catalog has no epicentres{station}."
    latitudes = places.latitudes[places.are_known]
    longitudes = places.longitudes[places.are_known]
    middle = middle_of(latitudes, longitudes)
    distances, _ = distances_and_azimuths(*middle, latitudes, longitudes)
    said = (
        f"The middle of the epicentres is at {_in_degrees(Station('', *middle))}, and nine in ten "
        f"lie within {_in_km(float(np.quantile(distances, 0.9)))} of it."
    )
    if len(latitudes) == 1:
        said = f"The epicentre is at {_in_degrees(Station('', *middle))}."
    if own is None:
        return said
    (distance,), (azimuth,) = distances_and_azimuths(
        *middle, np.array([own.latitude]), np.array([own.longitude])
    )
    return f"{said} The station is {_in_km(distance)} {direction_of(azimuth)} of there."


def _in_degrees(place: Station) -> str:
    return (
        f"{abs(place.latitude):.2f}\N{DEGREE SIGN} {'S' if place.latitude < 0 else 'N'}, "
        f"{abs(place.longitude):.2f}\N{DEGREE SIGN} {'W' if place.longitude < 0 else 'E'}"
    )


def _usable(depths: FloatArray) -> FloatArray:
    """Return depths, and NaN for what is none, such as -9999 for one that is not known."""
    return np.where((depths >= _LEAST_DEPTH) & (depths <= _MOST_DEPTH), depths, np.nan)


def stations_of(
    inventory: Inventory | None, channel: str, times: NDArray[np.datetime64]
) -> list[Station]:
    """Return the stations that stood while there were events.

    Parameters
    ----------
    inventory : obspy.Inventory or None
    channel : str
        SEED id, of which the waveforms are.
    times : ndarray of datetime64, shape (n_events,)

    Returns
    -------
    list of plotting.views.Station
        That of the channel comes first, where it stood at the time of the event in the middle, or,
        if it was not there then, at that of the first or the last.
    """
    if inventory is None:
        return []
    first, middle, last = (
        UTCDateTime(str(time))
        for time in (times.min(), np.sort(times)[len(times) // 2], times.max())
    )
    places = places_of_stations(inventory, first, last)
    network, station, location, code = channel.split(".")
    own = f"{network}.{station}"
    found: Coordinates | None = None
    for time in (middle, first, last):
        try:
            found = coordinates(inventory, network, station, location, code, time)
            break
        except LookupError:
            continue  # a station may have stood for a part of the time, or be not known
    if found is None:
        places.pop(own, None)
    else:
        places = {own: found, **{name: each for name, each in places.items() if name != own}}
    return [
        Station(name, each.latitude, each.longitude, is_own=name == own)
        for name, each in places.items()
    ]


def distances_of(
    columns: Mapping[str, FloatArray], stations: Sequence[Station]
) -> FloatArray | None:
    """Return how far epicentres are from the station that waveforms are of.

    Parameters
    ----------
    columns : dict of ndarray of shape (n_events,)
        Of the catalog, by name.
    stations : sequence of plotting.views.Station

    Returns
    -------
    ndarray of shape (n_events,) or None
        km on a sphere, NaN where there is no epicentre; None where the station or all epicentres
        are not known.
    """
    places = places_of(columns)
    own = next((station for station in stations if station.is_own), None)
    if places is None or own is None:
        return None
    return distances_and_azimuths(own.latitude, own.longitude, places.latitudes, places.longitudes)[
        0
    ]


def said_of_places(places: Places | None) -> str:
    """Return what triangles on the map are, and which events and stations are not on it.

    Parameters
    ----------
    places : plotting.views.Places or None
    """
    if places is None:
        return (
            "There is no map of epicentres: the catalog has no columns latitude and longitude with "
            "numbers alone, or none of a place on Earth."
        )
    said = []
    if unknown := int(np.count_nonzero(~places.are_known)):
        said.append(
            f"{counted(unknown, 'event has', 'events have')} no usable epicentre in the catalog."
        )
    flat = int(np.count_nonzero(places.are_known & ~places.are_in_section))
    if places.depths_are_known and flat:
        said.append(
            f"{counted(flat, 'event has', 'events have')} no usable depth, of "
            f"{_LEAST_DEPTH} to {_MOST_DEPTH} km, and "
            f"{'is' if flat == 1 else 'are'} not in the section."
        )
    if not places.depths_are_known:
        said.append("There is no section: the catalog has no usable depths.")
    return " ".join([*said, *_of_relief(places), *_of_stations(places)])


def _of_relief(places: Places) -> list[str]:
    if places.relief is None or np.isfinite(places.relief.heights).any():
        return []
    return ["The relief has no heights within the map."]


def _of_stations(places: Places) -> list[str]:
    """Say what triangles are, and where the stations are that are too far away for the map."""
    inside = stations_within(places, frame_of(places))
    said = ["Triangles are stations."] if inside else []
    if any(station.is_own for station in inside):
        said = ["Triangles are stations; the filled one is that of this page."]
    return said + _of_stations_outside(places, inside)


def _of_stations_outside(places: Places, inside: Sequence[Station]) -> list[str]:
    outside = [station for station in places.stations if station not in inside]
    if not outside:
        return []
    known = places.are_known
    middle = middle_of(places.latitudes[known], places.longitudes[known])
    distances, azimuths = distances_and_azimuths(
        *middle,
        np.array([station.latitude for station in outside]),
        np.array([station.longitude for station in outside]),
    )
    order = sorted(
        range(len(outside)), key=lambda place: (not outside[place].is_own, distances[place])
    )
    named = ", ".join(
        f"{outside[place].code} ({_in_km(distances[place])} away, azimuth {azimuths[place]:.0f}"
        f"\N{DEGREE SIGN}, {direction_of(azimuths[place])})"
        for place in order[:_MOST_NAMED]
    )
    more = len(outside) - _MOST_NAMED
    others = f", and {counted(more, 'station')} farther away" if more > 0 else ""
    return [
        "Too far from the epicentres to be on the map, with distances from their middle: "
        f"{named}{others}."
    ]


def _in_km(distance: float) -> str:
    return f"{distance:.1f} km" if distance < 10 else f"{distance:,.0f} km"

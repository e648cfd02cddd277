"""Stations: where they stand, which channels they have, and how these respond."""

from specufex_pipe.stations.inventory import (
    Coordinates,
    channels,
    coordinates,
    places_of_stations,
)
from specufex_pipe.stations.reading import check_stations, read_stations

__all__ = [
    "Coordinates",
    "channels",
    "check_stations",
    "coordinates",
    "places_of_stations",
    "read_stations",
]

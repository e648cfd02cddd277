"""Stations: where they stand, which channels they have, and how these respond."""

from specufex_pipe.stations.inventory import Coordinates, channels, coordinates
from specufex_pipe.stations.reading import check_stations, read_stations

__all__ = ["Coordinates", "channels", "check_stations", "coordinates", "read_stations"]

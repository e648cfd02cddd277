"""Stations: where they stand, which channels they have, and how these respond."""

from specufex_pipe.stations.inventory import Coordinates, channels, coordinates
from specufex_pipe.stations.reading import read_stations

__all__ = ["Coordinates", "channels", "coordinates", "read_stations"]

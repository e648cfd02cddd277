"""The frame of a map of epicentres: what it reaches to, and which stations are within."""

from typing import NamedTuple

import numpy as np

from specufex_pipe.numerics.geography import in_one_piece, nearest_turn
from specufex_pipe.numerics.types import FloatArray
from specufex_pipe.plotting.views import Places, Station

# Degrees, so that a single event has a map of about two kilometres.
_LEAST_SPAN = 0.02
# Degrees of longitude, and of latitude beyond both poles.
_WHOLE = (360.0, 200.0)
# Of the span of the events, to either side.
_MARGIN = 0.06
# Width over height, whatever the events span: the shorter span is extended.
_MOST_WIDE, _LEAST_WIDE = 2.0, 0.8
# How far stations may extend the map of the events, so that these stay more than a dot.
_MOST_GROWTH = 3.0


class Frame(NamedTuple):
    """The ends of a map.

    Attributes
    ----------
    west, east : float
        Degrees; beyond 180 or below -180 where the map goes across the date line.
    south, north : float
        Degrees.
    ratio : float
        Width over height, at which a degree of longitude is as long as the cosine of the middle
        latitude makes it.
    """

    west: float
    east: float
    south: float
    north: float
    ratio: float

    @property
    def longitude(self) -> float:
        """That of the middle, degrees."""
        return (self.west + self.east) / 2

    def has(self, latitude: float, longitude: float, growth: float = 1.0) -> bool:
        """Tell whether a place is within the frame, or one that is so many times as wide."""
        away = (
            nearest_turn(longitude, self.longitude) - self.longitude,
            (latitude - (self.south + self.north) / 2),
        )
        half = (self.east - self.west) / 2, (self.north - self.south) / 2
        return all(abs(a) <= growth * h for a, h in zip(away, half, strict=True))


def frame_of(places: Places) -> Frame:
    """Return the frame of the epicentres and of the stations that are near to them.

    Parameters
    ----------
    places : views.Places
        One event at least has an epicentre.
    """
    known = places.are_known
    latitudes, longitudes = places.latitudes[known], in_one_piece(places.longitudes[known])
    frame = _around(latitudes, longitudes)
    near = [s for s in places.stations if frame.has(s.latitude, s.longitude, _MOST_GROWTH)]
    if not near:
        return frame
    turned = [nearest_turn(station.longitude, frame.longitude) for station in near]
    return _around(
        np.append(latitudes, [station.latitude for station in near]), np.append(longitudes, turned)
    )


def stations_within(places: Places, frame: Frame) -> list[Station]:
    """Return the stations within a frame."""
    return [each for each in places.stations if frame.has(each.latitude, each.longitude)]


def _around(latitudes: FloatArray, longitudes: FloatArray) -> Frame:
    ends = np.array([[each.min(), each.max()] for each in (longitudes, latitudes)])
    (x, y), spans = ends.mean(axis=1), np.maximum(np.ptp(ends, axis=1), _LEAST_SPAN)
    shrinkage = max(np.cos(np.deg2rad(y)), 0.01)
    # In degrees of latitude.
    width, height = np.minimum(spans * (1 + 2 * _MARGIN), _WHOLE) * (shrinkage, 1)
    ratio = float(np.clip(width / height, _LEAST_WIDE, _MOST_WIDE))
    height = max(height, width / ratio)
    east, north = ratio * height / shrinkage / 2, height / 2
    return Frame(x - east, x + east, y - north, y + north, ratio)

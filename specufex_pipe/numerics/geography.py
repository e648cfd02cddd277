"""Distances and directions on the Earth, taken as a sphere.

Distances differ from those on the ellipsoid by less than 0.6 %.
"""

from typing import TypeVar

import numpy as np
from obspy.geodetics import degrees2kilometers, locations2degrees

from specufex_pipe.numerics.types import FloatArray

Degrees = TypeVar("Degrees", float, FloatArray)

KILOMETRES_PER_DEGREE = float(degrees2kilometers(1.0))
# Relative difference of the variances along two axes, below which neither is the longer one.
# km
_LEAST_EXTENT = 1e-3
_LEAST_DIFFERENCE = 1e-6
_FROM_WEST_TO_EAST = 90.0
_DIRECTIONS = (
    "north",
    "north-east",
    "east",
    "south-east",
    "south",
    "south-west",
    "west",
    "north-west",
)


def distances_and_azimuths(
    latitude: float, longitude: float, latitudes: FloatArray, longitudes: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return how far places are from another, and in which direction from there.

    Parameters
    ----------
    latitude, longitude : float
        Degrees, of the place that is looked from.
    latitudes, longitudes : ndarray of shape (n_places,)
        Degrees; NaN where one is not known.

    Returns
    -------
    distances : ndarray of shape (n_places,)
        km.
    azimuths : ndarray of shape (n_places,)
        Degrees from north over east, from 0 to 360.
    """
    degrees = locations2degrees(latitude, longitude, latitudes, longitudes)
    here, there = np.deg2rad(latitude), np.deg2rad(latitudes)
    between = np.deg2rad(longitudes - longitude)
    east = np.sin(between) * np.cos(there)
    north = np.cos(here) * np.sin(there) - np.sin(here) * np.cos(there) * np.cos(between)
    return KILOMETRES_PER_DEGREE * degrees, np.rad2deg(np.arctan2(east, north)) % 360


def places_along(
    latitude: float, longitude: float, azimuth: float, distances: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the latitudes and longitudes of places on a great circle.

    Parameters
    ----------
    latitude, longitude : float
        Degrees, of the place that it starts from.
    azimuth : float
        Degrees from north over east, of the great circle in that place.
    distances : ndarray of shape (n_places,)
        km from there; below 0 in the opposite direction.

    Returns
    -------
    latitudes, longitudes : ndarray of shape (n_places,)
        Degrees; longitudes as near to the one that was given as may be.
    """
    here, bearing = np.deg2rad(latitude), np.deg2rad(azimuth)
    angles = np.deg2rad(distances / KILOMETRES_PER_DEGREE)
    sines = np.sin(here) * np.cos(angles) + np.cos(here) * np.sin(angles) * np.cos(bearing)
    east = np.sin(bearing) * np.sin(angles) * np.cos(here)
    between = np.arctan2(east, np.cos(angles) - np.sin(here) * sines)
    return np.rad2deg(np.arcsin(np.clip(sines, -1, 1))), longitude + np.rad2deg(between)


def middle_of(latitudes: FloatArray, longitudes: FloatArray) -> tuple[float, float]:
    """Return the latitude and longitude in the middle of places: of the mean of their vectors.

    Parameters
    ----------
    latitudes, longitudes : ndarray of shape (n_places,)
        Degrees.
    """
    phi, theta = np.deg2rad(latitudes), np.deg2rad(longitudes)
    vectors = (np.cos(phi) * np.cos(theta), np.cos(phi) * np.sin(theta), np.sin(phi))
    x, y, z = (float(axis.mean()) for axis in vectors)
    return float(np.rad2deg(np.arctan2(z, np.hypot(x, y)))), float(np.rad2deg(np.arctan2(y, x)))


def longest_azimuth(distances: FloatArray, azimuths: FloatArray) -> float:
    """Return the azimuth of the principal axis of places around their middle.

    Parameters
    ----------
    distances, azimuths : ndarray of shape (n_places,)
        km and degrees, from the middle.

    Returns
    -------
    float
        Degrees from north over east, from 0 to less than 180; 90 where no axis is the longest.
    """
    angles = np.deg2rad(azimuths)
    east, north = distances * np.sin(angles), distances * np.cos(angles)
    covariance = np.cov(east, north, bias=True)
    variances, axes = np.linalg.eigh(covariance)
    # Of places in one, rounding alone would tell.
    if variances[1] - variances[0] <= max(_LEAST_DIFFERENCE * variances[1], _LEAST_EXTENT**2):
        return _FROM_WEST_TO_EAST
    return float(np.rad2deg(np.arctan2(*axes[:, 1])) % 180)


def in_one_piece(longitudes: FloatArray) -> FloatArray:
    """Return longitudes that rise from the eastern end of the widest gap between them.

    Parameters
    ----------
    longitudes : ndarray of shape (n_places,)
        Degrees.
    """
    turned = np.unique(longitudes % 360)
    gaps = np.diff(turned, append=turned[0] + 360)
    first = turned[(gaps.argmax() + 1) % len(turned)]
    # The first stays where maps have it.
    return wrapped(first) + (longitudes - first) % 360


def wrapped(longitude: float) -> float:
    """Return a longitude above -180 degrees, up to 180."""
    return 180 - (180 - longitude) % 360


def nearest_turn(longitude: Degrees, other: float) -> Degrees:
    """Return a longitude, turned by whole circles, that is the nearest to another, degrees."""
    return other + (longitude - other + 180) % 360 - 180


def direction_of(azimuth: float) -> str:
    """Return the name of the nearest of eight directions, such as north-east."""
    return _DIRECTIONS[round(azimuth / 45) % 8]

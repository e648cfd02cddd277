"""A vertical section of depths, along a great circle through the middle of the epicentres."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from matplotlib.axes import Axes

from specufex_pipe.numerics.geography import (
    distances_and_azimuths,
    longest_azimuth,
    middle_of,
    places_along,
)
from specufex_pipe.numerics.types import FloatArray, IntArray
from specufex_pipe.plotting.drawing import draw_cluster_points
from specufex_pipe.plotting.style import size_of
from specufex_pipe.plotting.views import Places

# Of the two ends of the line.
NAMES = ("A", "A\N{PRIME}")
_MARGIN = 0.06
# km, so that events in one place have a section.
_LEAST_LENGTH, _LEAST_HEIGHT = 2.0, 0.5
# Inches.
_LOWEST, _HIGHEST = 0.9, 2.2
_POINTS_OF_LINE = 200


@dataclass(frozen=True)
class Section:
    """Events on a vertical plane.

    Attributes
    ----------
    latitude, longitude : float
        The middle of the events, degrees.
    azimuth : float
        From the middle to A', degrees from north over east.
    distances : ndarray of shape (n_events,)
        Along the azimuth, from the middle of the events, km.
    depths : ndarray of shape (n_events,)
        km, below sea level.
    """

    latitude: float
    longitude: float
    azimuth: float
    distances: FloatArray
    depths: FloatArray

    @classmethod
    def of(cls, places: Places) -> Self:
        """Return the section of the events that have an epicentre and a depth.

        Parameters
        ----------
        places : views.Places
            Such an event is among them.

        Returns
        -------
        Section
            An azimuth that is not given is rounded to a degree.
        """
        there = places.are_in_section
        latitudes, longitudes = places.latitudes[there], places.longitudes[there]
        latitude, longitude = middle_of(latitudes, longitudes)
        distances, azimuths = distances_and_azimuths(latitude, longitude, latitudes, longitudes)
        azimuth = places.section_azimuth
        if azimuth is None:
            azimuth = round(longest_azimuth(distances, azimuths)) % 180
        along = distances * np.cos(np.deg2rad(azimuths - azimuth))
        return cls(latitude, longitude, float(azimuth), along, places.depths[there])

    @property
    def ends(self) -> tuple[float, float]:
        """Where A and A' are, km along the section."""
        return _widened(self.distances, _LEAST_LENGTH)

    @property
    def range_of_depths(self) -> tuple[float, float]:
        """The least and the greatest depth that are shown, km."""
        return _widened(self.depths, _LEAST_HEIGHT)

    def height(self, width: float) -> float:
        """Return how high it is for its width, inches: true to scale, within limits."""
        shallow, deep = self.range_of_depths
        return float(np.clip(width * (deep - shallow) / np.ptp(self.ends), _LOWEST, _HIGHEST))

    def line(self) -> tuple[FloatArray, FloatArray]:
        """Return latitudes and longitudes of points from A to A', degrees."""
        along = np.linspace(*self.ends, _POINTS_OF_LINE)
        return places_along(self.latitude, self.longitude, self.azimuth, along)


def draw_section(axes: Axes, section: Section, labels: IntArray) -> None:
    """Draw a section, and tell its azimuth and its vertical exaggeration.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    section : Section
    labels : ndarray of int, shape (n_events,)
        Clusters of its events, from 1; 0 for none.
    """
    draw_cluster_points(axes, section.distances, section.depths, labels)
    shallow, deep = section.range_of_depths
    axes.set(
        xlim=section.ends, ylim=(deep, shallow), ylabel="Depth (km)",
        xlabel="Distance along the section (km)",
    )  # fmt: skip
    width, height = size_of(axes)
    ratio = height / (deep - shallow) * float(np.ptp(section.ends)) / width
    title = f"Azimuth {section.azimuth:g}\N{DEGREE SIGN}, {_scale_in_words(ratio)}"
    axes.set_title(title, loc="center")
    axes.set_title(NAMES[0], loc="left", weight="bold")
    axes.set_title(NAMES[1], loc="right", weight="bold")


def _scale_in_words(ratio: float) -> str:
    """Say how a kilometre of depth compares with one along the section."""
    digits = float(f"{ratio:.2g}")
    if digits == 1:
        return "true to scale"
    if digits > 1:
        return f"vertical exaggeration {digits:g}"
    return f"depths drawn at {digits:g} of the horizontal scale"


def _widened(values: FloatArray, least: float) -> tuple[float, float]:
    """Return the ends of values with a margin, and at least so far apart."""
    low, high = float(values.min()), float(values.max())
    half = max((high - low) / 2, least / 2) * (1 + 2 * _MARGIN)
    return (low + high) / 2 - half, (low + high) / 2 + half

"""Pairs of events that may be repeating earthquakes: their waveforms are worth correlating."""

import numpy as np
from scipy.spatial import cKDTree

from specufex_pipe.numerics.geography import KILOMETRES_PER_DEGREE
from specufex_pipe.numerics.types import FloatArray, IntArray

_RADIUS = KILOMETRES_PER_DEGREE * 180 / np.pi
_NONE = -1


def candidate_pairs(
    neighbors: IntArray | None,
    hypocentres: FloatArray | None,
    *,
    max_distance: float,
    n_near: int,
) -> IntArray:
    """Return the pairs of events that are neighbours by their features, or near to each other.

    Parameters
    ----------
    neighbors : ndarray of int, shape (n_events, n_neighbors), optional
        Numbers of the events whose features are nearest to those of each; -1 for none.
    hypocentres : ndarray of shape (n_events, 3), optional
        Latitude and longitude in degrees, and depth in km. Events with an unknown value (NaN) are
        near to none.
    max_distance : float
        Between origins that are near, km in a straight line.
    n_near : int
        Number of the nearest origins that are taken for each event, of those within the distance.

    Returns
    -------
    ndarray of int, shape (n_pairs, 2)
        Sorted, each once, the first event before the second.

    Raises
    ------
    ValueError
        If both or none are given for different numbers of events, a number is not of an event, or
        the distance or n_near is below 0.
    """
    n_events = _checked_number(neighbors, hypocentres)
    if not 0 <= max_distance < np.inf:
        raise ValueError(f"max_distance is {max_distance} km, expected 0 or more")
    if n_near < 0:
        raise ValueError(f"n_near is {n_near}, expected 0 or more")
    codes: list[IntArray] = [np.empty(0, np.int64)]
    if neighbors is not None:
        codes.append(_codes(np.arange(n_events), neighbors, n_events))
    if hypocentres is not None and n_near > 0:
        codes.append(_codes_of_near(hypocentres, max_distance, n_near))
    return np.column_stack(np.divmod(np.unique(np.concatenate(codes)), max(1, n_events)))


def _checked_number(neighbors: IntArray | None, hypocentres: FloatArray | None) -> int:
    """Return the number of events."""
    if hypocentres is not None and (hypocentres.ndim != 2 or hypocentres.shape[1] != 3):
        raise ValueError(
            f"hypocentres have shape {hypocentres.shape}, expected (n_events, 3): latitude, "
            "longitude, depth"
        )
    if neighbors is not None and neighbors.ndim != 2:
        raise ValueError(
            f"neighbors have shape {neighbors.shape}, expected (n_events, n_neighbors)"
        )
    numbers = [len(each) for each in (neighbors, hypocentres) if each is not None]
    if not numbers:
        raise ValueError("there are neither neighbors nor hypocentres, expected one of them")
    if len(set(numbers)) > 1:
        raise ValueError(
            f"there are neighbors of {numbers[0]} events and hypocentres of {numbers[1]}, expected "
            "the same"
        )
    if neighbors is not None and neighbors.size:
        lowest, highest = neighbors.min(), neighbors.max()
        if not _NONE <= lowest <= highest < numbers[0]:
            raise ValueError(
                f"neighbors go from {lowest} to {highest}, expected -1 to {numbers[0] - 1}"
            )
    return numbers[0]


def _codes(events: IntArray, others: IntArray, n_events: int) -> IntArray:
    """Return a number for each pair, by which they sort as they are to be sorted."""
    first = np.repeat(events, others.shape[1])
    second = others.ravel().astype(np.int64)
    is_pair = (second != _NONE) & (second != first)
    first, second = first[is_pair], second[is_pair]
    # Neighbours of each other are one pair.
    return np.unique(np.minimum(first, second) * n_events + np.maximum(first, second))


def _codes_of_near(hypocentres: FloatArray, max_distance: float, n_near: int) -> IntArray:
    known = np.flatnonzero(np.isfinite(hypocentres).all(axis=1))
    if len(known) < 2:
        return np.empty(0, np.int64)
    tree = cKDTree(_in_space(hypocentres[known]))
    # One more, since an event is the nearest to itself; where others are in the same place, one of
    # them may be left out in its stead.
    number = min(n_near + 1, len(known))
    distances, places = tree.query(tree.data, k=number, workers=1)
    is_near = (distances <= max_distance) & (places != np.arange(len(known))[:, None])
    is_near &= np.cumsum(is_near, axis=1) <= n_near
    others = np.where(is_near, np.append(known, _NONE)[np.where(is_near, places, -1)], _NONE)
    return _codes(known, others, len(hypocentres))


def _in_space(hypocentres: FloatArray) -> FloatArray:
    """Return Cartesian coordinates on a sphere, km."""
    latitudes, longitudes = np.deg2rad(hypocentres[:, :2]).T
    radii = _RADIUS - hypocentres[:, 2]
    return np.column_stack(
        [
            radii * np.cos(latitudes) * np.cos(longitudes),
            radii * np.cos(latitudes) * np.sin(longitudes),
            radii * np.sin(latitudes),
        ]
    )

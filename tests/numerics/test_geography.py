"""Distances and azimuths on a sphere, held against those on the ellipsoid."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from obspy.geodetics import gps2dist_azimuth

from specufex_pipe.numerics.geography import (
    direction_of,
    distances_and_azimuths,
    in_one_piece,
    longest_azimuth,
    middle_of,
    nearest_turn,
    places_along,
    wrapped,
)

LATITUDES, LONGITUDES = st.floats(-89, 89), st.floats(-180, 360)


@given(latitude=LATITUDES, longitude=LONGITUDES, other=LATITUDES, far=LONGITUDES)
def test_distances_and_azimuths_are_near_to_those_on_the_ellipsoid(latitude, longitude, other, far):
    (distance,), (azimuth,) = distances_and_azimuths(
        latitude, longitude, np.array([other]), np.array([far])
    )
    assume(1 < distance < 19_000)  # the solution on the ellipsoid fails near the antipode
    metres, expected, _ = gps2dist_azimuth(latitude, wrapped(longitude), other, wrapped(far))
    assert distance == pytest.approx(metres / 1000, rel=6e-3)
    away = np.deg2rad(azimuth - expected)
    # As far aside as the distance may be wrong, and more on the far side of the globe.
    assert abs(np.sin(away)) * abs(np.sin(distance / 6371)) < 6e-3
    assert np.cos(away) > 0 or distance > 18_000


@given(
    latitude=LATITUDES,
    longitude=LONGITUDES,
    azimuth=st.floats(0, 360),
    distance=st.floats(0.001, 15_000),
)
def test_a_place_along_an_azimuth_is_where_distance_and_azimuth_say(
    latitude, longitude, azimuth, distance
):
    found = places_along(latitude, longitude, azimuth, np.array([distance]))
    (back,), (bearing,) = distances_and_azimuths(latitude, longitude, *found)
    assert back == pytest.approx(distance, rel=1e-5, abs=1e-6)
    turned = (bearing - azimuth + 180) % 360 - 180
    assert abs(np.deg2rad(turned)) * distance < 1e-3 * max(1, distance)


@given(st.lists(st.floats(-180, 180), min_size=1, max_size=9))
def test_longitudes_in_one_piece_are_the_same_places_within_the_narrowest_span(longitudes):
    longitudes = np.array(longitudes)
    moved = in_one_piece(longitudes)
    np.testing.assert_allclose(np.cos(np.deg2rad(moved - longitudes)), 1)
    spans = [np.ptp((longitudes - start) % 360) for start in longitudes]
    assert np.ptp(moved) == pytest.approx(min(spans), abs=1e-6)


@given(longitude=st.floats(-720, 720), other=st.floats(-360, 360))
def test_the_nearest_turn_is_the_same_place_at_most_half_a_circle_away(longitude, other):
    turned = nearest_turn(longitude, other)
    assert abs(turned - other) <= 180 + 1e-9
    assert (turned - longitude) / 360 == pytest.approx(round((turned - longitude) / 360))


def test_the_middle_of_places_is_found_on_the_date_line_and_at_the_pole():
    assert middle_of(np.array([1.0, -1.0]), np.array([0.0, 0.0])) == pytest.approx((0, 0))
    latitude, longitude = middle_of(np.array([-16.0, -16.0]), np.array([179.0, -179.0]))
    assert latitude == pytest.approx(-16, abs=0.01)
    assert abs(longitude) == pytest.approx(180)
    around = middle_of(np.full(4, 89.0), np.array([0.0, 90, 180, 270]))
    assert around[0] == pytest.approx(90)


def test_places_without_a_longest_extent_have_the_azimuth_of_west_to_east():
    assert longest_azimuth(np.zeros(1), np.zeros(1)) == 90
    assert longest_azimuth(np.ones(4), np.array([0.0, 90, 180, 270])) == 90
    assert longest_azimuth(np.ones(2), np.array([30.0, 210.0])) == pytest.approx(30)


@pytest.mark.parametrize(
    "azimuth, name", [(0, "north"), (359, "north"), (44, "north-east"), (181, "south")]
)
def test_directions_have_names(azimuth, name):
    assert direction_of(azimuth) == name

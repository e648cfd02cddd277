"""Where events and stations are: what is no place, what the map leaves out, and distances."""

import re
from dataclasses import replace

import numpy as np
import pytest
from helpers.waveforms import write_events_of
from obspy import Inventory, UTCDateTime
from obspy.core.inventory import Network
from obspy.core.inventory import Station as StationOfInventory
from obspy.geodetics import gps2dist_azimuth

from specufex_pipe.catalogs.relief import Relief
from specufex_pipe.plotting.views import Station
from specufex_pipe.report.places import (
    distances_of,
    places_of,
    read_columns_of,
    said_of_places,
    said_of_where,
    stations_of,
)

COLUMNS = ("latitude", "longitude", "depth", "magnitude")


def test_columns_that_are_there_and_hold_numbers_are_read_in_the_order_of_the_events(tmp_path):
    rows = ["a,2020-01-01,1.5,,deep", "b,2020-01-02,,7,9", "c,2020-01-03,2.5,8,"]
    catalog = write_events_of(tmp_path, rows, "event_id,time,latitude,magnitude,depth")
    columns = read_columns_of(catalog, COLUMNS, ["c", "a"])
    assert set(columns) == {"latitude", "magnitude"}
    np.testing.assert_array_equal(columns["latitude"], [2.5, 1.5])
    np.testing.assert_array_equal(columns["magnitude"], [8, np.nan])
    assert read_columns_of(catalog, ["longitude"], ["a"]) == {}


def test_events_without_both_coordinates_have_no_place():
    latitudes = np.array([1.0, np.nan, 91, 4, 5])
    longitudes = np.array([1.0, 2, 3, 361, np.nan])
    places = places_of({"latitude": latitudes, "longitude": longitudes})
    np.testing.assert_array_equal(places.are_known, [True, False, False, False, False])
    assert not places.depths_are_known
    assert said_of_places(places) == (
        "4 events have no usable epicentre in the catalog. There is no section: the catalog has no "
        "usable depths."
    )


def test_without_coordinates_there_are_no_places():
    assert places_of({}) is None
    assert places_of({"latitude": np.ones(2), "depth": np.ones(2)}) is None
    assert places_of({"latitude": np.full(2, np.nan), "longitude": np.ones(2)}) is None
    assert "There is no map of epicentres" in said_of_places(None)


def test_nothing_is_said_where_all_events_have_a_place():
    columns = {"latitude": np.ones(2), "longitude": np.ones(2), "depth": np.ones(2)}
    assert said_of_places(places_of(columns)) == ""


def test_codes_for_a_depth_that_is_not_known_are_no_depths():
    columns = {"latitude": np.ones(4), "longitude": np.ones(4)}
    places = places_of(columns | {"depth": np.array([-9999.0, 1e9, -2, 700])})
    np.testing.assert_array_equal(places.depths, [np.nan, np.nan, -2, 700])


def test_a_relief_without_heights_within_the_map_is_said():
    places = places_of({"latitude": np.ones(2), "longitude": np.ones(2), "depth": np.ones(2)})
    empty = Relief(np.array([0.0, 1]), np.array([0.0, 1]), np.full((2, 2), np.nan))
    assert said_of_places(replace(places, relief=empty)) == (
        "The relief has no heights within the map."
    )


def test_events_without_a_depth_are_counted_where_there_is_a_section():
    columns = {"latitude": np.ones(3), "longitude": np.ones(3)}
    assert said_of_places(places_of(columns | {"depth": np.array([1, np.nan, np.nan])})) == (
        "2 events have no usable depth, of -9 to 800 km, and are not in the section."
    )
    assert said_of_places(places_of(columns | {"depth": np.full(3, np.nan)})) == (
        "There is no section: the catalog has no usable depths."
    )


def stations_on(*places):
    """Return stations at latitudes and longitudes; the first is that of the waveforms."""
    return [Station(f"XX.S{i}", *place, is_own=i == 0) for i, place in enumerate(places)]


def test_a_station_that_is_too_far_for_the_map_is_named_with_distance_and_azimuth():
    columns = {"latitude": np.array([0.0, 0.1]), "longitude": np.array([179.95, -179.95])}
    stations = stations_on((0.05, 177.0), (0.08, -179.99))
    metres, azimuth, _ = gps2dist_azimuth(0.05, 180, 0.05, 177.0)
    assert said_of_places(places_of(columns, stations=stations)) == (
        "There is no section: the catalog has no usable depths. Triangles are stations. "
        "Too far from the epicentres to be on the map, with distances from "
        f"their middle: XX.S0 ({metres / 1000:.0f} km away, azimuth {azimuth:.0f}\N{DEGREE SIGN}, "
        "west)."
    )
    near = said_of_places(places_of(columns, stations=stations_on((0.05, 180.0))))
    assert near.endswith(" Triangles are stations; the filled one is that of this page.")


def test_of_many_stations_far_away_the_nearest_are_named_and_the_others_counted():
    columns = {"latitude": np.array([0.0, 0.1]), "longitude": np.array([0.0, 0.1])}
    stations = stations_on(*((10.0 + i, 0.0) for i in range(20)))
    said = said_of_places(places_of(columns, stations=stations))
    assert said.count(" km away") == 5
    assert "XX.S4 (" in said
    assert said.endswith(", and 15 stations farther away.")


def test_distances_are_those_of_the_epicentres_from_the_own_station():
    latitudes, longitudes = np.array([-16.0, 40, np.nan, 91]), np.array([180.0, -70, 5, 5])
    columns = {"latitude": latitudes, "longitude": longitudes}
    distances = distances_of(columns, stations_on((-16.5, -179.5), (0, 0)))
    for place in (0, 1):
        expected = gps2dist_azimuth(-16.5, -179.5, latitudes[place], longitudes[place])[0] / 1000
        assert distances[place] == pytest.approx(expected, rel=6e-3)
    assert np.isnan(distances[2:]).all()
    assert distances_of(columns, []) is None
    assert distances_of(columns, stations_on((0, 0))[1:]) is None
    assert distances_of({"latitude": latitudes}, stations_on((0, 0))) is None


def test_the_own_station_is_the_one_of_the_channel():
    moved = UTCDateTime(2020, 2, 1)
    stations = [
        StationOfInventory("STA", 46.0, 8.0, 0.0, end_date=moved),
        StationOfInventory("STA", 47.0, 8.0, 0.0, start_date=moved),
        StationOfInventory("ABC", 45.0, 8.0, 0.0),
    ]
    inventory = Inventory(networks=[Network("XX", stations)])
    times = np.array(["2020-01-01", "2020-01-02", "2020-03-01"], dtype="datetime64[us]")
    found = stations_of(inventory, "XX.STA.00.HHZ", times)
    assert [(each.code, each.latitude, each.is_own) for each in found] == [
        ("XX.STA", 46.0, True), ("XX.ABC", 45.0, False),
    ]  # fmt: skip
    assert not any(each.is_own for each in stations_of(inventory, "XX.OTHER..Z", times))
    assert stations_of(None, "XX.STA.00.HHZ", times) == []


def test_the_first_screen_says_where_events_and_station_are():
    rng = np.random.default_rng(0)
    latitudes, longitudes = -21.25 + rng.normal(size=(2, 500)) * 0.01 + [[0], [200.95]]
    stations = stations_on((-21.15, 179.7), (0, 0))
    said = said_of_where(places_of({"latitude": latitudes, "longitude": longitudes}), stations)
    metres, *_ = gps2dist_azimuth(-21.25, 179.7, -21.15, 179.7)
    # Nine in ten of a normal distribution in a plane are within 2.15 deviations.
    radius = float(re.search(r"nine in ten lie within ([\d.]+) km of it\.", said)[1])
    assert radius == pytest.approx(2.15 * 1.11 * 0.966, rel=0.1)
    assert "at 21.25\N{DEGREE SIGN} S, 179.70\N{DEGREE SIGN} E" in said
    assert said.endswith(f"The station is {metres / 1000:.0f} km north of there.")


def test_the_first_screen_says_what_is_not_known_of_where():
    own = stations_on((46, -8.5))
    assert said_of_where(None, []) == "The catalog has no epicentres."
    assert said_of_where(None, own) == (
        "The catalog has no epicentres, and the station is at 46.00\N{DEGREE SIGN} N, "
        "8.50\N{DEGREE SIGN} W."
    )
    one = places_of({"latitude": np.array([1.0]), "longitude": np.array([2.0])})
    assert said_of_where(one, []) == (
        "The epicentre is at 1.00\N{DEGREE SIGN} N, 2.00\N{DEGREE SIGN} E."
    )

"""Where events are, by the catalog: what is no place, and what is said of it."""

import numpy as np
from helpers.waveforms import write_events_of

from specufex_pipe.report.places import places_of, read_columns_of, said_of_places

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
    assert said_of_places(places) == "4 events have no epicentre in the catalog."


def test_without_coordinates_there_are_no_places():
    assert places_of({}) is None
    assert places_of({"latitude": np.ones(2), "depth": np.ones(2)}) is None
    assert places_of({"latitude": np.full(2, np.nan), "longitude": np.ones(2)}) is None
    assert "There is no map of epicentres" in said_of_places(None)


def test_nothing_is_said_where_all_events_have_a_place():
    assert said_of_places(places_of({"latitude": np.ones(2), "longitude": np.ones(2)})) == ""

"""The event table gives back what the catalog had, whole and in parts."""

import numpy as np
import pytest
from helpers.waveforms import write_events_of, write_rows
from hypothesis import given, settings
from hypothesis import strategies as st

from specufex_pipe.catalogs import table
from specufex_pipe.catalogs.csv import CSVCatalog
from specufex_pipe.catalogs.protocol import Event
from specufex_pipe.catalogs.table import (
    read_events,
    read_numbers,
    read_times,
    summarize_event_table,
    write_event_table,
)
from specufex_pipe.errors import StageError

ROWS = [
    "a,2020-01-01T00:00:10.123456,Piton de la Fournaise,1/2",
    "b,noon,x,",
    "é 名,2020-01-01T00:00:20+02:00,,x",
    "a,2020-01-01T00:00:20,again,",
]
HEADER = "event_id,time,place,M/L"
TYPES = ("text", "time", "text", "text")


def test_a_table_has_what_the_catalog_has(tmp_path):
    path = write_events_of(tmp_path, ROWS, HEADER)
    assert read_events(path) == list(CSVCatalog(str(tmp_path / "catalog.csv")))
    assert summarize_event_table(path) == (4, False, ("event_id", "time", "place", "M/L"), TYPES)


@settings(max_examples=30)
@given(first=st.integers(0, 6), n_rows=st.integers(0, 6), block=st.integers(1, 5))
def test_any_part_is_read_by_itself(tmp_path_factory, first, n_rows, block):
    folder = tmp_path_factory.mktemp("table")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table, "_ROWS_IN_A_BLOCK", block)
        path = write_events_of(folder, ROWS, HEADER)
    part = range(first, first + n_rows)
    assert read_events(path, part) == read_events(path)[part.start : part.stop]


def test_times_are_those_of_the_events_alone(tmp_path):
    times = read_times(write_events_of(tmp_path, ROWS, HEADER))
    assert times == {
        "a": np.datetime64("2020-01-01T00:00:10.123456"),
        "é 名": np.datetime64("2019-12-31T22:00:20"),
    }


NUMBERS = ["a,2020-01-01,1.5, 7,x", "a,2020-01-02,9,9,y", "b,2020-01-01,NaN,-3e2,z"]


def test_numbers_are_those_of_the_events_alone(tmp_path):
    path = write_events_of(tmp_path, NUMBERS, "event_id,time,magnitude,depth,place")
    event_ids, numbers = read_numbers(path, ["depth", "magnitude"])
    assert event_ids == ["a", "b"]
    np.testing.assert_array_equal(numbers, [[7, 1.5], [-300, np.nan]])


@pytest.mark.parametrize(
    ("column", "problem"), [("place", "holds text, not numbers"), ("size", "is not there")]
)
def test_a_column_without_numbers_is_refused_with_those_that_have_them(tmp_path, column, problem):
    path = write_events_of(tmp_path, NUMBERS, "event_id,time,magnitude,depth,place")
    message = rf"'{column}' of the catalog {problem}: the columns .* are magnitude, depth$"
    with pytest.raises(StageError, match=message):
        read_numbers(path, ["depth", column])


def test_whether_all_files_are_named_is_known_without_reading(tmp_path):
    rows = ["a,2020-01-01,a.mseed", "b,noon,", "c,2020-01-01,c.mseed"]
    path = write_events_of(tmp_path, rows, "event_id,time,file")
    assert summarize_event_table(path).names_all_files
    assert [row.file for row in read_events(path) if isinstance(row, Event)] == [
        "a.mseed",
        "c.mseed",
    ]


def test_a_catalog_without_rows_is_a_table_without_rows(tmp_path):
    write_rows(tmp_path / "catalog.csv", [])
    write_event_table(tmp_path / "t.h5", CSVCatalog(str(tmp_path / "catalog.csv")), {})
    assert read_events(tmp_path / "t.h5") == []
    assert summarize_event_table(tmp_path / "t.h5").n_rows == 0

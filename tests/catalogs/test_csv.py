"""A CSV catalog: which rows are events, and what is said of the others."""

import pytest
from helpers.waveforms import write_events_of, write_rows
from obspy import UTCDateTime

from specufex_pipe.catalogs.csv import CSVCatalog
from specufex_pipe.catalogs.protocol import Event
from specufex_pipe.catalogs.table import read_events
from specufex_pipe.catalogs.types import parse_time
from specufex_pipe.errors import StageError


def split(path):
    """Return the events and the other rows of a catalog."""
    rows = list(CSVCatalog(str(path)))
    return [row for row in rows if isinstance(row, Event)], [
        row for row in rows if not isinstance(row, Event)
    ]


def test_rows_that_cannot_be_used_are_rejected_with_their_line(tmp_path):
    path = tmp_path / "catalog.csv"
    path.write_text(
        "event_id,time,magnitude\n"
        "a,2020-01-01T00:00:10Z,1\n"
        "a,2020-01-01T00:00:20Z,1\n"
        "b,yesterday,1\n"
        ",2020-01-01T00:00:20Z,1\n"
        "c,2020-01-01T00:00:20Z\n"
        "\n"
        "d,2020-01-01T02:00:20.5+02:00,1\n",
        encoding="utf-8",
    )
    events, rejected = split(path)
    assert [event.event_id for event in events] == ["a", "d"]
    assert events[1].time == UTCDateTime(2020, 1, 1, 0, 0, 20.5)
    assert [(row.kind, row.detail) for row in rejected] == [
        ("duplicate event_id", "line 2 has it already (line 3)"),
        ("catalog time", "'yesterday' is not ISO 8601, such as 2010-09-01T12:03:20.5 (line 4)"),
        ("catalog row", "the event_id is empty (line 5)"),
        ("catalog row", "2 cells, expected 3 (line 6)"),
    ]


def test_a_row_that_cannot_be_used_does_not_make_a_later_one_a_duplicate(tmp_path):
    write_rows(tmp_path / "catalog.csv", ["a,noon", "b,2020-01-01", "a,2020-01-02", "a,2020-01-03"])
    events, rejected = split(tmp_path / "catalog.csv")
    assert [(event.event_id, event.time.day) for event in events] == [("b", 1), ("a", 2)]
    assert rejected[1].detail == "line 4 has it already (line 5)"


def test_an_open_quotation_mark_does_not_swallow_the_rows_after_it(tmp_path):
    path = tmp_path / "catalog.csv"
    path.write_text('event_id,time,place\na,2020-01-01,"Piton\nb,2020-01-01,x\n', encoding="utf-8")
    with pytest.raises(StageError, match="not a CSV file in UTF-8"):
        list(CSVCatalog(str(path)))


def test_control_characters_are_rejected(tmp_path):
    path = tmp_path / "catalog.csv"
    path.write_text("event_id,time,place\na\0b,2020-01-01,x\nc,2020-01-01,x\0\n", encoding="utf-8")
    events, rejected = split(path)
    assert events == []
    assert [row.event_id for row in rejected] == ["'a\\x00b'", "'c'"]


def test_a_row_with_a_control_character_and_too_few_cells_can_be_written(tmp_path):
    path = write_events_of(tmp_path, ["a\0b", "c,2020-01-01"], "event_id,time")
    rejected, event = read_events(path)
    assert (rejected.event_id, rejected.kind) == ("'a\\x00b'", "catalog row")
    assert event.event_id == "c"


def test_an_event_id_is_written_in_one_way_everywhere(tmp_path):
    write_rows(tmp_path / "catalog.csv", [" b ,2020-01-01"])
    (event,), _ = split(tmp_path / "catalog.csv")
    assert event.event_id == event.cells["event_id"] == "b"


def test_an_event_id_that_is_far_too_long_is_rejected(tmp_path):
    write_rows(tmp_path / "catalog.csv", [f"{'x' * 1001},2020-01-01", f"{'x' * 1000},2020-01-01"])
    events, (rejected,) = split(tmp_path / "catalog.csv")
    assert len(events) == 1
    assert "has 1001 characters, expected 1000 at the most" in rejected.detail


@pytest.mark.parametrize("time", ["0001-01-01T00:00+05:00", "1200-01-01", "9999-12-31"])
def test_times_that_nanoseconds_do_not_reach_are_rejected(tmp_path, time):
    write_rows(tmp_path / "catalog.csv", [f"a,{time}"])
    _, (rejected,) = split(tmp_path / "catalog.csv")
    assert rejected.kind == "catalog time"
    with pytest.raises(ValueError, match="is not"):
        parse_time(time)


@pytest.mark.parametrize(("text", "message"), [
    ("event_id,time\n", "has no event"),
    ("event_id,time,time\na,2020-01-01,x\n", "two columns are called time"),
    ("", "has no column event_id and no time"),
    ("id,time\na,2020-01-01\n", "has no column event_id; its first line is 'id,time'"),
    ("event_id;time\na;2020-01-01\n", "with semicolons between its columns, expected commas"),
    ("event_id\ttime\na\t2020-01-01\n", "with tabs between its columns, expected commas"),
    ("event_id;time\na;2020-01-01\n", "its first line is 'event_id;time'"),
])  # fmt: skip
def test_an_empty_or_foreign_file_does_not_pass_the_check(tmp_path, text, message):
    (tmp_path / "catalog.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        CSVCatalog(str(tmp_path / "catalog.csv")).check()

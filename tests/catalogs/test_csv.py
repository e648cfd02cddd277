"""A CSV catalog: which rows are events, and what is said of the others."""

import gzip

import pytest
from helpers.waveforms import write_events_of, write_rows
from obspy import UTCDateTime

from specufex_pipe.catalogs import csv_files
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


def write(folder, text, name="catalog.csv"):
    path = folder / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return str(path)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", " "])
def test_columns_are_separated_by_the_delimiter_of_the_settings(tmp_path, delimiter):
    cells = [["event_id", "time", "place"], ["a", "2020-01-01", f'"x{delimiter}y"']]
    path = write(tmp_path, "\n".join(delimiter.join(row) for row in cells))
    catalog = CSVCatalog(path, delimiter=delimiter)
    catalog.check()
    (event,) = catalog
    assert event.cells == {"event_id": "a", "time": "2020-01-01", "place": f"x{delimiter}y"}


def test_columns_with_names_of_their_own_stand_under_the_known_names(tmp_path):
    path = write(tmp_path, "ev_ID,timestamp,Lat,place\na,2020-01-01,1.5,x\n")
    names = {"event_id": "ev_ID", "time": "timestamp", "latitude": "Lat"}
    catalog = CSVCatalog(path, columns=names)
    catalog.check()
    assert catalog.columns == ("event_id", "time", "latitude", "place")
    (event,) = catalog
    assert (event.event_id, event.time) == ("a", UTCDateTime(2020, 1, 1))
    assert event.cells == dict(zip(catalog.columns, ("a", "2020-01-01", "1.5", "x"), strict=True))


@pytest.mark.parametrize(("options", "message"), [
    ({"columns": {"time": "timestmp"}}, "columns.time is 'timestmp': .* the nearest is 'time"),
    ({"columns": {"event_id": "ev_ID", "time": "timestamp"}}, "has a column time as well"),
    ({"columns": {"lat": "Lat"}}, "columns has lat, expected only what is known by name: event_id"),
    ({"columns": {"time": "Lat", "latitude": "Lat"}}, "has the file's column Lat twice"),
    ({"delimiter": "\\t"}, 'expected one character, such as ; or, for a tab, "\\\\t" in double'),
    ({"delimiter": '"'}, "expected one character"),
    ({"timezone": "Europe/Pariss"}, "timezone is 'Europe/Pariss', expected a name of the IANA"),
    ({"timezone": "../../etc/passwd"}, "expected a name of the IANA"),
    ({"timezone": "Europe"}, "expected a name of the IANA"),
    ({"columns": {"event_id": "ev_ID", "time": "time"}, "picks": "gone.csv"},
     "picks: path is 'gone.csv': there is no such file"),
])  # fmt: skip
def test_a_wrong_parameter_is_named_with_what_would_be_right(tmp_path, options, message):
    path = write(tmp_path, "ev_ID,timestamp,time,Lat\na,2020-01-01,x,1.5\n")
    with pytest.raises(ValueError, match=message):
        CSVCatalog(path, **options).check()


def test_local_times_become_utc_and_those_that_clocks_repeat_or_skip_are_rejected(tmp_path):
    path = write(
        tmp_path,
        "event_id,time,start,end\n"
        "winter,2020-01-01T12:00:00,2020-01-01T11:59:00,soon\n"
        "summer,2020-07-01T12:00:00,,\n"
        "offset,2020-07-01T12:00:00Z,,\n"
        "twice,2020-10-25T02:30:00,,\n"
        "never,2020-03-29T02:30:00,,\n"
        "told,2020-10-25T02:30:00+02:00,,\n",
    )
    rows = {row.event_id: row for row in CSVCatalog(path, timezone="Europe/Paris")}
    hours = {name: row.time.hour for name, row in rows.items() if isinstance(row, Event)}
    assert hours == {"winter": 11, "summer": 10, "offset": 12, "told": 0}
    assert rows["winter"].cells["time"] == "2020-01-01T11:00:00.000000Z"
    assert rows["winter"].cells["start"] == "2020-01-01T10:59:00.000000Z"
    assert rows["winter"].cells["end"] == "soon"
    assert {rows[name].kind for name in ("twice", "never")} == {"catalog time"}
    assert "is twice in Europe/Paris; name its offset" in rows["twice"].detail
    assert "never is, since clocks are changed, in Europe/Paris" in rows["never"].detail


@pytest.mark.parametrize("name", ["start", "end", "file_start"])
@pytest.mark.parametrize("unclear", ["2020-10-25T02:30:00", "2020-03-29T02:30:00"])
def test_an_unclear_time_that_is_not_the_event_s_loses_no_event_and_is_no_time(
    tmp_path, name, unclear
):
    rows = f"a,2020-07-01,{unclear}\nb,2020-07-01,2020-07-01T02:00:00\n"
    path = write(tmp_path, f"event_id,time,{name}\n{rows}")
    a, b = CSVCatalog(path, timezone="Europe/Paris")
    assert a.cells[name] == f"{unclear} Europe/Paris"
    with pytest.raises(ValueError, match="is not ISO 8601"):
        parse_time(a.cells[name])
    assert b.cells[name] == "2020-07-01T00:00:00.000000Z"


PICKS = (
    "event_id,station,phase,time\n"
    "a,XX.STA,P,2020-01-01T00:00:12.5\n"
    "b,STA,S,2020-01-02T00:00:14\n"
    "a,STB,Pg,2020-01-01T00:00:13Z\n"
    "gone,STA,P,2020-01-01\n"
)


def test_events_have_the_picks_of_a_second_file(tmp_path):
    path = write(tmp_path, "event_id,time\nb,2020-01-02\na,2020-01-01\n")
    picks = write(tmp_path, PICKS, "picks.csv")
    catalog = CSVCatalog(path, picks=picks)
    catalog.check()
    b, a = catalog
    day = UTCDateTime(2020, 1, 1)
    assert a.picks == (("XX", "STA", "P", day + 12.5), ("", "STB", "Pg", day + 13))
    assert b.picks == (("", "STA", "S", day + 86400 + 14),)
    assert [str(file) for file in catalog.files] == [path, picks]
    before = catalog.digest
    write(tmp_path, PICKS.replace("Pg", "Pn"), "picks.csv")
    assert CSVCatalog(path, picks=picks).digest != before


def test_bad_picks_are_counted_and_lose_no_event(tmp_path, caplog):
    path = write(tmp_path, "event_id,time\na,2020-01-01\n")
    bad = "a,STA,P,noon\na,STA,P\na,,P,2020-01-01\na,A.B.C,P,2020-01-01\na,ST\0A,P,2020-01-01\n"
    (event,) = CSVCatalog(path, picks=write(tmp_path, PICKS + bad, "picks.csv"))
    assert len(event.picks) == 2
    assert "5 picks cannot be used, the first: line 6: 'noon' is not ISO 8601" in caplog.text
    assert (
        "2 picks are of 2 events that are not in the catalog, the first: event 'b' (line 3)"
        in caplog.text
    )


def test_a_gzipped_catalog_is_read_whatever_its_name(tmp_path):
    plain = CSVCatalog(write(tmp_path, PICKS))
    gzipped = CSVCatalog(write(tmp_path, PICKS, "catalog.csv.gz"))
    renamed = (tmp_path / "catalog.csv.gz").rename(tmp_path / "renamed.csv")
    assert list(CSVCatalog(str(renamed))) == list(plain)
    write(tmp_path, PICKS, "catalog.csv.gz")
    assert list(gzipped) == list(plain)
    gzipped.check()


@pytest.mark.parametrize("damage", [lambda b: b[:-20], lambda b: b[:30] + b"xxxx" + b[34:]])
def test_a_damaged_gzip_file_is_told_and_is_no_short_catalog(tmp_path, damage):
    path = tmp_path / "catalog.csv.gz"
    path.write_bytes(damage(gzip.compress(PICKS.encode())))
    with pytest.raises((StageError, ValueError), match="not a CSV file in UTF-8"):
        list(CSVCatalog(str(path)))


def test_a_line_without_end_is_not_read_into_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_files, "_LONGEST_LINE", 1000)
    path = write(tmp_path, "event_id,time\n" + "x" * 100_000, "catalog.csv.gz")
    with pytest.raises(StageError, match="a line has 1000 characters or more"):
        list(CSVCatalog(path))

"""SeisBench's metadata: an event is what its traces say together."""

import gc

import pytest
from helpers.waveforms import write_rows
from hypothesis import given
from hypothesis import strategies as st
from obspy import UTCDateTime

from specufex_pipe.catalogs import seisbench
from specufex_pipe.catalogs.protocol import Event
from specufex_pipe.catalogs.seisbench import SeisBenchCatalog

HEADER = (
    "trace_name,source_id,source_origin_time,source_latitude_deg,source_longitude_deg,"
    "source_depth_km,source_magnitude,source_magnitude_type,source_type,source_gap_deg,"
    "station_network_code,station_code,trace_start_time,trace_sampling_rate_hz,"
    "trace_P_arrival_sample,trace_Sg_arrival_sample,trace_snr_db"
)
ROWS = [
    "bucket0$0,7,2020-01-01T00:00:10.5Z,1.5,2.5,3.5,4.5,ML,earthquake,,XX,STA,"
    "2020-01-01T00:00:05.000000Z,100.0,750.0,nan,1",
    "bucket0$1,8,2020-01-02T00:00:10.5Z,,,,,,,,XX,STA,2020-01-02T00:00:05.000000Z,50.0,,100,1",
    "bucket0$2,7,2020-01-01T00:00:10.5Z,1.5,2.5,3.5,4.5,ML,earthquake,90,YY,STB,"
    "2020-01-01 00:00:06,200,1001,1500.5,1",
]
DAY = UTCDateTime(2020, 1, 1)


def make(folder, rows=ROWS, header=HEADER, name="metadata.csv"):
    write_rows(folder / name, rows, header)
    catalog = SeisBenchCatalog(str(folder))
    catalog.check()
    return catalog


def test_the_traces_of_a_source_are_one_event_with_the_picks_of_all_its_stations(tmp_path):
    catalog = make(tmp_path)
    first, second = catalog
    assert catalog.columns == (
        "event_id", "time", "latitude", "longitude", "depth", "magnitude", "magnitude_type",
        "event_type", "source_gap_deg",
    )  # fmt: skip
    assert list(first.cells.values()) == [
        "7", "2020-01-01T00:00:10.5Z", "1.5", "2.5", "3.5", "4.5", "ML", "earthquake", "90",
    ]  # fmt: skip
    assert (first.time, first.file) == (DAY + 10.5, "")
    assert first.picks == (
        ("XX", "STA", "P", DAY + 5 + 7.5),
        ("YY", "STB", "P", DAY + 6 + 5.005),
        ("YY", "STB", "Sg", DAY + 6 + 7.5025),
    )
    assert (second.event_id, second.cells["latitude"]) == ("8", "")
    assert second.picks == (("XX", "STA", "Sg", DAY + 86400 + 5 + 2),)


def test_the_chunks_of_a_data_set_are_one_catalog(tmp_path):
    whole = list(make(tmp_path / "whole"))
    for number, row in enumerate(ROWS):
        make(tmp_path / "parts", [row], name=f"metadata_{number}.csv")
    parts = SeisBenchCatalog(str(tmp_path / "parts"))
    assert list(parts) == whole
    assert len(parts.files) == 3


@given(sources=st.lists(st.sampled_from(["1", "2", "3", "", "bad"]), min_size=1, max_size=12))
def test_traces_in_any_order_make_the_events_in_the_order_of_their_first_traces(
    sources, tmp_path_factory
):
    rows = [
        f"trace{number},{source},2020-01-01T00:00:{number:02}Z" + ",too many" * (source == "bad")
        for number, source in enumerate(sources)
    ]
    folder = tmp_path_factory.mktemp("set")
    found = list(make(folder, rows, "trace_name,source_id,trace_start_time"))
    first = {}
    for number, source in enumerate(sources):
        if source != "bad":
            first.setdefault(source or f"trace{number}", DAY + number)
    assert {row.event_id: row.time for row in found if isinstance(row, Event)} == first
    assert [row.event_id for row in found if isinstance(row, Event)] == list(first)
    assert sum(not isinstance(row, Event) for row in found) == sources.count("bad")


def test_events_whose_traces_stand_together_are_not_all_in_memory(tmp_path):
    n_events, n_kept = 600, []
    header = "trace_name,source_id,trace_start_time,trace_sampling_rate_hz,trace_P_arrival_sample"
    rows = [
        f"trace{number},{number // 3},2020-01-01T00:00:05Z,100,{number}"
        for number in range(3 * n_events)
    ]
    for number, event in enumerate(make(tmp_path, rows, header)):
        assert len(event.picks) == 3
        if number % 100 == 50:
            kept = sum(isinstance(each, seisbench._Traces) for each in gc.get_objects())
            n_kept.append(kept)
    assert len(n_kept) == n_events // 100
    assert max(n_kept) <= 2


def test_noise_without_a_source_is_an_event_of_its_own(tmp_path):
    rows = ["bucket0$0,,2020-01-01T00:00:05Z", "bucket0$1,7,2020-01-01T00:00:09Z",
            "bucket0$2,7,2020-01-01T00:00:07Z"]  # fmt: skip
    events = list(make(tmp_path, rows, "trace_name,source_id,trace_start_time"))
    assert [(event.event_id, event.time) for event in events] == [
        ("bucket0$0", DAY + 5), ("7", DAY + 7),
    ]  # fmt: skip
    assert events[1].cells["time"] == "2020-01-01T00:00:07.000000Z"


@pytest.mark.parametrize(
    ("rate", "cell"), [("trace_sampling_rate_hz", "50"), ("trace_dt_s", "0.02")]
)
def test_phases_in_small_letters_are_those_in_capitals(tmp_path, rate, cell):
    header = f"trace_name,station_code,trace_start_time,{rate},trace_p_arrival_sample"
    (event,) = make(tmp_path, [f"a,STA,2020-01-01T00:00:05Z,{cell},100"], header)
    assert event.picks == (("", "STA", "P", DAY + 7),)


def test_bad_arrivals_are_counted_and_lose_no_event(tmp_path, caplog):
    header = (
        "trace_name,station_code,trace_start_time,trace_sampling_rate_hz,trace_P_arrival_sample"
    )
    rows = [f"a,STA,2020-01-01,{rate},{sample}" for rate, sample in
            (("", 1), (0, 1), (-100, 1), ("fast", 1), (100, "soon"), (100, 1e300))]  # fmt: skip
    (event,) = make(tmp_path, rows, header)
    assert event.picks == ()
    assert "6 times of traces and picks cannot be used, the first: trace_P_arrival_sample: there is"
    assert "no trace_sampling_rate_hz above 0 (line 2 of metadata.csv)" in caplog.text


def test_rows_and_events_that_cannot_be_used_are_rejected(tmp_path):
    rows = ["a,1,noon", "b,2", "c,3,", "d\0,4,2020-01-01", ",,2020-01-01", "e,5,2020-01-01"]
    rows = list(make(tmp_path, rows, "trace_name,source_id,source_origin_time"))
    assert [row.event_id for row in rows if isinstance(row, Event)] == ["5"]
    rejected = {row.event_id: (row.kind, row.detail) for row in rows if not isinstance(row, Event)}
    assert rejected == {
        "1": ("catalog time",
              "'noon' is not ISO 8601, such as 2010-09-01T12:03:20.5 (line 2 of metadata.csv)"),
        "2": ("catalog row", "2 cells, expected 3 (line 3 of metadata.csv)"),
        "3": ("catalog time", "there is no source_origin_time and no trace_start_time that can be "
              "used (line 4 of metadata.csv)"),
        "'4'": ("catalog row", "there are control characters in it (line 5 of metadata.csv)"),
        "": ("catalog row", "the event_id is empty (line 6 of metadata.csv)"),
    }  # fmt: skip


@pytest.mark.parametrize(("text", "message"), [
    (None, "a folder without a metadata"),
    ("trace_start_time\n2020-01-01\n", "neither a column source_id nor trace_name"),
    ("trace_name\na\n", "neither a column source_origin_time nor trace_start_time"),
    ("trace_name,trace_start_time\n", "metadata.csv has no trace"),
])  # fmt: skip
def test_a_folder_of_something_else_does_not_pass_the_check(tmp_path, text, message):
    if text is not None:
        (tmp_path / "metadata.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        SeisBenchCatalog(str(tmp_path)).check()


def test_a_folder_that_is_not_there_does_not_pass_the_check(tmp_path):
    with pytest.raises(ValueError, match="there is no such folder"):
        SeisBenchCatalog(str(tmp_path / "gone")).check()

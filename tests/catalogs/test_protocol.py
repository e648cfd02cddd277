"""What every catalog does; a new one joins MAKERS."""

from pathlib import Path

import pytest
from helpers.events import TIME, make_event, write_quakeml
from helpers.hdf5_sources import write_tool_chain
from helpers.waveforms import write_rows

from specufex_pipe.catalogs.protocol import STAGE, Event
from specufex_pipe.catalogs.registry import CATALOGS
from specufex_pipe.catalogs.table import read_events, write_event_table
from specufex_pipe.rejections import Kind

ROWS = ["a,2020-01-01T00:00:10Z,1.5", "b,noon,2.0", "c,2020-01-01T00:00:20Z,"]


def make_csv(folder, magnitude):
    rows = [row.replace("1.5", magnitude) for row in ROWS]
    write_rows(folder / "catalog.csv", rows, "event_id,time,magnitude")
    return CATALOGS["csv"](str(folder / "catalog.csv"))


def make_obspy(folder, magnitude):
    b = make_event("b", TIME + 5)
    b.origins = []
    events = [make_event("a", magnitude=float(magnitude)), b, make_event("c", magnitude=None)]
    return CATALOGS["obspy"](write_quakeml(folder / "events.xml", events))


def make_fdsn(folder, magnitude):
    catalog = CATALOGS["fdsn"]("INGV", "2020-01-01", "2020-01-02", folder=str(folder / "events"))
    (path,) = catalog.files
    path.parent.mkdir(exist_ok=True)
    Path(make_obspy(folder, magnitude).path).replace(path)
    return catalog


def make_seisbench(folder, magnitude):
    rows = [f"x,STA,{row}" for row in ROWS] + [f"y,STB,{row}" for row in ROWS]
    header = "trace_name,station_code,source_id,source_origin_time,source_magnitude"
    write_rows(folder / "metadata.csv", [row.replace("1.5", magnitude) for row in rows], header)
    return CATALOGS["seisbench"](str(folder))


def make_specufex(folder, magnitude):
    times = dict(row.split(",")[:2] for row in ROWS)
    magnitudes = [float(row.split(",")[2].replace("1.5", magnitude) or "nan") for row in ROWS]
    write_tool_chain(folder / "data.h5", {"a": [1.0]}, times, mag=magnitudes)
    return CATALOGS["specufex"](str(folder / "data.h5"))


# A catalog of the events a, of a given magnitude, and c, of none, and between them a row whose time
# is not valid.
MAKERS = {
    "csv": make_csv,
    "fdsn": make_fdsn,
    "obspy": make_obspy,
    "seisbench": make_seisbench,
    "specufex": make_specufex,
}


@pytest.fixture(params=CATALOGS)
def make(request, tmp_path):
    return lambda magnitude="1.5": MAKERS[request.param](tmp_path, magnitude)


@pytest.fixture
def catalog(make):
    return make()


def test_events_come_in_a_fixed_order_with_what_is_wrong_between_them(catalog):
    first, second = list(catalog), list(catalog)
    assert first == second
    assert [row.event_id for row in first] == ["a", "b", "c"]
    assert [isinstance(row, Event) for row in first] == [True, False, True]
    assert (first[1].stage, first[1].kind) == (STAGE, Kind.CATALOG_TIME)


def test_an_event_has_a_cell_for_each_column(catalog):
    for row in catalog:
        if isinstance(row, Event):
            assert tuple(row.cells) == catalog.columns
            assert row.cells["event_id"] == row.event_id
            assert row.cells["magnitude"] == {"a": "1.5", "c": ""}[row.event_id]


def test_the_digest_tells_whether_a_catalog_has_changed(make):
    before = make().digest
    assert make().digest == before
    assert make(magnitude="1.6").digest != before


def test_a_catalog_that_is_there_passes_its_check(catalog):
    catalog.check()


def test_the_files_that_it_is_read_from_are_there(catalog):
    assert all(path.is_file() for path in catalog.files)


def test_a_catalog_comes_back_from_its_table(catalog, tmp_path):
    write_event_table(tmp_path / "table.h5", catalog, {})
    assert read_events(tmp_path / "table.h5") == list(catalog)

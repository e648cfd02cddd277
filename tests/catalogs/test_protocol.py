"""What every catalog does; a new one joins MAKERS."""

import pytest
from helpers.waveforms import write_rows

from specufex_pipe.catalogs.protocol import STAGE, Event
from specufex_pipe.catalogs.registry import CATALOGS
from specufex_pipe.rejections import Kind, Rejection

ROWS = ["a,2020-01-01T00:00:10Z,1.5", "b,noon,2.0", "c,2020-01-01T00:00:20Z,"]


def make_csv(folder):
    write_rows(folder / "catalog.csv", ROWS, "event_id,time,magnitude")
    return CATALOGS["csv"](str(folder / "catalog.csv"))


# A catalog of the events a and c, between them a row whose time is no time, with one more column.
MAKERS = {"csv": make_csv}


@pytest.fixture(params=CATALOGS)
def catalog(request, tmp_path):
    return MAKERS[request.param](tmp_path)


def test_events_come_in_a_fixed_order_with_what_is_wrong_between_them(catalog):
    first, second = list(catalog), list(catalog)
    assert first == second
    assert [row.event_id for row in first] == ["a", "b", "c"]
    assert [isinstance(row, Event) for row in first] == [True, False, True]
    assert (first[1].stage, first[1].kind) == (STAGE, Kind.CATALOG_TIME)


def test_an_event_has_a_cell_for_each_column(catalog):
    for row in catalog:
        if isinstance(row, Event):
            cells = dict(zip(catalog.columns, row.cells, strict=True))
            assert cells["event_id"] == row.event_id
            assert cells["magnitude"] == {"a": "1.5", "c": ""}[row.event_id]


def test_the_digest_tells_whether_a_catalog_has_changed(catalog):
    before = catalog.digest
    assert type(catalog)(str(catalog.path)).digest == before
    catalog.path.write_bytes(catalog.path.read_bytes().replace(b"1.5", b"1.6"))
    assert type(catalog)(str(catalog.path)).digest != before


def test_a_catalog_that_is_there_passes_its_check(catalog):
    catalog.check()


def test_rejections_are_of_the_closed_list(catalog):
    rejections = [row for row in catalog if isinstance(row, Rejection)]
    assert all(isinstance(row.kind, Kind) for row in rejections)

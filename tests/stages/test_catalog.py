"""The catalog that a run takes has no column that the result adds."""

import pytest
from helpers.events import make_event, write_quakeml
from helpers.hdf5_sources import write_tool_chain
from helpers.waveforms import write_rows

from specufex_pipe.catalogs.registry import CATALOGS
from specufex_pipe.catalogs.table import summarize_event_table
from specufex_pipe.errors import SettingsError, StageError
from specufex_pipe.settings import read_settings
from specufex_pipe.stages import catalog
from specufex_pipe.store.assignments import MEASURES, NAME
from specufex_pipe.waveforms.attributes import ATTRIBUTES

NAMES = [*MEASURES, NAME, *(attribute.name for attribute in ATTRIBUTES)]


def make_csv(folder, name):
    write_rows(folder / "in.csv", ["a,2020-01-01,x"], f"ev_ID,time,{name}")
    return {"path": str(folder / "in.csv"), "columns": {"event_id": "ev_ID"}}


def make_obspy(folder, name):
    return {"path": write_quakeml(folder / "events.xml", [make_event("a")])}


def make_seisbench(folder, name):
    write_rows(folder / "metadata.csv", ["a,2020-01-01,x"], f"trace_name,trace_start_time,{name}")
    return {"path": str(folder)}


def make_specufex(folder, name):
    write_tool_chain(folder / "data.h5", {"a": [1.0]}, {"a": "2020-01-01"}, **{name: [1.0]})
    return {"path": str(folder / "data.h5")}


def make_fdsn(folder, name):
    """Write the events as if they had been downloaded."""
    section = {"service": "INGV", "starttime": "2020-01-01", "endtime": "2020-02-01"}
    section["folder"] = str(folder / "events")
    (path,) = CATALOGS["fdsn"](**section).files
    path.parent.mkdir()
    write_quakeml(path, [make_event("a")])
    return section


# A catalog of each type, with a column of a given name where the type has columns of its own.
MAKERS = {
    "csv": make_csv,
    "obspy": make_obspy,
    "seisbench": make_seisbench,
    "specufex": make_specufex,
    "fdsn": make_fdsn,
}
FIXED = ("obspy", "seisbench", "fdsn")


def settings_of(folder, kind, name):
    section = {"type": kind} | MAKERS[kind](folder, name)
    (folder / "source").mkdir()
    return {
        "channels": ["XX.STA.00.HHZ"],
        "catalog": section,
        "source": {"path": str(folder / "source")},
        "results": str(folder / "results"),
    }


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", [kind for kind in CATALOGS if kind not in FIXED])
def test_a_column_that_the_result_adds_is_refused_by_the_settings(tmp_path, kind, name):
    mapping = settings_of(tmp_path, kind, name)
    with pytest.raises(SettingsError, match=f"it has {name}, columns that a run .* take them out"):
        read_settings(mapping)


@pytest.mark.parametrize("kind", FIXED)
def test_a_catalog_whose_columns_are_fixed_has_none_that_the_result_adds(tmp_path, kind):
    settings = read_settings(settings_of(tmp_path, kind, "cluster"))
    catalog.run(settings.catalog, tmp_path / "catalog.h5")
    assert not set(NAMES) & set(summarize_event_table(tmp_path / "catalog.h5").columns)


@pytest.mark.parametrize("kind", CATALOGS)
def test_a_file_that_has_changed_since_the_settings_were_checked_is_refused_by_the_stage(
    tmp_path, kind, monkeypatch
):
    settings = read_settings(settings_of(tmp_path, kind, "place"))
    if kind in FIXED:
        monkeypatch.setattr(CATALOGS[kind], "columns", ("event_id", "time", "energy"))
    else:
        MAKERS[kind](tmp_path, "energy")
    with pytest.raises(StageError, match="catalog: it has energy, columns that a run adds"):
        catalog.run(settings.catalog, tmp_path / "catalog.h5")
    assert not (tmp_path / "catalog.h5").exists()

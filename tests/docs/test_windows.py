"""Each example of docs/data on windows, processing and spectrograms is read as it stands there."""

import re

import numpy as np
import pytest
import yaml
from helpers.paths import REPOSITORY
from helpers.stations import write_stations
from helpers.waveforms import START, noise, trace, write_file, write_rows

from specufex_pipe.catalogs.table import write_event_table
from specufex_pipe.settings import read_settings
from specufex_pipe.stages import spectrograms, waveforms
from specufex_pipe.store import FrameStore

PAGES = ("windows", "processing", "spectrograms")
CHANNEL = "XX.STA.00.HHZ"
MOST_LINES = 10
GIVEN = {
    "channels": [CHANNEL],
    "catalog": {"path": "my_catalog.csv", "picks": "picks.csv"},
    "source": {"path": "my_events"},
}
# How long the event is in each example, s.
LONG = {"pick": 11.0, "file": 60.0}


def examples():
    for page in PAGES:
        text = (REPOSITORY / f"docs/data/{page}.md").read_text(encoding="utf-8")
        for number, block in enumerate(re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)):
            yield pytest.param(block, id=f"{page}-{number}")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_file(tmp_path / "my_events/a.mseed", trace(noise()))
    write_rows(
        tmp_path / "my_catalog.csv",
        [f"a,{START + 20},a.mseed,0,0.1,5"],
        "event_id,time,file,latitude,longitude,depth",
    )
    write_rows(
        tmp_path / "picks.csv",
        [f"a,XX.STA,P,{START + 22}", f"a,STA,Sg,{START + 26}"],
        "event_id,station,phase,time",
    )
    write_stations(tmp_path)
    return tmp_path


@pytest.mark.parametrize("text", examples())
def test_an_example_is_read(folder, text):
    assert len(text.splitlines()) <= MOST_LINES
    settings = read_settings(GIVEN | yaml.safe_load(text))
    table = folder / "catalog.h5"
    write_event_table(table, settings.catalog.open(), {})
    for name in settings.variant_names:
        read_variant(folder, table, settings.variant(name))


def read_variant(folder, table, settings):
    stored = folder / "waveforms.h5"
    waveforms.run(
        settings.waveforms, stored, source_settings=settings.source, catalog=table,
        channel=CHANNEL, stations=folder / "stations.xml",
    )  # fmt: skip
    with FrameStore(stored, "waveforms") as store:
        assert store.event_ids == ["a"]
        seconds = LONG.get(settings.waveforms.length, settings.waveforms.duration)
        assert store.n_frames == round(100 * seconds)
    spectrograms.run(settings.spectrograms, folder / "spectrograms.h5", waveforms=stored)
    with FrameStore(folder / "spectrograms.h5", "spectrograms") as store:
        assert np.isfinite(store.read([0]).frames).all()

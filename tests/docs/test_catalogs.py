"""The examples of docs/data/catalogs.md are read as they stand there."""

import gzip
import re

import pytest
import yaml
from helpers.events import make_event, write_quakeml
from helpers.paths import REPOSITORY
from helpers.waveforms import write_rows
from obspy.core.event import Catalog

from specufex_pipe.catalogs.protocol import Event
from specufex_pipe.catalogs.registry import CATALOGS
from specufex_pipe.settings import Settings

TEXT = (REPOSITORY / "docs/data/catalogs.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The files that the examples name, with an event each."""
    monkeypatch.chdir(tmp_path)
    write_rows(tmp_path / "catalog.csv", ["a,2020-01-01"])
    write_rows(
        tmp_path / "bulletin.csv",
        ["a;2020-01-01T12:00:00;1;2"],
        "ev_ID;timestamp;lat;lon",
    )
    (tmp_path / "bulletin.csv.gz").write_bytes(
        gzip.compress((tmp_path / "bulletin.csv").read_bytes())
    )
    write_rows(
        tmp_path / "picks.csv", ["a;XX.STA;P;2020-01-01T12:00:05"], "event_id;station;phase;time"
    )
    write_quakeml(tmp_path / "events.xml", [make_event("a")])
    (tmp_path / "sfiles").mkdir()
    Catalog([make_event("a")]).write(str(tmp_path / "sfiles/a"), format="NORDIC")
    write_rows(
        tmp_path / "ethz/metadata.csv",
        ["x,a,2020-01-01"],
        "trace_name,source_id,source_origin_time",
    )
    return tmp_path


@pytest.mark.parametrize("example", EXAMPLES)
@pytest.mark.filterwarnings("ignore:Evaluation mode")
def test_an_example_is_a_catalog(example, folder):
    settings = Settings(channels=["XX.STA..HHZ"], source={"path": "s"}, **yaml.safe_load(example))
    catalog = settings.catalog.open()
    catalog.check()
    if catalog.is_downloaded:
        (path,) = catalog.files
        path.parent.mkdir(parents=True)
        write_quakeml(path, [make_event("a")])
    (event,) = catalog
    assert isinstance(event, Event)
    assert event.event_id == "a"
    assert len(example.splitlines()) <= 10


def test_there_is_an_example_of_each_type():
    types = {yaml.safe_load(example)["catalog"].get("type", "csv") for example in EXAMPLES}
    # The older tool chain has a page of its own.
    assert types == set(CATALOGS) - {"specufex"}

"""The examples of docs/data are settings, and read the data that they are about."""

import re

import pytest
import yaml
from helpers.hdf5_sources import (
    metadata_of,
    write_asdf,
    write_seisbench,
    write_tool_chain,
    write_tutorial,
)
from helpers.paths import REPOSITORY
from helpers.waveforms import START, noise, trace, write_file, write_rows

from specufex_pipe.catalogs.protocol import Event
from specufex_pipe.settings import read_settings
from specufex_pipe.stages.index import resolve_channels

DATA = REPOSITORY / "docs/data"
MOST_LINES = 10


def example(name):
    """Return the settings in a page with one example."""
    (found,) = examples(name)
    return found


def examples(name):
    """Return the settings in a page, by example."""
    blocks = re.findall(r"```yaml\n(.*?)```", (DATA / f"{name}.md").read_text(), re.DOTALL)
    assert all(len(block.splitlines()) <= MOST_LINES for block in blocks)
    return [yaml.safe_load(block) for block in blocks]


def recorded(channel):
    """Return a minute of noise of a channel."""
    network, station, location, code = channel.split(".")
    made = trace(noise(), channel=code, station=station)
    made.stats.network, made.stats.location = network, location
    return made


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_rows(tmp_path / "my_catalog.csv", ["a,2020-01-01T00:00:10"])
    return tmp_path


def read(name, file=""):
    """Return the first channel of an example, ten seconds of it."""
    settings = read_settings(example(name))
    source = settings.source.open()
    (channel, *_) = resolve_channels(settings.channels, source)
    place = source.of_file(file) if file else source
    times = (None, None) if file else (START + 10, START + 20)
    (found,) = place.get_waveforms(*channel.split("."), *times)
    assert found.id == channel
    return settings, found.data.tolist()


TEN_SECONDS = noise()[1000:2001].tolist()


def test_seisbench(folder):
    made = recorded("CX.PB01..HHZ")
    write_seisbench(folder / "my_dataset", [metadata_of(made, "a")], {"a": made.data[None]})
    assert read("seisbench")[1] == TEN_SECONDS


@pytest.mark.parametrize("kind", ["tool chain", "tutorial"])
def test_specufex(folder, kind):
    if kind == "tutorial":
        write_tutorial(folder / "data.h5", noise()[None], ["a"], otime=["2020-01-01 00:00:00.5"])
    else:
        times = {"a": "2020-01-01 00:00:00.5"}
        write_tool_chain(folder / "data.h5", {"a": noise()}, times, "T1214", "EHZ")
    settings, found = read("specufex", file="a")
    assert found == noise().tolist()
    (event,) = settings.catalog.open()
    assert isinstance(event, Event)
    assert (event.file, event.time) == ("a", START + 0.5)


def test_asdf(folder):
    write_asdf(folder / "my_data.h5", recorded("YA.UV05.00.HHZ"))
    assert read("asdf")[1] == TEN_SECONDS


def test_channels(folder):
    for name in (".UV05..Z", "XX.UV06..HHN", ".UV10..Z"):
        write_file(folder / f"my_waveforms/{name[1:]}.mseed", recorded(name))
    write_rows(
        folder / "my_stations.csv", ["YA,UV05,-21,55,2000"],
        "network,station,latitude,longitude,elevation",
    )  # fmt: skip
    of_files, of_service = examples("channels")
    settings = read_settings(of_files | {"stations": "my_stations.csv"})
    assert resolve_channels(settings.channels, settings.source.open()) == [
        "YA.UV05.00.HHZ", "YA.UV06.00.HHN", ".UV10..Z"
    ]  # fmt: skip
    # What is downloaded need not be there.
    downloaded = read_settings(of_files | of_service)
    assert downloaded.stations_path.startswith("downloads/stations/")

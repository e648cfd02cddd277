"""Channels with * and ? stand for what the source has, and the result is written down."""

import logging
from types import SimpleNamespace

import pytest
from helpers.waveforms import noise, trace, write_events_of, write_file
from obspy.core.inventory import Channel, Inventory, Network, Station

from specufex_pipe.errors import StageError
from specufex_pipe.settings import Settings
from specufex_pipe.stages import index
from specufex_pipe.store import read_sealed_csv

HEADER = "network,station,latitude,longitude,elevation"


@pytest.fixture
def folder(tmp_path):
    for station, channel in (("STA", "HHZ"), ("STA", "HHN"), ("STB", "HHZ")):
        write_file(
            tmp_path / f"source/{station}.{channel}.mseed",
            trace(noise(seconds=1), channel=channel, station=station),
        )
    return tmp_path


def stations_of(folder, *channels):
    """Write StationXML with channels of the network XX."""
    by_station = {}
    for name in channels:
        _, station, location, code = name.split(".")
        instrument = Channel(code, location, 0.0, 0.0, 0.0, 0.0)
        by_station.setdefault(station, []).append(instrument)
    stations = [Station(name, 0.0, 0.0, 0.0, channels=own) for name, own in by_station.items()]
    path = folder / "stations.xml"
    Inventory(networks=[Network("XX", stations)]).write(str(path), format="STATIONXML")
    return path


def resolve(folder, channels, rename=None, stations=None):
    source = {"path": str(folder / "source"), "rename": rename or {}}
    settings = Settings(channels=channels, catalog={"path": "c"}, source=source)
    table = write_events_of(folder, ["a,2020-01-01"])
    index.run(
        settings.source,
        folder / "index.csv",
        catalog=table,
        channels=channels,
        resolved=folder / "channels.csv",
        stations=stations,
    )
    rows = read_sealed_csv(folder / "channels.csv", index.COLUMNS)
    return {row["channel"]: (row["in_source"], row["in_stations"]) for row in rows}


def test_what_the_source_calls_a_channel_and_is_none_is_left_out_of_wildcards(caplog):
    source = SimpleNamespace(channels=lambda: {"XX.A B.00.HHZ", "XX.A/../B..HHZ", "XX.STA.00.HHZ"})
    assert index.resolve_channels(["XX.*.*.*"], source) == ["XX.STA.00.HHZ"]
    assert "'XX.A B.00.HHZ' of the source is left out" in caplog.text
    assert "'XX.A/../B..HHZ' of the source is left out" in caplog.text


def test_wildcards_stand_for_what_the_source_has(folder):
    assert list(resolve(folder, ["XX.STA.00.*"])) == [
        "XX.STA.00.HHN", "XX.STA.00.HHZ"
    ]  # fmt: skip
    assert list(resolve(folder, ["XX.*.00.HHZ"])) == ["XX.STA.00.HHZ", "XX.STB.00.HHZ"]


def test_a_star_does_not_reach_across_codes(folder):
    with pytest.raises(StageError, match=r"has nothing of XX\.\*\.HHZ\.\*, but XX\.STA\.00\.HHN"):
        resolve(folder, ["XX.*.HHZ.*"])


def test_empty_codes_are_matched_by_a_star(folder):
    found = resolve(folder, [".*..HHZ"], rename={"XX.*.00.*": ".*..*"})
    assert list(found) == [".STA..HHZ", ".STB..HHZ"]


def test_where_a_channel_is_known_is_written_down(folder, caplog):
    stations = stations_of(folder, "XX.STA.00.HHZ", "XX.STC.00.HHZ")
    with caplog.at_level(logging.INFO):
        found = resolve(folder, ["XX.*.00.HHZ"], stations=stations)
    assert found == {"XX.STA.00.HHZ": ("yes", "yes"), "XX.STB.00.HHZ": ("yes", "no")}
    assert "the stations alone, and not the source, have XX.STC.00.HHZ" in caplog.text
    assert "the stations have nothing of XX.STB.00.HHZ" in caplog.text


def test_without_stations_nothing_is_said_of_them(folder):
    assert resolve(folder, ["XX.STA.00.HH?"])["XX.STA.00.HHZ"] == ("yes", "")
    assert resolve(folder, ["XX.STA.00.HHZ"]) == {"XX.STA.00.HHZ": ("", "")}


def test_what_the_stations_alone_have_is_named_where_nothing_is_found(folder):
    stations = stations_of(folder, "XX.STA.00.BHZ")
    with pytest.raises(StageError, match=r"but XX\.STA.*; the stations have XX\.STA\.00\.BHZ"):
        resolve(folder, ["XX.*.00.BH?"], stations=stations)


def test_a_table_of_coordinates_knows_no_channels(folder, caplog):
    (folder / "stations.csv").write_text(f"{HEADER}\nXX,STA,1,2,3\n", encoding="utf-8")
    found = resolve(folder, ["XX.STA.00.HH?"], stations=folder / "stations.csv")
    assert found["XX.STA.00.HHZ"] == ("yes", "")
    assert "have nothing of" not in caplog.text


def test_channels_that_would_have_one_name_stop_the_index(folder):
    with pytest.raises(StageError, match=r"source\.rename: .* would all be"):
        resolve(folder, ["XX.STA.00.*"], rename={"XX.*.00.HHZ": "XX.STA.00.HHZ"})


def test_stations_that_cannot_be_read_stop_the_index(folder):
    (folder / "stations.xml").write_text("<x", encoding="utf-8")
    with pytest.raises(StageError, match=r"stations: .*stations\.xml"):
        resolve(folder, ["XX.STA.00.HHZ"], stations=folder / "stations.xml")

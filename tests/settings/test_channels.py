"""Channels with empty codes, wrong ones that are renamed, and the stations beside them."""

import json

import pytest
from helpers.waveforms import noise, trace, write_file
from hypothesis import given
from hypothesis import strategies as st

from specufex_pipe.errors import SettingsError
from specufex_pipe.settings import (
    Settings,
    channel_of_folder,
    check_channel,
    folder_of_channel,
    read_sections,
    read_settings,
    sections_as_json,
)
from specufex_pipe.sources.registry import SOURCES

codes = st.text("ABZ09", max_size=3)
channels = st.tuples(codes, codes, codes, codes).map(".".join).filter(lambda name: name != "...")


@pytest.fixture
def mapping(tmp_path):
    (tmp_path / "catalog.csv").write_text("event_id,time\na,2020-01-01\n", encoding="utf-8")
    write_file(tmp_path / "source/a.mseed", trace(noise(seconds=1)))
    return {
        "channels": ["XX.STA.00.HHZ"],
        "catalog": {"path": str(tmp_path / "catalog.csv")},
        "source": {"path": str(tmp_path / "source")},
    }


@given(channels)
def test_the_folder_of_a_channel_is_seen_and_leads_back(channel):
    check_channel(channel)
    folder = folder_of_channel(channel)
    assert not folder.startswith(".")
    assert "/" not in folder
    assert channel_of_folder(folder) == channel


@given(channels, channels)
def test_two_channels_have_two_folders(one, other):
    assert (folder_of_channel(one) == folder_of_channel(other)) == (one == other)


@pytest.mark.parametrize("channel", ["XX.STA.00.HHZ", "XX.STA..HHZ"])
def test_channels_with_a_network_keep_the_folders_that_they_had(channel):
    assert folder_of_channel(channel) == channel


@pytest.mark.parametrize(
    "channel", ["...", "", "A.B.C", "A.B.C.D.E", "../..", "_.B.C.D", "A/.B.C.D"]
)
def test_what_is_no_channel_is_refused(channel):
    with pytest.raises(ValueError, match="is not a valid SEED id"):
        check_channel(channel)


@pytest.mark.parametrize(("rename", "said"), [
    ({"STA": "XX.STA.00.HHZ"}, "'STA' is not four codes"),
    ({"[A].B.C.D": "XX.STA.00.HHZ"}, "'[A].B.C.D' is not four codes"),
    ({".STA..Z": "XX.STA"}, "'.STA..Z' becomes 'XX.STA', which is not a SEED id"),
    ({".STA..Z": "XX.ST*.00.HHZ"}, "expected four codes, where * alone keeps one"),
    ({".STA..Z": "XX.../../x"}, "which is not a SEED id"),
    ({".STA..Z": 3}, "source.rename..STA..Z is 3"), ("x", "source.rename is 'x'"),
])  # fmt: skip
def test_a_renaming_that_cannot_be_is_named(mapping, rename, said):
    mapping["source"]["rename"] = rename
    with pytest.raises(SettingsError) as error:
        read_settings(mapping)
    assert said in str(error.value)
    assert "source.rename" in str(error.value)


@pytest.mark.parametrize("source", [name for name in SOURCES if not SOURCES[name].is_downloaded])
def test_every_source_of_files_may_be_renamed_and_comes_back_from_json(source):
    rename = {".*..Z": "YA.*.00.HHZ", "...": "YA.UV05..HHZ"}
    settings = Settings(
        channels=[".STA..Z"], catalog={"path": "c"},
        source={"type": source, "path": "p", "rename": rename},
    )  # fmt: skip
    again = read_sections(sections_as_json(settings, ("source",)))["source"]
    assert again == settings.source
    assert again.rename == rename
    assert "rename" not in again.parameters()
    assert json.loads(sections_as_json(settings, ("source",)))["source"]["rename"] == rename


def test_channels_of_web_services_are_not_renamed(mapping):
    mapping["source"] = {"type": "fdsn", "service": "INGV", "rename": {"...": "YA.UV05..HHZ"}}
    with pytest.raises(SettingsError, match=r"source.*web services.*codes that they have"):
        read_settings(mapping)


def test_a_typo_beside_rename_is_explained(mapping):
    mapping["source"]["renam"] = {}
    with pytest.raises(SettingsError, match=r"source\.renam is not a setting; did you mean rename"):
        read_settings(mapping)


def test_a_source_is_renamed_when_it_is_opened(mapping):
    mapping["source"]["rename"] = {"XX.*.*.*": "YA.*.*.*"}
    assert read_settings(mapping).source.open().channels() == {"YA.STA.00.HHZ"}


@pytest.mark.parametrize(("text", "said"), [
    (None, "there is no such file or folder"), ("x", "no column network"),
    ("network,station,latitude,longitude,elevation\nXX,STA,1,2,high\n", "elevation is 'high'"),
])  # fmt: skip
def test_stations_that_cannot_be_read_are_named(mapping, tmp_path, text, said):
    if text is not None:
        (tmp_path / "stations.csv").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as error:
        read_settings(mapping | {"stations": str(tmp_path / "stations.csv")})
    assert "stations: " in str(error.value)
    assert "stations.csv" in str(error.value)
    assert said in str(error.value)


@pytest.mark.parametrize("path", ["a{b}", "-x", 300 * "x", "a\nb"])
def test_a_path_of_stations_that_cannot_be_is_refused(mapping, path):
    with pytest.raises(SettingsError, match=r"stations is "):
        read_settings(mapping | {"stations": path})

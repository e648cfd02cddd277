"""Channels whose codes are wrong in the files are known by the right ones."""

import pytest
from helpers.waveforms import START, noise, sds_path, trace, write_file
from hypothesis import given
from hypothesis import strategies as st

from specufex_pipe.errors import StageError
from specufex_pipe.rejections import Kind, RejectedEvent
from specufex_pipe.sources.folder import FolderSource
from specufex_pipe.sources.protocol import Source, Window
from specufex_pipe.sources.renamed import RenamedSource
from specufex_pipe.sources.sds import SDSSource

RIGHT = ("YA", "UV05", "00", "HHZ")


def wrong(seed=0, start=START, station="UV05", channel="Z", network=""):
    made = trace(noise(seed=seed), start, channel=channel, station=station)
    made.stats.network, made.stats.location = network, ""
    return made


@pytest.fixture
def folder(tmp_path):
    """SAC files without network, location and instrument, of two stations."""
    write_file(tmp_path / "source/a.sac", wrong(), "SAC")
    write_file(tmp_path / "source/b.sac", wrong(1, station="UV06"), "SAC")
    return tmp_path


def renamed(folder, **rename):
    rename = rename or {".UV05..Z": "YA.UV05.00.HHZ"}
    return RenamedSource(FolderSource(str(folder / "source"), "SAC"), rename)


def test_a_channel_is_read_by_its_right_name(folder):
    source = renamed(folder)
    assert source.channels() == {"YA.UV05.00.HHZ", ".UV06..Z"}
    (found,) = source.get_waveforms(*RIGHT, START + 10, START + 20)
    assert found.id == "YA.UV05.00.HHZ"
    assert found.data.tolist() == noise()[1000:2001].tolist()
    with pytest.raises(RejectedEvent, match=r"nothing of this channel, but \.UV06\.\.Z"):
        source.get_waveforms("", "UV05", "", "Z", START, START + 1)


def test_a_star_keeps_the_code_of_the_file_and_the_first_rule_counts(folder):
    source = renamed(folder, **{".UV06..?": "XX.*.10.HH*"[:-1] + "N", ".*..*": "YA.*.00.*"})
    assert source.channels() == {"YA.UV05.00.Z", "XX.UV06.10.HHN"}


def test_codes_are_compared_one_by_one(folder):
    assert renamed(folder, **{"*.UV05.Z.*": "YA.A.B.C"}).channels() == {".UV05..Z", ".UV06..Z"}


def test_channels_that_would_have_one_name_are_refused(folder):
    source = renamed(folder, **{".*..Z": "YA.UV05.00.HHZ"})
    with pytest.raises(StageError, match=r"rename: \.UV05\.\.Z and \.UV06\.\.Z would all be YA\."):
        source.update_index(folder / "index.csv")
    with pytest.raises(RejectedEvent, match="are all renamed to"):
        source.get_waveforms(*RIGHT, START, START + 1)


def test_a_name_that_another_channel_has_already_is_refused(folder):
    with pytest.raises(StageError, match=r"\.UV05\.\.Z and \.UV06\.\.Z would all be \.UV06\.\.Z"):
        renamed(folder, **{".UV05..Z": ".UV06..Z"}).update_index(folder / "index.csv")


def test_an_index_of_the_right_channel_has_what_it_needs(folder):
    renamed(folder).update_index(folder / "index.csv")
    source = renamed(folder)
    source.use_index(folder / "index.csv", ["YA.UV05.00.HHZ"])
    assert len(source.get_waveforms(*RIGHT, START, START + 1)) == 1
    assert source.channels() == {"YA.UV05.00.HHZ", ".UV06..Z"}


def test_a_file_that_a_catalog_names_has_the_right_names_too(folder):
    source = renamed(folder).of_file("a.sac")
    assert source.channels() == {"YA.UV05.00.HHZ"}
    (found,) = source.get_waveforms(*RIGHT, None, None)
    assert found.id == "YA.UV05.00.HHZ"
    assert found.data.tolist() == noise().tolist()
    with pytest.raises(RejectedEvent) as error:
        renamed(folder).of_file("b.sac").get_waveforms(*RIGHT, None, None)
    assert error.value.kind is Kind.NO_DATA


def test_a_window_depends_on_the_files_of_the_channel_as_it_is_called_there(folder):
    plain, source = FolderSource(str(folder / "source"), "SAC"), renamed(folder)
    times = (START + 10, START + 20)
    expected = list(plain.dependencies(Window("", "UV05", "", "Z", *times)))
    assert expected
    assert list(source.dependencies(Window(*RIGHT, *times))) == expected
    assert source.find_file(*RIGHT, START + 10) == "a.sac"
    named = Window(*RIGHT, *times, file="a.sac")
    assert list(source.of_file("a.sac").dependencies(named)) == list(
        plain.of_file("a.sac").dependencies(named)
    )


def test_an_archive_is_renamed_too(tmp_path):
    write_file(sds_path(tmp_path, 1), trace(noise()))
    source = RenamedSource(SDSSource(str(tmp_path)), {"XX.*.*.*": "YA.*.*.*"})
    (found,) = source.get_waveforms("YA", "STA", "00", "HHZ", START + 1, START + 2)
    assert found.id == "YA.STA.00.HHZ"


class Names(Source):
    """Nothing but names of channels."""

    def __init__(self, names):
        self.names = names

    def channels(self):
        return self.names


for method in Source.__abstractmethods__ - {"channels"}:
    setattr(Names, method, lambda *_: None)
Names.__abstractmethods__ = frozenset()
codes = st.text("AB", max_size=2)
seed_ids = st.tuples(codes, codes, codes, codes).map(".".join)


@given(st.sets(seed_ids, max_size=6), st.dictionaries(seed_ids, seed_ids, max_size=3))
def test_every_channel_has_one_name_and_none_is_lost(names, rename):
    expected = {rename.get(name, name) for name in names}
    assert RenamedSource(Names(names), rename).channels() == expected


def test_a_rule_that_fits_nothing_is_named(folder, caplog):
    rules = {".UV05..Z": "YA.UV05.00.HHZ", ".UV05..?": "YA.X.00.HHZ", "YY.*.*.*": "YA.*.00.*"}
    renamed(folder, **rules).update_index(folder / "index.csv")
    named = [record.getMessage().split()[1] for record in caplog.records]
    assert named == [".UV05..?", "YY.*.*.*"]

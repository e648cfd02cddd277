"""ASDF files: pieces of channels in one file or in many, by the names of their waveforms."""

import sys

import h5py
import numpy as np
import pytest
from helpers.hdf5_sources import write_asdf
from helpers.waveforms import CHANNEL, START, noise, trace
from hypothesis import given
from hypothesis import strategies as st
from obspy import Stream

from specufex_pipe.errors import StageError
from specufex_pipe.rejections import Kind, RejectedEvent
from specufex_pipe.sources import asdf
from specufex_pipe.sources.asdf import ASDFSource

CODES = CHANNEL.split(".")


@pytest.fixture
def one_file(tmp_path):
    """A minute with a gap, of two stations."""
    whole = trace(noise())
    pieces = [whole.slice(START, START + 19.99), whole.slice(START + 30, START + 60)]
    write_asdf(tmp_path / "a.h5", Stream([*pieces, trace(noise(seed=1), station="STB")]))
    return tmp_path / "a.h5"


def test_a_window_across_a_gap_has_both_pieces(one_file):
    source = ASDFSource(str(one_file))
    source.check()
    assert source.channels() == {CHANNEL, "XX.STB.00.HHZ"}
    found = source.get_waveforms(*CODES, START + 15, START + 35)
    expected = noise()
    assert [each.data.tolist() for each in found] == [
        expected[1500:2000].tolist(), expected[3000:3501].tolist()
    ]  # fmt: skip
    assert [each.stats.starttime for each in found] == [START + 15, START + 30]


def test_a_file_that_a_catalog_names_is_read_whole(one_file):
    for path in (one_file, one_file.parent):
        event = ASDFSource(str(path)).of_file("a.h5")
        found = event.get_waveforms(*CODES, None, None)
        assert sum(len(each) for each in found) == 2000 + 3000


def test_another_file_is_none_of_a_source_that_is_one_file(one_file):
    write_asdf(one_file.parent / "b.h5", trace(noise()))
    with pytest.raises(RejectedEvent) as error:
        ASDFSource(str(one_file)).of_file("b.h5")
    assert error.value.kind is Kind.OUTSIDE_SOURCE


def test_several_tags_ask_for_a_choice(one_file, tmp_path):
    write_asdf(one_file, trace(noise(seed=2), station="STC"), tag="synthetic")
    with pytest.raises(StageError, match=r"source\.tag is empty, .* raw_recording, synthetic: ch"):
        ASDFSource(str(one_file)).update_index(tmp_path / "index.csv")
    assert ASDFSource(str(one_file), tag="synthetic").channels() == {"XX.STC.00.HHZ"}


def test_without_pyasdf_the_way_to_get_it_is_said(one_file, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyasdf", None)
    with pytest.raises(ValueError, match=r'^type is .asdf., .* install "specufex_pipe\[asdf\]"'):
        ASDFSource(str(one_file)).check()
    with pytest.raises(StageError, match="pip install"):
        ASDFSource(str(one_file)).get_waveforms(*CODES, START, START + 1)


def test_a_folder_without_hdf5_files_does_not_pass_the_check(tmp_path):
    (tmp_path / "a.mseed").touch()
    with pytest.raises(ValueError, match=r"^path is .*it has no file that ends in \.h5"):
        ASDFSource(str(tmp_path)).check()


def test_a_damaged_file_is_a_problem_and_the_others_are_used(one_file):
    content = one_file.read_bytes()
    write_asdf(one_file.parent / "b.h5", trace(noise(seed=3), START + 100))
    damaged = one_file.parent / "damaged.h5"

    @given(st.integers(0, len(content) - 1))
    def cut(length):
        damaged.unlink(missing_ok=True)
        damaged.write_bytes(content[:length])
        source = ASDFSource(str(one_file.parent))
        assert ["damaged.h5" in problem for problem in source.problems()] == [True]
        (found,) = source.get_waveforms(*CODES, START + 110, START + 111)
        assert found.data.tolist() == noise(seed=3)[1000:1101].tolist()
        with pytest.raises(RejectedEvent, match=r"damaged\.h5") as error:
            source.of_file("damaged.h5").get_waveforms(*CODES, None, None)
        assert error.value.kind is Kind.UNREADABLE_FILE

    cut()


@pytest.mark.parametrize(("value", "said"), [
    (h5py.ExternalLink("secret.h5", "x"), "is a link"), (np.zeros((2, 2)), "unreadable"),
    ("text", "expected numbers"), (np.zeros(3, [("a", int)]), "expected numbers"),
    (np.arange(9.0), "unreadable"),
])  # fmt: skip
def test_a_waveform_that_is_none_is_rejected(one_file, value, said):
    with h5py.File(one_file, "a") as file:
        group = file["Waveforms/XX.STB"]
        (name,) = (each for each in group if "__" in each)
        del group[name]
        group[name] = value
    source = ASDFSource(str(one_file))
    with pytest.raises(RejectedEvent, match=said) as error:
        source.get_waveforms("XX", "STB", "00", "HHZ", START, START + 10)
    assert error.value.kind is Kind.UNREADABLE_FILE
    assert "a.h5" in error.value.detail
    assert len(source.get_waveforms(*CODES, START, START + 10)) == 1


def test_a_waveform_that_is_none_does_not_spoil_those_that_are(one_file):
    with h5py.File(one_file, "a") as file:
        group = file["Waveforms/XX.STA"]
        (_, second) = sorted(each for each in group if "__" in each)
        del group[second]
        group[second] = "text"
    source = ASDFSource(str(one_file))
    (found,) = source.get_waveforms(*CODES, START + 10, START + 35)
    assert found.data.tolist() == noise()[1000:2000].tolist()
    (problem,) = source.problems()
    assert "expected numbers" in problem
    source.get_waveforms(*CODES, START + 1, START + 2)
    assert source.problems() == []


def test_a_link_that_leads_out_is_not_read_though_a_catalog_names_it(one_file, tmp_path):
    folder = tmp_path / "source"
    folder.mkdir()
    write_asdf(folder / "own.h5", trace(noise(seed=4)))
    (folder / "out.h5").symlink_to(one_file)
    (folder / "in.h5").symlink_to("own.h5")
    source = ASDFSource(str(folder))
    with pytest.raises(RejectedEvent, match="is a link that leads out of the source") as error:
        source.of_file("out.h5")
    assert error.value.kind is Kind.OUTSIDE_SOURCE
    (found,) = source.of_file("in.h5").get_waveforms(*CODES, None, None)
    assert found.data.tolist() == noise(seed=4).tolist()
    # What the settings name is meant, wherever it leads.
    assert ASDFSource(str(folder / "out.h5")).of_file("out.h5").channels()


def test_a_file_is_listed_once_for_all_windows_in_it(tmp_path, monkeypatch):
    listed, list_waveforms = [], asdf._list_waveforms
    monkeypatch.setattr(
        asdf, "_list_waveforms", lambda path: listed.append(path.name) or list_waveforms(path)
    )
    monkeypatch.setattr(asdf, "_FILES_TO_KEEP_OPEN", 2)
    names = ["0.h5", "1.h5", "2.h5"]
    for seed, name in enumerate(names):
        write_asdf(tmp_path / name, trace(noise(seed=seed)))
    source = ASDFSource(str(tmp_path))

    def read(name, seed):
        (found,) = source.of_file(name).get_waveforms(*CODES, START, START + 10)
        assert found.data.tolist() == noise(seed=seed)[:1001].tolist()

    for _ in range(5):
        read("0.h5", 0)
        read("1.h5", 1)
    assert listed == ["0.h5", "1.h5"]
    read("2.h5", 2)
    read("0.h5", 0)  # which had to make room
    assert listed == ["0.h5", "1.h5", "2.h5", "0.h5"]
    write_asdf(tmp_path / "new", trace(noise(seed=5)))
    (tmp_path / "new").replace(tmp_path / "0.h5")
    read("0.h5", 5)


def test_an_hdf5_file_of_another_kind_is_a_problem(tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["x"] = 1
    (problem,) = ASDFSource(str(tmp_path)).problems()
    assert "other.h5: there is no group Waveforms" in problem

"""A folder of files with any names: read by what their headers say, once."""

import os
import pickle

import pytest
from helpers.waveforms import CHANNEL, START, noise, trace, write_file
from obspy import Stream

from specufex_pipe.rejections import Kind, RejectedEvent
from specufex_pipe.sources.folder import FolderSource
from specufex_pipe.sources.index import index_folder
from specufex_pipe.sources.opened import WaveformFiles
from specufex_pipe.sources.protocol import Window

CODES = CHANNEL.split(".")


def test_a_folder_without_the_channel_says_what_it_holds(tmp_path):
    write_file(tmp_path / "a.mseed", trace(noise(), channel="HHN"))
    with pytest.raises(RejectedEvent, match=r"nothing of this channel, but XX\.STA\.00\.HHN"):
        FolderSource(str(tmp_path)).get_waveforms(*CODES, START, START + 10)


def test_files_that_cannot_be_read_are_problems_of_the_source(tmp_path):
    write_file(tmp_path / "good.mseed", trace(noise()))
    (tmp_path / "broken.mseed").write_bytes(b"not miniSEED at all")
    (problem,) = FolderSource(str(tmp_path)).problems()
    assert "broken.mseed" in problem


def test_a_pickled_stream_is_never_loaded(tmp_path):
    class Trap:
        def __reduce__(self):
            return (pytest.fail, ("a pickle was loaded",))

    (tmp_path / "trap.pickle").write_bytes(pickle.dumps(Trap()))
    assert [bool(entry.problem) for entry in index_folder(WaveformFiles(tmp_path, "MSEED"))] == [
        True
    ]


@pytest.fixture
def headers_read(monkeypatch):
    """The names of the files whose headers are read."""
    read, headers_of = [], WaveformFiles.headers

    def headers(files, path):
        read.append(path.name)
        return headers_of(files, path)

    monkeypatch.setattr(WaveformFiles, "headers", headers)
    return read


def test_headers_are_read_once(tmp_path, headers_read):
    for hour in range(3):
        write_file(tmp_path / f"source/{hour}.mseed", trace(noise(), START + 3600 * hour))
    source = FolderSource(str(tmp_path / "source"))
    source.update_index(tmp_path / "index.csv")
    assert sorted(headers_read) == ["0.mseed", "1.mseed", "2.mseed"]
    headers_read.clear()
    write_file(tmp_path / "source/1.mseed", trace(noise(), START + 3600 - 5))
    source.update_index(tmp_path / "index.csv")
    assert headers_read == ["1.mseed"]


def test_headers_of_files_that_are_touched_are_not_read_again(tmp_path, headers_read):
    path = tmp_path / "source/1.mseed"
    write_file(path, trace(noise()))
    for _ in range(2):
        source = FolderSource(str(tmp_path / "source"))
        source.update_index(tmp_path / "index.csv")
        assert source.channels() == {CHANNEL}
        os.utime(path, (1e9, 1e9))
    assert headers_read == ["1.mseed"]


def test_an_index_that_is_damaged_is_made_anew(tmp_path, headers_read, caplog):
    write_file(tmp_path / "source/1.mseed", trace(noise()))
    for _ in range(2):
        source = FolderSource(str(tmp_path / "source"))
        source.update_index(tmp_path / "index.csv")
        assert source.channels() == {CHANNEL}
        text = (tmp_path / "index.csv").read_text(encoding="utf-8")
        (tmp_path / "index.csv").write_text(text.replace("HHZ", "HHN"), encoding="utf-8")
    assert headers_read == ["1.mseed", "1.mseed"]
    assert "headers are read again" in caplog.text
    with pytest.raises(OSError, match=r"index\.csv: damaged"):
        source.use_index(tmp_path / "index.csv")


def test_a_header_with_a_year_that_cannot_be_is_a_problem_of_its_file(tmp_path):
    path = tmp_path / "source/1.mseed"
    write_file(path, trace(noise()))
    write_file(tmp_path / "source/2.mseed", trace(noise()))
    content = bytearray(path.read_bytes())
    content[32:36] = b"\x80\x00\x80\x00"  # the record lasts thirty thousand years
    path.write_bytes(content)
    source = FolderSource(str(tmp_path / "source"))
    source.update_index(tmp_path / "index.csv")
    (problem,) = source.problems()
    assert "1.mseed as MSEED (" in problem
    assert "1 of its 4 records are damaged" in problem
    assert source.channels() == {CHANNEL}


def test_a_file_that_could_not_be_read_is_tried_again(tmp_path):
    path = tmp_path / "source/3.mseed"
    write_file(path, trace(noise()))
    content, times = path.read_bytes(), path.stat()
    source = FolderSource(str(tmp_path / "source"))
    for written, is_broken in ((b"x" * len(content), True), (content, False)):
        path.write_bytes(written)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
        source.update_index(tmp_path / "index.csv")
        assert bool(source.problems()) == is_broken


def test_the_same_dependencies_are_the_same_data_where_sampling_rates_differ(tmp_path):
    window = Window(*CODES, START + 10, START + 20)

    def read():
        source = FolderSource(str(tmp_path))
        rates = [each.stats.sampling_rate for each in source.get_waveforms(*window[:6])]
        return list(source.dependencies(window)), rates

    for rate in (100, 200):
        write_file(tmp_path / f"{rate}.mseed", trace(noise(60, rate), rate=float(rate)))
    parts = [trace(noise()), trace(noise(9, 200), START + 3600, 200.0)]
    write_file(tmp_path / "two_rates.mseed", Stream(parts))
    before, rates_before = read()
    for day in range(1, 4):
        data = trace(noise(60, 200), START + 86_400 * day, 200.0)
        write_file(tmp_path / f"day{day}.mseed", data)
    after, rates_after = read()
    assert set(rates_before) == {100.0}
    assert set(rates_after) == {200.0}
    assert after != before


def test_the_rate_of_a_file_alone_is_its_own_whatever_others_have(tmp_path):
    window = Window(*CODES, START + 10, START + 30)
    parts = [trace(noise()), trace(noise(2, 90), START + 20, 90.0)]
    write_file(tmp_path / "a.mseed", Stream(parts))
    before = list(FolderSource(str(tmp_path)).dependencies(window))
    for day in range(1, 4):
        data = trace(noise(60, 90), START + 86_400 * day, 90.0)
        write_file(tmp_path / f"day{day}.mseed", data)
    source = FolderSource(str(tmp_path))
    assert list(source.dependencies(window)) == before
    (found,) = source.get_waveforms(*window[:6])
    assert found.stats.sampling_rate == 100


def test_problems_are_looked_for_in_the_index_once(tmp_path, monkeypatch):
    write_file(tmp_path / "good.mseed", trace(noise()))
    (tmp_path / "broken.mseed").write_bytes(b"not miniSEED at all")
    source = FolderSource(str(tmp_path))
    expected = source.problems()
    monkeypatch.setattr(FolderSource, "_index", lambda _: pytest.fail("the index is gone through"))
    assert source.problems() == expected
    assert len(expected) == 1


def test_the_state_changes_with_any_file(tmp_path):
    write_file(tmp_path / "a.mseed", trace(noise()))
    before = FolderSource(str(tmp_path)).state()
    write_file(tmp_path / "b.mseed", trace(noise()))
    assert FolderSource(str(tmp_path)).state() != before


@pytest.mark.parametrize("folder", [".", "inside", "inside/.."])
def test_a_catalog_cannot_lead_out_of_the_folder(tmp_path, monkeypatch, folder):
    (tmp_path / "inside").mkdir()
    monkeypatch.chdir(tmp_path)
    for file in ("../../secret.mseed", "/etc/hostname", "inside/../../secret.mseed"):
        with pytest.raises(RejectedEvent) as error:
            FolderSource(folder).of_file(file)
        assert error.value.kind is Kind.OUTSIDE_SOURCE

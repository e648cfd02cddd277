"""Files are opened once, a few are kept, and one that cannot be used does not spoil the others."""

import contextlib
import os
from pathlib import Path

import pytest
from helpers.waveforms import CHANNEL, START, noise, sds_path, trace, write_file
from obspy import Stream

from specufex_pipe.rejections import Kind, RejectedEvent
from specufex_pipe.sources import opened
from specufex_pipe.sources.folder import FolderSource
from specufex_pipe.sources.opened import WaveformFiles, copy_between
from specufex_pipe.sources.registry import SOURCES

CODES = CHANNEL.split(".")


@pytest.fixture
def files_opened(monkeypatch):
    """The names of the files that are opened to be read."""
    names, open_file = [], WaveformFiles._open_file

    def spy(files, path):
        names.append(path.name)
        return open_file(files, path)

    monkeypatch.setattr(WaveformFiles, "_open_file", spy)
    return names


@pytest.mark.parametrize("file_format", ["MSEED", "SAC"])
def test_a_file_is_opened_once_for_all_windows_in_it(tmp_path, file_format, files_opened):
    for hour in range(3):
        data = trace(noise(seed=hour).astype("f4"), START + 3600 * hour)
        write_file(tmp_path / f"{hour}.file", data, file_format)
    source = FolderSource(str(tmp_path), format=file_format)
    for second in range(10):
        for hour in range(3):
            start = START + 3600 * hour + second
            (found,) = source.get_waveforms(*CODES, start, start + 20)
            expected = noise(seed=hour)[100 * second :][:2001]
            assert found.data.tolist() == expected.tolist()
            source.of_file(f"{hour}.file").get_waveforms(*CODES, start, start + 20)
    assert sorted(files_opened) == ["0.file", "1.file", "2.file"]


def test_few_files_stay_open_and_the_last_ones_used(tmp_path, files_opened, monkeypatch):
    monkeypatch.setattr(opened, "_MOST_BYTES", 3 * 6000 * 4)
    for hour in range(5):
        data = trace(noise(seed=hour).astype("f4"), START + 3600 * hour)
        write_file(tmp_path / f"{hour}.sac", data, "SAC")
    files = WaveformFiles(tmp_path, "SAC")
    for hour in (0, 1, 2, 0, 3, 0, 4, 0):
        files.extents(tmp_path / f"{hour}.sac")
    assert len(files._open) == 3
    assert [int(name[0]) for name in files_opened] == [0, 1, 2, 3, 4]
    n_before = n_open()
    monkeypatch.setattr(opened, "_MOST_FILES", 2)
    for hour in range(5):
        write_file(tmp_path / f"{hour}.mseed", trace(noise(), START + 3600 * hour))
    files = WaveformFiles(tmp_path, "MSEED")
    for hour in range(5):
        files.extents(tmp_path / f"{hour}.mseed")
    assert n_open() - n_before == 2


def test_a_file_that_is_replaced_is_opened_again(tmp_path):
    source = FolderSource(str(tmp_path))
    for seed in range(2):
        write_file(tmp_path / "new", trace(noise(seed=seed)))
        (tmp_path / "new").rename(tmp_path / "a.mseed")
        (found,) = source.of_file("a.mseed").get_waveforms(*CODES, START, START + 10)
        assert found.data.tolist() == noise(seed=seed)[:1001].tolist()


def test_samples_are_copies_so_that_nobody_changes_those_of_others(tmp_path):
    write_file(tmp_path / "a.sac", trace(noise().astype("f4")), "SAC")
    source = FolderSource(str(tmp_path), format="SAC")
    for _ in range(2):
        (found,) = source.get_waveforms(*CODES, START, START + 10)
        assert found.data.tolist() == noise()[:1001].tolist()
        found.data[:] = 0
        found.stats.sampling_rate = 1


@pytest.mark.parametrize("start", [-5, -0.004, 0, 0.004, 0.006, 3.14159, 59, 59.994, 70])
@pytest.mark.parametrize("length", [0.02, 10, 100])
def test_a_copy_has_the_samples_that_obspy_slices(start, length):
    data = trace(noise(), START + 0.001)
    begin, end = START + start, START + start + length
    expected = data.slice(begin, end)
    found = copy_between(data, begin, end)
    assert found.stats.npts == expected.stats.npts
    assert found.data.tolist() == expected.data.tolist()
    if found.stats.npts:
        assert found.stats.starttime == expected.stats.starttime
    assert copy_between(data, None, None).data.tolist() == data.data.tolist()


def n_open():
    return len(list(Path("/proc/self/fd").iterdir()))


def damage(path):
    content = bytearray(path.read_bytes())
    content[300] ^= 4
    path.write_bytes(content)


@pytest.mark.parametrize("harm", [
    damage, lambda path: path.write_bytes(b"x" * 4096), lambda path: path.chmod(0),
    lambda path: write_file(path, trace(noise(10, 90, seed=1), START + 10, 90.0)),
])  # fmt: skip
@pytest.mark.parametrize("kind", ["folder", "sds"])
def test_a_file_that_cannot_be_used_is_put_aside_and_the_others_are_used(tmp_path, kind, harm):
    folder = tmp_path / "source"
    good, bad = folder / "good.mseed", folder / "bad.mseed"
    if kind == "sds":
        good, bad = sds_path(folder, 1), sds_path(folder, 2)
    write_file(good, trace(noise()))
    write_file(bad, trace(noise(), START))
    for hour in range(2 if kind == "folder" else 0):
        write_file(folder / f"{hour}.mseed", trace(noise(), START + 3600 * (hour + 1)))
    source = SOURCES[kind](str(folder))
    source.channels()
    harm(bad)
    if kind == "folder":  # as if it had been so when the index was made
        source = SOURCES[kind](str(folder))
    late = 86_400 - 60 if kind == "sds" else 0
    if late:  # so that the days before and after are looked through as well
        write_file(good, Stream([trace(noise()), trace(noise(), START + late)]))
    if os.geteuid() == 0 and bad.stat().st_mode & 0o777 == 0:
        return
    (found,) = source.get_waveforms(*CODES, START + late + 10, START + late + 30)
    assert found.data.tolist() == noise()[1000:3001].tolist()
    if harm is not damage or kind == "folder":
        assert any(bad.name in problem for problem in source.problems()) or kind == "sds"


def test_a_change_of_rate_in_the_records_of_a_channel_loses_neither_part(tmp_path):
    for hour in range(4):
        rate = 50 if hour < 1 else 100
        data = trace(noise(60, rate), START + 3600 * hour, float(rate))
        write_file(tmp_path / f"{hour}.mseed", data)
    source = FolderSource(str(tmp_path))
    for hour in range(4):
        start = START + 3600 * hour
        (found,) = source.get_waveforms(*CODES, start, start + 30)
        assert found.stats.sampling_rate == (50 if hour < 1 else 100)
    assert source.problems() == []


def test_records_of_another_rate_in_a_file_are_put_aside(tmp_path):
    parts = [trace(noise()), trace(noise(2, 90), START + 20, 90.0)]
    write_file(tmp_path / "a.mseed", Stream(parts))
    source = FolderSource(str(tmp_path))
    for place in (source, source.of_file("a.mseed")):
        (found,) = place.get_waveforms(*CODES, START + 10, START + 30)
        assert found.data.tolist() == noise()[1000:3001].tolist()
    assert "90 Hz, but the channel has 100 Hz" in source.problems()[0]


def test_the_file_that_a_window_lacks_is_named_first(tmp_path):
    for hour in range(3):
        write_file(tmp_path / f"{hour}.mseed", trace(noise(), START + 3600 * hour))
    source = FolderSource(str(tmp_path))
    source.channels()
    for hour in (0, 1, 2, 1):
        (tmp_path / f"{hour}.mseed").write_bytes(b"x" * 4096)
        start = START + 3600 * hour
        with pytest.raises(RejectedEvent) as error:
            source.get_waveforms(*CODES, start, start + 30)
        assert error.value.kind is Kind.UNREADABLE_FILE
        assert f"{hour}.mseed" in source.problems()[0]
        assert len(source.problems()) == 1


@pytest.mark.parametrize("kind", ["folder", "sds"])
def test_files_of_other_windows_are_not_named(tmp_path, kind):
    folder, day = tmp_path / "source", 86_400
    bad = sds_path(folder, 10) if kind == "sds" else folder / "bad.mseed"
    good = sds_path(folder, 20) if kind == "sds" else folder / "good.mseed"
    write_file(bad, trace(noise(), START + 9 * day))
    write_file(good, trace(noise(), START + 19 * day))
    source = SOURCES[kind](str(folder))
    source.channels()
    bad.write_bytes(b"x" * 4096)
    with pytest.raises(RejectedEvent):
        source.get_waveforms(*CODES, START + 9 * day, START + 9 * day + 10)
    assert "bad" in source.problems()[0] or kind == "sds"
    # Another channel of the same window is named together with it.
    with contextlib.suppress(RejectedEvent):
        source.get_waveforms(*CODES[:3], "HHN", START + 9 * day, START + 9 * day + 10)
    assert len(source.problems()) == 1
    for n_days in (19, 40):  # where there are data, and where there are none
        with contextlib.suppress(RejectedEvent):
            source.get_waveforms(*CODES, START + n_days * day, START + n_days * day + 10)
        assert source.problems() == []


def test_a_file_of_another_event_is_not_named(tmp_path):
    write_file(tmp_path / "good.mseed", trace(noise()))
    write_file(tmp_path / "bad.mseed", Stream([trace(noise()), trace(noise(2, 90), START, 90.0)]))
    source = FolderSource(str(tmp_path))
    source.of_file("bad.mseed").get_waveforms(*CODES, START, START + 10)
    assert "bad.mseed" in source.problems()[0]
    source.of_file("good.mseed").get_waveforms(*CODES, START, START + 10)
    assert source.problems() == []


@pytest.mark.parametrize("kind", ["folder", "sds"])
def test_links_that_lead_out_are_refused_unless_allowed(tmp_path, kind):
    outside, folder = tmp_path / "elsewhere/a.mseed", tmp_path / "source"
    write_file(outside, trace(noise()))
    link = sds_path(folder, 1) if kind == "sds" else folder / "linked.mseed"
    link.parent.mkdir(parents=True)
    link.symlink_to(outside)
    file = str(link.relative_to(folder))
    source = SOURCES[kind](str(folder))
    for place in (source.of_file(file), source):
        with pytest.raises(RejectedEvent):
            place.get_waveforms(*CODES, START, START + 10)
    (problem,) = source.problems()
    assert "is a link that leads out of the source; follow_links: true reads such" in problem
    source = SOURCES[kind](str(folder), follow_links=True)
    for place in (source, source.of_file(file)):
        assert place.get_waveforms(*CODES, START, START + 10)
    assert source.problems() == []


def test_links_inside_the_folder_and_to_the_folder_are_followed(tmp_path):
    write_file(tmp_path / "real/deep/a.mseed", trace(noise()))
    (tmp_path / "real/b.mseed").symlink_to("deep/a.mseed")
    (tmp_path / "link").symlink_to("real")
    source = FolderSource(str(tmp_path / "link"))
    assert source.problems() == []
    assert source.of_file("b.mseed").get_waveforms(*CODES, START, START + 10)
    assert source.get_waveforms(*CODES, START, START + 10)


@pytest.mark.parametrize("follow_links", [False, True])
def test_links_that_go_in_a_circle_or_nowhere_end(tmp_path, follow_links):
    folder = tmp_path / "source"
    write_file(folder / "deep/a.mseed", trace(noise()))
    write_file(tmp_path / "outside/b.mseed", trace(noise(), START + 3600))
    (folder / "deep/circle").symlink_to("..")
    (folder / "deep/self").symlink_to("self")
    (folder / "none.mseed").symlink_to("nothing.mseed")
    (folder / "outside").symlink_to("../outside")
    source = FolderSource(str(folder), follow_links=follow_links)
    assert source.channels() == {CHANNEL}
    problems = " ".join(source.problems())
    assert "none.mseed is a link that leads nowhere" in problems
    assert "self is a link that leads nowhere" in problems
    assert ("outside is a link that leads out" in problems) != follow_links
    if follow_links:
        assert source.get_waveforms(*CODES, START + 3600, START + 3610)

"""What every source does; a new one joins MAKERS."""

import errno

import pytest
from helpers.waveforms import CHANNEL, START, noise, sds_path, trace, write_file

from specufex_pipe.rejections import Kind, RejectedEvent
from specufex_pipe.sources import files, reading
from specufex_pipe.sources.protocol import Window
from specufex_pipe.sources.registry import SOURCES

CODES = CHANNEL.split(".")
DAY = 86_400


def make_folder(path, data, day):
    write_file(path / f"{day}.mseed", data)
    return SOURCES["folder"](str(path))


def make_sds(path, data, day):
    write_file(sds_path(path, day), data)
    return SOURCES["sds"](str(path))


# A source, to which data of a day of 2020 are added first.
MAKERS = {"folder": make_folder, "sds": make_sds}


@pytest.fixture(params=SOURCES)
def make(request, tmp_path):
    return lambda data, day=1: MAKERS[request.param](tmp_path / "source", data, day)


def window(start=10, seconds=20, file=""):
    return Window(*CODES, START + start, START + start + seconds, file)


def test_what_there_is_between_two_times_is_returned(make):
    source = make(trace(noise()))
    source.check()
    (found,) = source.get_waveforms(*window()[:6])
    assert found.id == CHANNEL
    assert found.stats.npts == 2001
    assert found.data.tolist() == noise()[1000:3001].tolist()


def test_what_there_is_not_is_empty_or_rejected(make):
    source = make(trace(noise()))
    try:
        assert len(source.get_waveforms(*window(start=10 * DAY)[:6])) == 0
    except RejectedEvent as error:
        assert error.kind is Kind.NO_DATA


@pytest.mark.parametrize("error", [
    OSError(errno.EIO, "Input/output error"), OSError(errno.ESTALE, "Stale file handle"),
    OSError(errno.EMFILE, "Too many open files"), MemoryError(),
])  # fmt: skip
def test_a_machine_that_fails_is_not_the_fault_of_the_event(make, error, monkeypatch):
    source = make(trace(noise()))
    source.channels()

    def fail(*arguments, **options):
        raise error

    monkeypatch.setattr(reading, "reader_of", lambda name: fail)
    if isinstance(error, MemoryError):
        monkeypatch.setattr(files.np, "empty", fail)
    with pytest.raises(OSError, match=r"1\.mseed|2020\.001"):
        source.get_waveforms(*window()[:6])


def test_a_file_that_asks_for_more_memory_than_it_can_hold_is_unreadable(make, monkeypatch):
    source = make(trace(noise()))
    source.channels()

    def fail(*arguments, **options):
        raise MemoryError

    monkeypatch.setattr(reading, "reader_of", lambda name: fail)
    with pytest.raises(RejectedEvent, match=r"unreadable file: .*MemoryError"):
        source.get_waveforms(*window()[:6])


def test_channels_are_those_that_there_are(make):
    make(trace(noise()))
    write_channel = make(trace(noise()), day=2)
    assert write_channel.channels() == {CHANNEL}


def test_what_a_window_depends_on_changes_with_its_files_and_with_no_others(make):
    source = make(trace(noise()))
    before = list(source.dependencies(window()))
    source = make(trace(noise(), START + 20 * DAY), day=21)
    assert list(source.dependencies(window())) == before
    source = make(trace(noise(seconds=50)))
    assert list(source.dependencies(window())) != before


def test_the_state_changes_when_a_file_is_added_or_removed(make, tmp_path):
    source = make(trace(noise()))
    before = source.state()
    assert source.state() == before
    make(trace(noise(), START + 20 * DAY), day=21)
    assert source.state() != before


def test_a_source_that_takes_up_its_index_has_the_same_waveforms(make, tmp_path):
    source = make(trace(noise()))
    source.update_index(tmp_path / "index.csv")
    again = make(trace(noise(), START + 20 * DAY), day=21)
    again.use_index(tmp_path / "index.csv", [CHANNEL])
    (expected,), (found,) = (each.get_waveforms(*window()[:6]) for each in (source, again))
    assert found.data.tolist() == expected.data.tolist()


def test_one_of_its_files_is_a_source_of_its_own(make, tmp_path):
    source = make(trace(noise()))
    write_file(tmp_path / "source/event.mseed", trace(noise(seed=1)))
    write_file(tmp_path / "secret.mseed", trace(noise()))
    (found,) = source.of_file("event.mseed").get_waveforms(*window()[:6])
    assert found.data.tolist() == noise(seed=1)[1000:3001].tolist()
    for outside in ("../secret.mseed", "/etc/hostname", "a/../../secret.mseed"):
        with pytest.raises(RejectedEvent) as error:
            source.of_file(outside)
        assert error.value.kind is Kind.OUTSIDE_SOURCE


def test_a_source_that_is_not_there_does_not_pass_its_check(tmp_path):
    for name in SOURCES:
        with pytest.raises(ValueError, match=r"path is .*nowhere.*: there is no such folder"):
            SOURCES[name](str(tmp_path / "nowhere")).check()


def test_a_format_that_runs_code_is_refused(tmp_path):
    for name in SOURCES:
        with pytest.raises(ValueError, match="not a waveform format that is read here"):
            SOURCES[name](str(tmp_path), format="PICKLE").check()


def test_results_among_the_waveforms_are_noticed(make, tmp_path):
    source = make(trace(noise()))
    assert source.contains(tmp_path / "source/results")
    assert not source.contains(tmp_path / "results")

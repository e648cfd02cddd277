"""What every source does; a new one joins MAKERS."""

import errno
import inspect

import h5py
import pytest
from helpers.fake_centre import FakeCentre
from helpers.hdf5_sources import metadata_of, write_asdf, write_seisbench, write_tool_chain
from helpers.waveforms import CHANNEL, START, noise, sds_path, trace, write_file
from obspy import Stream

from specufex_pipe.downloads.asking import ask
from specufex_pipe.downloads.day import write_day
from specufex_pipe.downloads.plan import DayTask
from specufex_pipe.rejections import Kind, RejectedEvent
from specufex_pipe.sources import files, reading
from specufex_pipe.sources.fdsn import archive_file
from specufex_pipe.sources.protocol import Window
from specufex_pipe.sources.registry import SOURCES

DAY = 86_400


def make_folder(path, data, day):
    write_file(path / f"{day}.mseed", data)
    return SOURCES["folder"](str(path))


def make_sds(path, data, day):
    write_file(sds_path(path, day), data)
    return SOURCES["sds"](str(path))


def make_seisbench(path, data, day):
    write_seisbench(path, [metadata_of(data, "a")], {"a": data.data[None]}, chunk=f"_{day}")
    return SOURCES["seisbench"](str(path))


def make_specufex(path, data, day):
    file = path / "data.h5"
    waveforms, times = {}, {}
    if file.exists():
        with h5py.File(file) as old:
            waveforms = {name: each[()] for name, each in old["waveforms/STA/HHZ"].items()}
            old_times = old["catalog/global_catalog/timestamp"].asstr()
            times = dict(zip(waveforms, old_times, strict=True))
    waveforms[str(day)], times[str(day)] = data.data, str(data.stats.starttime)
    ordered = sorted(waveforms)
    write_tool_chain(
        file, {name: waveforms[name] for name in ordered}, {name: times[name] for name in ordered}
    )
    return SOURCES["specufex"](str(file))


def make_asdf(path, data, day):
    (path / f"{day}.h5").unlink(missing_ok=True)
    write_asdf(path / f"{day}.h5", data)
    return SOURCES["asdf"](str(path))


def make_fdsn(path, data, day):
    """Download the data as if a service had these and no others of the day."""
    start, end = data.stats.starttime, data.stats.endtime + data.stats.delta
    for file in (
        archive_file(path, data.id, start.date),
        path / f"requests/{data.id}/2020.{day:03d}.csv",
    ):
        file.unlink(missing_ok=True)
    task = DayTask(data.id, start.date, ((start.ns, end.ns),))
    (answer,) = ask(FakeCentre(Stream([data])), [task])
    write_day(path, answer)
    return SOURCES["fdsn"]("https://fake.example", str(path))


# A source, to which data of a day of 2020 are added first.
MAKERS = {
    "folder": make_folder, "sds": make_sds, "seisbench": make_seisbench, "specufex": make_specufex,
    "asdf": make_asdf, "fdsn": make_fdsn,
}  # fmt: skip
# What a catalog calls the data of a day, where that is no path of a file.
NAMES = {
    "seisbench": "_{}/a",
    "specufex": "{}",
    "asdf": "{}.h5",
}
# What reads samples, beside ObsPy.
READERS = [
    (h5py.Dataset, "__getitem__"),
]
# Sources that are one file: whatever is added, their windows depend on.
ARE_ONE_FILE = {"specufex"}
# The files of the tool chain have no codes of networks and locations.
CHANNELS = {"specufex": ".STA..HHZ"}


@pytest.fixture(params=SOURCES)
def kind(request):
    return request.param


def are_downloaded():
    """Return the sources that a stage of its own fetches, and that have no files of events."""
    return {name for name in SOURCES if SOURCES[name].is_downloaded}


@pytest.fixture
def channel(kind):
    return CHANNELS.get(kind, CHANNEL)


@pytest.fixture
def make(kind, tmp_path):
    return lambda data, day=1: MAKERS[kind](tmp_path / "source", data, day)


@pytest.fixture
def window(channel):
    def window(start=10, seconds=20, file=""):
        return Window(*channel.split("."), START + start, START + start + seconds, file)

    return window


@pytest.fixture
def make_event(kind, make, tmp_path):
    """Add the data of an event, and return what a catalog calls them."""

    def make_event(data):
        if kind in NAMES:
            make(data, day=99)
            return NAMES[kind].format(99)
        write_file(tmp_path / "source/event.mseed", data)
        return "event.mseed"

    return make_event


@pytest.fixture
def fail_to_read(monkeypatch):
    """Have whatever reads samples raise an error."""

    def fail_to_read(error):
        def fail(*arguments, **options):
            raise error

        monkeypatch.setattr(reading, "reader_of", lambda name: fail)
        for owner, name in READERS:
            monkeypatch.setattr(owner, name, fail)
        return fail

    return fail_to_read


def test_what_there_is_between_two_times_is_returned(make, window, channel):
    source = make(trace(noise()))
    source.check()
    (found,) = source.get_waveforms(*window()[:6])
    assert found.id == channel
    assert found.stats.npts == 2001
    assert found.data.tolist() == noise()[1000:3001].tolist()


def test_what_there_is_not_is_empty_or_rejected(make, window):
    source = make(trace(noise()))
    try:
        assert len(source.get_waveforms(*window(start=10 * DAY)[:6])) == 0
    except RejectedEvent as error:
        assert error.kind is Kind.NO_DATA


@pytest.mark.parametrize("error", [
    OSError(errno.EIO, "Input/output error"), OSError(errno.ESTALE, "Stale file handle"),
    OSError(errno.EMFILE, "Too many open files"), MemoryError(),
])  # fmt: skip
def test_a_machine_that_fails_is_not_the_fault_of_the_event(
    make, window, error, fail_to_read, monkeypatch
):
    source = make(trace(noise()))
    source.channels()
    fail = fail_to_read(error)
    if isinstance(error, MemoryError):
        monkeypatch.setattr(files.np, "empty", fail)
    with pytest.raises(OSError, match=r"/source/.*1|data\.h5"):
        source.get_waveforms(*window()[:6])


def test_a_file_that_asks_for_more_memory_than_it_can_hold_is_unreadable(
    make, window, fail_to_read
):
    source = make(trace(noise()))
    source.channels()
    fail_to_read(MemoryError())
    with pytest.raises(RejectedEvent, match=r"unreadable file: .*MemoryError"):
        source.get_waveforms(*window()[:6])


def test_channels_are_those_that_there_are(make, channel):
    make(trace(noise()))
    write_channel = make(trace(noise()), day=2)
    assert write_channel.channels() == {channel}


def test_what_a_window_depends_on_changes_with_its_files_and_with_no_others(make, window, kind):
    source = make(trace(noise()))
    before = list(source.dependencies(window()))
    assert before
    source = make(trace(noise(), START + 20 * DAY), day=21)
    if kind not in ARE_ONE_FILE:
        assert list(source.dependencies(window())) == before
    source = make(trace(noise(seconds=50)))
    assert list(source.dependencies(window())) != before


def test_the_state_changes_when_a_file_is_added_or_removed(make, kind):
    if kind in are_downloaded():
        pytest.skip("the summary of the download tells of changes")
    source = make(trace(noise()))
    before = source.state()
    assert source.state() == before
    make(trace(noise(), START + 20 * DAY), day=21)
    assert source.state() != before


def test_a_source_that_takes_up_its_index_has_the_same_waveforms(make, window, channel, tmp_path):
    source = make(trace(noise()))
    source.update_index(tmp_path / "index.csv")
    again = make(trace(noise(), START + 20 * DAY), day=21)
    again.use_index(tmp_path / "index.csv", [channel])
    (expected,), (found,) = (each.get_waveforms(*window()[:6]) for each in (source, again))
    assert found.data.tolist() == expected.data.tolist()


def test_one_of_its_files_is_a_source_of_its_own(make, make_event, window, kind):
    if kind in are_downloaded():
        with pytest.raises(RejectedEvent, match=r"column|have no files"):
            make(trace(noise())).of_file("event.mseed")
        return
    make(trace(noise()))
    name = make_event(trace(noise(seed=1)))
    event = make(trace(noise())).of_file(name)
    for times, expected in ((window()[4:6], slice(1000, 3001)), ((None, None), slice(None))):
        (found,) = event.get_waveforms(*window()[:4], *times)
        assert found.data.tolist() == noise(seed=1)[expected].tolist()
        assert found.stats.starttime == (times[0] or START)
    assert list(event.dependencies(window(file=name)))


@pytest.mark.parametrize(
    "outside", ["../secret.mseed", "/etc/hostname", "a/../../secret.mseed", "..", "\0", "gone"]
)
def test_a_name_that_leads_nowhere_or_out_is_of_its_event_alone(make, window, tmp_path, outside):
    source = make(trace(noise()))
    write_file(tmp_path / "secret.mseed", trace(noise()))
    with pytest.raises(RejectedEvent) as error:
        source.of_file(outside).get_waveforms(*window()[:6])
    assert error.value.kind in (Kind.OUTSIDE_SOURCE, Kind.MISSING_FILE, Kind.UNREADABLE_FILE)


def test_an_event_whose_file_has_another_channel_is_rejected(make, make_event, window, kind):
    if kind in are_downloaded():
        pytest.skip("services have no files")
    event = make(trace(noise())).of_file(make_event(trace(noise(), channel="HHZ")))
    with pytest.raises(RejectedEvent) as error:
        event.get_waveforms("YY", "OTHER", "", "HHN", None, None)
    assert error.value.kind is Kind.NO_DATA


def test_a_source_that_is_not_there_does_not_pass_its_check(tmp_path):
    for name in SOURCES.keys() - are_downloaded():
        with pytest.raises(
            ValueError, match=r"path is .*nowhere.*: there is no such (file|folder)"
        ):
            SOURCES[name](str(tmp_path / "nowhere")).check()


def test_a_format_that_runs_code_is_refused(tmp_path):
    with_format = [
        name for name in SOURCES if "format" in inspect.signature(SOURCES[name]).parameters
    ]
    assert with_format
    for name in with_format:
        with pytest.raises(ValueError, match="not a waveform format that is read here"):
            SOURCES[name](str(tmp_path), format="PICKLE").check()


@pytest.mark.parametrize("file_format", ["CSS", "NNSA_KB_CORE", "Q"])
def test_a_format_whose_samples_lie_in_other_files_is_refused(tmp_path, file_format):
    for name in SOURCES:
        if "format" in inspect.signature(SOURCES[name]).parameters:
            with pytest.raises(ValueError, match=r"samples lie in other files.* convert .* MSEED"):
                SOURCES[name](str(tmp_path), format=file_format).check()


def test_results_among_the_waveforms_are_noticed(make, kind, tmp_path):
    source = make(trace(noise()))
    inside = "source/data.h5" if kind in ARE_ONE_FILE else "source/results"
    assert source.contains(tmp_path / inside)
    assert not source.contains(tmp_path / "results")

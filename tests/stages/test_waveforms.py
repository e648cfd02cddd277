"""The stage of the waveforms goes on past bad events, and says what was wrong with each."""

import errno
import json
import sys

import numpy as np
import pytest
from helpers.hdf5_sources import write_asdf
from helpers.waveforms import CHANNEL, START, noise, sds_path, trace, write_events_of, write_file
from obspy import Stream

from specufex_pipe.errors import StageError
from specufex_pipe.settings import SpectrogramSettings, WaveformSettings, read_sections
from specufex_pipe.sources import reading
from specufex_pipe.stages import join, rejected, spectrograms, waveforms
from specufex_pipe.store import FrameStore, read_rejections

SETTINGS = WaveformSettings(before=5, duration=20, margin=2)


def source_settings(folder, **changes):
    return read_sections(json.dumps({"source": {"path": str(folder)} | changes}))["source"]


def run_stage(folder, rows, header="event_id,time", output=None, part=None, **source):
    """Run the stage on a source; return event ids, and kind and detail by event id."""
    table = write_events_of(folder, rows, header)
    (folder / "source").mkdir(exist_ok=True)
    output = output or folder / "waveforms.h5"
    waveforms.run(
        SETTINGS,
        output,
        source_settings=source_settings(folder / "source", **source),
        catalog=table,
        channel=CHANNEL,
        rows=part,
    )
    with FrameStore(output, "waveforms") as store:
        event_ids = store.event_ids
    rejections = read_rejections(output, "waveforms")
    return event_ids, {row.event_id: (row.kind, row.detail) for row in rejections}


def test_a_run_goes_on_past_bad_events(tmp_path):
    write_file(tmp_path / "source/good.mseed", trace(noise()))
    dead = trace(np.zeros(6000, dtype=np.int32), START + 3600)
    write_file(tmp_path / "source/dead.mseed", dead)
    (tmp_path / "source/broken.mseed").write_bytes(b"not miniSEED at all")
    events, rejections = run_stage(
        tmp_path,
        ["good,2020-01-01T00:00:10", "dead,2020-01-01T01:00:10", "lost,2020-06-01T00:00:10"],
    )
    assert events == ["good"]
    assert rejections["dead"][0] == "dead channel"
    assert rejections["lost"][0] == "no data"
    assert "1 file of the source is put aside" in rejections["lost"][1]
    assert "broken.mseed" in rejections["lost"][1]


def test_what_is_wrong_with_the_source_as_a_whole_stops_the_stage(tmp_path, monkeypatch):
    write_asdf(tmp_path / "source/a.h5", trace(noise()))
    monkeypatch.setitem(sys.modules, "pyasdf", None)
    with pytest.raises(StageError, match=r"pip install"):
        run_stage(tmp_path, ["a,2020-01-01T00:00:10"], type="asdf")
    monkeypatch.undo()
    assert run_stage(tmp_path, ["a,2020-01-01T00:00:10"], type="asdf")[0] == ["a"]


def test_a_window_across_two_files_is_joined(tmp_path):
    data = noise()
    write_file(tmp_path / "source/first.mseed", trace(data[:1200]))
    write_file(tmp_path / "source/second.mseed", trace(data[1200:], START + 12))
    events, _ = run_stage(tmp_path, ["a,2020-01-01T00:00:10"])
    assert events == ["a"]


@pytest.mark.parametrize("rate", [b"\x00\x5a\x00\x01", b"\xff\xff\x80\x00", b"\x7f\xff\x03\xe8"])
def test_a_small_file_with_damaged_records_costs_no_event(tmp_path, rate):
    for hour in range(4):
        data = trace(noise(seed=hour), START + 3600 * hour)
        write_file(tmp_path / f"source/{hour}.mseed", data)
    small = tmp_path / "source/small.mseed"
    Stream([trace(noise()[1000:3000], START + 10)]).write(str(small), format="MSEED", reclen=512)
    content = bytearray(small.read_bytes())
    content[32:36] = rate  # 90 Hz, a sample in nine hours, 32.8 MHz
    content[512 + 300] ^= 64  # packed samples
    content[1024 + 20 : 1024 + 22] = b"\x27\xda"  # the year 10202
    small.write_bytes(content)
    rows = [f"{hour},2020-01-01T0{hour}:00:10" for hour in range(4)]
    events, _ = run_stage(tmp_path, rows)
    assert events == ["0", "1", "2", "3"]


def test_files_that_the_catalog_names_are_the_only_ones_read(tmp_path):
    write_file(tmp_path / "source/a.mseed", trace(noise()))
    write_file(tmp_path / "source/other.mseed", trace(noise(), channel="HHN"))
    (tmp_path / "source/broken.mseed").write_bytes(b"not miniSEED at all")
    write_file(tmp_path / "secret.mseed", trace(noise()))
    time = "2020-01-01T00:00:10"
    events, rejections = run_stage(
        tmp_path,
        [
            f"a,{time},a.mseed",
            f"none,{time},none.mseed",
            f"broken,{time},broken.mseed",
            f"other,{time},other.mseed",
            "late,2020-01-02T00:00:10,a.mseed",
            f"outside,{time},../secret.mseed",
        ],
        header="event_id,time,file",
    )
    assert events == ["a"]
    kinds = {event_id: kind for event_id, (kind, _) in rejections.items()}
    assert kinds == {
        "none": "missing file",
        "broken": "unreadable file",
        "other": "no data",
        "late": "outside its file",
        "outside": "file outside the source",
    }
    assert rejections["other"][1] == "other.mseed holds XX.STA.00.HHN"
    assert rejections["late"][1].startswith("a.mseed covers 2020-01-01T00:00:00")


def test_a_disk_that_fails_stops_the_stage_and_rejects_nothing(tmp_path, monkeypatch):
    write_file(tmp_path / "source/a.mseed", trace(noise()))

    def fail(*arguments, **options):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(reading, "reader_of", lambda name: fail)
    with pytest.raises(OSError, match=r"Input/output error; try again, .*a\.mseed"):
        run_stage(tmp_path, ["a,2020-01-01T00:00:10,a.mseed"], "event_id,time,file")


@pytest.mark.parametrize("file", [300 * "x", "a/b.mseed", "loop", "\x1b[31m.mseed"])
def test_names_that_no_file_can_have_reject_their_event_alone(file, tmp_path):
    write_file(tmp_path / "source/a", trace(noise()))
    (tmp_path / "source/loop").symlink_to("loop")
    rows = ["a,2020-01-01T00:00:10,a", f"b,2020-01-01T00:00:10,{file}"]
    event_ids, rejections = run_stage(tmp_path, rows, "event_id,time,file")
    assert event_ids == ["a"]
    assert rejections["b"][0] in ("missing file", "unreadable file")
    assert rejections["b"][1].isprintable()


def test_data_that_ask_for_too_much_memory_reject_their_event_alone(tmp_path, monkeypatch):
    write_file(tmp_path / "source/a.mseed", trace(noise()))

    def fail(*arguments, **options):
        raise MemoryError

    monkeypatch.setattr("specufex_pipe.stages.reading.prepare", fail)
    event_ids, rejections = run_stage(tmp_path, ["a,2020-01-01T00:00:10"])
    assert event_ids == []
    assert rejections["a"] == ("unusable data", "MemoryError: ")


def test_an_sds_archive_is_read(tmp_path):
    write_file(sds_path(tmp_path / "source", 1), trace(noise()))
    sds_path(tmp_path / "source", 100).write_bytes(b"not miniSEED at all" * 100)
    events, rejections = run_stage(
        tmp_path,
        ["a,2020-01-01T00:00:10", "b,2020-05-01T00:00:10", "c,2020-04-09T12:00:00"],
        type="sds",
    )
    assert events == ["a"]
    assert rejections["b"][0] == "no data"
    assert (
        "none of these files is there: 2020/XX/STA/HHZ.D/XX.STA.00.HHZ.D.2020.121, "
        in (rejections["b"][1])
    )
    assert rejections["c"][0] == "unreadable file"


def test_where_no_event_is_left_the_reasons_are_counted_and_all_rows_written(tmp_path):
    write_file(tmp_path / "source/dead.mseed", trace(np.zeros(6000, dtype=np.int32)))
    rows = ["a,2020-01-01T00:00:10", "b,2020-01-01T00:00:11", "c,2020-02-01T00:00:10"]
    shards = tmp_path / "shards"
    paths = [shards / f"{number:05d}" / "waveforms.h5" for number in range(2)]
    for number, path in enumerate(paths):
        run_stage(tmp_path, rows, output=path, part=range(2 * number, 2 * number + 2))
        settings = SpectrogramSettings()
        spectrograms.run(settings, path.parent / "spectrograms.h5", waveforms=path)
    rejected.run(
        tmp_path / "rejected.csv", waveform_shards=shards, spectrogram_shards=shards, n_shards=2
    )
    assert len((tmp_path / "rejected.csv").read_text().splitlines()) == 4
    with pytest.raises(StageError) as error:
        join.run(
            tmp_path / "waveforms.h5",
            shards=shards,
            n_shards=2,
            rejected=tmp_path / "rejected.csv",
        )
    message = str(error.value)
    assert "no event is left" in message
    assert "2 x dead channel, the first: event 'a': all samples are 0" in message
    assert "1 x no data" in message
    assert not (tmp_path / "waveforms.h5").exists()

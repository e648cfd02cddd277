"""A catalog in shards is one data set, and only shards that change are made again."""

import csv
import os
import shutil

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from obspy import UTCDateTime
from test_waveforms import CHANNEL, START, noise, trace

from specufex_pipe.catalogs.csv import read_catalog
from specufex_pipe.events.frames import Frames
from specufex_pipe.settings import WaveformSettings
from specufex_pipe.sources import index as archive
from specufex_pipe.stages import shards
from specufex_pipe.store import FrameStore, join_shards, read_table, write_events

N_EVENTS, N_ROWS = 12, 3
RNG = np.random.default_rng(0)
LENGTHS = RNG.integers(1, 9, N_EVENTS)
OFFSETS = np.concatenate([[0], np.cumsum(LENGTHS)])
FRAMES = RNG.random((OFFSETS[-1], N_ROWS)).astype(np.float32)


def write_shard(path, first, stop, fmin=2, prefix="event"):
    with write_events(
        path, "spectrograms", settings={"fmin": fmin}, inputs={"waveforms": "same"}
    ) as store:
        for event in range(first, stop):
            frames = FRAMES[OFFSETS[event] : OFFSETS[event + 1]]
            store.append([f"{prefix} {event}"], [len(frames)], frames, mean=frames.mean(0)[None])
        store.array("frequencies", np.arange(3.0), unit="Hz")
        store.reject(f"lost before {first}", "spectrograms", "gap: too long")


def write_joined(folder, cuts):
    """Write shards that end at the given events, and join them."""
    edges = [0, *sorted(cuts), N_EVENTS]
    paths = [folder / f"{number:05d}.h5" for number in range(len(edges) - 1)]
    for path, first, stop in zip(paths, edges[:-1], edges[1:], strict=True):
        write_shard(path, first, stop)
    joined = folder / "spectrograms.h5"
    join_shards(joined, "spectrograms", paths)
    return joined, paths


@settings(max_examples=25)
@given(
    cuts=st.lists(st.integers(0, N_EVENTS), max_size=5),
    events=st.lists(st.integers(0, N_EVENTS - 1), max_size=8),
)
def test_shards_are_read_as_one_data_set(tmp_path_factory, cuts, events):
    joined, _ = write_joined(tmp_path_factory.mktemp("shards"), cuts)
    with FrameStore(joined, "spectrograms") as store:
        expected = Frames(FRAMES, OFFSETS)
        assert (store.n_events, store.n_rows, store.dtype) == (N_EVENTS, N_ROWS, np.float32)
        for chosen in (events, range(N_EVENTS)):
            for found, wanted in zip(store.read(chosen), expected.read(chosen), strict=True):
                np.testing.assert_array_equal(found, wanted)
        means = np.stack([event.mean(0) for event in expected.read(range(N_EVENTS)).events()])
        np.testing.assert_array_equal(store.array("mean"), means)
        np.testing.assert_array_equal(store.array("mean", slice(3, 7)), means[3:7])
        assert store.event_ids == [f"event {number}" for number in range(N_EVENTS)]


@settings(max_examples=25)
@given(st.lists(st.integers(0, N_EVENTS), max_size=6))
def test_the_digest_does_not_depend_on_the_shards(tmp_path_factory, cuts):
    folder = tmp_path_factory.mktemp("shards")
    write_shard(folder / "whole.h5", 0, N_EVENTS)
    joined, _ = write_joined(folder, cuts)
    with (
        FrameStore(folder / "whole.h5", "spectrograms") as whole,
        FrameStore(joined, "spectrograms") as parts,
    ):
        assert parts.digest == whole.digest


def test_rejected_events_of_all_shards_are_kept(tmp_path):
    joined, _ = write_joined(tmp_path, [4, 8])
    _, rows = read_table(joined, "rejected")
    assert [row[0] for row in rows] == ["lost before 0", "lost before 4", "lost before 8"]


def test_any_reader_of_hdf5_sees_one_file_wherever_the_folder_is(tmp_path, monkeypatch):
    (tmp_path / "before").mkdir()
    write_joined(tmp_path / "before", [5, 5, 9])
    shutil.move(tmp_path / "before", tmp_path / "after")
    monkeypatch.chdir("/")
    with h5py.File(tmp_path / "after" / "spectrograms.h5") as file:
        np.testing.assert_array_equal(file["frames"][:], FRAMES)
        assert file["mean"].shape == (N_EVENTS, N_ROWS)


def test_many_shards_need_few_open_files(tmp_path, monkeypatch):
    monkeypatch.setattr("specufex_pipe.store.shards._OPEN_FILES", 2)
    joined, _ = write_joined(tmp_path, range(1, N_EVENTS))
    with FrameStore(joined, "spectrograms") as store:
        for _ in range(2):
            np.testing.assert_array_equal(store.read(range(N_EVENTS)).frames, FRAMES)
        assert len(store._shards._open) == 2


def test_a_shard_that_is_gone_or_has_changed_is_never_read(tmp_path):
    joined, paths = write_joined(tmp_path, [6])
    write_shard(paths[1], 6, N_EVENTS, prefix="another")
    with FrameStore(joined, "spectrograms") as store:
        store.read([0, 5])
        with pytest.raises(
            OSError, match=r"00001\.h5 has changed since .*spectrograms\.h5 was made"
        ):
            store.read([7])
    paths[1].unlink()
    with (
        FrameStore(joined, "spectrograms") as store,
        pytest.raises(FileNotFoundError, match=r"00001\.h5: there is no such file"),
    ):
        store.read([7])


def test_shards_that_do_not_belong_together_are_not_joined(tmp_path):
    paths = [tmp_path / "a.h5", tmp_path / "b.h5"]
    write_shard(paths[0], 0, 6)
    write_shard(paths[1], 6, N_EVENTS, fmin=3)
    with pytest.raises(ValueError, match=r"has settings .*3.* and .*a\.h5 has .*2"):
        join_shards(tmp_path / "joined.h5", "spectrograms", paths)
    write_shard(paths[1], 5, N_EVENTS)
    with pytest.raises(ValueError, match="event 'event 5' is in two shards"):
        join_shards(tmp_path / "joined.h5", "spectrograms", paths)
    assert not (tmp_path / "joined.h5").exists()


def write_catalog(folder, rows, header="event_id,time"):
    folder.mkdir(exist_ok=True)
    (folder / "archive").mkdir(exist_ok=True)
    (folder / "catalog.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")


def write_record(folder, name, start):
    path = folder / "archive" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    trace(noise(), start=start).write(str(path), format="MSEED")


def states(folder, layout="files"):
    """Run the stage with two events a shard; return the states of the shards."""
    waveforms = WaveformSettings(
        catalog=str(folder / "catalog.csv"), archive=str(folder / "archive"), layout=layout
    )
    output = folder / "shards.csv"
    shards.run(waveforms, output, channels=[CHANNEL], shard_size=2, index=folder / "archive.csv")
    with output.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["shard"]) for row in rows] == list(range(len(rows)))
    return [row["state"] for row in rows]


def changed(before, after):
    """Return the numbers of the shards that have to be made again."""
    return [i for i, state in enumerate(after) if i >= len(before) or state != before[i]]


HOURS = [f"e{hour},2020-01-01T0{hour}:00:10" for hour in range(5)]


@pytest.fixture
def folder(tmp_path):
    write_catalog(tmp_path, HOURS)
    for hour in range(5):
        write_record(tmp_path, f"{hour}.mseed", START + 3600 * hour)
    return tmp_path


def test_nothing_changed_asks_for_nothing(folder):
    assert changed(states(folder), states(folder)) == []


def test_new_events_change_the_last_shard_and_add_others(folder):
    before = states(folder)
    write_catalog(folder, [*HOURS, "e5,2020-01-01T05:00:10", "e6,2020-01-01T06:00:10"])
    assert changed(before, states(folder)) == [2, 3]


def test_a_file_that_comes_goes_or_changes_asks_for_the_shards_that_it_has_data_of(folder):
    before = states(folder)
    write_record(folder, "more.mseed", START + 3600 * 2)
    write_record(folder, "elsewhere.mseed", START + 86_400)
    assert changed(before, states(folder)) == [1]
    before = states(folder)
    (folder / "archive" / "0.mseed").unlink()
    write_record(folder, "4.mseed", START + 3600 * 4 - 5)
    assert changed(before, states(folder)) == [0, 2]


def test_a_row_that_repeats_one_of_another_shard_is_seen_by_both(folder):
    before = states(folder)
    write_catalog(folder, ["e4,2020-01-01T00:00:10", *HOURS[1:]])
    assert changed(before, states(folder)) == [0, 2]
    assert list(read_catalog(folder / "catalog.csv", range(4, 6))) == [
        ("e4", "duplicate event_id: line 2 has it already (line 6)")
    ]


def test_an_earlier_row_that_cannot_be_used_does_not_make_a_later_one_a_duplicate(tmp_path):
    write_catalog(tmp_path, ["a,noon", "b,2020-01-01", "a,2020-01-02", "a,2020-01-03"])
    event, repeated = read_catalog(tmp_path / "catalog.csv", range(2, 4))
    assert (event.event_id, event.time) == ("a", UTCDateTime(2020, 1, 2))
    assert repeated == ("a", "duplicate event_id: line 4 has it already (line 5)")


def test_files_that_the_catalog_names_are_those_that_count(tmp_path):
    rows = [f"{row},{hour}.mseed" for hour, row in enumerate(HOURS)]
    write_catalog(tmp_path, rows, header="event_id,time,file")
    for hour in range(5):
        write_record(tmp_path, f"{hour}.mseed", START + 3600 * hour)
    before = states(tmp_path)
    write_record(tmp_path, "more.mseed", START + 3600 * 2)
    assert changed(before, states(tmp_path)) == []
    write_record(tmp_path, "3.mseed", START + 3600 * 3 - 5)
    assert changed(before, states(tmp_path)) == [1]


def test_days_of_an_sds_archive_count_for_the_events_in_them(tmp_path):
    days = ["a,2020-01-01T12:00:00", "b,2020-01-02T12:00:00", "c,2020-01-03T00:00:03"]
    write_catalog(tmp_path, days)
    name = "2020/XX/STA/HHZ.D/XX.STA.00.HHZ.D.2020.{:03d}".format
    write_record(tmp_path, name(1), START)
    before = states(tmp_path, layout="sds")
    write_record(tmp_path, name(4), START)
    assert changed(before, states(tmp_path, layout="sds")) == []
    # The window of c begins on the day before.
    write_record(tmp_path, name(2), START)
    assert changed(before, states(tmp_path, layout="sds")) == [0, 1]


def test_headers_are_read_once(folder, monkeypatch):
    read = []
    whole = archive.read_file
    monkeypatch.setattr(
        archive,
        "read_file",
        lambda path, *args, **kw: (read.append(path.name), whole(path, *args, **kw))[1],
    )
    states(folder)
    assert sorted(read) == [f"{hour}.mseed" for hour in range(5)]
    read.clear()
    write_record(folder, "3.mseed", START + 3600 * 3 - 5)
    states(folder)
    assert read == ["3.mseed"]


def test_a_file_that_could_not_be_read_is_tried_again(folder):
    path = folder / "archive" / "3.mseed"
    content, times = path.read_bytes(), path.stat()
    path.write_bytes(b"x" * len(content))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    before = states(folder)
    path.write_bytes(content)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert changed(before, states(folder)) == [1]

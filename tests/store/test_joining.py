"""A catalog in shards is one data set."""

import shutil

import h5py
import numpy as np
import pytest
from helpers import bit_flips
from hypothesis import given, settings
from hypothesis import strategies as st

from specufex_pipe.events.frames import Frames
from specufex_pipe.rejections import Kind, Rejection
from specufex_pipe.store import FrameStore, join_shards, read_rejections, write_events

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
        store.reject(Rejection(f"lost before {first}", "spectrograms", Kind.GAP, "too long"))


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
    rejections = read_rejections(joined, "spectrograms")
    assert [row.event_id for row in rejections] == [
        "lost before 0",
        "lost before 4",
        "lost before 8",
    ]


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


def test_a_shard_with_a_changed_event_is_not_joined(tmp_path):
    path = tmp_path / "shard.h5"
    bit_flips.write_shard(path, 0)
    with h5py.File(path, "r+", libver="v110") as file:
        file["frames"][file["offsets"][3], 0] += 1
    with pytest.raises(OSError, match=r"shard\.h5: damaged: the frames of event '0 event 3'"):
        join_shards(tmp_path / "fingerprints.h5", bit_flips.KIND, [path])
    assert not (tmp_path / "fingerprints.h5").exists()

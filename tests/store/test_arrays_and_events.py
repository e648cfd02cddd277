"""Files appear only whole, and a wrong one is refused by name."""

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from specufex_pipe.events.frames import Frames
from specufex_pipe.rejections import Kind, Rejection
from specufex_pipe.store import (
    FrameStore,
    atomic_path,
    read_arrays,
    read_rejections,
    write_arrays,
    write_events,
)

LOST = Rejection("lost <event>", "spectrograms", Kind.GAP, "too long")


def write_example(path, n_events=7, seed=0):
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, 9, n_events)
    frames = rng.random((lengths.sum(), 3)).astype(np.float32)
    with write_events(path, "spectrograms", settings={"fmin": 2}, inputs={}) as store:
        offset = 0
        for number, length in enumerate(lengths):
            event = frames[offset : offset + length]
            store.append([f"event {number}"], [length], event, mean=event.mean(axis=0)[None])
            offset += length
        store.reject(LOST)
    return frames, np.concatenate([[0], np.cumsum(lengths)])


@given(st.lists(st.integers(0, 6), max_size=12))
def test_a_store_and_an_array_give_the_same_batches(tmp_path_factory, events):
    path = tmp_path_factory.mktemp("store") / "spectrograms.h5"
    frames, offsets = write_example(path)
    with FrameStore(path, "spectrograms") as store:
        from_store, from_memory = store.read(events), Frames(frames, offsets).read(events)
        expected = [frames[offsets[event] : offsets[event + 1]] for event in events]
        for batch in (from_store, from_memory):
            assert len(list(batch.events())) == len(events)
            for found, event in zip(batch.events(), expected, strict=True):
                np.testing.assert_array_equal(found, event)


def test_what_was_written_is_read(tmp_path):
    _frames, offsets = write_example(tmp_path / "s.h5")
    with FrameStore(tmp_path / "s.h5", "spectrograms") as store:
        assert (store.n_events, store.n_rows, store.n_frames) == (7, 3, offsets[-1])
        assert store.event_ids == [f"event {number}" for number in range(7)]
        assert store.array("mean").shape == (7, 3)
    assert read_rejections(tmp_path / "s.h5", "spectrograms") == [LOST]


def test_digest_tells_contents_apart(tmp_path):
    digests = []
    for number, seed in enumerate((0, 0, 1)):
        path = tmp_path / f"{number}.h5"
        write_example(path, seed=seed)
        with FrameStore(path, "spectrograms") as store:
            digests.append(store.digest)
    assert digests[0] == digests[1] != digests[2]


def test_an_error_while_writing_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "s.h5"
    write_example(path)
    before = path.read_bytes()
    with (
        pytest.raises(RuntimeError, match="killed"),
        write_events(path, "spectrograms", settings={}, inputs={}) as store,
    ):
        store.append(["a"], [1], np.ones((1, 3)))
        raise RuntimeError("killed")
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_file_takes_the_place_of_the_old_one_whole(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("old")
    with atomic_path(path) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"


def test_values_that_are_not_finite_are_not_stored(tmp_path):
    with (
        pytest.raises(ValueError, match="frames of events a to a: not finite"),
        write_events(tmp_path / "s.h5", "spectrograms", settings={}, inputs={}) as store,
    ):
        store.append(["a"], [2], np.array([[1.0], [np.nan]]))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_value_that_an_event_does_not_have_is_kept_where_it_may_be_missing(tmp_path, value):
    path = tmp_path / "s.h5"
    values = np.array([[1.0, value]])
    with (
        pytest.raises(ValueError, match="attributes of events a to a: not finite"),
        write_events(path, "spectrograms", settings={}, inputs={}) as store,
    ):
        store.append(["a"], [1], np.ones((1, 1)), attributes=values)
    with write_events(path, "spectrograms", settings={}, inputs={}) as store:
        options = {"may_be_nan": ["attributes"], "attributes": values}
        if np.isinf(value):
            with pytest.raises(ValueError, match="attributes of events a to a: not finite"):
                store.append(["a"], [1], np.ones((1, 1)), **options)
            return
        store.append(["a"], [1], np.ones((1, 1)), **options)
        store.describe("attributes", names=["one", "other"])
        store.describe("of no event", names=["none"])
    with FrameStore(path, "spectrograms") as store:
        np.testing.assert_array_equal(store.array("attributes"), values)
        assert list(store.attributes_of("attributes")["names"]) == ["one", "other"]


def test_missing_foreign_truncated_and_newer_files_are_refused(tmp_path):
    model = tmp_path / "nmf.h5"
    write_arrays(model, "nmf", {"weights": np.ones(2000)})
    with pytest.raises(FileNotFoundError, match=r"none\.h5: there is no such file"):
        read_arrays(tmp_path / "none.h5", "nmf")
    with pytest.raises(OSError, match="holds nmf, expected hmm"):
        read_arrays(model, "hmm")
    (tmp_path / "text.h5").write_text("not HDF5")
    with pytest.raises(OSError, match=r"text\.h5: not an HDF5 file, or damaged"):
        read_arrays(tmp_path / "text.h5", "nmf")
    (tmp_path / "half.h5").write_bytes(model.read_bytes()[:3000])
    with pytest.raises(OSError, match=r"half\.h5: damaged"):
        read_arrays(tmp_path / "half.h5", "nmf")
    with h5py.File(tmp_path / "foreign.h5", "w") as file:
        file["x"] = 1
    with pytest.raises(OSError, match="holds something else, expected nmf"):
        read_arrays(tmp_path / "foreign.h5", "nmf")
    for version, owner in ((99, "newer"), (2, "older")):
        write_arrays(model, "nmf", {}, attributes={"format_version": version})
        with pytest.raises(
            OSError,
            match=f"written in format {version} by an {owner} version".replace(
                "an newer", "a newer"
            ),
        ):
            read_arrays(model, "nmf")


def test_a_file_without_its_table_is_damaged_and_named(tmp_path):
    path = tmp_path / "spectrograms.h5"
    write_example(path)
    with h5py.File(path, "r+") as file:
        del file["rejected"]
    with pytest.raises(OSError, match=r"spectrograms\.h5: damaged"):
        read_rejections(path, "spectrograms")

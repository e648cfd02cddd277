"""A bit that has changed in a file is never read in silence, and the error names the file."""

import subprocess
import sys

import h5py
import pytest
from helpers import bit_flips
from helpers.paths import REPOSITORY

from specufex_pipe.store import FrameStore, events

PROGRAM = REPOSITORY / "tests/helpers/bit_flips.py"


def flip(kind, folder, first, last):
    # In a process of its own, since a damaged file may crash HDF5, or never let go of it.
    command = [sys.executable, PROGRAM, kind, folder, str(first), str(last)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout == ""


@pytest.mark.parametrize("kind", bit_flips.MAKERS)
def test_a_changed_bit_is_found_and_the_file_is_named(kind, tmp_path):
    flip(kind, tmp_path, 0, 100)


@pytest.mark.endurance
@pytest.mark.parametrize("kind", bit_flips.MAKERS)
def test_hundreds_of_changed_bits_are_found(kind, tmp_path):
    flip(kind, tmp_path, 100, 700)


def change_frame(path, event):
    """Change a number of one event, which HDF5 takes for as good as any."""
    with h5py.File(path, "r+", libver="v110") as file:
        file["frames"][file["offsets"][event], 0] += 1


def test_only_the_event_that_was_changed_is_refused_and_named(tmp_path):
    bit_flips.write_shard(tmp_path / "fingerprints.h5", 0)
    change_frame(tmp_path / "fingerprints.h5", 3)
    with FrameStore(tmp_path / "fingerprints.h5", "fingerprints") as store:
        store.read([0, 1, 2, 4])
        with pytest.raises(
            OSError, match=r"fingerprints\.h5: damaged: the frames of event '0 event 3"
        ):
            store.read([2, 3])
        with pytest.raises(OSError, match="event '0 event 3'"):
            store.read_range(int(store.offsets[3]), int(store.offsets[3]) + 1)


def test_an_event_of_a_joined_store_is_named_with_its_shard(tmp_path):
    (joined, _, shard), _ = bit_flips.make_joined(tmp_path)
    change_frame(shard, 2)
    with FrameStore(joined, "fingerprints") as store:
        store.read(range(8))
        with pytest.raises(
            OSError, match=r"shards/00001/fingerprints\.h5: .* of event '1 event 2'"
        ):
            store.read(range(16))


def test_an_event_is_checked_once(tmp_path, monkeypatch):
    bit_flips.write_shard(tmp_path / "fingerprints.h5", 0)
    counted = []
    digest = events.event_digest
    monkeypatch.setattr(
        events, "event_digest", lambda *values: counted.append(values) or digest(*values)
    )
    with FrameStore(tmp_path / "fingerprints.h5", "fingerprints") as store:
        for _ in range(3):
            store.read([1, 2])
    assert len(counted) == 2

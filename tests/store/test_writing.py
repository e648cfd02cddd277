"""A disk that is full at any moment of writing is one error that says so, and nothing is left."""

import errno
import io
import signal
import sys

import numpy as np
import pytest
from helpers import bit_flips

from specufex_pipe.catalogs.csv import CSVCatalog
from specufex_pipe.catalogs.table import write_event_table
from specufex_pipe.store import join_shards, temporary_folder, writing


def shard_writer(folder):
    return lambda path: bit_flips.write_shard(path, 0, n_events=200)


def joined_writer(folder):
    bit_flips.write_shard(folder / "fingerprints.h5", 0)
    return lambda path: join_shards(path, bit_flips.KIND, [folder / "fingerprints.h5"])


def catalog_writer(folder):
    rows = "".join(f"{number},2020-01-01\n" for number in range(100))
    (folder / "catalog.csv").write_text(f"event_id,time\n{rows}", encoding="utf-8")
    return lambda path: write_event_table(path, CSVCatalog(str(folder / "catalog.csv")), {})


class FullAfter(io.FileIO):
    """A disk that is full after some writes."""

    left = 0

    def write(self, content):
        if FullAfter.left <= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        FullAfter.left -= 1
        return super().write(content)


@pytest.mark.parametrize("writer", [shard_writer, joined_writer, catalog_writer])
def test_a_full_disk_is_one_error_whenever_it_is_full(writer, tmp_path, monkeypatch):
    write, path = writer(tmp_path), tmp_path / "new" / "file.h5"
    # The file of the library between this one and the disk is made to lie on a full one.
    disk = type("Disk", (writing._FileOnDisk, FullAfter), {})
    monkeypatch.setattr(writing, "_FileOnDisk", disk)
    ignored = []
    monkeypatch.setattr(sys, "unraisablehook", ignored.append)
    for n_writes in range(1000):
        FullAfter.left = n_writes
        try:
            write(path)
        except OSError as error:
            assert "the disk is full" in str(error)
            assert str(path) in str(error)
            assert list(path.parent.iterdir()) == []
        else:
            break
    else:
        pytest.fail("the disk was never large enough")
    assert n_writes > 3
    assert ignored == []


def test_a_short_write_is_finished(tmp_path, monkeypatch):
    class Slow(io.FileIO):
        def write(self, content):
            return super().write(bytes(content)[:100])

    bit_flips.write_shard(tmp_path / "whole.h5", 0)
    expected = bit_flips.read_store(tmp_path / "whole.h5")
    disk = type("Disk", (writing._FileOnDisk, Slow), {})
    monkeypatch.setattr(writing, "_FileOnDisk", disk)
    bit_flips.write_shard(tmp_path / "slow.h5", 0)
    for one, other in zip(expected, bit_flips.read_store(tmp_path / "slow.h5"), strict=True):
        np.testing.assert_equal(one, other)


def test_a_signal_waits_until_the_library_has_returned(tmp_path, monkeypatch):
    """A handler that raises inside HDF5 would crash the process."""

    class Signalled(io.FileIO):
        n_writes = 0

        def write(self, content):
            Signalled.n_writes += 1
            if Signalled.n_writes == 3:
                signal.raise_signal(signal.SIGUSR1)
            return super().write(content)

    def leave(number, frame):
        raise SystemExit(128 + number)

    ignored = []
    monkeypatch.setattr(sys, "unraisablehook", ignored.append)
    monkeypatch.setattr(writing, "_FileOnDisk", type("Disk", (writing._FileOnDisk, Signalled), {}))
    before = signal.signal(signal.SIGUSR1, leave)
    try:
        with pytest.raises(SystemExit, match=str(128 + signal.SIGUSR1)):
            bit_flips.write_shard(tmp_path / "shard.h5", 0, n_events=200)
        assert signal.getsignal(signal.SIGUSR1) is leave
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert list(tmp_path.iterdir()) == []
    assert ignored == []


def test_a_folder_is_kept_if_it_was_renamed(tmp_path):
    with temporary_folder(tmp_path / "parent") as folder:
        (folder / "file").write_text("whole", encoding="utf-8")
        folder.rename(tmp_path / "parent/whole")
    assert (tmp_path / "parent/whole/file").read_text(encoding="utf-8") == "whole"
    assert len(list((tmp_path / "parent").iterdir())) == 1


def test_a_folder_that_was_not_renamed_is_removed_with_all_that_was_made_for_it(tmp_path):
    with temporary_folder(tmp_path / "parent") as folder:
        (folder / "file").write_text("half", encoding="utf-8")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "parent").mkdir()
    (tmp_path / "parent/other").touch()
    with temporary_folder(tmp_path / "parent") as folder:
        (folder / "file").write_text("half", encoding="utf-8")
    assert [path.name for path in (tmp_path / "parent").iterdir()] == ["other"]


def test_a_disk_that_is_full_of_a_folder_says_so_and_leaves_nothing(tmp_path):
    with (
        pytest.raises(OSError, match=rf"the disk is full: '{tmp_path / 'parent'}'"),
        temporary_folder(tmp_path / "parent"),
    ):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert list(tmp_path.iterdir()) == []

"""HDF5 files of other programs: damage is named, a failing machine is not damage."""

import errno

import h5py
import numpy as np
import pytest

from specufex_pipe.store.foreign import ForeignFile, ForeignFiles
from specufex_pipe.store.seal import UnusableFile


@pytest.fixture
def path(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["group/numbers"] = np.arange(12.0).reshape(3, 4)
        file["text"] = ["a", "b"]
        file["fixed"] = np.array([b"a", b"\xff"])
        file["missing"] = [1.5, np.nan]
        file["group/loop"] = h5py.SoftLink("/group")
    return tmp_path / "a.h5"


def test_a_part_is_read_as_numpy_would_take_it(path):
    with ForeignFile(path) as file:
        assert file.shape("group/numbers") == (3, 4)
        expected = np.arange(12.0).reshape(3, 4)
        for part in ((), (1,), (1, slice(1, 3)), (slice(0, 2), 3)):
            np.testing.assert_array_equal(file.read_numbers("group/numbers", part), expected[part])


def test_text_and_numbers_are_text(path):
    with ForeignFile(path) as file:
        assert file.read_text("text") == ["a", "b"]
        assert file.read_text("fixed") == ["a", "\\xff"]
        assert file.read_text("missing") == ["1.5", ""]


@pytest.mark.parametrize(
    "name", ["gone", "group/gone", "group//numbers", "group/./numbers", "text/x"]
)
def test_what_is_not_there_is_named(path, name):
    with ForeignFile(path) as file:
        assert not file.has(name)
        with pytest.raises(UnusableFile, match=r"a\.h5: there is no data set"):
            file.read_numbers(name)


def test_links_are_not_followed(path):
    with ForeignFile(path) as file, pytest.raises(UnusableFile, match="is a link"):
        file.names("group/loop")


@pytest.mark.parametrize("number", [errno.EIO, errno.ESTALE, errno.EMFILE])
def test_a_disk_that_fails_is_not_damage(path, monkeypatch, number):
    def fail(*arguments, **options):
        raise OSError(number, "as the system says")

    with ForeignFile(path) as file:
        monkeypatch.setattr(h5py.Dataset, "__getitem__", fail)
        with pytest.raises(OSError, match="as the system says") as error:
            file.read_numbers("group/numbers")
        assert not isinstance(error.value, UnusableFile)
    monkeypatch.setattr(h5py, "File", fail)
    with pytest.raises(OSError, match="as the system says") as error:
        ForeignFile(path)
    assert not isinstance(error.value, UnusableFile)


def test_a_folder_and_a_file_that_is_no_hdf5_are_named(tmp_path):
    (tmp_path / "text.h5").write_text("hello", encoding="utf-8")
    for name, said in (("text.h5", "damaged"), ("gone.h5", "no such file"), (".", "no such file")):
        with pytest.raises(UnusableFile, match=said):
            ForeignFile(tmp_path / name)


def test_many_files_do_not_stay_open_together(tmp_path):
    for number in range(40):
        with h5py.File(tmp_path / f"{number}.h5", "w") as file:
            file["x"] = [number]
    files = ForeignFiles()
    for number in (*range(40), 0):
        assert files[tmp_path / f"{number}.h5"].read_numbers("x").tolist() == [number]
    assert len(files._open) <= 16

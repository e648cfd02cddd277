"""What was downloaded is whole or not there, and a record beside it says so."""

import pytest

from specufex_pipe.store.downloads import (
    digest_of_download,
    is_whole,
    read_record,
    record_of,
    write_download,
)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "downloads/a.xml"
    assert write_download(path, lambda: [b"some ", b"content"], {"asked": "noon"})
    return path


def test_content_and_record_are_there(path):
    assert path.read_bytes() == b"some content"
    assert read_record(path)["asked"] == "noon"
    assert is_whole(path)


def test_the_same_content_is_not_written_again_but_its_record_is(path):
    before = path.stat().st_mtime_ns
    assert not write_download(path, lambda: [b"some content"], {"asked": "midnight"})
    assert path.stat().st_mtime_ns == before
    assert read_record(path)["asked"] == "midnight"


def test_other_content_takes_its_place(path):
    digest = digest_of_download(path)
    assert write_download(path, lambda: [b"other"], {})
    assert path.read_bytes() == b"other"
    assert digest_of_download(path) != digest


def test_a_download_that_breaks_off_leaves_what_was_there(path):
    def breaks_off():
        yield b"other"
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        write_download(path, breaks_off, {})
    assert is_whole(path)
    assert sorted(each.name for each in path.parent.iterdir()) == ["a.json", "a.xml"]


@pytest.mark.parametrize("content", [b"", b"not JSON", b"[]", b"\xff", b"{}"])
def test_a_record_that_says_nothing_is_of_nothing_whole(path, content):
    record_of(path).write_bytes(content)
    assert read_record(path) == {}
    assert digest_of_download(path) == ""
    assert not is_whole(path)


def test_a_file_that_has_changed_or_gone_is_not_whole(path):
    path.write_bytes(b"some kontent")
    assert not is_whole(path)
    path.unlink()
    assert not is_whole(path)
    record_of(path).unlink()
    assert not is_whole(path)

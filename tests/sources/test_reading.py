"""A file is read without trust: archives, impossible claims and damage are refused."""

import bz2
import gzip
import io
import os
import tarfile
import zipfile

import numpy as np
import pytest
from helpers.waveforms import CHANNEL, START, noise, trace, write_file
from obspy import Stream

from specufex_pipe.rejections import Kind, RejectedEvent
from specufex_pipe.sources.folder import FolderSource
from specufex_pipe.sources.reading import read_whole

CODES = CHANNEL.split(".")
# Formats that ObsPy writes with times and codes of channels.
FORMATS = ["MSEED", "SAC", "GSE2", "SLIST", "TSPAIR", "AH"]


def bytes_of(file_format="MSEED", data=None):
    buffer = io.BytesIO()
    Stream([trace(noise().astype(np.float32)) if data is None else data]).write(
        buffer, format=file_format
    )
    return buffer.getvalue()


def window(path, file_format="MSEED", **parameters):
    source = FolderSource(str(path.parent), format=file_format, **parameters)
    source.check()
    return source.of_file(path.name).get_waveforms(*CODES, START + 10, START + 30)


def whole(path, file_format, **parameters):
    source = FolderSource(str(path.parent), format=file_format, **parameters)
    (found,) = source.of_file(path.name).get_waveforms(*CODES, None, None)
    return found


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress])
def test_files_of_any_format_are_read_packed_or_not(tmp_path, file_format, pack):
    data = trace(noise() if file_format == "GSE2" else noise().astype(np.float32))
    write_file(tmp_path / "plain", data, file_format)
    path = tmp_path / "source/a.file"
    path.parent.mkdir()
    path.write_bytes(pack((tmp_path / "plain").read_bytes()))
    channel = next(iter(FolderSource(str(path.parent), format=file_format).channels()))
    source = FolderSource(str(path.parent), format=file_format)
    (found,) = source.get_waveforms(*channel.split("."), START + 10, START + 30)
    assert found.stats.starttime == START + 10
    assert found.data.tolist() == noise().tolist()[1000:3001]


def test_sac_files_without_a_network_code_are_read(tmp_path):
    data = trace(noise().astype(np.float32))
    data.stats.network = ""
    write_file(tmp_path / "a.sac", data, "SAC")
    source = FolderSource(str(tmp_path), format="SAC")
    assert source.channels() == {".STA.00.HHZ"}
    (found,) = source.get_waveforms("", "STA", "00", "HHZ", START + 10, START + 30)
    assert found.stats.npts == 2001


def as_zip(content):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.mseed", content)
    return buffer.getvalue()


def as_tar(content):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        member = tarfile.TarInfo("a.mseed")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


@pytest.mark.parametrize(("pack", "kind"), [
    (as_zip, "zip"), (as_tar, "tar"), (lambda content: gzip.compress(as_tar(content)), "tar"),
])  # fmt: skip
@pytest.mark.parametrize("file_format", ["MSEED", "SAC"])
def test_archives_are_refused_by_what_is_in_them(tmp_path, pack, kind, file_format):
    (tmp_path / "a.mseed").write_bytes(pack(bytes_of(file_format)))
    with pytest.raises(RejectedEvent, match=f"it is a {kind} archive; unpack it") as error:
        window(tmp_path / "a.mseed", file_format)
    assert error.value.kind is Kind.UNREADABLE_FILE


def test_a_packed_file_that_grows_beyond_measure_is_refused(tmp_path):
    path = tmp_path / "a.mseed.gz"
    with gzip.open(path, "wb", compresslevel=9) as file:
        for _ in range(80):
            file.write(bytes(1 << 20))
    assert path.stat().st_size < 100_000
    with pytest.raises(RejectedEvent, match="it unpacks to more than"):
        window(path)


def sac_with(path, **changes):
    data = trace(noise().astype(np.float32))
    data.write(str(path), format="SAC")
    content = bytearray(path.read_bytes())
    at = {"delta": 0, "depmin": 4, "depmax": 8, "b": 20, "depmen": 224}
    for name, value in changes.items():
        if name == "npts":
            content[316:320] = np.int32(value).tobytes()
        else:
            content[at[name] : at[name] + 4] = np.float32(value).tobytes()
    path.write_bytes(content)


@pytest.mark.parametrize("changes", [
    {"delta": 1e30}, {"b": 1e30}, {"b": -1e30}, {"delta": 0}, {"delta": -0.01},
    {"delta": float("nan")}, {"b": float("inf")}, {"npts": 2**31 - 1}, {"npts": -1},
])  # fmt: skip
def test_impossible_headers_are_problems_of_their_file(tmp_path, changes):
    sac_with(tmp_path / "bad.sac", **changes)
    with pytest.raises(RejectedEvent) as error:
        window(tmp_path / "bad.sac", "SAC")
    assert error.value.kind is Kind.UNREADABLE_FILE
    sac_with(tmp_path / "good.sac")
    source = FolderSource(str(tmp_path), format="SAC")
    (problem,) = source.problems()
    assert "bad.sac as SAC (" in problem
    assert source.channels() == {CHANNEL}
    assert source.get_waveforms(*CODES, START + 10, START + 30)


@pytest.mark.parametrize("changes", [{"depmin": 7}, {"depmax": 7}, {"depmen": 500}])
def test_sac_samples_that_disagree_with_their_header_are_damaged(tmp_path, changes):
    (name,) = changes
    sac_with(tmp_path / "a.sac", **changes)
    with pytest.raises(RejectedEvent, match=f"its header says {name} ") as error:
        window(tmp_path / "a.sac", "SAC")
    assert error.value.kind is Kind.DAMAGED_DATA


@pytest.mark.parametrize("value", [-12345, 0])
def test_sac_headers_that_say_nothing_of_the_samples_refuse_none(tmp_path, value):
    sac_with(tmp_path / "a.sac", **dict.fromkeys(("depmin", "depmax", "depmen"), value))
    assert window(tmp_path / "a.sac", "SAC")


def test_a_mean_in_single_precision_is_not_damage(tmp_path):
    data = noise(3600).astype(np.float32) + 1000
    naive = np.cumsum(data, dtype=np.float32)[-1] / np.float32(len(data))
    path = tmp_path / "a.sac"
    trace(data).write(str(path), format="SAC")
    content = bytearray(path.read_bytes())
    content[224:228] = np.float32(naive).tobytes()
    path.write_bytes(content)
    assert window(path, "SAC")


def test_headers_that_claim_more_samples_than_the_file_holds_are_refused(tmp_path):
    write_file(tmp_path / "a.gse", trace(noise()), "GSE2")
    content = (tmp_path / "a.gse").read_bytes()
    assert b"     6000 " in content
    (tmp_path / "a.gse").write_bytes(content.replace(b"     6000 ", b" 99999999 "))
    with pytest.raises(RejectedEvent, match="its headers claim 99999999 samples in"):
        read_whole(tmp_path / "a.gse", "GSE2")


@pytest.mark.parametrize("lost", [b"\n", b"DAT2"])
def test_lines_that_would_overflow_the_reader_are_refused(tmp_path, lost):
    path = tmp_path / "a.gse"
    write_file(path, trace(noise()), "GSE2")
    content = path.read_bytes()
    after = content.index(lost, content.index(b"DAT2") + 200 if lost == b"\n" else 0)
    path.write_bytes(content[:after] + b"x" * len(lost) + content[after + len(lost) :])
    with pytest.raises(RejectedEvent, match="unreadable file"):
        read_whole(path, "GSE2")


@pytest.mark.parametrize(("name", "write"), [
    ("NPY", lambda path: np.save(path, noise())),
    ("TEXT", lambda path: np.savetxt(path, noise(), header="counts")),
    ("TEXT", lambda path: np.savetxt(path, noise()[None])),
])  # fmt: skip
def test_files_of_samples_alone_are_read_with_the_rate_that_is_given(tmp_path, name, write):
    path = tmp_path / "a.npy"
    write(path)
    found = whole(path, name, sampling_rate=50.0)
    assert found.id == CHANNEL
    assert found.stats.sampling_rate == 50
    assert found.data.tolist() == noise().tolist()
    source = FolderSource(str(tmp_path), format=name, sampling_rate=100.0)
    (cut,) = source.of_file(path.name, START).get_waveforms(*CODES, START + 10, START + 30)
    assert cut.stats.starttime == START + 10
    assert cut.data.tolist() == noise().tolist()[1000:3001]
    with pytest.raises(RejectedEvent, match="outside its file"):
        source.of_file(path.name, START).get_waveforms(*CODES, START + 100, START + 130)


def test_files_of_samples_alone_need_a_catalog_that_says_what_they_are(tmp_path):
    np.save(tmp_path / "a.npy", noise())
    source = FolderSource(str(tmp_path), format="NPY", sampling_rate=100.0)
    assert source.channels() == set()
    with pytest.raises(RejectedEvent, match="the catalog has to name the file"):
        source.get_waveforms(*CODES, START, START + 10)
    with pytest.raises(RejectedEvent, match=r"a\.npy does not say when it begins"):
        window(tmp_path / "a.npy", "NPY", sampling_rate=100.0)


@pytest.mark.parametrize(("parameters", "reason"), [
    ({"format": "NPY"}, "sampling_rate is None: files of format NPY do not have it"),
    ({"format": "TEXT", "sampling_rate": 0.0}, "sampling_rate is 0.0: files of format TEXT"),
    ({"format": "SAC", "sampling_rate": 50.0}, "sampling_rate is 50: files of format SAC have it"),
])  # fmt: skip
def test_a_rate_is_given_where_files_do_not_have_it_and_nowhere_else(tmp_path, parameters, reason):
    with pytest.raises(ValueError, match=reason):
        FolderSource(str(tmp_path), **parameters).check()


def save_claim(path):
    np.save(path, noise())
    path.write_bytes(path.read_bytes().replace(b"(6000,), }     ", b"(2147483648,), }"[:16]))


@pytest.mark.parametrize(("write", "reason"), [
    (lambda path: np.save(path, np.array([{}], object), allow_pickle=True), "ValueError"),
    (lambda path: np.save(path, np.zeros((20, 20))), "expected real numbers in one dimension"),
    (lambda path: np.save(path, np.zeros(20, complex)), "expected real numbers in one dimension"),
    (lambda path: np.savez(path.open("wb"), a=noise()), "it is a zip archive"),
    (save_claim, "ValueError"),
    (lambda path: path.write_bytes(b""), "EOFError|ValueError"),
])  # fmt: skip
def test_an_npy_file_that_is_no_record_is_refused(tmp_path, write, reason):
    write(tmp_path / "a.npy")
    with pytest.raises(RejectedEvent, match=f"unreadable file: .*({reason})"):
        whole(tmp_path / "a.npy", "NPY", sampling_rate=100.0)


@pytest.mark.parametrize("text", ["1 2\n3 4\n", "one\ntwo\n", "1,2,3\n", "", "\x00\xff"])
def test_a_text_file_that_is_no_record_is_refused(tmp_path, text):
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    with pytest.raises(RejectedEvent, match="unreadable file"):
        whole(tmp_path / "a.txt", "TEXT", sampling_rate=100.0)


def test_what_is_no_file_is_a_missing_one(tmp_path):
    (tmp_path / "folder.mseed").mkdir()
    os.mkfifo(tmp_path / "pipe.mseed")
    for name in ("folder.mseed", "pipe.mseed", "none.mseed"):
        with pytest.raises(RejectedEvent) as error:
            window(tmp_path / name)
        assert error.value.kind is Kind.MISSING_FILE
    write_file(tmp_path / "good.mseed", trace(noise()))
    assert FolderSource(str(tmp_path)).channels() == {CHANNEL}

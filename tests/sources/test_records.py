"""Windows of miniSEED by record: the samples are those of the whole file, and damage is seen."""

import io
import warnings

import obspy
import pytest
from helpers.waveforms import CHANNEL, START, noise, trace
from hypothesis import given, settings
from hypothesis import strategies as st
from obspy import Stream

from specufex_pipe.rejections import Kind, RejectedEvent
from specufex_pipe.sources.opened import WaveformFiles
from specufex_pipe.sources.records import IrregularFile, RecordFile

LENGTH = 512


def content_of(data, **options):
    buffer = io.BytesIO()
    Stream([data]).write(buffer, format="MSEED", **({"reclen": LENGTH} | options))
    return buffer.getvalue()


CLEAN = content_of(trace(noise()))
RECORDS = [CLEAN[at : at + LENGTH] for at in range(0, len(CLEAN), LENGTH)]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("records") / "a.mseed"


def samples_by_time(stream):
    """Return the samples by their number since START; those that are there twice agree."""
    found = {}
    for each in stream:
        first = round((each.stats.starttime - START) * 100)
        for number, sample in enumerate(each.data.tolist(), first):
            assert found.setdefault(number, sample) == sample
    return found


def read(path, start=10, end=30):
    files = WaveformFiles(path.parent, "MSEED")
    return files.read([path], CHANNEL, START + start, START + end), files.put_aside


@pytest.mark.parametrize("options", [
    {}, {"encoding": "STEIM1"}, {"encoding": "INT32"}, {"byteorder": "<"}, {"reclen": 4096},
    {"reclen": 256},
])  # fmt: skip
@pytest.mark.parametrize("rate", [0.5, 62.5, 100.0, 99.9999])
def test_a_window_has_the_samples_that_obspy_reads(path, options, rate):
    data = trace(noise(5000, 1), START + 0.123456, rate)
    path.write_bytes(content_of(data, **options))
    start, end = START + 1000 / rate + 0.3, START + 1900 / rate
    (expected,) = obspy.read(path, format="MSEED").slice(start, end)
    (found,) = WaveformFiles(path.parent, "MSEED").read([path], CHANNEL, start, end)
    assert abs(found.stats.starttime - expected.stats.starttime) <= 2e-6  # what a record tells
    assert found.stats.sampling_rate == expected.stats.sampling_rate
    assert found.data.tolist() == expected.data.tolist()
    (extent,) = RecordFile(path).extents
    (whole,) = obspy.read(path, format="MSEED")
    assert extent.channel == CHANNEL
    assert abs(extent.start - whole.stats.starttime) < 1e-4
    assert abs(extent.end - whole.stats.endtime) < 1e-4
    assert extent.sampling_rate == pytest.approx(rate, 1e-6)


@settings(max_examples=40)
@given(st.lists(st.integers(0, len(RECORDS) - 1), min_size=1, max_size=3 * len(RECORDS)))
def test_records_in_any_order_or_twice_give_what_the_whole_file_gives(path, order):
    path.write_bytes(b"".join(RECORDS[number] for number in order))
    expected = obspy.read(path, format="MSEED").slice(START + 10, START + 30)
    found, _ = read(path)
    assert samples_by_time(found) == samples_by_time(expected)


def test_channels_in_turn_are_told_apart(path):
    other = content_of(trace(noise(seed=1), channel="HHN"))
    parts = [other[at : at + LENGTH] for at in range(0, len(other), LENGTH)]
    path.write_bytes(b"".join(a + b for a, b in zip(RECORDS, parts, strict=False)))
    found, _ = read(path)
    assert samples_by_time(found) == dict(enumerate(noise().tolist()[1000:3001], 1000))
    assert [each.channel for each in RecordFile(path).extents] == ["XX.STA.00.HHN", CHANNEL]


@pytest.mark.parametrize(("at", "value"), [
    (6, ord("x")), (20, 0xFF), (22, 0xFF), (24, 99), (30, 0xFF), (54, 60),
])  # fmt: skip
def test_a_damaged_record_is_left_out_and_named(path, at, value):
    content = bytearray(CLEAN)
    damaged = len(RECORDS) - 2
    content[damaged * LENGTH + at] = value
    path.write_bytes(content)
    found, _ = read(path)
    assert samples_by_time(found) == dict(enumerate(noise().tolist()[1000:3001], 1000))
    late, put_aside = read(path, 0, 60)
    clean = dict(enumerate(noise().tolist()))
    assert samples_by_time(late).items() <= clean.items()
    assert len(samples_by_time(late)) < len(clean)
    assert "1 of its" in put_aside[path]


def test_the_first_record_may_be_the_damaged_one(path):
    path.write_bytes(b"\xff" * LENGTH + CLEAN[LENGTH:])
    found, put_aside = read(path)
    assert samples_by_time(found) == dict(enumerate(noise().tolist()[1000:3001], 1000))
    assert "1 of its" in put_aside[path]


def test_damage_that_libmseed_sees_rejects_the_windows_on_it_and_no_others(path):
    content = bytearray(CLEAN)
    content[5 * LENGTH + 300] ^= 4
    path.write_bytes(content)
    bad = RecordFile(path)
    first, last = bad._starts[5] / 1e9 - START.timestamp, bad._ends[5] / 1e9 - START.timestamp
    with pytest.raises(RejectedEvent, match="Data integrity check for Steim2 failed") as error:
        read(path, first, last)
    assert error.value.kind is Kind.DAMAGED_DATA
    assert str(path) in error.value.detail
    found, _ = read(path, last + 5, 60)
    assert found


@settings(max_examples=300)
@given(st.integers(0, 8 * len(CLEAN) - 1))
def test_no_flip_that_libmseed_sees_passes(path, bit):
    content = bytearray(CLEAN)
    content[bit // 8] ^= 1 << (bit % 8)
    path.write_bytes(content)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            obspy.read(path, format="MSEED")
            is_seen = any("integrity" in str(each.message) for each in said)
        except Exception:  # noqa: BLE001  # whatever the damage leads to
            is_seen = True
    if not is_seen:
        return
    try:
        found = samples_by_time(read(path, 0, 60)[0])
    except RejectedEvent:
        return
    assert found.items() <= dict(enumerate(noise().tolist())).items()


def test_a_record_that_claims_more_than_it_can_hold_takes_no_memory(path):
    content = bytearray(CLEAN)
    for at in range(0, len(content), LENGTH):
        content[at + 30 : at + 32] = b"\xff\xff"
    path.write_bytes(content)
    with pytest.raises(RejectedEvent, match="unreadable file"):
        read(path)


def test_records_of_several_lengths_are_read_as_a_whole(path):
    data = noise()
    late = content_of(trace(data[3000:], START + 30), reclen=4096)
    path.write_bytes(content_of(trace(data[:3000])) + late)
    with pytest.raises(IrregularFile):
        RecordFile(path)
    found, _ = read(path, 25, 35)
    assert samples_by_time(found) == dict(enumerate(data.tolist()[2500:3501], 2500))

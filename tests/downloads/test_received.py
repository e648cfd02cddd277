"""Records that a service sent: what is in them, and whether they are whole."""

import io

import numpy as np
import pytest
from helpers.fake_centre import mseed
from helpers.waveforms import CHANNEL, START, noise, trace
from hypothesis import given
from hypothesis import strategies as st
from obspy import Stream, read

from specufex_pipe.downloads.received import SortedRecords, require_samples, split_records

SECOND = 10**9


def without_numbers(content, length=512):
    """Return miniSEED with the sequence number of each record set to 0."""
    records = (content[first : first + length] for first in range(0, len(content), length))
    return b"".join(b"000000" + record[6:] for record in records)


def test_records_hold_all_samples_in_the_order_of_time():
    data = [trace(noise(30, seed=seed), START + 100 * seed) for seed in range(3)]
    records = SortedRecords(reversed(split_records(mseed(*data))))
    content = b"".join(record.content for record in records)
    assert content == without_numbers(mseed(*data))
    assert {record.channel for record in records} == {CHANNEL}


@pytest.mark.parametrize("lengths", [(512, 4096), (4096, 512, 4096), (256, 512)])
def test_records_of_several_lengths_are_told_apart(lengths):
    parts = [
        mseed(trace(noise(60, seed=n), START + 100 * n, channel=f"HH{'ENZ'[n]}"), reclen=length)
        for n, length in enumerate(lengths)
    ]
    records = split_records(b"".join(parts))
    found = b"".join(record.content for record in records)
    expected = b"".join(map(without_numbers, parts, lengths))
    assert found == expected
    assert [record.channel[-1] for record in records] == sorted(
        (record.channel[-1] for record in records), key="ENZ".index
    )


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data[:-1],
        lambda data: data[: len(data) // 2 + 7],
        lambda data: data + b"\0",
        lambda data: b"<html>busy</html>" + data,
        lambda data: data[:512] + b"<html>busy</html>".ljust(512) + data[1024:],
        lambda data: data[:700] + b"\xff" * 50 + data[750:],
    ],
)
def test_what_is_not_whole_is_refused(spoil):
    with pytest.raises(ValueError, match=r"."):
        require_samples(split_records(spoil(mseed(trace(noise(60))))))


@given(st.binary(max_size=2000))
def test_any_bytes_are_records_or_refused(content):
    try:
        records = split_records(content)
        require_samples(records)
        assert records or not content
    except ValueError as error:
        assert str(error)


def test_missing_seconds_are_those_without_samples():
    whole = trace(noise(60))
    kept = Stream([whole.slice(START, START + 10), whole.slice(START + 25, START + 40)])
    records = SortedRecords(split_records(mseed(*kept)))
    begin = START.ns
    assert records.seconds_missing(begin, begin + 10 * SECOND) == 0
    assert records.seconds_missing(begin, begin + 60 * SECOND) == pytest.approx(35, abs=0.05)
    assert records.seconds_missing(begin + 12 * SECOND, begin + 20 * SECOND) == 8
    assert SortedRecords(()).seconds_missing(begin, begin + SECOND) == 1


def test_records_between_two_times_are_those_with_samples_there():
    records = SortedRecords(split_records(mseed(trace(noise(60)))))
    for start, end in [(0, 1), (3.3, 3.4), (10, 60), (-5, -1), (60, 70), (-5, 0.1)]:
        begin, stop = START.ns + int(start * SECOND), START.ns + int(end * SECOND)
        expected = [each for each in records if each.start < stop and each.end > begin]
        assert records.between(begin, stop) == expected
        stream = Stream()
        for each in expected:
            stream += read(io.BytesIO(each.content), format="MSEED")
        wanted = Stream([trace(noise(60))]).slice(START + start, START + end)
        assert sum(t.stats.npts for t in wanted) <= sum(t.stats.npts for t in stream)


def test_what_comes_twice_is_there_once():
    content = mseed(trace(noise(30)))
    assert len(SortedRecords(split_records(content + content))) == len(split_records(content))


def test_floats_and_integers_are_records_alike():
    samples = np.random.default_rng(0).normal(size=3000)
    for data in (samples.astype(np.float32), samples, (1000 * samples).astype(np.int32)):
        assert sum(len(each.content) for each in split_records(mseed(trace(data)))) > 0


def test_records_that_a_service_counts_through_its_answer_are_the_same_in_each():
    content = mseed(trace(noise(30)))
    other = b"".join(
        b"%06d" % (number + 7) + content[512 * number + 6 : 512 * (number + 1)]
        for number in range(len(content) // 512)
    )
    assert split_records(other) == split_records(content)

"""The dataselect server of the tests gives what lies in the files: its table is as it should be."""

import urllib.error
import urllib.request

import numpy as np
import pytest
from helpers.fdsn_server import serve
from helpers.paths import REPOSITORY
from helpers.waveforms import noise, trace, write_file
from obspy import Stream, UTCDateTime, read
from obspy.clients.fdsn import Client
from obspy.clients.fdsn.header import (
    FDSNNoDataException,
    FDSNRequestTooLargeException,
)

DEMO = REPOSITORY / "resources/demo/waveforms"
MIDNIGHT = UTCDateTime(2020, 1, 2)


def connect(address):
    return Client(address, service_mappings={"event": None, "station": None})


@pytest.fixture(scope="module")
def demo():
    with serve(DEMO) as address:
        yield connect(address)


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """Two days in a file each, with a gap of 20 s in the first and one of 0.5 s in the second."""
    folder = tmp_path_factory.mktemp("archive")
    first, second = noise(600, seed=1), noise(600, seed=2)
    start = MIDNIGHT - 300
    days = (
        [trace(first[:20000], start), trace(first[22000:30000], start + 220)],
        [trace(first[30000:], MIDNIGHT), trace(second, MIDNIGHT + 300.5)],
    )
    for number, pieces in enumerate(days, start=1):
        write_file(folder / f"XX/{number}.mseed", Stream(pieces))
    write_file(folder / "other.mseed", trace(noise(600, seed=3), start, station="OTHER"))
    with serve(folder) as address:
        yield connect(address), Stream([t for day in days for t in day])


def assert_same(got, expected):
    got, expected = got.copy().merge(-1).sort(), expected.copy().merge(-1).sort()
    assert len(got) == len(expected) > 0
    for one, other in zip(got, expected, strict=True):
        assert (one.id, one.stats.starttime) == (other.id, other.stats.starttime)
        assert np.array_equal(one.data, other.data)


@pytest.mark.parametrize(
    ("start", "seconds"),
    [
        (-299, 1.0),  # in a record
        (-299, 60.0),  # across records
        (-105, 40.0),  # across the gap
        (-20, 50.0),  # across files, at midnight
        (-300, 900.0),  # everything
        (299, 2.0),  # across the short gap
        (-300, 0.0),  # one sample
    ],
)
def test_windows_are_cut_to_the_samples_between_both_ends(archive, start, seconds):
    client, data = archive
    start = MIDNIGHT + start
    got = client.get_waveforms_bulk([("XX", "STA", "00", "HHZ", start, start + seconds)])
    assert_same(got, data.slice(start, start + seconds))


def test_every_record_is_found_by_its_first_and_by_its_last_sample(archive):
    client, data = archive
    for time in [t.stats.starttime for t in data] + [t.stats.endtime for t in data]:
        got = client.get_waveforms_bulk([("XX", "STA", "00", "HHZ", time, time)])
        assert_same(got, data.slice(time, time))


def test_a_day_in_bulk_is_what_lies_in_the_files(demo):
    day = UTCDateTime(2010, 9, 1)
    bulk = [("YA", station, "00", "HHZ", day, day + 86400) for station in ("UV05", "UV10")]
    files = Stream()
    for station in ("UV05", "UV10"):
        files += read(str(DEMO / f"YA.{station}.*"))
    assert_same(demo.get_waveforms_bulk(bulk), files)


def test_many_windows_of_the_demonstration_are_what_lies_in_the_files(demo):
    data = read(str(DEMO / "YA.UV06.*T06*"))
    windows = [(t.stats.starttime + 3.21, t.stats.starttime + 12.34) for t in data]
    bulk = [("YA", "UV06", "00", "HHZ", *window) for window in windows]
    expected = Stream([t.slice(*window) for t, window in zip(data, windows, strict=True)])
    assert_same(demo.get_waveforms_bulk(bulk), expected)


def test_wildcards_stand_for_what_is_there(archive):
    client, _ = archive
    got = client.get_waveforms_bulk([("X?", "*", "*", "HH*", MIDNIGHT, MIDNIGHT + 1)])
    assert {t.stats.station for t in got} == {"STA", "OTHER"}


@pytest.mark.parametrize(
    ("channel", "start", "end"),
    [("HHZ", -90, -85), ("HHZ", 7200, 7300), ("HHN", 0, 10), ("HHZ", 300.1, 300.4)],
)
def test_nothing_is_204(archive, channel, start, end):
    client, _ = archive
    with pytest.raises(FDSNNoDataException, match="204"):
        client.get_waveforms_bulk([("XX", "STA", "00", channel, MIDNIGHT + start, MIDNIGHT + end)])


def test_overlapping_lines_give_samples_twice_and_equal_ones_once(archive):
    client, _ = archive
    lines = [
        ("XX", "STA", "00", "HHZ", MIDNIGHT + 20, MIDNIGHT + 30),
        ("XX", "STA", "00", "HHZ", MIDNIGHT + 10, MIDNIGHT + 25),
    ]
    got = client.get_waveforms_bulk([*lines, lines[0]])
    assert [(t.stats.starttime - MIDNIGHT, t.stats.npts) for t in got] == [(10, 1501), (20, 1001)]


def test_more_than_the_limit_is_413_by_bytes_of_whole_records(tmp_path):
    write_file(tmp_path / "data.mseed", trace(noise(60)))
    line = ("XX", "STA", "00", "HHZ", UTCDateTime(2020, 1, 1), UTCDateTime(2020, 1, 1, 0, 0, 1))
    with serve(tmp_path, request_limit=4096) as address:
        assert connect(address).get_waveforms_bulk([line])[0].stats.npts == 101
    with (
        serve(tmp_path, request_limit=4095) as address,
        pytest.raises(FDSNRequestTooLargeException),
    ):
        connect(address).get_waveforms_bulk([line])


def test_the_server_itself_has_no_restricted_data(archive):
    client, _ = archive
    request = urllib.request.Request(
        f"{client.base_url}/fdsnws/dataselect/1/queryauth", data=b"XX STA 00 HHZ * *"
    )
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(request)


def test_the_server_ends_with_the_test_that_asked_for_it(tmp_path):
    write_file(tmp_path / "data.mseed", trace(noise(10)))
    with serve(tmp_path) as address:
        connect(address)
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"{address}/fdsnws/dataselect/1/version")

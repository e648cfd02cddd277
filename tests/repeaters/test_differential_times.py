"""Differential times are those of known arrivals, and read as HypoDD and GrowClust do."""

import csv

import numpy as np
import pytest
from helpers.repeaters import RATE, all_pairs, pulse, station_of
from numpy.testing import assert_allclose, assert_array_equal

from specufex_pipe.repeaters.correlation import Correlations, correlate
from specufex_pipe.repeaters.differential_times import (
    DifferentialTimes,
    differential_times,
    station_labels,
    write_event_numbers,
    write_growclust,
    write_hypodd,
    write_station_labels,
)


def fortran_value(text):
    """Read a real number as list-directed input does, which knows no such thing as NaN here."""
    value = float(text.lower().replace("d", "e"))
    assert np.isfinite(value)
    return value


def read_as_hypodd(path):
    """Read a file dt.cc after section B.3.2 of HypoDD's user guide: {(id1, id2): {...}}.

    DT is T1 - T2, from which OTC is subtracted (getdata.f); labels are of seven characters.
    """
    found = {}
    for line in path.read_text(encoding="ascii").splitlines():
        assert len(line) <= 200
        if line[0] == "#":
            flag, first, second, correction = line.split()
            assert flag == "#" and len(first) <= 9 and len(second) <= 9
            assert abs(fortran_value(correction) + 999) > 1e-3
            times = found.setdefault((int(first), int(second)), {})
        else:
            label, time, weight, phase = line.split()
            assert phase in ("P", "S") and 0 <= fortran_value(weight) <= 1
            time = fortran_value(time) - fortran_value(correction)
            times[label[:7], phase] = (time, fortran_value(weight))
    return found


def read_as_growclust(path, tdif_fmt):
    """Read xcordata after section 3.3.1 of GrowClust's user guide, and its READ_XCORDATA.

    The station is what begins in the first ten columns, up to five characters; what follows is in
    free format. Times are turned to T2 - T1.
    """
    found = {}
    for line in path.read_text(encoding="ascii").splitlines():
        line = line[:100]
        if line[0] == "#":
            first, second, correction = line[1:].split()
            fortran_value(correction)
            assert max(int(first), int(second)) < 100_000_000
            times = found.setdefault((int(first), int(second)), {})
        else:
            start = len(line[:10]) - len(line[:10].lstrip(" "))
            stop = start
            while stop < start + 5 and line[stop] != " ":
                stop += 1
            time, coefficient, phase = line[stop:].split()
            time = {12: -1, 21: 1}[tdif_fmt] * fortran_value(time)
            times[line[start:stop], phase] = (time, fortran_value(coefficient))
    return found


def known_arrivals():
    """Return stations of three events, when their windows begin, and the travel times."""
    rng = np.random.default_rng(0)
    travel_times = rng.uniform(3, 4, (3, 2))
    # A window begins at a sample of the record, which knows nothing of the event's time.
    first_samples = rng.uniform(-1, -0.5, (3, 2))
    stations = []
    for number, name in enumerate(("XX.ABC", "YY.LONGNAME")):
        made = pulse(1000, 0.0, seed=number)
        onsets = travel_times[:, number] - first_samples[:, number]
        stations.append(station_of([made(onset) for onset in onsets], name=name))
    return stations, first_samples, travel_times


def test_differential_times_are_those_of_known_arrivals(tmp_path):
    stations, first_samples, travel_times = known_arrivals()
    pairs = all_pairs(3)
    correlations = correlate(pairs, stations, max_shift=1.5, threshold=0.9)
    times = differential_times(pairs, correlations, first_samples)
    expected = travel_times[pairs[:, 0]] - travel_times[pairs[:, 1]]
    assert_allclose(times.seconds, expected, atol=0.01 / RATE)
    labels = station_labels([station.name for station in stations])
    options = {"phase": "P", "coefficient_min": 0.9}
    assert write_hypodd(tmp_path / "dt.cc", times, labels, **options) == 6
    assert write_growclust(tmp_path / "xcordata.txt", times, labels, **options) == 6
    hypodd = read_as_hypodd(tmp_path / "dt.cc")
    growclust = read_as_growclust(tmp_path / "xcordata.txt", tdif_fmt=12)
    assert list(hypodd) == list(growclust) == [(1, 2), (1, 3), (2, 3)]
    for row, pair in enumerate(hypodd):
        for column, label in enumerate(("ABC", "S0001")):
            assert_allclose(hypodd[pair][label, "P"][0], expected[row, column], atol=0.01 / RATE)
            # GrowClust works with T2 - T1.
            turned = growclust[pair][label, "P"][0]
            assert_allclose(turned, -expected[row, column], atol=0.01 / RATE)


def made_up():
    coefficients = np.array([[0.8, 0.5], [0.1, np.nan], [0.95, 0.7]], np.float32)
    times = np.array([[-0.0123456, 1.5], [0.3, np.nan], [12.25, -29.0]])
    pairs = np.array([[0, 1], [0, 2], [98_765_432, 99_999_998]])
    return DifferentialTimes(pairs, times, coefficients)


def test_weights_are_squares_for_hypodd_and_coefficients_for_growclust(tmp_path):
    options = {"phase": "S", "coefficient_min": 0.6}
    write_hypodd(tmp_path / "dt.cc", made_up(), ["ABCDE", "XYZ"], **options)
    write_growclust(tmp_path / "xcordata", made_up(), ["ABCDE", "XYZ"], **options)
    assert read_as_hypodd(tmp_path / "dt.cc") == {
        (1, 2): {("ABCDE", "S"): (-0.012346, 0.64)},
        (98_765_433, 99_999_999): {("ABCDE", "S"): (12.25, 0.9025), ("XYZ", "S"): (-29.0, 0.49)},
    }
    assert read_as_growclust(tmp_path / "xcordata", tdif_fmt=12) == {
        (1, 2): {("ABCDE", "S"): (0.012346, 0.8)},
        (98_765_433, 99_999_999): {("ABCDE", "S"): (-12.25, 0.95), ("XYZ", "S"): (29.0, 0.7)},
    }


def test_no_times_make_an_empty_file(tmp_path):
    number = write_hypodd(
        tmp_path / "dt.cc", made_up(), ["A", "B"], phase="P", coefficient_min=0.99
    )
    assert number == 0
    assert (tmp_path / "dt.cc").read_text(encoding="ascii") == ""


def test_stations_keep_their_codes_where_the_programs_can_read_them():
    stations = ["XX.ABC", "XX.ABCDE", "YY.AB", "YY.ABCDEF", "XX.TWICE", "YY.TWICE", "ZZ.S0002"]
    assert station_labels(stations) == [
        "ABC", "ABCDE", "S0001", "S0003", "S0004", "S0005", "S0002",
    ]  # fmt: skip
    assert station_labels(["STA", "XX.OTHER.00"]) == ["STA", "OTHER"]
    # What GrowClust3D would take for a number or a truth value.
    numbers = ["XX.0123", "XX.1E5", "XX.NaN", "XX.Inf", "XX.true", "XX.NANA", "XX.E10"]
    assert station_labels(numbers) == [f"S{n:04d}" for n in range(1, 6)] + ["NANA", "E10"]


def test_tables_say_what_numbers_and_labels_stand_for(tmp_path):
    write_event_numbers(tmp_path / "events.csv", ["nc7,1", "b"])
    write_station_labels(tmp_path / "stations.csv", ["ABC"], ["XX.ABC"])
    events, stations = (
        list(csv.reader((tmp_path / name).read_text(encoding="utf-8").splitlines()))
        for name in ("events.csv", "stations.csv")
    )
    assert events == [["number", "event_id"], ["1", "nc7,1"], ["2", "b"]]
    assert stations == [["label", "station"], ["ABC", "XX.ABC"]]


@pytest.mark.parametrize("write", [write_hypodd, write_growclust])
def test_bad_parameters_are_named(write, tmp_path):
    values = made_up(), ["A", "B"]
    with pytest.raises(ValueError, match="phase is 'Pn', expected 'P' or 'S'"):
        write(tmp_path / "list", *values, phase="Pn", coefficient_min=0.5)
    with pytest.raises(ValueError, match=r"coefficient_min is 0\.0, expected a"):
        write(tmp_path / "list", *values, phase="P", coefficient_min=0.0)
    assert list(tmp_path.iterdir()) == []


def test_times_of_another_number_of_stations_are_named():
    pairs, _, coefficients = made_up()
    correlations = Correlations(coefficients, np.zeros_like(coefficients))
    with pytest.raises(ValueError, match=r"first_samples have shape \(9, 1\), expected"):
        differential_times(pairs, correlations, np.zeros((9, 1)))


def test_where_a_station_does_not_have_both_there_is_no_time():
    correlations = Correlations(*np.full((2, 1, 2), [0.9, np.nan], np.float32))
    first_samples = np.array([[0.0, np.nan], [1.0, 2.0]])
    times = differential_times(np.array([[0, 1]]), correlations, first_samples)
    assert_array_equal(np.isnan(times.seconds), [[False, True]])

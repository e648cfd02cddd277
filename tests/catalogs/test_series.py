"""Other series and marked moments: what is read, and what is refused with its file and line."""

import numpy as np
import pytest

from specufex_pipe.catalogs.series import Mark, read_marks, read_series
from specufex_pipe.errors import StageError


def write(folder, *lines):
    path = folder / "series.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_times_values_and_the_unit_of_the_header_are_read(tmp_path):
    path = write(tmp_path, "time,rate (m3/h)", "2020-01-01,1.5", "2020-01-01T02:00:00.25+01:00,")
    found = read_series("Injection", path)
    assert (found.label, found.unit) == ("Injection", "m3/h")
    expected = ["2020-01-01T00:00:00", "2020-01-01T01:00:00.25"]
    np.testing.assert_array_equal(found.times, np.array(expected, dtype="datetime64[us]"))
    np.testing.assert_array_equal(found.values, [1.5, np.nan])


def test_a_column_and_a_unit_that_are_named_count(tmp_path):
    path = write(tmp_path, "rain,time,wind", "1,2020-01-01,7")
    found = read_series("Wind", path, column="wind", unit="m/s")
    assert (found.unit, found.values.tolist()) == ("m/s", [7])
    assert read_series("Wind", path, column="rain").unit == ""


@pytest.mark.parametrize(("lines", "message"), [
    (["time,rain", "2020-01-02,1", "2020-01-01,2"], "line 3: the time '2020-01-01' is not "
     "after .* expected one row for each time, in their order"),
    (["time,rain", "2020-01-02,1", "2020-01-02,2"], "line 3: the time '2020-01-02' is not after"),
    (["time,rain", "2020-01-02,1", "", "02.01.2020,2"], "line 4: the time '02.01.2020' is not ISO"),
    (["time,rain", "2020-01-02,much"], "line 2: rain is 'much', expected a number"),
    (["time,rain", "2020-01-02,inf"], "line 2: rain is 'inf', expected a number"),
    (["time,rain", "2020-01-02,1,5"], "line 2: it has 3 cells, expected 2"),
    (["date,rain"], "series Rain: .* has no column time"),
    (["time,rain,wind"], "has the columns time, rain, wind; expected time and one other, or"),
    (["time"], "expected time and one other"),
])  # fmt: skip
def test_what_cannot_be_used_is_named_with_its_line(tmp_path, lines, message):
    path = write(tmp_path, *lines)
    with pytest.raises(StageError, match=message) as error:
        read_series("Rain", path)
    assert str(path) in str(error.value)


def test_a_missing_file_or_column_is_named(tmp_path):
    with pytest.raises(StageError, match="there is no such file"):
        read_series("Rain", tmp_path / "none.csv")
    with pytest.raises(StageError, match="has no column snow"):
        read_series("Snow", write(tmp_path, "time,rain"), column="snow")


def test_marks_have_times_and_labels(tmp_path):
    path = write(
        tmp_path, "label,time", "Eruption,2020-01-02T03:04:05Z", '"Crisis, second",2020-01-01'
    )
    assert read_marks(path) == [
        Mark(np.datetime64("2020-01-02T03:04:05", "us"), "Eruption"),
        Mark(np.datetime64("2020-01-01", "us"), "Crisis, second"),
    ]
    with pytest.raises(StageError, match="line 2: the time 'soon' is not ISO 8601"):
        read_marks(write(tmp_path, "time,label", "soon,Eruption"))

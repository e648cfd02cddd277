"""The columns of a catalog are numbers, times or text, as their cells say."""

import pytest

from specufex_pipe.catalogs.types import ColumnTypes, parse_number, parse_time


@pytest.mark.parametrize("text", [
    "20100901.12", "2010-09-01+12:03:20", "20100901", "2010-W35-3", "2010-09-01 12", "2010-9-1",
    "2010-09-01T12:03:20.", "2010-09-01T12:03:20Zulu", "noon", "1283299200", "2010-02-30",
])  # fmt: skip
def test_a_time_that_only_looks_like_one_is_refused(text):
    with pytest.raises(ValueError, match="is not ISO 8601"):
        parse_time(text)


@pytest.mark.parametrize(("text", "expected"), [
    ("2010-09-01", "2010-09-01T00:00:00"),
    ("2010-09-01 12:03", "2010-09-01T12:03:00"),
    ("2010-09-01T12:03:20.123456", "2010-09-01T12:03:20.123456"),
    ("2010-09-01T12:03:20,5", "2010-09-01T12:03:20.5"),
    ("2010-09-01T12:03:20Z", "2010-09-01T12:03:20"),
    ("2010-09-01T12:03:20+02:00", "2010-09-01T10:03:20"),
    ("2010-09-01 12:03:20-0330", "2010-09-01T15:33:20"),
])  # fmt: skip
def test_a_time_in_iso_8601_is_read(text, expected):
    assert parse_time(text) == parse_time(expected)
    assert str(parse_time(text)).startswith(expected)


def test_a_number_may_be_missing_and_is_nothing_else():
    assert parse_number(" -1.5e3 ") == -1500
    assert parse_number("NaN") is None
    assert parse_number("") is None
    for text in ("1_000", "inf", "1,5", "0x10", "M"):
        with pytest.raises(ValueError, match="is not a number"):
            parse_number(text)


def test_a_column_has_the_type_of_all_its_cells():
    types = ColumnTypes(["event_id", "number", "time", "both", "text", "empty"])
    types.update(
        {"event_id": "007", "number": "1", "time": "2020-01-01", "both": "2020-01-01",
         "text": "1", "empty": ""}
    )  # fmt: skip
    types.update(
        {"event_id": "008", "number": "nan", "time": "", "both": "3", "text": "x", "empty": " "}
    )
    assert types.types() == {
        "event_id": "text", "number": "number", "time": "time", "both": "text", "text": "text",
        "empty": "text",
    }  # fmt: skip

"""The columns of a catalog are numbers, times or text, as their cells say."""

import pytest

from specufex_pipe.catalogs.types import ColumnTypes, parse_number


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

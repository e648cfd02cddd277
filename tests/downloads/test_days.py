"""Days of an archive as text."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specufex_pipe.downloads.days import days_as_text, days_of_text

FIRST = date(2015, 12, 20).toordinal()


@given(st.sets(st.integers(FIRST, FIRST + 30).map(date.fromordinal)))
def test_days_are_what_they_were_once_read_again(days):
    assert list(days_of_text(days_as_text(days))) == sorted(days)


def test_days_in_a_row_are_one_word():
    days = [date(2016, 12, 31), date(2017, 1, 1), date(2017, 1, 3)]
    assert days_as_text(days) == "2016.366-2017.001 2017.003-2017.003"


@pytest.mark.parametrize("text", ["2016.300", "2016.300-2016.400", "yesterday"])
def test_other_text_is_no_days(text):
    with pytest.raises(ValueError, match=r"unpack|does not match|unconverted"):
        list(days_of_text(text))

"""Words of messages: what is counted, and what was meant."""

import pytest

from specufex_pipe.words import counted, did_you_mean


@pytest.mark.parametrize(("number", "words", "expected"), [
    (0, ("event",), "0 events"), (1, ("event",), "1 event"), (2, ("event",), "2 events"),
    (1, ("event is", "events are"), "1 event is"),
    (1200, ("event is", "events are"), "1,200 events are"),
    (3, ("frequency", "frequencies"), "3 frequencies"),
])  # fmt: skip
def test_one_is_not_several(number, words, expected):
    assert counted(number, *words) == expected


def test_what_is_close_is_meant_and_nothing_else():
    assert did_you_mean("kurtossis", ["duration", "kurtosis"]) == "; did you mean kurtosis?"
    assert did_you_mean("size", ["duration", "kurtosis"]) == ""

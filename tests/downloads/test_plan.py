"""What is asked for: all that windows need, nothing twice, day by day."""

from datetime import date

import numpy as np
import pytest
from helpers.waveforms import CHANNEL
from hypothesis import given
from hypothesis import strategies as st

from specufex_pipe.downloads.plan import by_day, plan, spans_needed, without
from specufex_pipe.sources.fdsn import archive_file
from specufex_pipe.sources.request_index import Request, RequestIndex
from specufex_pipe.webservices.answers import Answer

SECOND = 10**9
DAY = 86_400 * SECOND
FIRST = 1_577_836_800 * SECOND  # 2020-01-01
WINDOWS = st.lists(
    st.tuples(st.integers(0, 3 * DAY), st.integers(1, 2 * 3600 * SECOND)), min_size=1, max_size=30
).map(lambda pairs: np.array([(FIRST + start, FIRST + start + n) for start, n in pairs]))


def is_covered(time, spans):
    return any(start <= time <= end for start, end in spans)


@given(WINDOWS, st.sampled_from(["windows", "days"]))
def test_spans_cover_each_window_and_do_not_overlap(windows, kind):
    spans = spans_needed(windows, kind)
    unit = DAY if kind == "days" else SECOND
    assert (spans % unit == 0).all()
    assert (spans[1:, 0] > spans[:-1, 1]).all()
    for start, end in windows.tolist():
        assert any(
            first <= start and end < last + (kind == "days") for first, last in spans.tolist()
        )


@given(WINDOWS)
def test_spans_have_no_second_that_no_window_needs(windows):
    for start, end in spans_needed(windows, "windows").tolist():
        needed = sum(
            min(last, end) - max(first, start)
            for first, last in windows.tolist()
            if first < end and last > start
        )
        assert end - start <= needed + 4 * SECOND * len(windows)


def test_days_are_whole_from_the_first_window_to_the_last():
    starts = FIRST + 5 * SECOND, FIRST + 2 * DAY + 5 * SECOND
    windows = np.array([(start, start + SECOND) for start in reversed(starts)])
    assert spans_needed(windows, "days").tolist() == [[FIRST, FIRST + 3 * DAY]]


def test_a_day_of_many_spans_is_planned_without_comparing_each_with_each():
    class Counted(int):
        n_compared = 0

        def __lt__(self, other):
            Counted.n_compared += 1
            return int(self) < int(other)

    spans = [(20 * number, 20 * number + 10) for number in range(1000)]
    taken = [(Counted(start + 5), Counted(end)) for start, end in spans]
    assert list(without(spans, taken)) == [(start, start + 5) for start, _ in spans]
    assert Counted.n_compared < 100 * len(spans)


def test_no_window_needs_nothing(tmp_path):
    spans = spans_needed(np.empty((0, 2), dtype=np.int64), "windows")
    assert plan({CHANNEL: spans}, tmp_path) == []


def test_a_window_across_midnight_is_asked_for_on_both_days(tmp_path):
    spans = np.array([(FIRST + DAY - 5 * SECOND, FIRST + DAY + 5 * SECOND)])
    first, second = plan({CHANNEL: spans}, tmp_path)
    assert (first.day, first.spans) == (date(2020, 1, 1), ((spans[0, 0], FIRST + DAY),))
    assert (second.day, second.spans) == (date(2020, 1, 2), ((FIRST + DAY, spans[0, 1]),))


def test_a_window_that_ends_at_midnight_needs_no_next_day(tmp_path):
    spans = np.array([(FIRST, FIRST + DAY)])
    (task,) = plan({CHANNEL: spans}, tmp_path)
    assert task.day == date(2020, 1, 1)
    assert [day for day, _ in by_day(spans)] == [task.day]


def request(start, end, answer, missing=0.0):
    said = "" if answer is Answer.DATA else "said"
    return Request(FIRST + start * SECOND, FIRST + end * SECOND, answer, missing, "", "host", said)


def asked_of(archive, *requests, spans=((0, 100),), **how):
    """Return what is asked of a day, s, when it was asked for something before."""
    RequestIndex(archive).write_day(CHANNEL, date(2020, 1, 1), requests)
    needed = np.array([(FIRST + start * SECOND, FIRST + end * SECOND) for start, end in spans])
    tasks = plan({CHANNEL: needed}, archive, **how)
    return [
        ((start - FIRST) / SECOND, (end - FIRST) / SECOND)
        for task in tasks
        for start, end in task.spans
    ]


@pytest.fixture
def archive(tmp_path):
    path = archive_file(tmp_path, CHANNEL, date(2020, 1, 1))
    path.parent.mkdir(parents=True)
    path.touch()
    return tmp_path


@pytest.mark.parametrize("answer", [a for a in Answer if a is not Answer.FAILED])
def test_what_was_answered_is_not_asked_again(archive, answer):
    assert asked_of(archive, request(20, 40, answer)) == [(0, 20), (40, 100)]
    assert asked_of(archive, request(0, 100, answer)) == []


def test_what_failed_is_asked_again(archive):
    assert asked_of(archive, request(20, 40, Answer.FAILED)) == [(0, 100)]


@pytest.mark.parametrize("answer", [Answer.NOTHING, Answer.REFUSED, Answer.TOO_LARGE])
def test_what_was_missing_is_asked_again_on_request(archive, answer):
    assert asked_of(archive, request(0, 100, answer), ask_again=True) == [(0, 100)]


def test_what_came_is_asked_again_on_request_where_some_was_missing(archive):
    whole, part = request(0, 50, Answer.DATA), request(50, 100, Answer.DATA, 3.0)
    assert asked_of(archive, whole, part) == []
    assert asked_of(archive, whole, part, ask_again=True) == [(50, 100)]


def test_what_came_is_asked_again_if_its_file_is_gone(tmp_path):
    assert asked_of(tmp_path, request(0, 100, Answer.DATA)) == [(0, 100)]


@given(WINDOWS, WINDOWS)
def test_without_is_what_is_left(windows, others):
    spans, taken = (spans_needed(each, "windows").tolist() for each in (windows, others))
    left = list(without(spans, taken))
    for start, end in (*spans, *taken):
        for time in (start + 1, (start + end) // 2 + 1, end - 1):  # none is an edge
            expected = is_covered(time, spans) and not is_covered(time, taken)
            assert is_covered(time, left) == expected


def test_a_damaged_table_is_named(archive):
    asked_of(archive, request(0, 10, Answer.DATA))
    path = archive / "requests" / CHANNEL / "2020.001.csv"
    path.write_bytes(path.read_bytes().replace(b"data", b"date"))
    with pytest.raises(OSError, match=r"2020\.001\.csv.*remove the file"):
        plan({CHANNEL: np.array([(FIRST, FIRST + DAY)])}, archive)

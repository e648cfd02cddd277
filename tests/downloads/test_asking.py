"""Data centres are asked in bulk, in smaller parts if need be, and at the same time."""

import threading
import time
from datetime import date

import pytest
from helpers.fake_centre import FakeCentre, mseed
from helpers.waveforms import CHANNEL, START, noise, trace
from obspy import Stream

from specufex_pipe.downloads.asking import ask, ask_all, batches
from specufex_pipe.downloads.plan import DayTask
from specufex_pipe.webservices.answers import Answer, Unanswered

SECOND = 10**9
OTHER = "XX.STA.00.HHN"


def task(*spans, channel=CHANNEL, day=1):
    times = tuple((START.ns + start * SECOND, START.ns + end * SECOND) for start, end in spans)
    return DayTask(channel, date(2020, 1, day), times)


@pytest.fixture
def centre():
    return FakeCentre(Stream([trace(noise(600)), trace(noise(600, seed=1), channel="HHN")]))


def test_each_task_gets_its_own_records(centre):
    tasks = [task((10, 20), (100, 130)), task((10, 20), channel=OTHER)]
    first, second = ask(centre, tasks)
    assert len(centre.asked) == 1
    assert {record.channel for record in first.records} == {CHANNEL}
    assert {record.channel for record in second.records} == {OTHER}
    assert [part.answer for part in (*first.parts, *second.parts)] == [Answer.DATA] * 3
    for start, end in tasks[0].spans:
        assert first.records.seconds_missing(start, end) == 0


def test_what_nothing_came_of_is_nothing(centre):
    (answer,) = ask(centre, [task((10, 20), (1000, 1010))])
    assert [part.answer for part in answer.parts] == [Answer.DATA, Answer.NOTHING]
    assert "fake.example" in answer.parts[1].said


def test_what_was_not_asked_for_is_left_out(centre, caplog):
    other_time, other_channel = trace(noise(5), START + 5000), trace(noise(5), station="ELSE")
    content = mseed(trace(noise(600)).slice(START + 10, START + 20), other_time, other_channel)
    centre.answer = lambda lines: content
    (answer,) = ask(centre, [task((10, 20))])
    assert {record.channel for record in answer.records} == {CHANNEL}
    assert max(record.end for record in answer.records) <= START.ns + 21 * SECOND
    assert "not asked for" in caplog.text


def test_a_damaged_record_spoils_no_other_window(centre):
    data = trace(noise(600))
    content = bytearray(mseed(data.slice(START + 10, START + 20)))
    content[700:750] = b"\xff" * 50
    content += mseed(data.slice(START + 100, START + 110))
    centre.answer = lambda lines: bytes(content)
    (answer,) = ask(centre, [task((10, 21), (100, 111))])
    assert [part.answer for part in answer.parts] == [Answer.FAILED, Answer.DATA]
    assert "cannot be used" in answer.parts[0].said
    assert {record.start >= START.ns + 100 * SECOND for record in answer.records} == {True}


def test_what_came_does_not_depend_on_what_else_was_asked_for(centre):
    centre.stream = Stream([trace(noise(20), START + 0.006)])
    together = ask(centre, [task((0, 20)), task((20, 40))])[1]
    (alone,) = ask(centre, [task((20, 40))])
    assert [part.answer for part in together.parts] == [part.answer for part in alone.parts]
    assert list(together.records) == list(alone.records)


def refuse_lines(answer, most=0, channel=None, **how):
    def refuse(lines):
        too_many = sum(line.endtime - line.starttime for line in lines) > most
        restricted = any(line.codes == channel for line in lines)
        if restricted if channel else too_many:
            raise Unanswered(answer, "https://fake.example: no", **how)

    return refuse


def test_a_request_that_is_too_large_is_split(centre):
    centre.answer = refuse_lines(Answer.TOO_LARGE, most=25)
    (answer,) = ask(centre, [task((0, 10), (20, 30), (40, 50), (60, 70))])
    assert [part.answer for part in answer.parts] == [Answer.DATA] * 4
    assert max(len(lines) for lines in centre.asked[1:]) == 2


def test_a_long_span_that_is_too_large_is_split_and_counts_as_one(centre):
    centre.answer = refuse_lines(Answer.TOO_LARGE, most=2500)
    (answer,) = ask(centre, [task((0, 8000))])
    assert answer.parts[0].start == START.ns
    assert {part.answer for part in answer.parts} == {Answer.DATA, Answer.NOTHING}
    assert answer.records.seconds_missing(START.ns, START.ns + 600 * SECOND) == 0


def test_a_service_to_which_all_is_too_large_is_not_asked_without_end(centre):
    centre.answer = refuse_lines(Answer.TOO_LARGE, most=0)
    (answer,) = ask(centre, [task((0, 86_400))])
    assert {part.answer for part in answer.parts} == {Answer.TOO_LARGE}
    assert len(centre.asked) < 100


@pytest.mark.parametrize(
    ("answer", "how"), [(Answer.REFUSED, {}), (Answer.FAILED, {"is_of_request": True})]
)
def test_a_channel_that_is_refused_does_not_take_others_with_it(centre, answer, how):
    centre.answer = refuse_lines(answer, channel=OTHER, **how)
    first, second = ask(centre, [task((10, 20)), task((10, 20), channel=OTHER)])
    assert [part.answer for part in first.parts] == [Answer.DATA]
    assert [part.answer for part in second.parts] == [answer]
    assert second.parts[0].said == "https://fake.example: no"


def test_a_service_that_is_down_is_not_asked_for_parts(centre):
    centre.answer = refuse_lines(Answer.FAILED, channel=OTHER)
    ask(centre, [task((10, 20)), task((10, 20), channel=OTHER)])
    assert len(centre.asked) == 1


@pytest.mark.parametrize("content", [b"<html>sorry</html>", mseed(trace(noise(60)))[:-100]])
def test_what_cannot_be_used_is_a_failure(centre, content):
    centre.answer = lambda lines: content
    (answer,) = ask(centre, [task((10, 20))])
    assert answer.parts[0].answer is Answer.FAILED
    assert "cannot be used" in answer.parts[0].said
    assert not len(answer.records)


def test_a_day_with_very_many_windows_is_several_requests_and_one_answer(centre):
    spans = [(2 * number, 2 * number + 1) for number in range(1000)]
    (answer,) = ask(centre, [task(*spans)])
    assert len(centre.asked) > 1
    assert sum(map(len, centre.asked)) == len(answer.parts) == 1000


def test_batches_are_bounded_and_keep_days_whole():
    tasks = [task(*[(n, n + 1) for n in range(0, 600, 2)], day=day) for day in range(1, 9)]
    tasks += [task((0, 86_400), day=day) for day in range(9, 20)]
    found = list(batches(tasks))
    assert [each for batch in found for each in batch] == tasks
    assert all(len(batch) == 1 for batch in found[:7])
    assert max(len(batch) for batch in found[7:]) == 4


class SlowCentre(FakeCentre):
    """Answers when it is let."""

    def __init__(self, stream):
        super().__init__(stream)
        self.is_let, self.n_asked, self.most = threading.Event(), 0, 0
        self.lock = threading.Lock()

    def get_waveforms(self, lines):
        with self.lock:
            self.n_asked += 1
            self.most = max(self.most, self.n_asked)
        self.is_let.wait(10)
        with self.lock:
            self.n_asked -= 1
        return super().get_waveforms(lines)


def test_a_slow_centre_does_not_hold_up_others(centre):
    slow = SlowCentre(centre.stream)
    requests = [(slow, [[task((0, 5), day=1)]]), (centre, [[task((10, 20), day=2)]])]
    answers = ask_all(requests, connections=2, stop=threading.Event())
    assert next(answers).task.day == date(2020, 1, 2)
    slow.is_let.set()
    assert [answer.task.day for answer in answers] == [date(2020, 1, 1)]


def test_a_centre_gets_no_more_requests_at_once_than_it_may():
    slow = SlowCentre(Stream([trace(noise(60))]))
    answers = ask_all(
        [(slow, [[task((n, n + 1))] for n in range(20)])], connections=2, stop=threading.Event()
    )
    slow.is_let.set()
    assert len(list(answers)) == 20
    assert slow.most <= 2


def test_whoever_stops_listening_stops_the_requests(centre):
    answers = ask_all(
        [(centre, [[task((n, n + 1))] for n in range(200)])], connections=1, stop=threading.Event()
    )
    next(answers)
    answers.close()
    assert len(centre.asked) < 200


def test_what_has_come_by_a_stop_is_not_thrown_away(centre):
    stop = threading.Event()
    requests = [(centre, [[task((n, n + 1))] for n in range(50)])]
    answers = ask_all(requests, connections=1, stop=stop)
    next(answers)
    while len(centre.asked) < 4:  # two more have come, for which there is room
        time.sleep(0.001)
    stop.set()
    assert 2 <= len(list(answers)) <= len(centre.asked) - 1
    assert len(centre.asked) < 50


def test_a_fault_of_the_program_is_raised(centre):
    centre.answer = lambda lines: 1 / 0
    with pytest.raises(ZeroDivisionError):
        list(ask_all([(centre, [[task((0, 1))]])], connections=1, stop=threading.Event()))

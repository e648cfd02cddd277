"""A day of the archive is written whole, and keeps what it has."""

from datetime import date

import numpy as np
import pytest
from helpers.fake_centre import FakeCentre
from helpers.waveforms import CHANNEL, START, noise, trace
from obspy import Stream

from specufex_pipe.downloads.asking import ask
from specufex_pipe.downloads.day import write_day
from specufex_pipe.downloads.plan import DayTask, plan, spans_needed
from specufex_pipe.rejections import Kind, RejectedEvent
from specufex_pipe.sources.fdsn import FDSNSource, archive_file
from specufex_pipe.sources.protocol import Window
from specufex_pipe.sources.request_index import Request, RequestIndex
from specufex_pipe.webservices.answers import Answer, Unanswered

SECOND = 10**9
DAY = date(2020, 1, 1)
DATA = trace(noise(600))


def fill(archive, centre, *spans):
    times = tuple((START.ns + start * SECOND, START.ns + end * SECOND) for start, end in spans)
    (answer,) = ask(centre, [DayTask(CHANNEL, DAY, times)])
    return write_day(archive, answer)


def centre_with(*spans, data=DATA):
    return FakeCentre(Stream([data.slice(START + start, START + end) for start, end in spans]))


def content(archive):
    files = [path for path in archive.rglob("*") if path.is_file()]
    return {str(path.relative_to(archive)): path.read_bytes() for path in files}


def source_of(archive):
    return FDSNSource("https://fake.example", str(archive))


def samples(archive, start, end):
    source = source_of(archive)
    stream = source.get_waveforms(*CHANNEL.split("."), START + start, START + end)
    (merged,) = stream.merge()
    return merged.data


def lines(archive, start, end):
    source = source_of(archive)
    return list(source.dependencies(Window(*CHANNEL.split("."), START + start, START + end)))


def test_a_window_that_came_has_the_samples_of_the_service(tmp_path):
    (request,) = fill(tmp_path, centre_with((0, 600)), (10, 40))
    assert request.answer is Answer.DATA
    assert request.missing == 0
    np.testing.assert_array_equal(samples(tmp_path, 10, 40), DATA.data[1000:4001])


def test_windows_added_later_leave_the_others_as_they_were(tmp_path):
    centre = centre_with((0, 600))
    fill(tmp_path, centre, (10, 40))
    before = lines(tmp_path, 10, 40)
    assert before
    fill(tmp_path, centre, (100, 140))
    assert lines(tmp_path, 10, 40) == before
    assert lines(tmp_path, 100, 140) != before
    np.testing.assert_array_equal(samples(tmp_path, 10, 40), DATA.data[1000:4001])
    np.testing.assert_array_equal(samples(tmp_path, 100, 140), DATA.data[10_000:14_001])


def test_a_window_may_lie_across_requests(tmp_path):
    centre = centre_with((0, 600))
    fill(tmp_path, centre, (10, 40))
    fill(tmp_path, centre, (40, 70))
    np.testing.assert_array_equal(samples(tmp_path, 10, 70), DATA.data[1000:7001])


def test_a_process_killed_before_the_table_is_written_leaves_nothing_behind(tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    fill(whole, centre_with((0, 600)), (10, 40))
    path = archive_file(killed, CHANNEL, DAY)
    path.parent.mkdir(parents=True)
    Stream([DATA.slice(START + 300, START + 350)]).write(str(path), format="MSEED")
    fill(killed, centre_with((0, 600)), (10, 40))
    assert content(killed) == content(whole)


def test_the_order_in_which_answers_come_changes_nothing(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    for archive, order in ((one, [(10, 40), (40, 70)]), (two, [(40, 70), (10, 40)])):
        for span in order:
            fill(archive, centre_with((0, 600)), span)
    assert content(one) == content(two)


def test_what_came_in_part_is_made_whole_by_asking_again(tmp_path):
    (part,) = fill(tmp_path, centre_with((10, 20), (30, 40)), (10, 40))
    assert part.missing == pytest.approx(10, abs=0.05)
    before = lines(tmp_path, 10, 40)
    (whole,) = fill(tmp_path, centre_with((0, 600)), (10, 40))
    assert whole.missing == 0
    assert lines(tmp_path, 10, 40) != before
    np.testing.assert_array_equal(samples(tmp_path, 10, 40), DATA.data[1000:4001])


def fail(lines):
    raise Unanswered(Answer.FAILED, "https://fake.example: 503")


def nothing(lines):
    raise Unanswered(Answer.NOTHING, "https://fake.example: 204")


@pytest.mark.parametrize("worse", [fail, nothing])
def test_data_are_not_lost_to_a_worse_answer(tmp_path, worse):
    fill(tmp_path, centre_with((10, 20), (30, 40)), (10, 40))
    before = content(tmp_path)
    fill(tmp_path, FakeCentre(Stream(), answer=worse), (10, 40))
    assert content(tmp_path) == before


def test_data_are_not_lost_to_less_data(tmp_path):
    fill(tmp_path, centre_with((10, 20), (30, 40)), (10, 40))
    before = content(tmp_path)
    fill(tmp_path, centre_with((10, 15)), (10, 40))
    assert content(tmp_path) == before


def test_what_failed_is_replaced_by_what_comes(tmp_path):
    fill(tmp_path, FakeCentre(Stream(), answer=fail), (10, 20), (30, 40))
    assert not archive_file(tmp_path, CHANNEL, DAY).exists()
    requests = fill(tmp_path, centre_with((0, 600)), (10, 25), (30, 40))
    assert [each.answer for each in requests] == [Answer.DATA] * 2


def test_an_event_that_was_not_had_is_rejected_with_what_the_service_said(tmp_path):
    fill(tmp_path, FakeCentre(Stream(), answer=fail), (10, 20))
    fill(tmp_path, FakeCentre(Stream(), answer=nothing), (30, 40))
    for start, said in ((12, "503"), (31, "204")):
        with pytest.raises(RejectedEvent, match=f"fake.example: {said}") as caught:
            samples(tmp_path, start, start + 5)
        assert caught.value.kind is Kind.NO_DATA


def test_an_event_is_not_made_of_a_part_while_the_rest_may_come(tmp_path):
    fill(tmp_path, centre_with((0, 600)), (10, 20))
    fill(tmp_path, FakeCentre(Stream(), answer=fail), (20, 30))
    with pytest.raises(RejectedEvent, match="503"):
        samples(tmp_path, 15, 25)


def test_an_event_that_nobody_asked_for_says_so(tmp_path):
    fill(tmp_path, centre_with((0, 600)), (10, 20))
    with pytest.raises(RejectedEvent, match="not been asked for"):
        samples(tmp_path, 100, 110)


def test_an_event_of_which_a_part_was_never_asked_for_says_so(tmp_path):
    fill(tmp_path, centre_with((0, 600)), (10, 20))
    for start, end in ((5, 15), (15, 25)):
        with pytest.raises(RejectedEvent, match="not been asked for"):
            samples(tmp_path, start, end)


@pytest.mark.parametrize("window", [(10.0, 20.0), (10.3, 20.997)])
@pytest.mark.parametrize("late", [0.004, 0.006])
def test_the_samples_nearest_to_the_ends_of_a_window_are_there(tmp_path, window, late):
    data = trace(noise(600), START + late)
    start, end = (START + seconds for seconds in window)
    spans = spans_needed(np.array([(start.ns, end.ns)]), "windows") - START.ns
    fill(tmp_path, FakeCentre(Stream([data])), *(spans // SECOND).tolist())
    expected = data.slice(start, end, nearest_sample=True)
    np.testing.assert_array_equal(samples(tmp_path, *window), expected.data)


def test_a_window_that_ends_at_midnight_depends_on_the_sample_that_comes_then(tmp_path):
    midnight = START + 86_400
    window = Window(*CHANNEL.split("."), midnight - 10, midnight)
    index = RequestIndex(tmp_path)
    states = []
    for answer in (Answer.FAILED, Answer.DATA):
        begin = midnight.ns
        later = Request(begin, begin + 2 * SECOND, answer, 0.0, "", "service", "said")
        index.write_day(CHANNEL, date(2020, 1, 2), [later])
        states.append(list(source_of(tmp_path).dependencies(window)))
    assert states[0] != states[1]


def test_asking_again_loses_no_samples_that_the_service_no_longer_has(tmp_path):
    fill(tmp_path, centre_with((0, 50)), (0, 100))
    fill(tmp_path, centre_with((20, 100)), (0, 100))
    np.testing.assert_array_equal(samples(tmp_path, 0, 90), DATA.data[:9001])
    (request,) = RequestIndex(tmp_path).of_day(CHANNEL, DAY)
    assert request.missing == 0


def test_data_that_changed_are_asked_again_if_their_table_could_not_be_written(
    tmp_path, monkeypatch
):
    span = np.array([(START.ns, START.ns + 100 * SECOND)])
    fill(tmp_path, centre_with((0, 50)), (0, 100))
    assert plan({CHANNEL: span}, tmp_path) == []
    n_written = []
    write = RequestIndex.write_day

    def write_and_be_killed(*arguments):
        if n_written:
            raise KeyboardInterrupt
        n_written.append(1)
        write(*arguments)

    monkeypatch.setattr(RequestIndex, "write_day", write_and_be_killed)
    with pytest.raises(KeyboardInterrupt):
        fill(tmp_path, centre_with((0, 100)), (0, 100))
    assert [task.spans for task in plan({CHANNEL: span}, tmp_path)] == [((*span[0],),)]


def test_an_archive_of_others_is_not_written_into(tmp_path):
    path = archive_file(tmp_path, CHANNEL, DAY)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"a day of others")
    with pytest.raises(ValueError, match=r"path is .*without the folder requests"):
        source_of(tmp_path).check()
    (tmp_path / "requests").mkdir()
    source_of(tmp_path).check()


def test_a_file_that_is_gone_is_no_lack_of_data(tmp_path):
    fill(tmp_path, centre_with((0, 600)), (10, 20))
    before = lines(tmp_path, 12, 15)
    archive_file(tmp_path, CHANNEL, DAY).unlink()
    with pytest.raises(RejectedEvent, match="ask_again") as caught:
        samples(tmp_path, 12, 15)
    assert caught.value.kind is Kind.MISSING_FILE
    assert lines(tmp_path, 12, 15) != before
    fill(tmp_path, centre_with((0, 600)), (10, 20))
    assert lines(tmp_path, 12, 15) == before


def test_a_damaged_day_is_named_and_not_overwritten(tmp_path):
    fill(tmp_path, centre_with((0, 600)), (10, 20))
    path = archive_file(tmp_path, CHANNEL, DAY)
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(OSError, match="remove the file"):
        fill(tmp_path, centre_with((0, 600)), (30, 40))
    assert path.stat().st_size % 512

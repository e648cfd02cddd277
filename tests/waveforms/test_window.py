"""The window of an event lies where the settings place it, and asks for what it needs."""

import pytest
from helpers.waveforms import CHANNEL, START

from specufex_pipe.catalogs.protocol import Event, Pick
from specufex_pipe.rejections import RejectedEvent
from specufex_pipe.waveforms.window import Windows, find_pick, read_window, window_dependencies

TIME = START + 100
EVENT = Event("a", TIME, "", {})


class FakeSource:
    """Says what it was asked for."""

    def __init__(self, name="all files"):
        self.name = name

    def find_file(self, *asked):
        return f"file of {asked[-1]}"

    def of_file(self, file, start=None):
        return FakeSource(file)

    def get_waveforms(self, *asked):
        return self.name, asked

    def dependencies(self, window):
        return [self.name]


def request(event, **parameters):
    windows = Windows(margin=2, **parameters)
    return windows.request(event, windows.place(event, CHANNEL), CHANNEL, FakeSource())


def length_of(event, **parameters):
    span = Windows(**parameters).place(event, CHANNEL)
    return span.start - TIME, span.end - TIME


def test_a_window_begins_before_the_event_and_has_margins():
    span = Windows(before=5, duration=20).place(EVENT, CHANNEL)
    assert span == (TIME - 5, TIME + 15, TIME)
    assert request(EVENT) == ("XX", "STA", "00", "HHZ", TIME - 7, TIME + 17, "", None)


def test_an_event_whose_file_is_named_reads_that_file_alone():
    named = EVENT._replace(file="a.mseed")
    for event, place in ((EVENT, "all files"), (named, "a.mseed")):
        name, asked = read_window(FakeSource(), request(event))
        assert name == place
        assert asked == request(event)[:6]
        assert window_dependencies(FakeSource(), request(event)) == [place]


def test_a_whole_file_is_the_one_that_is_named_or_has_the_time():
    assert request(EVENT, length="file")[4:7] == (None, None, f"file of {TIME}")
    assert request(EVENT._replace(file="a"), length="file")[4:7] == (None, None, "a")


CELLS = {"start": str(TIME + 3), "end": str(TIME + 40), "duration": "12.5"}


@pytest.mark.parametrize(("parameters", "expected"), [
    ({"reference": "start", "before": 1, "duration": 8}, (2, 10)),
    ({"length": "duration", "before": 5, "after": 2}, (-5, 14.5)),
    ({"length": "end", "before": 0, "after": 0.5}, (0, 40.5)),
    ({"reference": "start", "length": "end", "before": 0}, (3, 40)),
    ({"reference": "pick", "before": 1, "duration": 8}, (4, 12)),
    ({"reference": "pick", "length": "pick", "before": 1, "after": 4}, (4, 13.5)),
])  # fmt: skip
def test_columns_and_picks_place_a_window(parameters, expected):
    picks = (
        Pick("XX", "STA", "Pn", TIME + 6), Pick("", "STA", "Pg", TIME + 5),
        Pick("XX", "OTHER", "P", TIME + 1), Pick("YY", "STA", "P", TIME + 2),
        Pick("XX", "STA", "Sg", TIME + 9.5), Pick("XX", "STA", "pP", TIME + 1),
    )  # fmt: skip
    event = EVENT._replace(cells=CELLS, picks=picks)
    assert length_of(event, **parameters) == pytest.approx(expected)


@pytest.mark.parametrize(("cells", "parameters", "reason"), [
    ({}, {"length": "duration"}, "no column duration; it has none"),
    ({"length": "3"}, {"length": "duration"}, "no column duration; it has length"),
    ({"duration": "x"}, {"length": "duration"}, "in the column duration, 'x' is not a number"),
    ({"duration": ""}, {"length": "duration"}, "the column duration is empty"),
    ({"duration": "-9"}, {"length": "duration"}, "-4.00 s long"),
    ({"duration": "1e9"}, {"length": "duration"}, "at most waveforms.max_duration 600 s"),
    ({"end": "noon"}, {"length": "end"}, "in the column end, 'noon' is not ISO 8601"),
    ({"start": ""}, {"reference": "start"}, "in the column start, '' is not ISO 8601"),
    ({"end": str(TIME - 1)}, {"length": "end"}, "it would end at .*, before its reference"),
    ({}, {"reference": "pick"}, "no pick of P at XX.STA, but of nothing"),
])  # fmt: skip
def test_an_event_without_what_places_its_window_is_rejected(cells, parameters, reason):
    with pytest.raises(RejectedEvent, match=f"no window: .*{reason}"):
        Windows(**parameters).place(EVENT._replace(cells=cells), CHANNEL)


def test_a_phase_that_is_named_in_full_stands_for_itself():
    picks = (Pick("", "STA", "P", TIME + 1), Pick("", "STA", "Pn", TIME + 2))
    event = EVENT._replace(picks=picks)
    assert find_pick(event, CHANNEL, "Pn").time == TIME + 2
    with pytest.raises(RejectedEvent, match=r"no pick of Pg at XX\.STA, but of P, Pn"):
        find_pick(event, CHANNEL, "Pg")


def test_a_channel_without_a_network_has_the_picks_of_its_station():
    event = EVENT._replace(picks=(Pick("XX", "STA", "P", TIME + 1),))
    assert find_pick(event, ".STA..HHZ", "P").time == TIME + 1


def test_when_a_file_begins_is_told_by_a_column_of_its_own():
    event = EVENT._replace(file="a.npy", cells=CELLS | {"file_start": str(TIME - 60)})
    for parameters in ({}, {"length": "file"}, {"reference": "start"}):
        assert request(event, **parameters).file_start == TIME - 60
    for cells in (CELLS, CELLS | {"file_start": ""}, CELLS | {"file_start": "noon"}):
        assert request(event._replace(cells=cells)).file_start is None

"""The window of an event asks a source for what it needs, and for no more."""

from helpers.waveforms import CHANNEL, START

from specufex_pipe.catalogs.protocol import Event
from specufex_pipe.waveforms.window import (
    read_window,
    start_of_window,
    window_dependencies,
    window_of,
)

EVENT = Event("a", START + 100, "", {})


class FakeSource:
    """Says what it was asked for."""

    def __init__(self, name="all files"):
        self.name = name

    def of_file(self, file):
        return FakeSource(file)

    def get_waveforms(self, *asked):
        return self.name, asked

    def dependencies(self, window):
        return [self.name]


def window(event):
    return window_of(event, CHANNEL, before=5, duration=20, margin=2)


def test_a_window_begins_before_the_event_and_has_margins():
    assert start_of_window(EVENT, 5) == START + 95
    assert window(EVENT) == ("XX", "STA", "00", "HHZ", START + 93, START + 117, "")


def test_an_event_whose_file_is_named_reads_that_file_alone():
    named = EVENT._replace(file="a.mseed")
    for event, place in ((EVENT, "all files"), (named, "a.mseed")):
        name, asked = read_window(FakeSource(), window(event))
        assert name == place
        assert asked == window(event)[:6]
        assert window_dependencies(FakeSource(), window(event)) == [place]

"""When the events of families are, and their waveforms."""

import numpy as np
import pytest

from specufex_pipe.plotting.families import (
    MOST_FAMILIES,
    MOST_STACKS,
    Stack,
    families_figure,
    stacks_figure,
)
from specufex_pipe.plotting.style import png
from specufex_pipe.plotting.time_axis import dates_of, seconds_of

START = np.datetime64("2020-01-01", "us")


def times_of(hours):
    return START + np.asarray(hours) * np.timedelta64(1, "h")


def stack(family, n_events=3, n_samples=50):
    wave = np.sin(np.arange(n_samples))
    return Stack(family, n_events, np.arange(n_samples) / 10, wave, np.tile(wave, (n_events, 1)))


def test_each_family_has_its_events_in_a_row_and_their_number():
    times, families = times_of([5, 1, 2, 9, 7, 3]), np.array([1, 2, 1, 0, 1, 2])
    axes = families_figure(times, families).axes[0]
    first, second = (line.get_xydata() for line in axes.get_lines())
    np.testing.assert_allclose(first[:, 0], dates_of(seconds_of(times_of([2, 5, 7]))))
    np.testing.assert_allclose(second[:, 0], dates_of(seconds_of(times_of([1, 3]))))
    assert set(first[:, 1]) == {1}
    assert [text.get_text() for text in axes.texts] == ["3", "2", "n"]


def test_the_largest_of_many_families_are_drawn():
    families = np.repeat(np.arange(1, 101), 2)
    axes = families_figure(times_of(np.arange(200)), families).axes[0]
    assert len(axes.get_lines()) == MOST_FAMILIES


def test_a_panel_has_members_and_stack_of_a_family():
    figure = stacks_figure([stack(number) for number in range(1, 12)])
    assert len(figure.axes) == MOST_STACKS
    assert [len(axes.get_lines()) for axes in figure.axes] == [4] * MOST_STACKS
    assert figure.axes[1].get_title(loc="left") == "Family 2, 3 events"


@pytest.mark.parametrize("count", [1, 2, 3])
def test_few_families_can_be_drawn(count):
    families = np.repeat(np.arange(1, count + 1), 2)
    figures = [
        families_figure(times_of(np.zeros(2 * count, int)), families),
        stacks_figure([stack(number) for number in range(1, count + 1)]),
    ]
    assert all(png(each, 50).startswith(b"\x89PNG") for each in figures)

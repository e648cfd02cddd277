"""Other series stand below the rates of clusters, on the same time axis, with marked moments."""

import numpy as np
import pytest

from specufex_pipe.catalogs.series import Mark, Series
from specufex_pipe.plotting.series import series_figure
from specufex_pipe.plotting.style import png
from specufex_pipe.plotting.time_axis import dates_of, seconds_of, time_bins
from specufex_pipe.plotting.timeline import timeline_figure

START = np.datetime64("2020-01-01T00:00:00", "us")
MINUTE = np.timedelta64(60, "s")
TIMES = START + MINUTE * np.arange(0, 600, 7)
LABELS = np.arange(len(TIMES)) % 3 + 1


def series_of(minutes):
    minutes = np.array(minutes)
    return Series("Rain", "mm/h", START + MINUTE * minutes, np.arange(float(len(minutes))))


def test_rows_share_the_time_axis_and_count_all_events():
    figure = series_figure(TIMES, LABELS, [series_of(range(0, 900, 10))])
    rows = figure.axes
    assert [axes.get_ylabel() for axes in rows] == ["1", "2", "3", "Rain\n(mm/h)"]
    assert len({axes.get_xlim() for axes in rows}) == 1
    assert rows[0].get_xlim() == tuple(dates_of(time_bins(TIMES)[0][[0, -1]]))
    counts = [axes.patches[0].get_data().values.sum() for axes in rows[:3]]
    assert counts == np.bincount(LABELS)[1:].tolist()


def test_a_curve_is_broken_where_samples_are_missing_and_nowhere_else():
    whole, broken = (
        series_of(range(0, 600, 10)),
        series_of([*range(0, 200, 10), *range(300, 600, 10)]),
    )
    rows = series_figure(TIMES, LABELS, [whole, broken]).axes[-2:]
    gaps = [np.isnan(axes.lines[0].get_ydata()).sum() for axes in rows]
    assert gaps == [0, 1]


def test_moments_are_lines_in_all_rows_with_their_labels_and_others_are_left_out():
    inside, outside = Mark(TIMES[5], "Eruption"), Mark(START - 9999 * MINUTE, "Before")
    rows = series_figure(TIMES, LABELS, [series_of(range(0, 600, 10))], [inside, outside]).axes
    (place,) = dates_of(seconds_of(TIMES[5:6]))
    for axes in rows:
        lines = [line for line in axes.lines if line.get_linestyle() == "--"]
        assert [set(line.get_xdata()) for line in lines] == [{place}]
    assert [text.get_text() for text in rows[0].texts] == ["Eruption"]


@pytest.mark.parametrize("n_samples", [1, 2])
def test_few_samples_and_events_in_no_cluster_can_be_drawn(n_samples):
    figure = series_figure(TIMES, np.zeros(len(TIMES), int), [series_of(range(n_samples))])
    assert png(figure, dpi=40).startswith(b"\x89PNG")


def test_the_timeline_keeps_its_rows_and_has_room_for_labels_wherever_they_are():
    label = "Onset of the third crisis"
    marks = [Mark(time, label) for time in TIMES[[0, len(TIMES) // 2, -1]]]
    plain, marked = timeline_figure(TIMES, LABELS), timeline_figure(TIMES, LABELS, marks)
    heights = [
        each.get_figheight() * each.axes[0].get_position().height for each in (plain, marked)
    ]
    assert heights[0] == pytest.approx(heights[1])
    marked.draw_without_rendering()
    assert [text.get_text() for text in marked.axes[0].texts] == [label] * 3
    for text in marked.axes[0].texts:
        box = text.get_window_extent()
        assert box.y1 <= marked.bbox.y1
        assert marked.bbox.x0 <= box.x0 < box.x1 <= marked.bbox.x1

"""Counts of clusters over time: cumulative numbers, and the spistogram."""

import numpy as np
import pytest

from specufex_pipe.plotting.style import cluster_name, png
from specufex_pipe.plotting.timeline import activity_figure

START = np.datetime64("2020-01-01", "us")


def times_of(hours):
    return START + np.asarray(hours) * np.timedelta64(1, "h")


def test_curves_reach_the_number_of_events_of_each_cluster():
    labels = np.array([1, 2, 1, 1, 0, 2])
    top = activity_figure(times_of([0, 5, 9, 30, 40, 41]), labels).axes[0]
    assert [line.get_ydata()[-1] for line in top.get_lines()] == [3, 2, 1]
    for line in top.get_lines():
        assert (np.diff(line.get_ydata()) >= 0).all()


def test_each_row_of_the_spistogram_is_relative_to_its_peak():
    # Bins of an hour: cluster 1 has 4 events in the first and 1 in the last, cluster 2 one in each.
    labels = np.array([1, 1, 1, 1, 1, 2, 2])
    bottom = activity_figure(times_of([0, 0, 0, 0, 50, 0, 50]), labels).axes[1]
    cells = bottom.images[0].get_array()
    np.testing.assert_allclose(cells[:, [0, -1]], [[1, 0.25], [1, 1]])
    assert np.count_nonzero(cells) == 4


def test_rows_are_labelled_with_their_cluster_and_none_is_last():
    bottom = activity_figure(times_of([0, 1, 2]), np.array([2, 1, 0])).axes[1]
    assert [label.get_text() for label in bottom.get_yticklabels()] == ["1", "2", cluster_name(0)]


@pytest.mark.parametrize(
    "hours, labels",
    [([0], [1]), ([0], [0]), ([3, 3, 3], [1, 1, 3]), (range(80), np.arange(80) % 40 + 1)],
    ids=["one event", "no cluster", "same times", "40 clusters"],
)
def test_odd_catalogs_can_be_drawn(hours, labels):
    assert png(activity_figure(times_of(list(hours)), np.array(labels)), 50).startswith(b"\x89PNG")

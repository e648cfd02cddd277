"""Hours of the day and months of the year, and what chance makes of them."""

import numpy as np
import pytest

from specufex_pipe.plotting.cycles import hours_figure, months_figure
from specufex_pipe.plotting.style import png


def counts_and_band(axes):
    band, line = sorted(axes.patches, key=lambda each: not each.get_fill())
    return line.get_data().values, (band.get_data().baseline, band.get_data().values)


def test_events_are_counted_in_their_hour_even_before_1970():
    times = np.array(["1969-12-30T05:59", "1969-12-31T05:00", "1970-01-02T23:59"], "datetime64[us]")
    first, second = hours_figure(times, np.array([1, 1, 2])).axes
    np.testing.assert_array_equal(np.flatnonzero(counts_and_band(first)[0]), [5])
    np.testing.assert_array_equal(np.flatnonzero(counts_and_band(second)[0]), [23])


def test_events_are_counted_in_their_month_of_any_year():
    times = np.array(["2019-02-28", "2020-02-01", "2021-12-31T23:59:59"], "datetime64[us]")
    (axes,) = months_figure(times, np.array([1, 1, 1])).axes
    np.testing.assert_array_equal(counts_and_band(axes)[0], [0, 2, *[0] * 9, 1])


def test_band_holds_most_counts_of_events_without_a_cycle():
    rng = np.random.default_rng(0)
    times = np.datetime64("2020-01-01", "us") + rng.integers(0, 10**13, 20_000)
    counts, (low, high) = counts_and_band(hours_figure(times, np.ones(20_000, dtype=int)).axes[0])
    # 95 % of 24 are 22.8.
    assert np.count_nonzero((counts >= low) & (counts <= high)) >= 20
    assert (high - low < 0.2 * counts.mean()).all()


def test_band_is_lower_where_less_of_the_time_is():
    # From 6 to 12 on the next day: hours from 6 to 12 come twice.
    times = np.datetime64("2020-01-01T06", "us") + np.arange(31) * np.timedelta64(1, "h")
    _, (_, high) = counts_and_band(hours_figure(times, np.ones(31, dtype=int)).axes[0])
    assert high[6:12].min() > high[12:].max()


def test_hours_that_the_events_do_not_span_have_no_band():
    times = np.array(["2020-01-01T01:00", "2020-01-01T15:00"], "datetime64[us]")
    _, (low, high) = counts_and_band(hours_figure(times, np.array([1, 1])).axes[0])
    assert not high[[0, *range(15, 24)]].any()
    assert (low >= 0).all()


@pytest.mark.parametrize("draw", [hours_figure, months_figure])
@pytest.mark.parametrize("n_clusters", [1, 3, 40])
def test_any_number_of_clusters_can_be_drawn(draw, n_clusters):
    labels = np.arange(80) % n_clusters + 1
    labels[0] = 0
    times = np.datetime64("2020-01-01", "us") + np.arange(80) * np.timedelta64(7, "D")
    figure = draw(times, labels)
    assert len(figure.axes) == n_clusters + 1
    assert png(figure, 40).startswith(b"\x89PNG")

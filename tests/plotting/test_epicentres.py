"""The map of epicentres: its proportions, the date line, and the section of depths."""

import numpy as np
import pytest

from specufex_pipe.plotting.epicentres import epicentres_figure
from specufex_pipe.plotting.style import png
from specufex_pipe.plotting.views import Places


def figure_of(latitudes, longitudes, depths=None, labels=None):
    n_events = len(latitudes)
    depths = np.full(n_events, np.nan) if depths is None else np.array(depths)
    places = Places(np.array(latitudes, float), np.array(longitudes, float), depths)
    return epicentres_figure(places, np.ones(n_events, int) if labels is None else labels)


def points_of(axes):
    return np.asarray(axes.collections[0].get_offsets())


@pytest.mark.parametrize("latitude", [0, -16, 60, 85])
@pytest.mark.parametrize("spans", [(1, 1), (0, 0), (10, 0.01), (0.01, 1)])
def test_a_kilometre_is_as_long_in_both_directions(latitude, spans):
    figure = figure_of([latitude - spans[1] / 200, latitude], [7, 7 + spans[0]])
    axes = figure.axes[0]
    box, (width, height) = axes.get_position(), figure.get_size_inches()
    middle = np.mean(axes.get_ylim())
    east = width * box.width / np.ptp(axes.get_xlim()) / np.cos(np.deg2rad(middle))
    north = height * box.height / np.ptp(axes.get_ylim())
    assert east == pytest.approx(north)


def test_all_events_are_inside_the_map():
    rng = np.random.default_rng(0)
    axes = figure_of(rng.uniform(-20, 40, 50), rng.uniform(10, 12, 50)).axes[0]
    points = points_of(axes)
    for column, (low, high) in zip(points.T, (axes.get_xlim(), axes.get_ylim()), strict=True):
        assert low < column.min() < column.max() < high


@pytest.mark.parametrize("east, west", [(179.9, -179.8), (179.9, 180.2), (-180.1, -179.8)])
def test_events_on_both_sides_of_the_date_line_lie_beside_each_other(east, west):
    figure = figure_of([-16, -16], [east, west])
    axes = figure.axes[0]
    assert np.ptp(points_of(axes)[:, 0]) == pytest.approx(0.3)
    figure.canvas.draw()
    labels = [label.get_text().replace("\N{MINUS SIGN}", "-") for label in axes.get_xticklabels()]
    degrees = np.array([float(label) for label in labels])
    assert (np.abs(degrees) <= 180).all()
    assert degrees.min() < 0 < degrees.max()


def test_events_around_the_prime_meridian_stay_where_maps_have_them():
    points = points_of(figure_of([50, 50, 50], [-1, 359.5, 0.5]).axes[0])
    np.testing.assert_allclose(points[:, 0], [-1, -0.5, 0.5])


def test_depths_grow_downwards_and_share_the_longitudes():
    top, section = figure_of([1, 2, 3], [5, 6, 7], [1, np.nan, 9]).axes
    assert section.get_ylim()[0] > section.get_ylim()[1]
    assert section.get_xlim() == top.get_xlim()
    assert len(figure_of([1, 2], [5, 6]).axes) == 1


def test_events_without_epicentre_are_left_out():
    top = figure_of([1, np.nan, 2], [5, np.nan, 6], [np.nan, 3.0, np.nan]).axes[0]
    assert len(points_of(top)) == 2


def test_the_poles_can_be_drawn():
    assert png(figure_of([90, -90, 0], [0, 5, 170]), 40).startswith(b"\x89PNG")
    assert png(figure_of([90], [0]), 40).startswith(b"\x89PNG")


@pytest.mark.parametrize("n_events", [1, 80])
def test_one_event_and_many_clusters_can_be_drawn(n_events):
    rng = np.random.default_rng(0)
    labels = np.arange(n_events) % 41
    figure = figure_of(rng.normal(size=n_events), rng.normal(size=n_events), None, labels)
    assert png(figure, 40).startswith(b"\x89PNG")

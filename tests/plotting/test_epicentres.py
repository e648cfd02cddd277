"""The map of epicentres: its proportions, the date line, what is around, and the section."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from obspy.geodetics import gps2dist_azimuth

from specufex_pipe.catalogs.relief import Relief
from specufex_pipe.numerics.geography import places_along
from specufex_pipe.plotting.epicentres import epicentres_figure
from specufex_pipe.plotting.section import Section
from specufex_pipe.plotting.style import png, size_of
from specufex_pipe.plotting.views import Places, Station


def places_at(latitudes, longitudes, depths=None, **around):
    n_events = len(latitudes)
    depths = np.full(n_events, np.nan) if depths is None else np.array(depths, float)
    return Places(np.array(latitudes, float), np.array(longitudes, float), depths, **around)


def figure_of(latitudes, longitudes, depths=None, labels=None, **around):
    places = places_at(latitudes, longitudes, depths, **around)
    return epicentres_figure(places, np.ones(len(latitudes), int) if labels is None else labels)


def text_of(axes):
    return [text.get_text() for text in axes.texts]


def titles_of(axes):
    return [axes.get_title(loc=place) for place in ("left", "center", "right")]


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


@given(span=st.floats(1e-3, 50), latitude=st.floats(-60, 60))
@settings(max_examples=20, deadline=None)
def test_labels_of_degrees_are_where_they_say(span, latitude):
    axes = figure_of([latitude, latitude + span / 2], [7, 7 + span]).axes[0]
    for axis, limits in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
        places = [place for place in axis.get_majorticklocs() if limits[0] <= place <= limits[1]]
        said = [
            axis.get_major_formatter()(place, 0).replace("\N{MINUS SIGN}", "-") for place in places
        ]
        np.testing.assert_allclose([float(text) for text in said], places, atol=1e-9)
        assert len(said) >= 2


def test_events_around_the_prime_meridian_stay_where_maps_have_them():
    points = points_of(figure_of([50, 50, 50], [-1, 359.5, 0.5]).axes[0])
    np.testing.assert_allclose(points[:, 0], [-1, -0.5, 0.5])


def test_depths_grow_downwards_and_only_events_with_a_depth_are_in_the_section():
    top, section = figure_of([1, 2, 3], [5, 6, 7], [1, np.nan, 9]).axes
    assert section.get_ylim()[0] > section.get_ylim()[1]
    assert sorted(points_of(section)[:, 1]) == [1, 9]
    assert len(points_of(top)) == 3
    assert len(figure_of([1, 2], [5, 6]).axes) == 1


@given(
    latitude=st.floats(-85, 85),
    longitude=st.floats(-180, 180),
    azimuth=st.floats(0, 180),
    distance=st.floats(1, 300),
)
def test_events_on_the_line_of_a_section_are_as_far_from_its_middle_as_they_are(
    latitude, longitude, azimuth, distance
):
    along = distance * np.array([-1.0, 0.0, 1.0])
    latitudes, longitudes = places_along(latitude, longitude, azimuth, along)
    section = Section.of(places_at(latitudes, longitudes, [1, 2, 3], section_azimuth=azimuth))
    # Those of the ellipsoid, from ObsPy, which the sphere misses by less than 0.6 %.
    ends = [gps2dist_azimuth(*middle_of(section), latitudes[i], longitudes[i]) for i in (0, 2)]
    np.testing.assert_allclose(
        np.abs(section.distances[[0, 2]]), [end[0] / 1000 for end in ends], rtol=6e-3
    )
    np.testing.assert_allclose(section.distances, along, rtol=1e-6, atol=1e-6)
    turned = (ends[1][1] - azimuth + 180) % 360 - 180
    assert abs(turned) < 0.6


def middle_of(section):
    return section.latitude, section.longitude


@given(
    azimuth=st.integers(0, 179),
    latitude=st.sampled_from([-80.0, -16.0, 0.0, 45.0, 89.0]),
    longitude=st.sampled_from([-180.0, 0.0, 110.4, 179.99]),
)
def test_by_itself_a_section_is_along_the_longest_extent(azimuth, latitude, longitude):
    latitudes, longitudes = places_along(
        latitude, longitude, azimuth, np.array([-10.0, -4, -1, 1, 4, 10])
    )
    aside = places_along(latitude, longitude, azimuth + 90, np.array([-2.0, 2.0]))
    latitudes, longitudes = np.append(latitudes, aside[0]), np.append(longitudes, aside[1])
    section = Section.of(places_at(latitudes, (longitudes + 180) % 360 - 180, np.ones(8)))
    assert section.azimuth == azimuth
    assert np.ptp(section.distances) == pytest.approx(20, rel=1e-3)


def test_a_section_has_its_ends_on_the_map_and_says_its_scale():
    top, section = figure_of([1, 1.1], [5, 5.1], [0, 2], section_azimuth=0).axes
    assert text_of(top) == ["A", "A\N{PRIME}"]
    south, north = (text.xy[1] for text in top.texts)
    assert south < north
    assert titles_of(section)[::2] == text_of(top)
    said = titles_of(section)[1]
    assert said.startswith("Azimuth 0\N{DEGREE SIGN}, vertical exaggeration ")
    width, height = size_of(section)
    expected = height / np.ptp(section.get_ylim()) / (width / np.ptp(section.get_xlim()))
    assert float(said.split()[-1]) == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize(
    "deepest, said",
    [(0.1, "exaggeration"), (4.0, "true to scale"), (600.0, "of the horizontal scale")],
)
def test_a_section_is_true_to_scale_where_there_is_room(deepest, said):
    section = figure_of([0, 0], [5, 5.1], [0, deepest]).axes[1]
    assert said in titles_of(section)[1]


def test_stations_near_the_events_are_on_the_map_and_one_far_away_does_not_shrink_it():
    own, near = Station("XX.OWN", 1.05, 5.05, is_own=True), Station("XX.NEAR", 1.2, 5.0)
    far = Station("XX.FAR", 30.0, 5.0)
    alone = figure_of([1, 1.1], [5, 5.1]).axes[0]
    axes = figure_of([1, 1.1], [5, 5.1], stations=[own, near, far]).axes[0]
    assert sorted(text_of(axes)) == ["NEAR", "OWN"]
    assert axes.get_ylim()[1] > 1.2
    assert np.ptp(axes.get_ylim()) < 3.01 * np.ptp(alone.get_ylim())
    triangles = [line for line in axes.lines if line.get_marker() == "^"]
    assert len(triangles) == 2
    assert len({line.get_markerfacecolor() for line in triangles}) == 2


def test_codes_of_stations_do_not_lie_on_each_other():
    crowd = [Station(f"XX.S{i:03}", 1 + i / 1e4, 5 + i / 1e4, i == 7) for i in range(40)]
    figure = figure_of([1, 1.1], [5, 5.1], stations=crowd)
    figure.canvas.draw()
    boxes = [text.get_window_extent() for text in figure.axes[0].texts]
    assert "S007" in text_of(figure.axes[0])
    assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))


@pytest.mark.parametrize("turn", [0, 360])
def test_a_line_across_the_date_line_is_drawn_in_one_piece_where_the_map_is(turn):
    line = np.array([[179.0 + turn, -16.0], [179.9 + turn, -16], [-179.9, -15.9], [-179, -15.8]])
    elsewhere = np.array([[10.0, 50.0], [11.0, 51.0]])
    axes = figure_of([-16, -15.9], [179.8, -179.8], lines=[line, elsewhere]).axes[0]
    (drawn,) = axes.collections[0].get_segments()
    np.testing.assert_allclose(drawn[:, 0], [179, 179.9, 180.1, 181])
    np.testing.assert_array_equal(drawn[:, 1], line[:, 1])


def test_relief_is_lit_from_the_north_west_and_lies_below_the_events():
    longitudes, latitudes = np.linspace(4.9, 5.2, 31), np.linspace(0.9, 1.2, 31)
    x, y = np.meshgrid(longitudes - 5.05, latitudes - 1.05)
    relief = Relief(longitudes, latitudes, 5000 * np.exp(-(x**2 + y**2) / 0.005))
    axes = figure_of([1, 1.1], [5, 5.1], relief=relief).axes[0]
    (image,) = axes.images
    shades = image.get_array()
    assert shades[20, 10] > shades[10, 20]  # rows go north, columns east
    assert image.get_zorder() < axes.collections[0].get_zorder()
    half = (longitudes[1] - longitudes[0]) / 2
    np.testing.assert_allclose(image.get_extent()[:2], [4.9 - half, 5.2 + half])


def test_heights_that_are_not_finite_leave_the_light_of_the_others():
    axis, heights = np.linspace(0.9, 1.1, 5), np.add.outer(np.arange(5.0) ** 3, np.arange(5.0))
    shades = []
    for unknown in (np.nan, np.inf, -np.inf):
        heights[4, 4] = unknown
        axes = figure_of([1, 1.1], [1, 1.1], relief=Relief(axis, axis, heights)).axes[0]
        shades.append(axes.images[0].get_array())
    assert np.ptp(shades[0]) > 0.1
    np.testing.assert_array_equal(shades[0], shades[1])
    np.testing.assert_array_equal(shades[0], shades[2])


@pytest.mark.parametrize("heights", [np.full((3, 3), np.nan), np.zeros((3, 3))])
def test_a_relief_without_heights_or_slopes_can_be_drawn(heights):
    axis = np.array([0.9, 1.0, 1.1])
    figure = figure_of([1, 1.1], [1, 1.1], relief=Relief(axis, axis, heights))
    assert png(figure, 40).startswith(b"\x89PNG")


def test_events_without_epicentre_are_left_out():
    top = figure_of([1, np.nan, 2], [5, np.nan, 6], [np.nan, 3.0, np.nan]).axes[0]
    assert len(points_of(top)) == 2


def test_the_poles_can_be_drawn():
    assert png(figure_of([90, -90, 0], [0, 5, 170]), 40).startswith(b"\x89PNG")
    assert png(figure_of([90], [0], [5]), 40).startswith(b"\x89PNG")
    around = figure_of([89.9, 89.9, 89.9], [0, 120, -120], [1, 2, 3])
    assert np.ptp(points_of(around.axes[1])[:, 0]) < 25
    assert png(around, 40).startswith(b"\x89PNG")


def test_a_section_beyond_the_pole_has_both_ends_on_the_map():
    places = ([89.9, 89.8, 89.9, 89.8, 89.9], [0, 90, 180, 270, 45], [1, 2, 3, 4, 5])
    axes = figure_of(*places, section_azimuth=90).axes[0]
    assert text_of(axes) == ["A", "A\N{PRIME}"]
    west, east = axes.get_xlim()
    assert east - west <= 360 + 1e-9
    assert all(west < text.xy[0] < east for text in axes.texts)


@pytest.mark.parametrize("n_events", [1, 80])
def test_one_event_and_many_clusters_can_be_drawn(n_events):
    rng = np.random.default_rng(0)
    labels = np.arange(n_events) % 41
    figure = figure_of(rng.normal(size=n_events), rng.normal(size=n_events), None, labels)
    assert png(figure, 40).startswith(b"\x89PNG")

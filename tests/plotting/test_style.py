"""Figures fit the columns of journals, and their colours and letters hold in print."""

import itertools
import re

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from helpers.paths import REPOSITORY
from matplotlib.colors import to_rgb
from matplotlib.text import Text

from specufex_pipe.plotting import style
from specufex_pipe.plotting.drawing import draw_cluster_points, key_to_clusters
from specufex_pipe.plotting.map import map_figure
from specufex_pipe.plotting.views import Plane

PAGE = (REPOSITORY / "docs/figures.md").read_text(encoding="utf-8")
SMALLEST, LARGEST = 6.5, 8.0  # points
# Machado, Oliveira & Fernandes (2009), severity 1: linear RGB as it looks without a sort of cones.
EYES = {
    "all cones": np.eye(3),
    "no red cones": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "no green cones": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
}
XYZ_OF_RGB = np.array([
    [0.4124564, 0.3575761, 0.1804375],
    [0.2126729, 0.7151522, 0.0721750],
    [0.0193339, 0.1191920, 0.9503041],
])  # fmt: skip
WHITE = XYZ_OF_RGB.sum(axis=1)


def as_seen(colors, eyes):
    """Return colours in CIELAB (white of sRGB), as they look to some eyes."""
    rgb = np.array([to_rgb(color) for color in colors])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ np.array(EYES[eyes]).T, 0, 1)
    t = seen @ XYZ_OF_RGB.T / WHITE
    x, y, z = np.where(t > 216 / 24389, np.cbrt(t), (24389 / 27 * t + 16) / 116).T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)


def least_distance(colors, eyes):
    seen = as_seen(colors, eyes)
    return min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2))


def colors_of(n_clusters):
    return [style.cluster_color(number) for number in range(1, n_clusters + 1)]


def test_the_distance_of_colours_is_that_of_the_textbook():
    white, red = as_seen(["#ffffff", "#ff0000"], "all cones")
    assert white == pytest.approx([100, 0, 0], abs=0.01)
    assert red == pytest.approx([53.24, 80.09, 67.20], abs=0.02)


@pytest.mark.parametrize(("n_clusters", "eyes", "least"), [
    (10, "all cones", 25), (10, "no red cones", 13), (10, "no green cones", 13),
    (40, "all cones", 18), (40, "no red cones", 11), (40, "no green cones", 11),
])  # fmt: skip
def test_colours_of_clusters_are_told_apart(n_clusters, eyes, least):
    assert least_distance(colors_of(n_clusters), eyes) >= least


def test_the_page_gives_the_distances_that_are_tested():
    text = " ".join(PAGE.split())
    assert "any two of the first ten are 25 or more apart, and 13 for the latter" in text
    assert "any two of forty are 18 or more apart, and 11 for the latter" in text


def test_colours_are_dark_enough_for_white_paper():
    assert as_seen(colors_of(40), "all cones")[:, 0].max() < 88


def test_no_cluster_has_a_colour_that_no_cluster_of_forty_has():
    seen = as_seen([style.cluster_color(0), *colors_of(40)], "all cones")
    assert np.linalg.norm(seen[1:] - seen[0], axis=1).min() >= 18


def test_clusters_ten_apart_have_other_markers_in_plots_and_keys():
    numbers = [1, 11, 21, 31]
    figure = plt.figure()
    axes = figure.subplots()
    draw_cluster_points(axes, np.zeros(4), np.zeros(4), np.array(numbers))
    shapes = {path.vertices.tobytes() for path in axes.collections[0].get_paths()}
    assert len(shapes) == 4
    key_to_clusters(figure, numbers)
    (key,) = figure.legends
    markers = [line.get_marker() for line in key.get_lines()]
    plt.close(figure)
    assert markers == [style.cluster_marker(number) for number in numbers]
    assert len(set(markers)) == 4


def test_the_style_is_one_of_matplotlib_and_has_sizes_for_print():
    with plt.style.context("specufex_pipe.plotting.specufex"):
        sizes = {
            name: value
            for name, value in matplotlib.rcParams.items()
            if name.split(".")[-1] in ("labelsize", "titlesize", "fontsize", "title_fontsize")
            or name == "font.size"
        }
        first = [each["color"] for each in matplotlib.rcParams["axes.prop_cycle"]]
    assert len(sizes) == 9
    assert all(SMALLEST <= size <= LARGEST for size in sizes.values()), sizes
    assert first == colors_of(10)


def map_of(n_events, n_clusters=3):
    rng = np.random.default_rng(0)
    labels = rng.integers(1, n_clusters + 1, n_events)
    return map_figure(Plane(rng.normal(size=(n_events, 2)), np.array([0.5, 0.2])), labels)


def test_a_pdf_is_the_same_each_time_and_has_fonts_that_journals_take():
    first, again = (style.pdf(map_of(50)) for _ in "ab")
    assert first == again
    assert b"/CIDFontType2" in first  # TrueType
    assert b"/Type3" not in first
    assert b"/FontFile2" in first


def test_many_points_are_an_image_in_a_pdf_and_few_are_not():
    few, many = style.pdf(map_of(1000)), style.pdf(map_of(20_000))
    assert b"/Subtype /Image" not in few
    assert b"/Subtype /Image" in many
    assert len(many) < 400_000


def test_a_figure_keeps_its_style_where_another_one_is_in_force():
    expected = style.png(map_of(50))
    with matplotlib.rc_context({"font.size": 20, "xtick.labelsize": 30, "xtick.color": "red"}):
        assert style.png(map_of(50)) == expected


def examples():
    """Return the code of docs/figures.md that makes data up, and (picture, code) of each figure."""
    found = re.findall(r"```python\n(.*?)```(?:\n\n!\[.*?\]\(figures/(.*?)\))?", PAGE, re.DOTALL)
    _, made_up, _, *figures = found
    return made_up[0], [(picture, code) for code, picture in figures]


@pytest.mark.parametrize("n_clusters", [1, 12])
def test_text_of_every_figure_is_readable_and_inside_at_the_width_of_columns(n_clusters):
    made_up, figures = examples()
    names = {}
    code = made_up.replace(
        "rng.integers(1, 3, n_events)", f"np.arange(n_events) % {n_clusters} + 1"
    )
    exec(code.replace("(1, 2)]", f"range(1, {n_clusters} + 1)]"), names)  # noqa: S102
    for picture, code in figures:
        exec(code.replace("clusters[1]", "clusters[0]"), names)  # noqa: S102
        figure = names["figure"]
        assert round(figure.get_figwidth() * 25.4) in (84, 120, 174), picture
        figure.draw_without_rendering()
        whole, outside = figure.bbox.padded(2), not_drawn(figure)
        for text in figure.findobj(Text):
            if not text.get_visible() or not text.get_text().strip() or text in outside:
                continue
            assert SMALLEST <= text.get_fontsize() <= LARGEST, (picture, text)
            box = text.get_window_extent()
            assert whole.contains(*box.min), (picture, text)
            assert whole.contains(*box.max), (picture, text)


def not_drawn(figure):
    """Return labels of marks that are outside their axes, and those of axes that are hidden."""
    found = []
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in (*axis.majorTicks, *axis.minorTicks):
                if not (axes.axison and low <= tick.get_loc() <= high):
                    found += [tick.label1, tick.label2]
            if not axes.axison:
                found.append(axis.label)
    return found

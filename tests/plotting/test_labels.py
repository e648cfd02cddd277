"""Figures of labels: their cells and curves are the data, and names of any sort fit."""

import itertools

import numpy as np
import pytest
from matplotlib.colors import to_hex

from specufex_pipe.plotting.labels import (
    AccuracyCurve,
    confusion_figure,
    cross_table_figure,
    learning_figure,
    reliability_figure,
)
from specufex_pipe.plotting.style import ACCENT, MUTED, cluster_color, png

CONFUSION = np.array([[8, 2, 0], [0, 0, 0], [1, 1_000, 999]])
BASELINE = np.array([[5, 3, 2], [0, 0, 0], [600, 700, 700]])
NAMES = ["long-period", "tremor", "explosion"]
# Some of them cannot be read as formulas: matplotlib would raise an error.
HOSTILE = [
    "<script>alert(1)</script>" * 4, r"$\nosuch$ and $x_1$ " * 5, "%s %d 100 % {0} " * 6,
    "W" * 100, "i" * 100, "two\nlines\tand \x00 more", "", "$", "\\", "_x", "VT", "LP", "Ä" * 50,
    "a b " * 25, "$$",
]  # fmt: skip
CURVE = AccuracyCurve(
    np.array([5, 10, 50]),
    np.array([0.5, 0.6, 0.8]),
    np.array([0.4, 0.5, 0.7]),
    np.array([0.6, 0.8, 0.9]),
    (0.85, 0.8, 0.95),
)
BASELINE_CURVE = AccuracyCurve(
    np.array([5, 10]),
    np.array([0.3, 0.4]),
    np.array([0.2, 0.3]),
    np.array([0.35, 0.5]),
    (0.5, 0.45, 0.6),
)
NONE = np.empty(0)


def cells_of(axes):
    """Return the text of each cell, by its row and column."""
    n_rows, n_columns = axes.images[0].get_array().shape
    found = {text.get_position(): text.get_text() for text in axes.texts}
    return [
        [found.get((column, row), "") for column in range(1, n_columns + 1)]
        for row in range(1, n_rows + 1)
    ]


def totals_of(axes):
    (x,) = {text.get_position()[0] for text in axes.texts if text.get_text() == "n"}
    return [t.get_text() for t in axes.texts if t.get_position()[0] == x and t.get_text() != "n"]


def names_of(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


def overlap(boxes):
    return any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))


def test_cells_of_a_confusion_matrix_have_numbers_and_shares_of_rows():
    axes = confusion_figure(NAMES, CONFUSION).axes[0]
    shares = axes.images[0].get_array()
    np.testing.assert_allclose(shares[[0, 2]], [[0.8, 0.2, 0], [0.0005, 0.5, 0.4995]])
    assert cells_of(axes) == [["8", "2", ""], ["", "", ""], ["1", "1,000", "999"]]
    assert totals_of(axes) == ["10", "0", "2,000"]
    assert names_of(axes.xaxis) == names_of(axes.yaxis) == NAMES


def test_a_label_without_events_has_no_shares():
    shares = confusion_figure(NAMES, CONFUSION).axes[0].images[0].get_array()
    assert np.ma.getmaskarray(shares)[1].all()
    assert not np.ma.getmaskarray(shares)[[0, 2]].any()


def test_numbers_can_be_read_on_their_cells():
    axes = confusion_figure(["a", "b"], np.array([[99, 1], [1, 99]])).axes[0]
    colors = {t.get_text(): to_hex(t.get_color()) for t in axes.texts if t.get_text() in "199"}
    assert colors == {"99": "#ffffff", "1": "#000000"}


@pytest.mark.parametrize(("n_labels", "are_side_by_side"), [(8, True), (9, False)])
def test_the_baseline_is_beside_the_matrix_or_below_where_there_are_many_labels(
    n_labels, are_side_by_side
):
    matrix = np.diag(np.arange(1, n_labels + 1))
    first, second, _ = confusion_figure(["a"] * n_labels, matrix, matrix + 1).axes
    assert [first.get_title("left"), second.get_title("left")] == ["Features", "Mean spectra"]
    np.testing.assert_allclose(first.images[0].get_array(), np.eye(n_labels))
    assert cells_of(second)[0] == ["2"] + ["1"] * (n_labels - 1)
    one, other = first.get_position(), second.get_position()
    assert (one.y0 == pytest.approx(other.y0)) == are_side_by_side
    assert (one.x0 == pytest.approx(other.x0)) != are_side_by_side


def test_numbers_that_have_no_room_are_rounded():
    first, second = (np.diag([number] * 8) for number in (2_345_678, 12_345))
    axes = confusion_figure(["W" * 30] * 8, first, second).axes
    assert cells_of(axes[0])[0] == ["2.3M"] + [""] * 7
    assert cells_of(axes[1])[0] == ["12k"] + [""] * 7


def test_numbers_that_have_no_room_when_rounded_are_left_out():
    axes = confusion_figure(["W" * 30] * 30, np.diag([99] * 30), np.diag([999] * 30)).axes
    assert cells_of(axes[0])[0] == ["99"] + [""] * 29
    assert cells_of(axes[1])[0] == [""] * 30


@pytest.mark.parametrize("n_labels", [2, 15])
@pytest.mark.parametrize("has_baseline", [True, False])
def test_names_of_any_sort_are_text_that_is_inside_and_does_not_overlap(n_labels, has_baseline):
    labels, matrix = HOSTILE[:n_labels], np.full((n_labels, n_labels), 12)
    figure = confusion_figure(labels, matrix, matrix if has_baseline else None)
    figure.draw_without_rendering()
    whole, axes = figure.bbox.padded(1), figure.axes[-2]
    for axis in (figure.axes[0].yaxis, axes.xaxis):
        boxes = [label.get_window_extent() for label in axis.get_ticklabels() if label.get_text()]
        boxes.append(axis.label.get_window_extent())
        assert all(whole.contains(*box.min) and whole.contains(*box.max) for box in boxes)
        assert not overlap([box for box in boxes if box.width])
    right = max(each.get_window_extent().x1 for each in figure.axes[0].get_yticklabels())
    assert right < figure.axes[0].get_window_extent().x0


def test_cells_of_a_cross_table_have_numbers_and_shares_of_labels():
    table = np.array([[30, 10, 0], [0, 0, 5]])
    axes = cross_table_figure(["tremor", "$x$"], np.array([1, 2, 0]), table).axes[0]
    np.testing.assert_allclose(axes.images[0].get_array(), [[0.75, 0.25, 0], [0, 0, 1]])
    assert cells_of(axes) == [["30", "10", ""], ["", "", "5"]]
    assert totals_of(axes) == ["40", "5"]
    assert names_of(axes.yaxis) == ["tremor", "$x$"]


def test_clusters_are_badges_of_their_colours_and_none_is_a_dash():
    table = np.array([[1, 7, 3], [1, 7, 3]])
    axes = cross_table_figure(["a", "b"], np.array([0, 7, 3]), table).axes[0]
    assert cells_of(axes) == [["3", "7", "1"]] * 2
    assert names_of(axes.xaxis) == ["3", "7", "\N{EN DASH}"]
    colors = [to_hex(each.get_bbox_patch().get_facecolor()) for each in axes.get_xticklabels()]
    assert colors == [cluster_color(number) for number in (3, 7, 0)]


def test_many_clusters_go_on_below_and_shares_are_of_all_of_them():
    table = np.arange(877, 1000).reshape(3, 41)
    figure = cross_table_figure(NAMES, np.array([*range(1, 41), 0]), table)
    *bands, _ = figure.axes
    shares = np.hstack([axes.images[0].get_array() for axes in bands])
    np.testing.assert_allclose(shares, table / table.sum(axis=1, keepdims=True))
    cells = np.hstack([cells_of(axes) for axes in bands])
    np.testing.assert_array_equal(cells, table.astype(str))
    names = [name for axes in bands for name in names_of(axes.xaxis)]
    assert names == [*map(str, range(1, 41)), "\N{EN DASH}"]
    figure.draw_without_rendering()
    for axes in bands:
        badges = [each.get_bbox_patch() for each in axes.get_xticklabels()]
        assert not overlap([badge.get_window_extent() for badge in badges])


@pytest.mark.parametrize("shape", [(2, 3), (3, 2), (4, 4)])
def test_tables_of_another_shape_are_refused(shape):
    table = np.ones(shape, int)
    with pytest.raises(ValueError, match=r"expected \(3, 3\): a row and a column for each label"):
        confusion_figure(NAMES, CONFUSION, table)
    with pytest.raises(ValueError, match=r"expected \(3, 1\): a row for each label and a column"):
        cross_table_figure(NAMES, np.array([1]), table)


def test_curves_of_accuracy_are_the_data():
    (axes,) = learning_figure(CURVE, BASELINE_CURVE, 4).axes
    lines = {line.get_label(): line for line in axes.get_lines()}
    ticks = dict(zip(names_of(axes.xaxis), axes.get_xticks(), strict=True))
    for name, curve, color in (
        ("Features", CURVE, ACCENT),
        ("Mean spectra", BASELINE_CURVE, MUTED),
    ):
        places, values = lines[name].get_xydata().T
        numbers = [*map(str, curve.numbers), "all"]
        np.testing.assert_allclose(places, [ticks[number] for number in numbers], atol=0.02)
        np.testing.assert_array_equal(values, [*curve.accuracies, curve.all_events[0]])
        assert to_hex(lines[name].get_color()) == color


def test_ranges_of_draws_and_intervals_of_all_events_are_drawn():
    (axes,) = learning_figure(CURVE, BASELINE_CURVE, 4).axes
    drawn = [[path.vertices[:, 1] for path in each.get_paths()] for each in axes.collections]
    ranges, interval, *of_baseline = drawn
    np.testing.assert_array_equal(ranges, np.transpose([CURVE.lows, CURVE.highs]))
    np.testing.assert_allclose(interval, [CURVE.all_events[1:]])
    np.testing.assert_allclose(of_baseline[1], [BASELINE_CURVE.all_events[1:]])


def test_what_guesses_reach_is_a_line():
    (axes,) = learning_figure(CURVE, None, 4).axes
    assert any(set(line.get_ydata()) == {0.25} for line in axes.get_lines())
    assert "guesses" in [text.get_text() for text in axes.texts]


@pytest.mark.parametrize("baseline", [None, BASELINE_CURVE])
def test_a_curve_of_all_events_alone_can_be_drawn(baseline):
    few = AccuracyCurve(NONE.astype(int), NONE, NONE, NONE, (1.0, 1.0, 1.0))
    figure = learning_figure(few, baseline, 2)
    assert names_of(figure.axes[0].xaxis)[-1] == "all"
    assert png(figure, 50).startswith(b"\x89PNG")


def test_reliability_is_drawn_beside_the_diagonal_with_numbers_of_events():
    probabilities, shares = np.array([0.38, 0.41, 0.95]), np.array([0.2, 0.5, 1.0])
    counts = np.array([3, 1_200, 40])
    above, below = reliability_figure(probabilities, shares, counts).axes
    diagonal, curve = (line.get_xydata() for line in above.get_lines())
    np.testing.assert_array_equal(diagonal, [[0, 0], [1, 1]])
    np.testing.assert_array_equal(curve, np.transpose([probabilities, shares]))
    bars = np.array([path.vertices for path in below.collections[0].get_paths()])
    np.testing.assert_array_equal(bars[:, 1], np.transpose([probabilities, counts]))
    assert [text.get_text() for text in below.texts] == ["3", "1,200", "40"]


@pytest.mark.parametrize("n_bins", [1, 2, 10])
def test_numbers_of_events_of_close_bins_do_not_overlap(n_bins):
    probabilities = np.linspace(0.9, 1, n_bins) if n_bins == 2 else np.linspace(0.1, 1, n_bins)
    probabilities[: n_bins - 1] += 0.09 * (np.arange(n_bins - 1) % 2 == 0)
    figure = reliability_figure(probabilities, probabilities, np.full(n_bins, 12_345))
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in figure.axes[1].texts]
    assert not overlap(boxes)
    whole = figure.bbox.padded(1)
    assert all(whole.contains(*box.min) and whole.contains(*box.max) for box in boxes)

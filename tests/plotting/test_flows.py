"""The figure of flows: its blocks and ribbons are as wide as there are events in them."""

import itertools

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import PathPatch, Rectangle

from specufex_pipe.plotting.flows import flows_figure, order_blocks
from specufex_pipe.plotting.style import cluster_color

FIRST = np.array([1] * 50 + [2] * 30 + [0] * 20)
SECOND = np.array([2] * 40 + [1] * 10 + [1] * 30 + [0] * 20)


def drawn(figure):
    """Return the blocks from left to right and top to bottom, and the ribbons."""
    (axes,) = figure.axes
    blocks = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    ribbons = [patch for patch in axes.patches if isinstance(patch, PathPatch)]
    return sorted(blocks, key=lambda block: (block.get_x(), block.get_y())), ribbons


def width_of(ribbon):
    points = ribbon.get_path().vertices
    return points[-2, 1] - points[0, 1]


def test_blocks_are_as_high_as_their_clusters_have_events():
    blocks, _ = drawn(flows_figure([FIRST, SECOND], ["A", "B"]))
    heights = np.array([block.get_height() for block in blocks])
    assert heights / heights[:3].sum() == pytest.approx([0.5, 0.3, 0.2, 0.4, 0.4, 0.2])


def test_ribbons_leave_a_block_whole_and_have_its_colour():
    blocks, ribbons = drawn(flows_figure([FIRST, SECOND], ["A", "B"]))
    for number, block in zip((1, 2, 0), blocks[:3], strict=True):
        of_block = [r for r in ribbons if to_hex(r.get_facecolor()) == cluster_color(number)]
        total = sum(map(width_of, of_block))
        assert total == pytest.approx(block.get_height())
    assert len(ribbons) == 4


def test_each_block_names_its_cluster_and_none_is_a_dash():
    (axes,) = flows_figure([FIRST, SECOND], ["first", "second"]).axes
    texts = [text.get_text() for text in axes.texts]
    assert texts == ["1", "2", "\N{EN DASH}", "first", "2", "1", "\N{EN DASH}", "second"]


def test_forty_clusters_have_numbers_that_do_not_overlap():
    rng = np.random.default_rng(0)
    labels = rng.choice(40, 3000, p=rng.dirichlet(np.full(40, 0.3))) + 1
    figure = flows_figure([labels, rng.permutation(41)[labels], labels], ["A", "B", "C"])
    (axes,) = figure.axes
    for _, column in itertools.groupby(axes.texts[:], key=lambda text: text.get_position()[0]):
        places = np.sort([text.get_position()[1] for text in column])
        assert (np.diff(places) > 0.12).all()  # inches


def test_columns_are_ordered_so_that_nothing_crosses_where_that_can_be():
    table = np.array([[0, 0, 7], [5, 0, 0], [0, 3, 0]])
    left, right = order_blocks([table], [False, False])
    ordered = table[np.ix_(left, right)]
    assert (np.diag(ordered) > 0).all()
    assert ordered.sum() == np.trace(ordered)


def test_events_in_no_cluster_stay_the_last():
    labels = [np.array([0, 0, 0, 1, 2]), np.array([1, 1, 1, 0, 0])]
    blocks, _ = drawn(flows_figure(labels, ["A", "B"]))
    colors = [to_hex(block.get_facecolor()) for block in blocks]
    assert colors[2] == colors[-1] == cluster_color(0)


@pytest.mark.parametrize("labels", [[FIRST], [FIRST[:0]] * 2, [FIRST, SECOND[:-1]]])
def test_what_has_no_flows_is_refused(labels):
    with pytest.raises(ValueError, match=r"events|event"):
        flows_figure(labels, ["A", "B"])


def test_long_names_of_any_letters_do_not_overlap():
    names = ["W" * 60, "i" * 90, "$x$ " * 20, "main", "other seeds " * 5]
    figure = flows_figure([FIRST] * 5, names)
    figure.draw_without_rendering()
    (axes,) = figure.axes
    boxes = [text.get_window_extent() for text in axes.texts if text.get_text()[0] in "Wi$mo"]
    assert len(boxes) == 5
    assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))

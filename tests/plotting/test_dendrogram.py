"""The tree of the events: its leaves, and the colours of its branches."""

import numpy as np
import pytest
from matplotlib.colors import to_hex
from scipy.cluster.hierarchy import fcluster, linkage

from specufex_pipe.plotting.dendrogram import dendrogram_figure
from specufex_pipe.plotting.style import MUTED, cluster_color, png


def tree_of(n_events, n_groups):
    rng = np.random.default_rng(0)
    points = rng.normal(size=(n_events, 2)) + 50.0 * (np.arange(n_events) % n_groups)[:, None]
    tree = linkage(points, "ward")
    return tree, fcluster(tree, n_groups, "maxclust")


def leaves_of(figure):
    return [label.get_text().split("\n") for label in figure.axes[0].get_xticklabels()]


def test_leaves_have_the_cluster_and_together_all_events():
    tree, labels = tree_of(100, 3)
    leaves = leaves_of(dendrogram_figure(tree, labels))
    assert len(leaves) == 24
    for number in (1, 2, 3):
        sizes = [int(size) for cluster, size in leaves if cluster == str(number)]
        assert sum(sizes) == np.count_nonzero(labels == number)


def test_branches_have_the_colours_of_their_clusters_and_meet_above_the_line():
    tree, labels = tree_of(100, 3)
    axes = dendrogram_figure(tree, labels).axes[0]
    cut = axes.get_lines()[-1].get_ydata()[0]
    for branches in axes.collections:
        tops = [path.vertices[:, 1].max() for path in branches.get_paths()]
        color = to_hex(branches.get_color()[0])
        assert color in {MUTED, *(cluster_color(number) for number in (1, 2, 3))}
        assert all((top > cut) == (color == MUTED) for top in tops)


@pytest.mark.parametrize(("n_events", "n_groups"), [(2, 1), (2, 2), (3, 2), (60, 40)])
def test_few_events_and_many_clusters_can_be_drawn(n_events, n_groups):
    tree, labels = tree_of(n_events, n_groups)
    figure = dendrogram_figure(tree, labels)
    assert png(figure).startswith(b"\x89PNG")
    assert len(leaves_of(figure)) == min(n_events, max(24, n_groups))


def test_events_in_no_cluster_are_grey():
    tree, labels = tree_of(20, 1)
    axes = dendrogram_figure(tree, np.zeros_like(labels)).axes[0]
    assert {to_hex(each.get_color()[0]) for each in axes.collections} == {cluster_color(0)}

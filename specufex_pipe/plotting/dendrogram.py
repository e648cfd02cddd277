"""The tree that clusters are branches of."""

import numpy as np
from matplotlib.figure import Figure
from scipy.cluster.hierarchy import dendrogram

from specufex_pipe.numerics.types import FloatArray, IntArray
from specufex_pipe.plotting.style import (
    MUTED,
    SMALL,
    TWO_COLUMNS,
    StyledFigure,
    cluster_color,
    cluster_name,
    styled,
)

_MOST_LEAVES = 24


@styled
def dendrogram_figure(tree: FloatArray, labels: IntArray) -> Figure:
    """Show the last merges of a tree of events.

    Parameters
    ----------
    tree : ndarray of shape (n_events - 1, 4)
        As `scipy.cluster.hierarchy.linkage` returns it.
    labels : ndarray of int, shape (n_events,)
        Clusters, from 1; 0 for none.

    Returns
    -------
    matplotlib.figure.Figure
        Of 24 leaves, or as many as there are clusters. A branch has the colour of its cluster, and
        a leaf is named by its cluster and, below, its number of events.
    """
    clusters = _clusters_of_nodes(tree, labels)
    sizes = np.concatenate([np.ones(len(labels)), tree[:, 3]]).astype(np.int64)
    n_clusters = len(np.unique(labels))
    figure = StyledFigure((TWO_COLUMNS, 2.4), layout="constrained")
    axes = figure.subplots()
    dendrogram(
        tree,
        p=max(_MOST_LEAVES, n_clusters),
        truncate_mode="lastp",
        ax=axes,
        link_color_func=lambda node: MUTED if clusters[node] < 0 else cluster_color(clusters[node]),
        leaf_label_func=lambda node: _leaf_name(clusters[node], sizes[node]),
    )
    axes.tick_params(axis="x", labelsize=SMALL, labelrotation=0, length=0)
    if 2 <= n_clusters < len(labels):
        cut = tree[-n_clusters : len(tree) - n_clusters + 2, 2].mean()
        axes.axhline(cut, color=MUTED, linewidth=0.6, linestyle=(0, (3, 3)))
    axes.set(xlabel="Cluster, and events of the leaf", ylabel="Distance of the merge")
    axes.spines["bottom"].set_visible(False)
    return figure


def _clusters_of_nodes(tree: FloatArray, labels: IntArray) -> list[int]:
    """Return the cluster of each event and merge; -1 for one that has events of several."""
    clusters: list[int] = labels.tolist()
    for first, second in tree[:, :2].astype(np.int64):
        one, other = clusters[first], clusters[second]
        clusters.append(one if one == other else -1)
    return clusters


def _leaf_name(cluster: int, size: int) -> str:
    return f"{'mixed' if cluster < 0 else cluster_name(cluster)}\n{size:,}"

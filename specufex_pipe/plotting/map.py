"""Events in the plane of the first two principal components of their features."""

from matplotlib.figure import Figure

from specufex_pipe.numerics.types import IntArray
from specufex_pipe.plotting.drawing import draw_cluster_points, key_to_clusters
from specufex_pipe.plotting.style import COLUMN, StyledFigure, clusters_in_order, styled
from specufex_pipe.plotting.views import Plane


@styled
def map_figure(plane: Plane, labels: IntArray) -> Figure:
    """Show the events in the plane of the first two principal components.

    Parameters
    ----------
    plane : views.Plane
    labels : ndarray of int, shape (n_events,)
        Clusters, from 1; 0 for none.

    Returns
    -------
    matplotlib.figure.Figure
        With a random sample of 20 000 events if there are more.
    """
    figure = StyledFigure((COLUMN, 2.7), layout="constrained")
    axes = figure.subplots()
    draw_cluster_points(axes, plane.points[:, 0], plane.points[:, 1], labels)
    key_to_clusters(figure, clusters_in_order(labels))
    axes.set(
        xlabel=f"Principal component 1 ({100 * plane.shares[0]:.0f} % of the variance)",
        ylabel=f"Principal component 2 ({100 * plane.shares[1]:.0f} % of the variance)",
    )
    return figure

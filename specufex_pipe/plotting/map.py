"""Events in the plane of the first two principal components of their features."""

import numpy as np
from matplotlib.figure import Figure

from specufex_pipe.numerics.types import IntArray
from specufex_pipe.plotting.style import cluster_color, clusters_in_order, styled
from specufex_pipe.plotting.views import Plane

MOST_POINTS = 20_000


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
    points, numbers = plane.points, clusters_in_order(labels)
    if len(points) > MOST_POINTS:
        chosen = np.random.default_rng(0).choice(len(points), MOST_POINTS, replace=False)
        points, labels = points[chosen], labels[chosen]
    colors = np.array([cluster_color(number) for number in range(max(numbers) + 1)])
    size = float(np.clip(4_000 / len(points), 1.5, 14))
    figure = Figure((5.6, 4), layout="constrained")
    axes = figure.subplots()
    # In the order of the events, so that no cluster lies on top of the others.
    axes.scatter(points[:, 0], points[:, 1], s=size, c=colors[labels], alpha=0.8, linewidths=0)
    for number in numbers:
        label = str(number) if number else "none"
        axes.scatter([], [], s=30, c=colors[number], label=label, linewidths=0)
    figure.legend(title="Cluster", loc="outside right upper", frameon=False, handletextpad=0.2)
    axes.set(
        xlabel=f"Principal component 1 ({100 * plane.shares[0]:.0f} % of the variance)",
        ylabel=f"Principal component 2 ({100 * plane.shares[1]:.0f} % of the variance)",
    )
    return figure

"""Mean silhouette against the number of clusters."""

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from specufex_pipe.numerics.types import FloatArray, IntArray
from specufex_pipe.plotting.style import ACCENT, MUTED, styled


@styled
def silhouette_figure(numbers: IntArray, scores: FloatArray) -> Figure:
    """Show the mean silhouette against the number of clusters, the chosen one marked.

    Parameters
    ----------
    numbers : ndarray of int
    scores : ndarray of float

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = Figure((4, 4), layout="constrained")
    axes = figure.subplots()
    best = scores.argmax()
    axes.plot(numbers, scores, "o-", color=MUTED, linewidth=1, markersize=4)
    axes.plot(numbers[best], scores[best], "o", color=ACCENT, markersize=9)
    # At an edge of the range the words lie inside of it.
    side = {numbers[0]: "left", numbers[-1]: "right"} if len(numbers) > 1 else {}
    axes.annotate(
        f"chosen: {numbers[best]}",
        (numbers[best], scores[best]),
        xytext=(0, 9),
        textcoords="offset points",
        ha=side.get(numbers[best], "center"),
        color=ACCENT,
        weight="bold",
    )
    if len(numbers) > 1:
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    else:
        axes.set_xticks(numbers)
    axes.margins(0.08, 0.15)
    axes.set(xlabel="Number of clusters", ylabel="Mean silhouette (1 apart, 0 touching)")
    return figure

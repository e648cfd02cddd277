"""How many clusters: how steady and how clear those of each number are."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from specufex_pipe.clustering.number import STEADY, Tried
from specufex_pipe.numerics.types import FloatArray
from specufex_pipe.plotting.style import ACCENT, COLUMN, MUTED, SMALL, StyledFigure, styled

_NULL = "one Gaussian"
_AGREEMENT = "#cc6677"


@styled
def number_figure(tried: Tried | None, place: int | None) -> Figure:
    """Show what was found of each number of clusters, the chosen one marked.

    Parameters
    ----------
    tried : clustering.number.Tried or None
        None where there are too few different events.
    place : int or None
        Of the number that was chosen; None for no clusters.

    Returns
    -------
    matplotlib.figure.Figure
        Above, stability of the least stable cluster and agreement of the resamples; in the middle,
        mean silhouette; below, the ratio of the variances between and within clusters; dashed, what
        one Gaussian of the same covariance falls into.
    """
    figure = StyledFigure((COLUMN, 4.7), layout="constrained")
    if tried is None:
        figure.text(0.5, 0.5, "Too few different events for clusters", ha="center", color=MUTED)
        return figure
    top, middle, bottom = figure.subplots(3, 1, sharex=True, height_ratios=(1.35, 1, 0.7))
    _draw_line(top, tried, tried.agreements, "D-", _AGREEMENT, "agreement (adjusted Rand index)")
    _draw_line(top, tried, tried.null_stabilities, "o--", MUTED, f"stability, {_NULL}")
    _draw_line(top, tried, tried.stabilities, "o-", ACCENT, "stability of the least stable")
    top.axhline(STEADY, color=MUTED, linewidth=0.6, linestyle=":")
    top.annotate(
        f"{STEADY:g}", (1, STEADY), xytext=(2, 0), xycoords=("axes fraction", "data"),
        textcoords="offset points", va="center", color=MUTED, fontsize=SMALL,
    )  # fmt: skip
    _draw_line(middle, tried, tried.null_silhouettes, "o--", MUTED, f"silhouette, {_NULL}")
    _draw_line(middle, tried, tried.silhouettes, "o-", ACCENT, "mean silhouette")
    label = "ratio of variances (Caliński & Harabasz)"
    _draw_line(bottom, tried, tried.variance_ratios, "o-", ACCENT, label)
    chosen = "none chosen"
    if place is not None:
        chosen = f"chosen: {tried.numbers[place]}"
        for axes, values in (
            (top, tried.stabilities),
            (middle, tried.silhouettes),
            (bottom, tried.variance_ratios),
        ):
            axes.axvline(tried.numbers[place], color=ACCENT, linewidth=0.6, zorder=0)
            axes.plot(tried.numbers[place], values[place], "o", color=ACCENT, markersize=6)
    top.set_title(chosen, color=ACCENT, weight="bold")
    top.set(ylabel="0 nothing is found again, 1 all", ylim=(0, 1.03))
    middle.set(ylabel="1 apart, 0 touching")
    bottom.set(xlabel="Number of clusters", ylabel="between / within")
    bottom.margins(y=0.12)
    for axes in (top, middle, bottom):
        _put_legend_above(axes)
    if len(tried.numbers) > 1:
        bottom.xaxis.set_major_locator(MaxNLocator(integer=True))
    else:
        bottom.set_xticks(tried.numbers)
    figure.align_ylabels()
    return figure


def _draw_line(
    axes: Axes, tried: Tried, values: FloatArray, form: str, color: str, label: str
) -> None:
    axes.plot(tried.numbers, values, form, color=color, label=label)


def _put_legend_above(axes: Axes) -> None:
    """Put a legend over the panel, where it hides no line; the leading line comes first."""
    lines, labels = axes.get_legend_handles_labels()
    axes.legend(
        lines[::-1], labels[::-1], loc="lower right", bbox_to_anchor=(1, 1.0), borderaxespad=0.1,
        labelspacing=0.2,
    )  # fmt: skip

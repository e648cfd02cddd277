"""Labels of events: how well they are found, and which clusters their events are in."""

from collections.abc import Sequence
from math import ceil
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from specufex_pipe.numerics.types import FloatArray, IntArray
from specufex_pipe.plotting.drawing import draw_matrix
from specufex_pipe.plotting.lettering import fitted, width_of
from specufex_pipe.plotting.style import (
    ACCENT,
    COLUMN,
    MUTED,
    NO_DATA,
    SMALL,
    TWO_COLUMNS,
    StyledFigure,
    add_axes,
    color_cluster_labels,
    contrasting_color,
    row_height,
    size_of,
    styled,
)

_FEATURES, _BASELINE = "Features", "Mean spectra"
# Counts of more labels would have no room in a column of print, or in two matrices side by side.
_MOST_LABELS_IN_COLUMN, _MOST_LABELS_BESIDE = 5, 8
_MOST_CLUSTERS_IN_COLUMN, _MOST_CLUSTERS_IN_BAND = 6, 21
# Inches: a row, all rows of a matrix at least, the margin of a cell; the longest name of a label,
# and what is enough for one where all of it would be turned.
_ROW, _LEAST_HEIGHT, _MARGIN, _NAME, _ENOUGH = 0.2, 0.8, 0.03, 1.2, 0.9
# Inches, of what stands around matrices.
_KEY, _TITLE, _AXIS_LABEL, _BADGES, _TOTALS, _LINE = 0.17, 0.17, 0.2, 0.22, 0.4, 0.15
_BETWEEN, _PAD, _BETWEEN_NAMES = 0.12, 0.06, 0.08
# Of a curve to either side of its number, powers of ten; and from the last number to all events.
_ASIDE, _TO_ALL = 0.012, 0.3
# Of probabilities.
_ROOM_FOR_COUNT = 0.05


class AccuracyCurve(NamedTuple):
    """Balanced accuracy by the number of labelled events, and with all of them.

    Attributes
    ----------
    numbers : ndarray of int, shape (n_numbers,)
        Of labelled events of each label, rising; there may be none.
    accuracies : ndarray of shape (n_numbers,)
        Mean over draws of the events.
    lows, highs : ndarray of shape (n_numbers,)
        The least and the largest of the draws.
    all_events : (float, float, float)
        With all events: the balanced accuracy, and the ends of its interval.
    """

    numbers: IntArray
    accuracies: FloatArray
    lows: FloatArray
    highs: FloatArray
    all_events: tuple[float, float, float]


class _ColumnNames(NamedTuple):
    """Names below columns: texts, by how many degrees they are turned, and their room, inches."""

    texts: list[str]
    rotation: float
    room: float


@styled
def confusion_figure(
    labels: Sequence[str], confusion: IntArray, baseline: IntArray | None = None
) -> Figure:
    """Show how many events of each label are given each label.

    Parameters
    ----------
    labels : sequence of str
    confusion : ndarray of int, shape (n_labels, n_labels)
        Number of events by the label that they have (rows) and are given (columns).
    baseline : ndarray of int, shape (n_labels, n_labels), optional
        The same where mean spectra were the features.

    Returns
    -------
    matplotlib.figure.Figure
        A cell is as dark as its share of the row, and has its number of events if there are some
        and there is room. To the right is the number of events of each row. The baseline is beside
        the matrix, and below it if there are more than 8 labels.

    Raises
    ------
    ValueError
        If a matrix does not have a row and a column for each label.
    """
    n_labels, matrices = len(labels), [each for each in (confusion, baseline) if each is not None]
    for matrix in matrices:
        _check_shape(matrix, (n_labels, n_labels), "a row and a column for each label")
    n_columns = len(matrices) if n_labels <= _MOST_LABELS_BESIDE else 1
    n_rows = len(matrices) // n_columns
    is_narrow = len(matrices) == 1 and n_labels <= _MOST_LABELS_IN_COLUMN
    width = COLUMN if is_narrow else TWO_COLUMNS
    left = _AXIS_LABEL + _room_beside(labels)
    step = (width - left + _BETWEEN) / n_columns
    panel = step - _BETWEEN - _TOTALS
    names = _column_names(labels, panel / n_labels)
    height = n_labels * row_height(n_rows * n_labels, _ROW, n_rows * _LEAST_HEIGHT)
    foot = names.room + _AXIS_LABEL
    figure = StyledFigure((width, _KEY + n_rows * (_TITLE + height) + foot))
    for place, matrix in enumerate(matrices):
        row, column = divmod(place, n_columns)
        top = _KEY + _TITLE + row * (height + _TITLE)
        axes = add_axes(figure, left + column * step, top, panel, height)
        image = _draw_counts(axes, matrix, matrix.sum(axis=1))
        _write_totals(axes, matrix.sum(axis=1))
        _name_rows(axes, labels)
        axes.set_xticks(range(1, n_labels + 1), labels=names.texts, rotation=names.rotation)
        axes.tick_params(length=0, labelleft=column == 0, labelbottom=row == n_rows - 1)
        axes.set_ylabel("True label" if column == 0 else "")
        axes.set_xlabel("Label that is given" if row == n_rows - 1 else "")
        axes.set_title((_FEATURES, _BASELINE)[place] if len(matrices) > 1 else "")
    _draw_key(figure, image)
    return figure


@styled
def cross_table_figure(labels: Sequence[str], clusters: IntArray, table: IntArray) -> Figure:
    """Show how many events of each label are in each cluster.

    Parameters
    ----------
    labels : sequence of str
    clusters : ndarray of int, shape (n_clusters,)
        Numbers, from 1; 0 for none, whose column is the last.
    table : ndarray of int, shape (n_labels, n_clusters)
        Number of events by label (rows) and cluster (columns).

    Returns
    -------
    matplotlib.figure.Figure
        A cell is as dark as its share of the row, and has its number of events if there are some
        and there is room. To the right is the number of events of each row. More than 21 clusters
        go on below.

    Raises
    ------
    ValueError
        If the table does not have a row for each label and a column for each cluster.
    """
    n_labels, n_clusters = len(labels), len(clusters)
    _check_shape(
        table, (n_labels, n_clusters), "a row for each label and a column for each cluster"
    )
    order = np.lexsort((clusters, clusters == 0))
    clusters, table = clusters[order], table[:, order]
    n_bands = ceil(n_clusters / _MOST_CLUSTERS_IN_BAND)
    n_columns = ceil(n_clusters / n_bands)
    width = COLUMN if n_clusters <= _MOST_CLUSTERS_IN_COLUMN else TWO_COLUMNS
    left = _AXIS_LABEL + _room_beside(labels)
    cell = (width - left - _TOTALS) / n_columns
    height = n_labels * row_height(n_bands * n_labels, _ROW, n_bands * _LEAST_HEIGHT)
    step = height + _BADGES
    figure = StyledFigure((width, _KEY + _TITLE + n_bands * step + _AXIS_LABEL))
    totals = table.sum(axis=1)
    for band in range(n_bands):
        shown = slice(band * n_columns, (band + 1) * n_columns)
        numbers = clusters[shown].tolist()
        top = _KEY + _TITLE + band * step
        axes = add_axes(figure, left, top, cell * len(numbers), height)
        image = _draw_counts(axes, table[:, shown], totals)
        if band == 0:
            _write_totals(axes, totals)
        _name_rows(axes, labels)
        axes.tick_params(axis="y", length=0)
        color_cluster_labels(axes.xaxis, numbers)
        axes.set_ylabel("Label")
        axes.set_xlabel("Cluster" if band == n_bands - 1 else "")
    _draw_key(figure, image)
    return figure


@styled
def learning_figure(
    curve: AccuracyCurve, baseline_curve: AccuracyCurve | None, n_labels: int
) -> Figure:
    """Show how much better labels are found, the more events are labelled.

    Parameters
    ----------
    curve : AccuracyCurve
    baseline_curve : AccuracyCurve or None
        The same where mean spectra were the features.
    n_labels : int
        That were asked for; one over it is the balanced accuracy of guesses.

    Returns
    -------
    matplotlib.figure.Figure
        Wide bars are ranges of draws; bars with caps, at all events, are intervals.
    """
    figure = StyledFigure((COLUMN, 2.4), layout="constrained")
    axes = figure.subplots()
    curves = [(curve, "o-", ACCENT, _FEATURES, -_ASIDE)]
    if baseline_curve is not None:
        curves.append((baseline_curve, "s--", MUTED, _BASELINE, _ASIDE))
    # Of all curves: each has the numbers that its folds allow.
    numbers = np.unique(np.concatenate([each.numbers for each, *_ in curves]))
    end = float(np.log10(numbers[-1])) + _TO_ALL if len(numbers) else 0.0
    for each, form, color, name, aside in curves:
        places = np.append(np.log10(each.numbers), end) + aside
        value, low, high = each.all_events
        axes.vlines(places[:-1], each.lows, each.highs, color, linewidth=3, alpha=0.35)
        axes.errorbar(
            places[-1:], [value], [[value - low], [high - value]], color=color, capsize=2,
            elinewidth=0.7, capthick=0.7,
        )  # fmt: skip
        axes.plot(places, [*each.accuracies, value], form, color=color, label=name)
    axes.axhline(1 / n_labels, color=MUTED, linewidth=0.6, linestyle=":")
    axes.annotate(
        "guesses", (1, 1 / n_labels), xytext=(2, 0), xycoords=("axes fraction", "data"),
        textcoords="offset points", va="center", color=MUTED, fontsize=SMALL,
    )  # fmt: skip
    ticks = [*np.log10(numbers).tolist(), end]
    axes.set_xticks(ticks, labels=[*map(str, numbers), "all"])
    axes.set_xlim(ticks[0] - 0.1, end + 0.1)
    lows = [low for each, *_ in curves for low in (*each.lows, each.all_events[1])]
    axes.set_ylim(max(0, min(1 / n_labels, *lows) - 0.04), 1.02)
    axes.set(xlabel="Labelled events of each label", ylabel="Balanced accuracy")
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0.1, ncols=2)
    return figure


@styled
def reliability_figure(probabilities: FloatArray, shares: FloatArray, counts: IntArray) -> Figure:
    """Show how often the most probable label is right, by its probability.

    Parameters
    ----------
    probabilities : ndarray of shape (n_bins,)
        Mean of the events of each bin, rising.
    shares : ndarray of shape (n_bins,)
        Of the events of each bin whose label is right.
    counts : ndarray of int, shape (n_bins,)
        Number of events of each bin.

    Returns
    -------
    matplotlib.figure.Figure
        Above, probabilities that can be believed are on the diagonal; below, the number of events.
    """
    left, side, height = 0.42, COLUMN - 0.52, 0.75
    figure = StyledFigure((COLUMN, 0.08 + side + 0.12 + height + 0.4))
    axes = add_axes(figure, left, 0.08, side, side)
    below = add_axes(figure, left, 0.08 + side + 0.12, side, height, sharex=axes)
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=0.6, linestyle=":")
    axes.plot(probabilities, shares, "o-", color=ACCENT, clip_on=False)
    axes.set(xlim=(0, 1), ylim=(0, 1), ylabel="Share of events whose label is right")
    axes.tick_params(labelbottom=False)
    below.vlines(probabilities, 0, counts, ACCENT, linewidth=4)
    # Bins may be closer to each other than their counts can be read.
    apart = _ROOM_FOR_COUNT * np.arange(len(counts))
    places = np.maximum.accumulate(probabilities - apart) + apart
    for place, count in zip(places.tolist(), counts.tolist(), strict=True):
        below.annotate(
            f"{count:,}", (place, count), xytext=(0, 2), textcoords="offset points",
            ha="center", va="bottom", rotation=90, fontsize=SMALL,
        )  # fmt: skip
    below.set(ylim=(0, 2 * counts.max()), yticks=[], ylabel="Events")
    below.set_xlabel("Probability of the most probable label")
    figure.align_ylabels()
    return figure


def _check_shape(table: IntArray, shape: tuple[int, int], expected: str) -> None:
    if table.shape != shape:
        raise ValueError(f"a table is of shape {table.shape}, expected {shape}: {expected}")


def _room_beside(labels: Sequence[str]) -> float:
    """Return the room that names of rows take, inches."""
    return _PAD + max(width_of(fitted(label, _NAME, SMALL), SMALL) for label in labels)


def _column_names(labels: Sequence[str], cell: float) -> _ColumnNames:
    """Return names of columns: level where they fit or there is much room, else upright."""
    lines = [fitted(label, _NAME, SMALL) for label in labels]
    widest = max(width_of(line, SMALL) for line in lines)
    if widest <= cell - _BETWEEN_NAMES:
        return _ColumnNames(lines, 0, _LINE)
    if cell >= _ENOUGH:
        return _ColumnNames(
            [fitted(label, cell - _BETWEEN_NAMES, SMALL) for label in labels], 0, _LINE
        )
    return _ColumnNames(lines, 90, widest + _PAD)


def _name_rows(axes: Axes, labels: Sequence[str]) -> None:
    lines = [fitted(label, _NAME, SMALL) for label in labels]
    axes.set_yticks(range(1, len(labels) + 1), labels=lines)


def _draw_counts(axes: Axes, counts: IntArray, totals: IntArray) -> AxesImage:
    """Draw numbers of events, a row for each label, as dark as their share of all of the row."""
    shares = np.full(counts.shape, np.nan)
    np.divide(counts, totals[:, None], out=shares, where=totals[:, None] > 0)
    axes.set_facecolor(NO_DATA)
    image = draw_matrix(axes, shares, 1.0, power=1)
    axes.spines[:].set_visible(True)
    for edge in range(1, len(counts)):
        axes.axhline(edge + 0.5, color=MUTED, linewidth=0.3)
    room = size_of(axes)[0] / counts.shape[1] - _MARGIN
    for row, column in np.argwhere(counts):
        axes.text(
            column + 1, row + 1, _count_in(room, int(counts[row, column])), ha="center",
            va="center_baseline", fontsize=SMALL,
            color=contrasting_color(image.cmap(float(shares[row, column]))),
        )  # fmt: skip
    return image


def _write_totals(axes: Axes, totals: IntArray) -> None:
    """Write the number of events of each row to its right."""
    x, room = 1 + _MARGIN / size_of(axes)[0], _TOTALS - _MARGIN
    for row, total in enumerate(totals.tolist(), start=1):
        axes.text(
            x, row, _count_in(room, total), transform=axes.get_yaxis_transform(),
            va="center_baseline", fontsize=SMALL,
        )  # fmt: skip
    axes.text(x, 1, "n", transform=axes.transAxes, va="bottom", fontsize=SMALL, style="italic")


def _count_in(room: float, count: int) -> str:
    """Return a number of events as there is room for it, inches; rounded, or nothing."""
    texts = [f"{count:,}", str(count)]
    if count >= 1_000_000:
        texts.append(f"{count / 1_000_000:.1f}M")
    elif count >= 10_000:
        texts.append(f"{count / 1_000:.0f}k")
    return next((text for text in texts if width_of(text, SMALL) <= room), "")


def _draw_key(figure: Figure, image: AxesImage) -> None:
    """Tell in the upper right corner what colours are."""
    width, _ = figure.get_size_inches()
    key = add_axes(figure, width - _TOTALS - 0.6, 0.05, 0.6, 0.07)
    figure.colorbar(image, cax=key, orientation="horizontal", ticks=())
    for x, text, align in ((-0.05, "Share of the row  0", "right"), (1.05, "1", "left")):
        key.text(x, 0.45, text, transform=key.transAxes, ha=align, va="center", fontsize=SMALL)

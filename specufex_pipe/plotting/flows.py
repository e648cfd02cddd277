"""How the events of clusters pass from one result to the next."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from specufex_pipe.numerics.types import FloatArray, IntArray
from specufex_pipe.plotting.lettering import fitted
from specufex_pipe.plotting.style import (
    MUTED,
    SMALL,
    TWO_COLUMNS,
    StyledFigure,
    add_axes,
    cluster_color,
    cluster_name,
    contrasting_color,
    styled,
)

# Inches. A low block has room for its number, so that columns of many blocks are taller.
_TOP, _BOTTOM, _SIDE = 0.3, 0.1, 0.1
_HEIGHT_OF_ALL, _ROOM_FOR_NUMBER = 2.4, 0.12
_BLOCK, _GAP = 0.17, 0.03
_SWEEPS = 6
_NAME_SIZE = 7  # points


class _Column(NamedTuple):
    """The blocks of a result, from top to bottom: numbers, upper ends and heights, inches."""

    numbers: IntArray
    tops: FloatArray
    heights: FloatArray


@styled
def flows_figure(labels_of_runs: Sequence[IntArray], names: Sequence[str]) -> Figure:
    """Show which clusters of a result the events of each cluster of the one before are in.

    Parameters
    ----------
    labels_of_runs : sequence of ndarray of int, shape (n_events,)
        Clusters of the same events in each result, from 1; 0 for none.
    names : sequence of str
        Of the results.

    Returns
    -------
    matplotlib.figure.Figure
        A column for each result, with a block for each cluster, and ribbons between neighbours,
        which have the colour of the cluster on the left.

    Raises
    ------
    ValueError
        If there are fewer than two results, no event, or not the same number of events in each.
    """
    tables, numbers = _tables(labels_of_runs)
    orders = order_blocks(tables, [int(n[-1]) == 0 for n in numbers])
    shares = [
        sizes[order] / sizes.sum() for sizes, order in zip(_sizes(tables), orders, strict=True)
    ]
    height = max(map(_height_of, shares))
    figure = StyledFigure((TWO_COLUMNS, _TOP + height + _BOTTOM))
    axes = add_axes(figure, 0, 0, TWO_COLUMNS, _TOP + height + _BOTTOM)
    axes.set(xlim=(0, TWO_COLUMNS), ylim=(_TOP + height + _BOTTOM, 0))
    axes.set_axis_off()
    columns = [
        _column(n[order], share, height)
        for n, order, share in zip(numbers, orders, shares, strict=True)
    ]
    places = np.linspace(_SIDE, TWO_COLUMNS - _SIDE - _BLOCK, len(columns))
    for number, (left, right) in enumerate(pairwise(columns)):
        table = tables[number][np.ix_(orders[number], orders[number + 1])]
        ends = places[number] + _BLOCK, places[number + 1]
        _draw_ribbons(axes, left, right, _HEIGHT_OF_ALL * table / table.sum(), ends)
    for place, column, name in zip(places, columns, names, strict=True):
        _draw_blocks(axes, column, float(place))
        _write_name(axes, name, float(place), places)
    return figure


def order_blocks(tables: Sequence[IntArray], have_none: Sequence[bool]) -> list[IntArray]:
    """Order the blocks of each column so that ribbons cross little.

    Parameters
    ----------
    tables : sequence of ndarray of int, shape (n_blocks, n_blocks of the next column)
        Number of events in each pair of blocks of neighbouring columns.
    have_none : sequence of bool
        Whether the last block of a column is of events in no cluster: it stays the last.

    Returns
    -------
    list of ndarray of int
        Of each column, the places of its blocks in the tables, from top to bottom.
    """
    orders: list[IntArray] = [np.arange(len(table)) for table in tables]
    orders.append(np.arange(tables[-1].shape[1]))
    best, fewest = orders, _crossings(tables, orders)
    for sweep in range(_SWEEPS):
        orders = list(orders)
        down = sweep % 2 == 0
        steps = range(1, len(orders)) if down else range(len(orders) - 2, -1, -1)
        for place in steps:
            # Rows are the blocks of the neighbour that is kept.
            table = tables[place - 1] if down else tables[place].T
            neighbour = orders[place - 1 if down else place + 1]
            orders[place] = _by_barycentre(table[neighbour], have_none[place])
        if (crossings := _crossings(tables, orders)) < fewest:
            best, fewest = orders, crossings
    return best


def _by_barycentre(table: IntArray, has_none: bool) -> IntArray:
    """Order columns of a table by the mean place of their events among the rows."""
    ends = np.cumsum(table.sum(axis=1))
    middles = ends - table.sum(axis=1) / 2
    barycentres = (middles @ table) / np.maximum(table.sum(axis=0), 1)
    if has_none:
        barycentres[-1] = np.inf
    return np.argsort(barycentres, kind="stable")


def _crossings(tables: Sequence[IntArray], orders: Sequence[IntArray]) -> float:
    """Return how many pairs of events cross between neighbouring columns."""
    total = 0.0
    for table, (left, right) in zip(tables, pairwise(orders), strict=True):
        ordered = table[np.ix_(left, right)].astype(float)
        # Events further down on the left and further up on the right.
        below = np.cumsum(ordered[::-1], axis=0)[::-1] - ordered
        above = np.cumsum(below, axis=1) - below
        total += float((ordered * above).sum())
    return total


def _tables(labels_of_runs: Sequence[IntArray]) -> tuple[list[IntArray], list[IntArray]]:
    """Return the cross tables of neighbours, and the numbers of each column, 0 last."""
    if len(labels_of_runs) < 2 or not len(labels_of_runs[0]):
        raise ValueError("flows are drawn of the events that two results or more have in common")
    if len({len(labels) for labels in labels_of_runs}) > 1:
        raise ValueError("each result has to have a cluster for each of the same events")
    numbers, places = [], []
    for labels in labels_of_runs:
        found = np.unique(labels)
        found = np.concatenate([found[found > 0], found[found == 0]])
        numbers.append(found)
        order = np.argsort(found)
        places.append(order[np.searchsorted(found[order], labels)])
    tables = []
    for (left, right), (one, other) in zip(pairwise(numbers), pairwise(places), strict=True):
        table = np.zeros((len(left), len(right)), dtype=int)
        np.add.at(table, (one, other), 1)
        tables.append(table)
    return tables, numbers


def _sizes(tables: Sequence[IntArray]) -> list[IntArray]:
    return [table.sum(axis=1) for table in tables] + [tables[-1].sum(axis=0)]


def _height_of(shares: FloatArray) -> float:
    """Return the height of a column, with room for the numbers of its blocks, inches."""
    return float(np.maximum(_HEIGHT_OF_ALL * shares, _ROOM_FOR_NUMBER).sum()) + _GAP * (
        len(shares) - 1
    )


def _column(numbers: IntArray, shares: FloatArray, height: float) -> _Column:
    heights = _HEIGHT_OF_ALL * shares
    rooms = np.maximum(heights, _ROOM_FOR_NUMBER)
    # Shorter columns have wider gaps, so that all are level.
    n_gaps = len(numbers) - 1
    gap = (height - rooms.sum()) / n_gaps if n_gaps else 0.0
    start = _TOP if n_gaps else _TOP + (height - rooms.sum()) / 2
    tops = start + np.concatenate([[0], np.cumsum(rooms[:-1] + gap)]) + (rooms - heights) / 2
    return _Column(numbers, tops, heights)


def _draw_ribbons(
    axes: Axes, left: _Column, right: _Column, table: FloatArray, ends: tuple[float, float]
) -> None:
    """Draw what passes between two columns; `table` has the widths of the ribbons, inches."""
    # A block has its ribbons one below the other, in the order of the blocks on the other side.
    from_top = np.cumsum(table, axis=1) - table
    to_top = np.cumsum(table, axis=0) - table
    for i, j in np.argwhere(table):
        tops = float(left.tops[i] + from_top[i, j]), float(right.tops[j] + to_top[i, j])
        color = cluster_color(int(left.numbers[i]))
        path = _ribbon(ends, tops, float(table[i, j]))
        axes.add_patch(PathPatch(path, facecolor=color, edgecolor=color, linewidth=0.3, alpha=0.5))


def _ribbon(ends: tuple[float, float], tops: tuple[float, float], width: float) -> Path:
    start, end = ends
    middle = (start + end) / 2
    bottoms = tops[0] + width, tops[1] + width
    points = [
        (start, tops[0]), (middle, tops[0]), (middle, tops[1]), (end, tops[1]),
        (end, bottoms[1]), (middle, bottoms[1]), (middle, bottoms[0]), (start, bottoms[0]),
        (start, tops[0]),
    ]  # fmt: skip
    curve = [Path.CURVE4] * 3
    return Path(points, [Path.MOVETO, *curve, Path.LINETO, *curve, Path.CLOSEPOLY])


def _draw_blocks(axes: Axes, column: _Column, place: float) -> None:
    """Draw blocks, each with its number."""
    for number, top, height in zip(
        column.numbers.tolist(), column.tops, column.heights, strict=True
    ):
        color = cluster_color(number)
        axes.add_patch(
            Rectangle((place, top), _BLOCK, height, facecolor=color, edgecolor=color, linewidth=0.5)
        )
        axes.text(
            place + _BLOCK / 2, top + height / 2, cluster_name(number),
            ha="center", va="center_baseline", fontsize=SMALL, weight="bold",
            color=contrasting_color(color),
            bbox={"boxstyle": "round,pad=0.12", "facecolor": color, "edgecolor": "none"},
        )  # fmt: skip


def _write_name(axes: Axes, name: str, place: float, places: FloatArray) -> None:
    # A name at the end begins or ends at its column; its neighbour has half of its own beside it.
    room = 0.6 * (places[1] - places[0])
    is_first, is_last = place == places[0], place == places[-1]
    align = "left" if is_first else "right" if is_last else "center"
    x = place if is_first else place + _BLOCK if is_last else place + _BLOCK / 2
    text = fitted(name, room, _NAME_SIZE)
    axes.text(x, 0.13, text, ha=align, va="center", color=MUTED, fontsize=_NAME_SIZE)

"""Families of repeating events: when their events are, and the waveforms that they share."""

from collections.abc import Sequence
from math import ceil
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from specufex_pipe.numerics.types import FloatArray, IntArray
from specufex_pipe.plotting.style import (
    ACCENT,
    INK,
    MUTED,
    SMALL,
    TWO_COLUMNS,
    StyledFigure,
    add_axes,
    row_height,
    styled,
)
from specufex_pipe.plotting.time_axis import dates_of, label_time, seconds_of, time_bins
from specufex_pipe.words import counted

# The largest ones.
MOST_FAMILIES, MOST_STACKS = 40, 8
# Inches.
_ROW, _TOP, _FOOT, _LEFT, _RIGHT = 0.17, 0.09, 0.5, 0.45, 0.4
_PANEL, _BETWEEN = 0.85, 0.28


class Stack(NamedTuple):
    """The waveforms of a family on one channel.

    Attributes
    ----------
    family : int
        Its number, from 1.
    n_events : int
    seconds : ndarray of shape (n_samples,)
    stack : ndarray of shape (n_samples,)
        Mean of the members, moved to each other and of the same size.
    members : ndarray of shape (n_shown, n_samples)
        Some of them.
    """

    family: int
    n_events: int
    seconds: FloatArray
    stack: FloatArray
    members: FloatArray


@styled
def families_figure(times: NDArray[np.datetime64], families: IntArray) -> Figure:
    """Show when the events of each family are, a row each.

    Parameters
    ----------
    times : ndarray of datetime64, shape (n_events,)
        UTC, of all events: they give the range of the axis.
    families : ndarray of int, shape (n_events,)
        From 1, the largest first; 0 for none. One event has a family at least.

    Returns
    -------
    matplotlib.figure.Figure
        Of the 40 largest families, with the number of events of each to the right.
    """
    n_families = min(int(families.max()), MOST_FAMILIES)
    edges, _ = time_bins(times)
    height = n_families * row_height(n_families, _ROW, 0.4)
    figure = StyledFigure((TWO_COLUMNS, _TOP + height + _FOOT))
    axes = add_axes(figure, _LEFT, _TOP, TWO_COLUMNS - _LEFT - _RIGHT, height)
    seconds = seconds_of(times)
    for family in range(1, n_families + 1):
        days = dates_of(np.sort(seconds[families == family]))
        axes.hlines(family, days[0], days[-1], MUTED, linewidth=0.5)
        axes.plot(days, np.full(len(days), family), "o", color=ACCENT, markersize=2.5)
        axes.text(
            1.01, family, str(len(days)), transform=axes.get_yaxis_transform(), va="center",
            fontsize=SMALL,
        )  # fmt: skip
    axes.set_ylim(n_families + 0.5, 0.5)
    step = next(step for step in (1, 2, 5, 10) if n_families <= 20 * step)
    axes.set_yticks(sorted({1, *range(step, n_families + 1, step)}))
    axes.set_ylabel("Family")
    axes.text(1.01, 1, "n", transform=axes.transAxes, va="bottom", fontsize=SMALL, style="italic")
    label_time(axes, edges)
    return figure


@styled
def stacks_figure(stacks: Sequence[Stack]) -> Figure:
    """Show the waveforms of families: members in grey, their stack in black.

    Parameters
    ----------
    stacks : sequence of Stack
        One at least; the first 8 are shown.

    Returns
    -------
    matplotlib.figure.Figure
    """
    shown = stacks[:MOST_STACKS]
    n_columns = min(len(shown), 2)
    n_rows = ceil(len(shown) / n_columns)
    width = (TWO_COLUMNS - _TOP - n_columns * _BETWEEN) / n_columns
    figure = StyledFigure((TWO_COLUMNS, 0.2 + n_rows * (_PANEL + _BETWEEN) + 0.2))
    for place, each in enumerate(shown):
        row, column = divmod(place, n_columns)
        axes = add_axes(
            figure, _BETWEEN + column * (width + _BETWEEN), 0.2 + row * (_PANEL + _BETWEEN),
            width, _PANEL,
        )  # fmt: skip
        axes.plot(each.seconds, each.members.T, color=MUTED, alpha=0.35, linewidth=0.4)
        axes.plot(each.seconds, each.stack, color=INK, linewidth=0.7)
        axes.set_title(
            f"Family {each.family}, {counted(each.n_events, 'event')}", fontsize=SMALL, loc="left"
        )
        axes.set_xlim(each.seconds[0], each.seconds[-1])
        axes.set_yticks([])
        is_lowest = place + n_columns >= len(shown)
        axes.tick_params(labelbottom=is_lowest)
        if is_lowest:
            axes.set_xlabel("Time (s)")
    return figure

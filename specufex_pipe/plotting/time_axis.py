"""The time axis that figures share: bins of a width that people count in, and its labels."""

from collections.abc import Sequence

import numpy as np
from matplotlib import dates
from matplotlib.axes import Axes
from numpy.typing import NDArray

from specufex_pipe.catalogs.series import Mark
from specufex_pipe.numerics.types import FloatArray
from specufex_pipe.plotting.style import INK, MUTED, SMALL

# In seconds, and in words.
BIN_WIDTHS = (
    (1, "second"), (10, "10 s"), (60, "minute"), (300, "5 min"), (600, "10 min"),
    (1800, "30 min"), (3600, "hour"), (3 * 3600, "3 hours"), (6 * 3600, "6 hours"),
    (12 * 3600, "12 hours"), (86400, "day"), (7 * 86400, "week"), (28 * 86400, "4 weeks"),
    (91 * 86400, "13 weeks"), (364 * 86400, "52 weeks"),
)  # fmt: skip
_MOST_BINS = 100
# s; the ticks of a shorter axis have no minutes.
_SECONDS_ALONE = 60
# Of the labels of marks, and of a letter: inches, and degrees from the horizontal.
_MOST_ROOM, _ROOM_OF_LETTER, _SLOPE = 1.2, 0.03, 35
# Labels of marks to the right of this part of the axes lean to the left, to stay in the figure.
_RIGHT = 0.75


def time_bins(times: NDArray[np.datetime64]) -> tuple[FloatArray, str]:
    """Return the edges of bins in seconds since 1970, and the width of a bin in words."""
    seconds = seconds_of(times)
    first, last = seconds.min(), seconds.max()
    fitting = [bin_width for bin_width in BIN_WIDTHS if (last - first) / bin_width[0] < _MOST_BINS]
    width, name = fitting[0] if fitting else BIN_WIDTHS[-1]
    start = first // width * width
    return start + width * np.arange((last - start) // width + 2), name


def seconds_of(times: NDArray[np.datetime64]) -> FloatArray:
    """Return times as seconds since 1970."""
    return times.astype("datetime64[us]").astype(np.int64) / 1e6


def dates_of(seconds: FloatArray) -> FloatArray:
    """Return seconds since 1970 as matplotlib's days."""
    return np.asarray(seconds) / 86400 + dates.date2num(np.datetime64(0, "s"))


def label_time(axes: Axes, edges: FloatArray) -> None:
    """Give axes the range of bins, and tell dates."""
    axes.set_xlim(*dates_of(edges[[0, -1]]))
    locator = dates.AutoDateLocator()
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator, show_offset=False))
    first, last = (np.datetime64(int(edge), "s").astype("datetime64[D]") for edge in edges[[0, -2]])
    days = f"{first}" if first == last else f"{first} to {last}"
    label = f"Time (UTC), {days}"
    if edges[-1] - edges[0] < _SECONDS_ALONE:
        minute = np.datetime64(int(edges[0]), "s").astype("datetime64[m]")
        label = f"Seconds after {str(minute).replace('T', ' ')} UTC"
    axes.set_xlabel(label)


def room_for(marks: Sequence[Mark]) -> float:
    """Return the height that labels of marks take above axes, inches."""
    longest = max((len(mark.label) for mark in marks), default=-4)
    return min(_ROOM_OF_LETTER * (longest + 4), _MOST_ROOM)


def draw_marks(rows: Sequence[Axes], marks: Sequence[Mark], edges: FloatArray) -> None:
    """Draw moments as lines across rows of axes, with their labels above the first.

    Parameters
    ----------
    rows : sequence of matplotlib.axes.Axes
        From the top down, with one time axis.
    marks : sequence of catalogs.series.Mark
        Those that lie outside the bins are left out.
    edges : ndarray of shape (n_bins + 1,)
        Of the bins that the axes show, seconds since 1970.
    """
    for mark in marks:
        (second,) = seconds_of(np.array([mark.time]))
        if not edges[0] <= second <= edges[-1]:
            continue
        place = float(dates_of(second))
        is_left = second < edges[0] + _RIGHT * (edges[-1] - edges[0])
        for axes in rows:
            axes.axvline(place, color=MUTED, linewidth=0.7, linestyle="--")
        rows[0].annotate(
            mark.label, (place, 1), (0, 3), color=INK, fontsize=SMALL, va="bottom",
            rotation=_SLOPE if is_left else -_SLOPE, ha="left" if is_left else "right",
            rotation_mode="anchor", xycoords=("data", "axes fraction"),
            textcoords="offset points", annotation_clip=False,
        )  # fmt: skip

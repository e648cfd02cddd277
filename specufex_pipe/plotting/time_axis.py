"""The time axis that figures share: bins of a width that people count in, and its labels."""

import numpy as np
from matplotlib import dates
from matplotlib.axes import Axes
from numpy.typing import NDArray

from specufex_pipe.numerics.types import FloatArray

# In seconds, and in words.
BIN_WIDTHS = (
    (1, "second"), (10, "10 s"), (60, "minute"), (300, "5 min"), (600, "10 min"),
    (1800, "30 min"), (3600, "hour"), (3 * 3600, "3 hours"), (6 * 3600, "6 hours"),
    (12 * 3600, "12 hours"), (86400, "day"), (7 * 86400, "week"), (28 * 86400, "4 weeks"),
    (91 * 86400, "13 weeks"), (364 * 86400, "52 weeks"),
)  # fmt: skip
_MOST_BINS = 100


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
    axes.set_xlabel(f"Time (UTC), {days}")

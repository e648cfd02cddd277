"""Steps that take out what changes more slowly than the window, and what its ends would add."""

from typing import Literal

from obspy import Stream
from obspy.signal.detrend import simple
from scipy.signal import detrend

from specufex_pipe.waveforms.steps.base import Context, Step


class Detrend(Step):
    """Take out a linear trend.

    Parameters
    ----------
    kind : str
        "linear": the best fitting line; "simple": the line from the first sample to the last.
    """

    def __init__(self, kind: Literal["linear", "simple"] = "linear") -> None:
        self._kind = kind

    def apply(self, stream: Stream, context: Context) -> None:
        """Take out the trend of each trace."""
        for trace in stream:
            # What Trace.detrend calls, after it has looked for plugins.
            trace.data = simple(trace.data) if self._kind == "simple" else detrend(trace.data)


class Demean(Step):
    """Take out the mean."""

    def apply(self, stream: Stream, context: Context) -> None:
        """Take out the mean of each trace."""
        for trace in stream:
            trace.data = detrend(trace.data, type="constant")


class Taper(Step):
    """Let both ends of what is read fade; with a margin they lie outside the window.

    Parameters
    ----------
    seconds : float
        Length of each end, s.
    """

    def __init__(self, seconds: float = 1.0) -> None:
        self._seconds = seconds

    def check(self) -> None:
        """Raise a ValueError if the ends have no length."""
        if self._seconds <= 0:
            raise ValueError(f"seconds is {self._seconds:g}, expected more than 0")

    def apply(self, stream: Stream, context: Context) -> None:
        """Multiply both ends of each trace by half a cosine."""
        stream.taper(max_percentage=0.5, max_length=self._seconds, type="cosine")

"""Steps that take out what changes more slowly than the window, and what its ends would add."""

from typing import Literal

import numpy as np
from obspy import Stream

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

    @property
    def in_words(self) -> str:
        """The line that is taken out."""
        return {
            "linear": "removal of the best-fitting linear trend",
            "simple": "removal of the line from the first sample to the last",
        }[self._kind]

    def apply(self, stream: Stream, context: Context) -> None:
        """Take out the trend of each trace."""
        from scipy.signal import detrend  # takes a while to load, and settings do without

        for trace in stream:
            # What Trace.detrend does, after it has looked for plugins.
            if self._kind == "simple":
                trace.data = trace.data - np.linspace(
                    trace.data[0], trace.data[-1], len(trace.data)
                )
            else:
                trace.data = detrend(trace.data)


class Demean(Step):
    """Take out the mean."""

    @property
    def in_words(self) -> str:
        """What is taken out."""
        return "removal of the mean"

    def apply(self, stream: Stream, context: Context) -> None:
        """Take out the mean of each trace."""
        for trace in stream:
            trace.data = trace.data - trace.data.mean()


class Taper(Step):
    """Let both ends of what is read fade; with a margin they lie outside the window.

    Parameters
    ----------
    seconds : float
        Length of each end, s.
    """

    def __init__(self, seconds: float = 1.0) -> None:
        self._seconds = seconds

    @property
    def in_words(self) -> str:
        """The shape and the length of the ends."""
        return f"a cosine taper of {self._seconds:g} s at both ends"

    def check(self) -> None:
        """Raise a ValueError if the ends have no length."""
        if self._seconds <= 0:
            raise ValueError(f"seconds is {self._seconds:g}, expected more than 0")

    def apply(self, stream: Stream, context: Context) -> None:
        """Multiply both ends of each trace by half a cosine."""
        stream.taper(max_percentage=0.5, max_length=self._seconds, type="cosine")

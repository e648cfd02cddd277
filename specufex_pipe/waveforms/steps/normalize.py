"""Events of one size."""

from typing import Literal

import numpy as np
from obspy import Stream, Trace

from specufex_pipe.numerics.types import Array
from specufex_pipe.waveforms.steps.base import Context, Step, Unit


class Normalize(Step):
    """Divide a window by its size; amplitudes can then not be compared.

    Parameters
    ----------
    by : str
        "peak", the largest absolute amplitude, or "rms", the root mean square.
    """

    def __init__(self, by: Literal["peak", "rms"] = "peak") -> None:
        self._by = by

    @property
    def in_words(self) -> str:
        """The size that a window is divided by."""
        size = {"peak": "peak", "rms": "root-mean-square"}[self._by]
        return f"division by the {size} amplitude of the window"

    def apply(self, stream: Stream, context: Context) -> None:
        """Divide all traces by the size of the largest, margins left out."""
        size = max(self._size(_inside(trace, context)) for trace in stream)
        if size > 0:
            for trace in stream:
                trace.data = trace.data / size

    def _size(self, samples: Array) -> float:
        if self._by == "peak":
            return float(np.abs(samples).max())
        return float(np.sqrt(np.mean(samples**2)))

    def unit_after(self, unit: Unit) -> Unit:
        """Return the unit of a plain number."""
        return Unit("1")


def _inside(trace: Trace, context: Context) -> Array:
    """Return the samples of the window, or all where there are no margins."""
    if context.window is None:
        return trace.data
    start, end = context.window
    inside = trace.slice(start, end - trace.stats.delta / 2)
    return inside.data if inside.stats.npts else trace.data

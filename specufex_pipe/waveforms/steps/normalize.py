"""Events of one size."""

from typing import Literal

import numpy as np
from obspy import Stream

from specufex_pipe.waveforms.steps.base import Context, Step, Unit


class Normalize(Step):
    """Divide what is read of an event by its size; amplitudes can then not be compared.

    Parameters
    ----------
    by : str
        "peak", the largest absolute amplitude, or "rms", the root mean square.
    """

    def __init__(self, by: Literal["peak", "rms"] = "peak") -> None:
        self._by = by

    def apply(self, stream: Stream, context: Context) -> None:
        """Divide all traces by the size of the largest."""
        sizes = [
            np.abs(trace.data).max() if self._by == "peak" else np.sqrt(np.mean(trace.data**2))
            for trace in stream
        ]
        if (size := max(sizes)) > 0:
            for trace in stream:
                trace.data = trace.data / size

    def unit_after(self, unit: Unit) -> Unit:
        """Return the unit of a plain number."""
        return Unit("1")

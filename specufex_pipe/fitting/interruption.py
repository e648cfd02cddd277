"""When a fit has to stop early: after a signal, or when its time is up."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from specufex_pipe.store.writing import SIGNALS


class StopRequest:
    """Tells a fit after each step whether it has to stop; call it to ask.

    Parameters
    ----------
    minutes : float, optional
        Time after which it has to, from now.

    Attributes
    ----------
    reason : str or None
        Why it has to stop, as soon as it has to.
    n_asked : int
        How often it was asked: the number of steps.
    """

    def __init__(self, minutes: float | None = None) -> None:
        self._end = None if minutes is None else time.monotonic() + 60 * minutes
        self._minutes = minutes
        self.reason: str | None = None
        self.n_asked = 0

    def __call__(self) -> bool:
        """Tell whether the fit has to stop."""
        self.n_asked += 1
        if self.reason is None and self._end is not None and time.monotonic() >= self._end:
            self.reason = f"its {self._minutes:.3g} minutes are over"
        return self.reason is not None

    @contextmanager
    def listening(self) -> Iterator["StopRequest"]:
        """Take the signals that ask a process to end as requests to stop, for a while."""
        before = {number: signal.signal(number, self._note) for number in SIGNALS}
        try:
            yield self
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if number == signal.SIGINT and self.reason is not None:
            raise KeyboardInterrupt  # Ctrl-C again: at once
        self.reason = f"it received {signal.Signals(number).name}"

"""Progress and log lines: bars on a terminal, plain lines in a file."""

import logging
import sys
import time
from pathlib import Path

from tqdm import tqdm

log = logging.getLogger(__name__)
_SECONDS_BETWEEN_LINES = 10


def track(items, title, unit, shown=True):
    """Show the progress of a loop: a bar on a terminal, a log line now and then elsewhere.

    Parameters
    ----------
    items : sequence
    title : str
        What is done.
    unit : str
        What is counted: "events", "steps".
    shown : bool

    Returns
    -------
    iterable
        With the methods `set_postfix_str` and `close` of a tqdm bar.
    """
    if shown and not sys.stderr.isatty():
        return _Lines(items, title, unit)
    return tqdm(items, desc=title, unit=f" {unit}", disable=not shown, leave=False)


class _Lines:
    """Report progress by log lines, none for a loop that is done soon."""

    def __init__(self, items, title, unit):
        self._items, self._title, self._unit = items, title, unit
        self._postfix = ""

    def __iter__(self):
        last = time.monotonic()
        for number, item in enumerate(self._items):
            now = time.monotonic()
            if now - last > _SECONDS_BETWEEN_LINES:
                last = now
                counts = f"{number} of {len(self._items)} {self._unit}"
                log.info("%s: %s%s", self._title, counts, self._postfix)
            yield item

    def set_postfix_str(self, text):
        self._postfix = f", {text}"

    def close(self):
        pass


def per_second(count, start, unit="events"):
    """Return the rate since a time of `time.monotonic`, as text for a log line."""
    return f"{count / max(time.monotonic() - start, 1e-9):.3g} {unit}/s"


def log_to(path=None):
    """Send the package's log lines to standard error, and with more detail to a file.

    Parameters
    ----------
    path : str or Path, optional
    """
    root = logging.getLogger("specufex_pipe")
    root.setLevel(logging.DEBUG)
    handlers = [logging.StreamHandler()]
    handlers[0].setLevel(logging.INFO)
    if path:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        handlers.append(logging.FileHandler(path, mode="w", encoding="utf-8"))
    for handler in handlers:
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
        root.addHandler(handler)

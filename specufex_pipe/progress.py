"""Progress and log lines: bars on a terminal, plain lines in a file."""

import logging
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar

from tqdm import tqdm

log = logging.getLogger(__name__)
_SECONDS_BETWEEN_LINES = 10
# What tells the line of an error from others in a log.
ERROR_MARK = " error: "

Item = TypeVar("Item")
_Item = TypeVar("_Item", covariant=True)


class Progress(Protocol[_Item]):
    """A loop whose progress is shown."""

    def __iter__(self) -> Iterator[_Item]: ...

    def set_postfix_str(self, s: str) -> Any:
        """Show a text beside the counts."""

    def close(self) -> Any:
        """Take the bar away."""


def track(items: Sequence[Item], title: str, unit: str, shown: bool = True) -> Progress[Item]:
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
    Progress
    """
    if shown and not sys.stderr.isatty():
        return _Lines(items, title, unit)
    return tqdm(items, desc=title, unit=f" {unit}", disable=not shown, leave=False)


class _Lines(Progress[Item]):
    """Report progress by log lines, none for a loop that is done soon."""

    def __init__(self, items: Sequence[Item], title: str, unit: str) -> None:
        self._items, self._title, self._unit = items, title, unit
        self._postfix = ""

    def __iter__(self) -> Iterator[Item]:
        last = time.monotonic()
        for number, item in enumerate(self._items):
            now = time.monotonic()
            if now - last > _SECONDS_BETWEEN_LINES:
                last = now
                counts = f"{number} of {len(self._items)} {self._unit}"
                log.info("%s: %s%s", self._title, counts, self._postfix)
            yield item

    def set_postfix_str(self, s: str) -> None:
        self._postfix = f", {s}" if s else ""

    def close(self) -> None:
        pass


def per_second(count: int, start: float, unit: str = "events") -> str:
    """Return the rate since a time of `time.monotonic`, as text for a log line."""
    return f"{count / max(time.monotonic() - start, 1e-9):.3g} {unit}/s"


def log_to(path: str | Path | None = None, label: str = "") -> None:
    """Send the package's log lines to standard error, and with more detail to a file.

    Called again, it takes the place of the call before.

    Parameters
    ----------
    path : str or Path, optional
    label : str
        What each line begins with, since those of several jobs may be mixed.
    """
    begin = f"{label}: ".replace("%", "%%") if label else ""
    root = logging.getLogger("specufex_pipe")
    root.setLevel(logging.DEBUG)
    for handler in [each for each in root.handlers if isinstance(each.formatter, _LineFormatter)]:
        root.removeHandler(handler)
        handler.close()
    handlers: list[logging.Handler] = [logging.StreamHandler()]
    handlers[0].setLevel(logging.INFO)
    if path:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        handlers.append(logging.FileHandler(path, mode="w", encoding="utf-8"))
    for handler in handlers:
        handler.setFormatter(_LineFormatter(begin))
        root.addHandler(handler)


@contextmanager
def log_to_file_alone() -> Iterator[None]:
    """Keep log lines off standard error, but those of errors."""
    root = logging.getLogger("specufex_pipe")
    # Handlers of files are a subclass.
    levels = {each: each.level for each in root.handlers if type(each) is logging.StreamHandler}
    try:
        for handler in levels:
            handler.setLevel(logging.ERROR)
        yield
    finally:
        for handler, level in levels.items():
            handler.setLevel(level)


class _LineFormatter(logging.Formatter):
    """Say when and of what a line is, and whether it is a warning or an error."""

    def __init__(self, begin: str) -> None:
        super().__init__(f"%(asctime)s {begin}%(mark)s%(message)s", "%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        marks = {logging.WARNING: "warning: ", logging.ERROR: ERROR_MARK.lstrip()}
        record.mark = marks.get(record.levelno, "")
        return super().format(record)

"""The file that keeps the state of a fit while it runs, and the one before it."""

import logging
import time
from pathlib import Path
from typing import Any

from specufex_pipe.numerics.types import Array
from specufex_pipe.store import read_arrays, write_arrays

log = logging.getLogger(__name__)

_KIND = "checkpoint"
# Writing may take one part in so many of the time.
_SHARE_OF_TIME = 100


class Checkpoint:
    """Keeps the state of one fit, which its identity tells from any other.

    The state before the last one is kept as well, so that a fit resumes from there if the last
    file is damaged.

    Parameters
    ----------
    path : str or Path
        The older state lies beside it: NAME.previous.h5 for NAME.h5.
    identity : str
        Digest of all that decides how the fit ends.
    owner : str
        What is fitted, for log lines.
    """

    def __init__(self, path: str | Path, identity: str, owner: str) -> None:
        self.path = Path(path)
        self._identity, self._owner = identity, owner
        self._next_write = 0.0
        self._is_good = False

    def read(self) -> tuple[dict[str, Array], dict[str, Any]] | None:
        """Return (arrays, attributes) of the last state that can be used, or None.

        A state of another fit is never returned; a log line says why a file was left aside.
        """
        problems = []
        for path in (self.path, _previous_path(self.path)):
            try:
                arrays, attributes = read_arrays(path, _KIND)
            except FileNotFoundError:
                continue
            except OSError as error:
                problems.append(str(error))
                continue
            if attributes.get("identity") != self._identity:
                problems.append(f"{path} is of other data, other settings or another version")
                continue
            if problems:
                log.warning("%s: takes an older state: %s", self._owner, problems[0])
            self._is_good = path == self.path
            return arrays, attributes
        if problems:
            log.warning("%s: starts afresh: %s", self._owner, "; ".join(problems))
        return None

    def is_due(self) -> bool:
        """Tell whether enough time has passed that writing again hardly slows the fit."""
        return time.monotonic() >= self._next_write

    def write(self, arrays: dict[str, Array], attributes: dict[str, Any]) -> None:
        """Keep a state.

        Raises
        ------
        OSError
            If it cannot be written; what was kept last is there still, as the previous state.
        """
        start = time.monotonic()
        # Killed after this, or on a full disk, a fit resumes from the previous state. A damaged
        # file, or that of another fit, does not take its place.
        if self._is_good:
            self.path.replace(_previous_path(self.path))
        self._is_good = False
        attributes = attributes | {"identity": self._identity}
        write_arrays(self.path, _KIND, arrays, attributes=attributes)
        self._is_good = True
        end = time.monotonic()
        self._next_write = end + _SHARE_OF_TIME * (end - start)


def _previous_path(path: str | Path) -> Path:
    """Return where the state before the last one is kept."""
    path = Path(path)
    return path.with_name(f"{path.stem}.previous{path.suffix}")


def remove_checkpoint(path: str | Path) -> None:
    """Remove the states of a fit that has ended."""
    _previous_path(path).unlink(missing_ok=True)
    Path(path).unlink(missing_ok=True)

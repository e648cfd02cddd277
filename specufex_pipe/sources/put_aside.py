"""What cannot be used of a window, so that what is left of it can."""

import logging
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from obspy import Stream

from specufex_pipe.rejections import RejectedEvent

log = logging.getLogger(__name__)
Piece = TypeVar("Piece")


class PutAside:
    """What is wrong with the files or records of the window that is being read.

    What other windows lacked is forgotten, since it depends on the order in which they are read.
    """

    def __init__(self) -> None:
        self._problems: dict[Path | str, str] = {}
        self._logged: set[Path | str] = set()
        self._window: tuple[object, ...] = ()

    def __iter__(self) -> Iterator[Path | str]:
        """Iterate over what is put aside, by path or name."""
        return iter(self._problems)

    def __getitem__(self, name: Path | str) -> str:
        """Return what is wrong with a file or record."""
        return self._problems[name]

    @property
    def problems(self) -> list[str]:
        """What is wrong, in the order of reading."""
        return list(self._problems.values())

    def begin(self, *window: object) -> None:
        """Begin to read a window: forget the last one, unless this is another channel of it.

        Parameters
        ----------
        *window
            What is the same for all channels of a window, such as its times.
        """
        if window != self._window:
            self._problems.clear()
        self._window = window

    def add(self, name: Path | str, problem: str) -> None:
        """Put a file or record aside; the log names it once."""
        if name not in self._logged:
            log.warning("put aside, all of it or the part that is damaged: %s", problem)
            self._logged.add(name)
        self._problems[name] = problem

    def read_usable(
        self, pieces: Iterable[Piece], read: Callable[[Piece], Stream], name: Callable[[Piece], str]
    ) -> Stream:
        """Return what can be read of several pieces; the others are put aside.

        Parameters
        ----------
        pieces : iterable
        read : callable
            Returns what is in a piece, or raises a RejectedEvent.
        name : callable
            Returns what a piece is called.

        Raises
        ------
        RejectedEvent
            If nothing is left, as the first piece that cannot be read says.
        """
        stream, failure = Stream(), None
        for piece in pieces:
            try:
                stream += read(piece)
            except RejectedEvent as error:
                self.add(name(piece), error.detail)
                failure = failure or error
        if failure and not stream:
            raise failure
        return stream

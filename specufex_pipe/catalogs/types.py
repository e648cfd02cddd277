"""What the columns of a catalog hold: times, numbers or text."""

import re
from collections.abc import Iterable, Mapping

from specufex_pipe.numerics.times import UnclearTime, check_year, parse_time

__all__ = [
    "NUMBER",
    "TEXT",
    "TIME",
    "ColumnTypes",
    "UnclearTime",
    "check_year",
    "parse_number",
    "parse_time",
]

NUMBER, TIME, TEXT = "number", "time", "text"

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
# How tables say that there is no value.
_MISSING = {"", "nan", "na", "null", "none"}


def parse_number(text: str) -> float | None:
    """Return the number that a cell holds, or None if it says that there is none.

    Raises
    ------
    ValueError
        If it holds something else.
    """
    text = text.strip()
    if text.lower() in _MISSING:
        return None
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{text!r} is not a number")
    return float(text)


class ColumnTypes:
    """Find out what columns hold from their cells, block by block.

    A column has the type that all its cells have which hold something; text if none does.
    """

    def __init__(self, columns: Iterable[str]) -> None:
        self._possible = {name: [NUMBER, TIME] for name in columns}
        self._is_empty = dict.fromkeys(self._possible, True)
        # Identifiers may look like numbers, and have to keep their zeros.
        self._possible["event_id"] = []

    def update(self, cells: Mapping[str, str]) -> None:
        """Look at the cells of one more event."""
        for name, cell in cells.items():
            if (possible := self._possible[name]) and cell.strip().lower() not in _MISSING:
                self._is_empty[name] = False
                possible[:] = [each for each in possible if _fits(cell, each)]

    def types(self) -> dict[str, str]:
        """Return the type of each column."""
        return {
            name: possible[0] if possible and not self._is_empty[name] else TEXT
            for name, possible in self._possible.items()
        }


def _fits(cell: str, column_type: str) -> bool:
    try:
        if column_type == NUMBER:
            parse_number(cell)
        else:
            parse_time(cell)
    except ValueError:
        return False
    return True

"""What the columns of a catalog hold: times, numbers or text."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, tzinfo

from obspy import UTCDateTime

NUMBER, TIME, TEXT = "number", "time", "text"

# Whole years that 64 bits of nanoseconds reach.
_FIRST_YEAR, _LAST_YEAR = 1678, 2261
_FIRST_TIME, _LAST_TIME = UTCDateTime(_FIRST_YEAR, 1, 1).ns, UTCDateTime(_LAST_YEAR + 1, 1, 1).ns
# What `datetime.fromisoformat` takes for a time has other forms, which are more likely mistakes.
_ISO_8601 = re.compile(
    r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?(Z|[+-]\d{2}:?(\d{2})?)?)?"
)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
# How tables say that there is no value.
_MISSING = {"", "nan", "na", "null", "none"}


def parse_time(text: str, timezone: tzinfo = UTC) -> UTCDateTime:
    """Return the UTCDateTime of a text in ISO 8601.

    Parameters
    ----------
    text : str
    timezone : tzinfo
        Of a time that names no offset.

    Raises
    ------
    ValueError
        If the text is not a time, is of a year that cannot be kept in nanoseconds, or names an hour
        that the clocks of the time zone passed twice or skipped.
    """
    text = text.strip()
    if not _ISO_8601.fullmatch(text):
        raise ValueError(f"{text!r} is not ISO 8601, such as 2010-09-01T12:03:20.5")
    try:
        time = datetime.fromisoformat(text)
        if time.tzinfo is None and timezone is not UTC:
            _require_one_instant(time, timezone)
        time = (time if time.tzinfo else time.replace(tzinfo=timezone)).astimezone(UTC)
    except UnclearTime:
        raise
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text!r} is not ISO 8601 ({error})") from error
    result = UTCDateTime(time)
    check_year(result, text)
    return result


def check_year(time: UTCDateTime, text: str = "") -> None:
    """Raise a ValueError if a time, written as `text`, is of a year that nanoseconds do not reach.

    Parameters
    ----------
    time : obspy.UTCDateTime
    text : str
        As the catalog has it.
    """
    if not _FIRST_TIME <= time.ns < _LAST_TIME:
        try:
            text = text or str(time)
        except (ValueError, OverflowError):  # no year has so many digits
            text = f"{time.ns} ns after 1970"
        raise ValueError(f"{text!r} is not in the years {_FIRST_YEAR} to {_LAST_YEAR}")


class UnclearTime(ValueError):
    """A local time that is none, or two."""


def _require_one_instant(time: datetime, timezone: tzinfo) -> None:
    first, second = (time.replace(tzinfo=timezone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return
    exists = first.astimezone(UTC).astimezone(timezone).replace(tzinfo=None) == time
    said = "is twice" if exists else "never is, since clocks are changed,"
    raise UnclearTime(
        f"{time.isoformat()} {said} in {timezone}; name its offset, as in "
        f"{time.isoformat()}{first.strftime('%z')}"
    )


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

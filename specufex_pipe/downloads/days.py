"""Days of an archive as text, and whether their files are there."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

from specufex_pipe.sources.fdsn import archive_file
from specufex_pipe.sources.request_index import RequestIndex

_FORMAT = "%Y.%j"


def days_as_text(days: Iterable[date]) -> str:
    """Return days as their first and last ones in a row: "2016.300-2016.306 2016.310-2016.310"."""
    runs: list[list[date]] = []
    for day in sorted(days):
        if runs and day == runs[-1][1] + timedelta(1):
            runs[-1][1] = day
        else:
            runs.append([day, day])
    return " ".join(f"{first:{_FORMAT}}-{last:{_FORMAT}}" for first, last in runs)


def days_of_text(text: str) -> Iterator[date]:
    """Yield the days of a text that `days_as_text` wrote.

    Raises
    ------
    ValueError
        If it is no such text.
    """
    for run in text.split():
        first, last = (datetime.strptime(day, _FORMAT).date() for day in run.split("-"))
        for number in range(first.toordinal(), last.toordinal() + 1):
            yield date.fromordinal(number)


def are_there(archive: Path, channel: str, days: Iterable[date]) -> bool:
    """Tell whether an archive has the files of days of a channel, and their tables of requests."""
    index = RequestIndex(archive)
    # A listing of a folder is faster than a look at each of its files, above all over a network.
    names = cache(lambda folder: {path.name for path in folder.glob("*")})
    return all(
        path.name in names(path.parent)
        for day in days
        for path in (archive_file(archive, channel, day), index.path_of(channel, day))
    )

"""What to ask for: the spans that windows need, day by day, without what was asked before."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np

from specufex_pipe.numerics.types import IntArray
from specufex_pipe.sources.fdsn import Spans, archive_file, needed_span
from specufex_pipe.sources.request_index import Request, RequestIndex, days_between, midnight
from specufex_pipe.webservices.answers import Answer

SECOND = 10**9  # ns
_DAY = 86_400 * SECOND


class DayTask(NamedTuple):
    """What is to be asked for of a day of a channel.

    Attributes
    ----------
    channel : str
        SEED id.
    day : datetime.date
    spans : tuple of (int, int)
        ns since 1970, in the order of time; none overlaps another.
    """

    channel: str
    day: date
    spans: tuple[tuple[int, int], ...]

    @property
    def seconds(self) -> float:
        """How much data that may be."""
        return sum(end - start for start, end in self.spans) / SECOND


def spans_needed(windows: IntArray, spans: Spans) -> IntArray:
    """Return the spans of time that windows need of a channel, as `needed_span` has each.

    Parameters
    ----------
    windows : array of int, shape (n_windows, 2)
        Start and end of each, ns since 1970.
    spans : str
        "windows" for these alone, "days" for all days from the first of them to the last.

    Returns
    -------
    array of int, shape (n_spans, 2)
        In the order of time; none overlaps or touches another. The end is not part of a span.
    """
    times = windows[np.argsort(windows[:, 0])]
    if not len(times):
        return times
    starts, ends = needed_span(times[:, 0], times[:, 1])
    if spans == "days":
        starts, ends = starts[:1] // _DAY * _DAY, -(-ends.max(keepdims=True) // _DAY) * _DAY
    reach = np.maximum.accumulate(ends)
    is_first = np.concatenate([[True], starts[1:] > reach[:-1]])
    is_last = np.concatenate([is_first[1:], [True]])
    return np.column_stack([starts[is_first], reach[is_last]])


def plan(
    needed: Mapping[str, IntArray], archive: Path, *, ask_again: bool = False
) -> list[DayTask]:
    """Return what is still to be asked for, in the order of days and then of channels.

    Parameters
    ----------
    needed : dict of array of int, shape (n_spans, 2)
        By channel (SEED id), as `spans_needed` returns it.
    archive : Path
    ask_again : bool, optional
        Also for what a service did not have.

    Raises
    ------
    OSError
        If a table of what was asked is damaged.
    """
    index = RequestIndex(archive)
    tasks = []
    for channel, spans in needed.items():
        for day, parts in by_day(spans):
            requests = index.of_day(channel, day)
            has_file = archive_file(archive, channel, day).exists()
            answered = [
                (each.start, each.end)
                for each in requests
                if _is_answered(each, has_file, ask_again)
            ]
            remaining = tuple(without(parts, answered))
            if remaining:
                tasks.append(DayTask(channel, day, remaining))
    return sorted(tasks, key=lambda task: (task.day, task.channel))


def by_day(spans: IntArray) -> Iterator[tuple[date, list[tuple[int, int]]]]:
    """Yield the parts of spans on each day that they have a part of."""
    parts: dict[date, list[tuple[int, int]]] = {}
    for start, end in spans.tolist():
        for day in days_between(start, end):
            begin = midnight(day)
            part = max(start, begin), min(end, begin + _DAY)
            parts.setdefault(day, []).append(part)
    yield from parts.items()


def _is_answered(request: Request, has_file: bool, ask_again: bool) -> bool:
    """Tell whether what was asked for need not be asked for again."""
    if request.answer is Answer.DATA:
        return has_file and not (ask_again and request.missing)
    return request.answer is not Answer.FAILED and not ask_again


def without(
    spans: Iterable[tuple[int, int]], taken: Iterable[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """Yield what is left of spans without others, in the order of time."""
    others = _joined(taken)
    ends = [end for _, end in others]
    for start, end in spans:
        for other_start, other_end in others[bisect_right(ends, start) :]:
            if other_start >= end:
                break
            if other_start > start:
                yield start, other_start
            start = other_end
        if start < end:
            yield start, end


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return spans in the order of time, those that overlap or touch as one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        else:
            joined.append((start, end))
    return joined

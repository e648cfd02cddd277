"""How much of what was needed of a channel has come, and what services said of the rest."""

import hashlib
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from specufex_pipe.downloads.plan import SECOND, by_day
from specufex_pipe.numerics.types import IntArray
from specufex_pipe.sources.request_index import RequestIndex
from specufex_pipe.webservices.answers import Answer


@dataclass
class Tally:
    """What has come of a channel.

    Attributes
    ----------
    channel : str
        SEED id.
    n_days, n_spans : int
        Of what was needed.
    hours_needed : float
    hours : dict of float
        Of spans that were asked for, by the answer.
    hours_missing : float
        Without samples, in spans that were asked for.
    days_with_data : list of datetime.date
    said : dict of str
        What a service said first, by the answer, where it sent no data.
    state : str
        Digest of all requests.
    """

    channel: str
    n_days: int = 0
    n_spans: int = 0
    hours_needed: float = 0.0
    hours: defaultdict[Answer, float] = field(default_factory=lambda: defaultdict(float))
    hours_missing: float = 0.0
    days_with_data: list[date] = field(default_factory=list)
    said: dict[Answer, str] = field(default_factory=dict)
    state: str = ""

    @property
    def is_answered(self) -> bool:
        """Whether the next run has nothing to ask for again."""
        return not self.hours[Answer.FAILED]


def tally(archive: Path, channel: str, spans: IntArray) -> Tally:
    """Count what has come of the spans that are needed of a channel.

    Parameters
    ----------
    archive : Path
    channel : str
        SEED id.
    spans : array of int, shape (n_spans, 2)
        ns since 1970, as `plan.spans_needed` returns them.

    Raises
    ------
    OSError
        If a table of what was asked is damaged.
    """
    index, found, state = RequestIndex(archive), Tally(channel), hashlib.blake2b(digest_size=16)
    found.n_spans = len(spans)
    found.hours_needed = _hours(int((spans[:, 1] - spans[:, 0]).sum()))
    for day, parts in by_day(spans):
        found.n_days += 1
        ends = [end for _, end in parts]
        for request in index.of_day(channel, day):
            next_part = bisect_right(ends, request.start)
            if next_part == len(parts) or parts[next_part][0] >= request.end:
                continue  # of a window that is not needed any more
            found.hours[request.answer] += _hours(request.end - request.start)
            found.hours_missing += request.missing / 3600
            if request.answer is Answer.DATA:
                if day not in found.days_with_data[-1:]:
                    found.days_with_data.append(day)
            else:
                found.said.setdefault(request.answer, request.said)
            state.update(f"{request.start} {request.end} {request[2:]}".encode())
    found.state = state.hexdigest()
    return found


def _hours(nanoseconds: int) -> float:
    return nanoseconds / SECOND / 3600

"""Write a day of a channel into the archive, and what was asked of it into the index."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from specufex_pipe.downloads.asking import DayAnswer
from specufex_pipe.downloads.plan import SECOND, without
from specufex_pipe.downloads.received import (
    Record,
    SortedRecords,
    require_samples,
    split_records,
)
from specufex_pipe.sources.fdsn import archive_file
from specufex_pipe.sources.request_index import Request, RequestIndex
from specufex_pipe.store import atomic_path
from specufex_pipe.webservices.answers import Answer


def write_day(archive: Path, answer: DayAnswer) -> list[Request]:
    """Add what came of a day to an archive; data that are there are never lost.

    The file of the day is written as a whole, and then the table of what was asked: if the process
    is killed between them, what it asked for is asked for again, and the same file is written.

    Parameters
    ----------
    archive : Path
    answer : DayAnswer

    Returns
    -------
    list of Request
        What has been asked of the day up to now.

    Raises
    ------
    OSError
        If a file cannot be written, or an old one is damaged.
    """
    channel, day = answer.task.channel, answer.task.day
    path, index = archive_file(archive, channel, day), RequestIndex(archive)
    day_before = _Day(index.of_day(channel, day), _read(path))
    received = _received(answer, day_before)
    kept = _kept(day_before, received)
    day_now = _joined(day_before, received, kept)
    if len(day_now.records):
        if _have_data(day_before.requests) - _have_data(kept):
            # If the process is killed after this file is written, the old table would have the
            # digest of what is no longer there.
            index.write_day(channel, day, kept)
        with atomic_path(path) as temporary:
            temporary.write_bytes(b"".join(record.content for record in day_now.records))
    index.write_day(channel, day, day_now.requests)
    return day_now.requests


class _Day(NamedTuple):
    """What was asked of a day of a channel, and the records that came."""

    requests: list[Request]
    records: SortedRecords


def _read(path: Path) -> SortedRecords:
    if not path.exists():
        return SortedRecords(())
    try:
        records = split_records(path.read_bytes())
        require_samples(records)
        return SortedRecords(records)
    except ValueError as error:
        raise OSError(f"{path}: {error}; remove the file, and run again") from error


def _received(answer: DayAnswer, before: _Day) -> _Day:
    """Return what came, without what is worse than what was there before."""
    requests = []
    for part in answer.parts:
        new = Request(part.start, part.end, part.answer, 0.0, "", answer.service, part.said)
        spans = [(part.start, part.end)]
        rivals = [
            (each.start, each.end)
            for each in before.requests
            if each.answer is Answer.DATA and each.start < part.end and each.end > part.start
        ]
        came, had = (of.seconds_missing(*spans[0]) for of in (answer.records, before.records))
        if rivals and came > had:
            spans = list(without(spans, rivals))
        requests += [new._replace(start=start, end=end) for start, end in spans]
    return _Day(requests, answer.records)


def _kept(before: _Day, new: _Day) -> list[Request]:
    """Return the requests from before, or what is left of them, that were not made again."""
    taken = [(each.start, each.end) for each in new.requests]
    return [
        each._replace(start=start, end=end)
        for each in before.requests
        for start, end in without([(each.start, each.end)], taken)
    ]


def _joined(before: _Day, new: _Day, kept: Sequence[Request]) -> _Day:
    # What is in no request was left by a process that was killed, and has come again.
    owned = SortedRecords(_within(before.records, before.requests))
    records = SortedRecords(
        [
            *_within(owned, kept),
            *_within(new.records, new.requests),
            *_missing_now(owned, new),
        ]
    )
    return _Day(sorted(_with_digest(each, records) for each in (*kept, *new.requests)), records)


def _missing_now(owned: SortedRecords, new: _Day) -> Iterator[Record]:
    """Yield records from before with samples that a service has not sent once more."""
    for each in _have_data(new.requests):
        for record in owned.between(each.start, each.end):
            start, end = max(record.start, each.start), min(record.end, each.end)
            if new.records.seconds_missing(start, end) > 0:
                yield record


def _have_data(requests: Sequence[Request]) -> set[Request]:
    return {each for each in requests if each.answer is Answer.DATA}


def _within(records: SortedRecords, requests: Sequence[Request]) -> list[Record]:
    return [
        record for each in _have_data(requests) for record in records.between(each.start, each.end)
    ]


def _with_digest(request: Request, records: SortedRecords) -> Request:
    """Return a request with what the records have of it."""
    start, end = request.start, request.end
    own = records.between(start, end)
    if request.answer is not Answer.DATA or not own:
        answer = Answer.NOTHING if request.answer is Answer.DATA else request.answer
        said = request.said or f"{request.service} sent nothing of it"
        missing = (end - start) / SECOND
        return request._replace(answer=answer, missing=missing, digest="", said=said)
    digest = hashlib.blake2b(b"".join(each.content for each in own), digest_size=16).hexdigest()
    return request._replace(missing=records.seconds_missing(start, end), digest=digest)

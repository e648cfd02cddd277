"""Ask data centres for waveforms: in bulk, each by some threads of its own."""

import logging
from collections import defaultdict
from collections.abc import Generator, Iterable, Iterator, Sequence
from queue import Empty, Queue
from threading import Event, Thread
from typing import NamedTuple, Protocol

from obspy import UTCDateTime

from specufex_pipe.downloads.plan import SECOND, DayTask
from specufex_pipe.downloads.received import (
    Record,
    SortedRecords,
    require_samples,
    split_records,
)
from specufex_pipe.rejections import printable
from specufex_pipe.webservices.answers import Answer, Unanswered
from specufex_pipe.webservices.lines import Line
from specufex_pipe.words import counted

log = logging.getLogger(__name__)

# A channel (SEED id) from one time to another, ns since 1970.
_Span = tuple[str, int, int]

_MOST_LINES = 400
# Four days of a channel: some 70 MB at 100 Hz.
_MOST_SECONDS = 4 * 86_400.0
# A service that finds even so little too large is not asked for less.
_LEAST_SECONDS = 3600.0
# Answers that wait to be written; one may be large.
_ANSWERS_WAITING = 4
# Of the times of a request, ns.
_RESOLUTION = 1000


class Centre(Protocol):
    """Whoever gives waveforms, as `webservices.data_centre.DataCentre` does."""

    @property
    def address(self) -> str:
        """Where it is."""

    def get_waveforms(self, lines: Sequence[Line]) -> bytes:
        """Return miniSEED, or raise Unanswered."""


class Part(NamedTuple):
    """A span of a channel, and what a service answered when it was asked for it.

    Attributes
    ----------
    channel : str
        SEED id.
    start, end : int
        ns since 1970.
    answer : Answer
    said : str
    """

    channel: str
    start: int
    end: int
    answer: Answer
    said: str


class DayAnswer(NamedTuple):
    """What came of what was asked of a day.

    Attributes
    ----------
    task : DayTask
    service : str
        Address of who was asked.
    parts : list of Part
        They make up the spans of the task.
    records : SortedRecords
        Of its channel, with samples in its spans.
    """

    task: DayTask
    service: str
    parts: list[Part]
    records: SortedRecords

    @property
    def n_bytes(self) -> int:
        """How much came."""
        return sum(len(record.content) for record in self.records)


def batches(tasks: Iterable[DayTask]) -> Iterator[list[DayTask]]:
    """Yield tasks that are asked for by one request; each day is in one of them as a whole."""
    batch: list[DayTask] = []
    n_lines, seconds = 0, 0.0
    for task in tasks:
        is_full = n_lines + len(task.spans) > _MOST_LINES or seconds + task.seconds > _MOST_SECONDS
        if batch and is_full:
            yield batch
            batch, n_lines, seconds = [], 0, 0.0
        batch.append(task)
        n_lines, seconds = n_lines + len(task.spans), seconds + task.seconds
    if batch:
        yield batch


def ask_all(
    asked: Sequence[tuple[Centre, Sequence[list[DayTask]]]], connections: int, stop: Event
) -> Generator[DayAnswer]:
    """Yield what came of tasks, in the order in which it comes.

    Data centres are asked at the same time, and what is not taken is not asked for: if the
    iteration ends early, so do the requests.

    Parameters
    ----------
    asked : sequence of (Centre, sequence of list of DayTask)
        Data centres, and what each of their requests is for.
    connections : int
        Requests at once to one data centre.
    stop : threading.Event
        Once it is set nothing more is asked for, and only what has come already is yielded.
    """
    results: Queue[list[DayAnswer] | Exception] = Queue(_ANSWERS_WAITING)
    for centre, tasks in asked:
        waiting: Queue[list[DayTask]] = Queue()
        for batch in tasks:
            waiting.put(batch)
        for _ in range(min(connections, len(tasks))):
            # A thread that waits for a service must not hold up the end of the program.
            Thread(target=_work, args=(centre, waiting, results, stop), daemon=True).start()
    try:
        for _ in range(sum(len(tasks) for _, tasks in asked)):
            try:
                result = results.get(block=not stop.is_set())
            except Empty:
                return
            if isinstance(result, Exception):
                raise result
            yield from result
    finally:
        stop.set()
        while not results.empty():  # a thread may wait for room
            results.get_nowait()


def _work(
    centre: Centre,
    waiting: "Queue[list[DayTask]]",
    results: "Queue[list[DayAnswer] | Exception]",
    stop: Event,
) -> None:
    while not stop.is_set():
        try:
            batch = waiting.get_nowait()
        except Empty:
            return
        try:
            answers = ask(centre, batch)
        except Exception as error:  # noqa: BLE001 - whoever waits for the results raises it
            results.put(error)
            return
        results.put(answers)


def ask(centre: Centre, tasks: Sequence[DayTask]) -> list[DayAnswer]:
    """Ask a data centre for some tasks, and return what came of each."""
    asked = [(task.channel, start, end) for task in tasks for start, end in task.spans]
    parts: list[Part] = []
    records: list[Record] = []
    for first in range(0, len(asked), _MOST_LINES):
        _ask(centre, asked[first : first + _MOST_LINES], parts, records)
    by_channel = _by_channel(records)
    return [
        DayAnswer(
            task,
            centre.address,
            [part for part in parts if _is_of(part, task)],
            SortedRecords(
                record
                for start, end in task.spans
                for record in by_channel[task.channel].between(start, end)
            ),
        )
        for task in tasks
    ]


def _by_channel(records: Iterable[Record]) -> defaultdict[str, SortedRecords]:
    found: defaultdict[str, list[Record]] = defaultdict(list)
    for record in records:
        found[record.channel].append(record)
    none = SortedRecords(())
    return defaultdict(lambda: none, {name: SortedRecords(own) for name, own in found.items()})


def _ask(centre: Centre, asked: Sequence[_Span], parts: list[Part], records: list[Record]) -> None:
    """Ask for spans of channels, in smaller requests if these are too large."""
    try:
        content = centre.get_waveforms([_line(each) for each in asked])
        found = split_records(content)
    except Unanswered as error:
        halves = _halves(asked, error)
        for half in halves:
            _ask(centre, half, parts, records)
        if not halves:
            parts += [Part(*each, error.answer, error.said) for each in asked]
        return
    except ValueError as error:
        said = f"{centre.address}: what it sent cannot be used: {error}"
        parts += [Part(*each, Answer.FAILED, said) for each in asked]
        return
    by_channel, wanted, good = _by_channel(found), set[Record](), set[Record]()
    are_good = not _trouble_of(found)
    for channel, start, end in asked:
        own = by_channel[channel].between(start, end)
        wanted.update(own)
        # One that is damaged does not spoil what else came with it.
        trouble = "" if are_good else _trouble_of(own)
        if trouble:
            said = f"{centre.address}: what it sent cannot be used: {trouble}"
            parts.append(Part(channel, start, end, Answer.FAILED, said))
            continue
        good.update(own)
        said = "" if own else f"{centre.address} sent nothing of it"
        parts.append(Part(channel, start, end, Answer.DATA if own else Answer.NOTHING, said))
    records += good
    if others := [record for record in found if record not in wanted]:
        _warn_of_others(centre, others)


def _trouble_of(records: Sequence[Record]) -> str:
    """Return why the samples of records cannot be used; empty if they can."""
    try:
        require_samples(records)
    except ValueError as error:
        return str(error)
    return ""


def _halves(asked: Sequence[_Span], error: Unanswered) -> list[Sequence[_Span]]:
    """Return two parts of a request that may be answered where the whole is not; or none."""
    channels = sorted({channel for channel, _, _ in asked})
    if (error.answer is Answer.REFUSED or error.is_of_request) and len(channels) > 1:
        # For one channel that is restricted, or odd, some services refuse the others as well.
        first = set(channels[: len(channels) // 2])
        return [
            [each for each in asked if (each[0] in first) is is_first] for is_first in (True, False)
        ]
    if error.answer is not Answer.TOO_LARGE:
        return []
    if len(asked) > 1:
        return [asked[: len(asked) // 2], asked[len(asked) // 2 :]]
    channel, start, end = asked[0]
    if end - start <= _LEAST_SECONDS * SECOND:
        return []
    middle = (start + end) // 2 // SECOND * SECOND
    return [[(channel, start, middle)], [(channel, middle, end)]]


def _line(asked: _Span) -> Line:
    channel, start, end = asked
    # The end is part of a line. Lines that touched would have a sample in common, and what comes of
    # one would depend on whether the other is in the same request.
    return Line.of_channel(channel, UTCDateTime(ns=start), UTCDateTime(ns=end - _RESOLUTION))


def _is_of(part: Part, task: DayTask) -> bool:
    return part.channel == task.channel and any(
        start <= part.start and part.end <= end for start, end in task.spans
    )


def _warn_of_others(centre: Centre, others: Sequence[Record]) -> None:
    log.warning(
        "%s sent %s not asked for, such as of %s at %s; left out",
        centre.address, counted(len(others), "record that was", "records that were"),
        printable(others[0].channel), UTCDateTime(ns=others[0].start),
    )  # fmt: skip

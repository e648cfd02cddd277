"""Records of miniSEED that a service sent: whose they are, from when to when."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from specufex_pipe.rejections import RejectedEvent
from specufex_pipe.sources.formats import MSEED
from specufex_pipe.sources.reading import decode
from specufex_pipe.sources.records import IrregularFile, Layout, layout_of, parse_headers, seed_id

_SECOND = 10**9  # ns
_NO_NUMBER = b"000000"
# Of the times in records, ns.
_RESOLUTION = 1000


class Record(NamedTuple):
    """A record of miniSEED.

    Attributes
    ----------
    start, end : int
        Times of the first sample and of the one that would follow the last, ns since 1970.
    content : bytes
    channel : str
        SEED id.
    interval : int
        Between samples, ns.
    """

    start: int
    end: int
    content: bytes
    channel: str
    interval: int


def split_records(content: bytes) -> list[Record]:
    """Return the records that a service sent, without those that hold no samples.

    Their sequence numbers are made the same: some services count through an answer, and the same
    record would be another one in each.

    Raises
    ------
    ValueError
        If it is not miniSEED from its begin to its end.
    """
    records = []
    for offset, n_records, layout in _runs(content):
        run = content[offset : offset + n_records * layout.length]
        try:
            headers = parse_headers(run, n_records, layout)
        except IrregularFile as error:
            raise ValueError(f"a record after byte {offset} contradicts itself") from error
        if headers.is_damaged.any():
            damaged = offset + int(np.argmax(headers.is_damaged)) * layout.length
            raise ValueError(f"the record at byte {damaged} is damaged")
        for number in np.flatnonzero(~headers.is_empty).tolist():
            interval = round(_SECOND / float(headers.rates[number]))
            records.append(
                Record(
                    int(headers.starts[number]),
                    int(headers.ends[number]) + interval,
                    _NO_NUMBER + run[number * layout.length : (number + 1) * layout.length][6:],
                    seed_id(bytes(headers.channels[number])),
                    interval,
                )
            )
    return records


def _runs(content: bytes) -> Iterator[tuple[int, int, Layout]]:
    """Yield where records of one layout begin, how many they are, and their layout."""
    view, offset = memoryview(content), 0
    begin, last = 0, None
    while offset < len(content):
        layout = layout_of(view[offset:])
        if layout is None or offset + layout.length > len(content):
            raise ValueError(
                f"of {len(content)} bytes, those from {offset} on are not a whole record of "
                "miniSEED 2"
            )
        if last is not None and layout != last:
            yield begin, (offset - begin) // last.length, last
            begin = offset
        last, offset = layout, offset + layout.length
    if last is not None:
        yield begin, (offset - begin) // last.length, last


class SortedRecords:
    """Records of one channel, each once, in the order of time.

    Parameters
    ----------
    records : iterable of Record
        In any order.
    """

    def __init__(self, records: Iterable[Record]) -> None:
        self._records = sorted(set(records))
        self._starts = np.array([each.start for each in self._records], dtype=np.int64)
        ends = np.array([each.end for each in self._records], dtype=np.int64)
        self._reached = np.maximum.accumulate(ends)

    def __iter__(self) -> Iterator[Record]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)

    def between(self, start: int, end: int) -> list[Record]:
        """Return those with samples from one time until before another, ns since 1970.

        A record whose last sample comes right before does not count, although it lasts until then:
        which records of neighbours are there depends on what else was asked for.
        """
        first = int(np.searchsorted(self._reached, start, side="right"))
        last = int(np.searchsorted(self._starts, end))
        from_then_on = start - _RESOLUTION
        return [
            each for each in self._records[first:last] if each.end - each.interval >= from_then_on
        ]

    def seconds_missing(self, start: int, end: int) -> float:
        """Return how much of a span has no samples, s."""
        reached, missing, tolerance = start, 0, 0
        for record in self.between(start, end):
            tolerance = max(tolerance, 2 * record.interval)
            if record.start - reached > tolerance:
                missing += record.start - reached
            reached = max(reached, record.end)
        if end - reached > tolerance:
            missing += end - reached
        return missing / _SECOND


def require_samples(records: Sequence[Record]) -> None:
    """Raise a ValueError if the samples cannot be unpacked, or are not those that were recorded."""
    if not records:
        return
    try:
        decode(np.frombuffer(b"".join(each.content for each in records), np.int8), MSEED)
    except RejectedEvent as error:
        raise ValueError(error.detail) from error
    except Exception as error:  # a reader of ObsPy raises whatever the damage leads it to
        raise ValueError(f"{type(error).__name__}: {error}") from error

"""Files that have many waveforms, each under a name of its own, by which catalogs know it."""

import math
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

import numpy as np
from obspy import Stream, Trace, UTCDateTime

from specufex_pipe.errors import StageError
from specufex_pipe.numerics.types import Array
from specufex_pipe.rejections import Kind, RejectedEvent
from specufex_pipe.sources.files import describe, raise_if_machine_fails
from specufex_pipe.sources.protocol import Source, Window
from specufex_pipe.sources.put_aside import PutAside
from specufex_pipe.store.seal import UnusableFile

Item = TypeVar("Item")
_CHANNELS_TO_NAME = 5
# Rates that a seismometer may have; others are of a damaged table.
_LEAST_RATE, _MOST_RATE = 1e-4, 1e6
# No record lasts so many seconds.
_LONGEST = 1e9


class Record(NamedTuple):
    """A waveform of one channel, of which any piece can be read.

    Attributes
    ----------
    name : str
        As a catalog would name it.
    files : tuple of Path
        That it depends on.
    channel : str
        SEED id.
    start : obspy.UTCDateTime or None
        Of the first sample; None if the file does not say.
    sampling_rate : float
        Hz
    n_samples : int
    read : callable
        Returns the samples from a first to a last, the latter excluded.
    """

    name: str
    files: tuple[Path, ...]
    channel: str
    start: UTCDateTime | None
    sampling_rate: float
    n_samples: int
    read: Callable[[int, int], Array]

    def cut(self, starttime: UTCDateTime | None, endtime: UTCDateTime | None) -> Stream:
        """Return what there is between two times, or all of it.

        NaN at either end is what shorter waveforms are padded with, and is cut off.

        Raises
        ------
        RejectedEvent
            If times are given, and the record has none.
        """
        if not _LEAST_RATE <= self.sampling_rate <= _MOST_RATE:
            raise RejectedEvent(
                Kind.SAMPLING_RATE, f"{self.channel} has a sampling rate of {self.sampling_rate} Hz"
            )
        first, last = 0, self.n_samples
        if starttime is not None and endtime is not None:
            if self.start is None:
                raise RejectedEvent(
                    Kind.OUTSIDE_FILE, f"{self.channel}: the time of the first sample is not known"
                )
            # A sample more on either side, of which the nearest ones are chosen below.
            first = max(0, math.floor((starttime - self.start) * self.sampling_rate) - 1)
            last = min(last, math.ceil((endtime - self.start) * self.sampling_rate) + 2)
        if first >= last:
            return Stream()
        samples = self.read(first, last)
        is_there = ~np.isnan(samples) if samples.dtype.kind == "f" else np.ones(len(samples), bool)
        if not is_there.any():
            return Stream()
        n_before = int(np.argmax(is_there))
        samples = samples[n_before : len(samples) - int(np.argmax(is_there[::-1]))]
        network, station, location, channel = self.channel.split(".")
        start = UTCDateTime(0) if self.start is None else self.start
        trace = Trace(
            np.ascontiguousarray(samples, _type_of(samples)),
            {
                "network": network,
                "station": station,
                "location": location,
                "channel": channel,
                "sampling_rate": self.sampling_rate,
                "starttime": start + (first + n_before) / self.sampling_rate,
            },
        )
        return Stream([trace]).slice(starttime, endtime)


def _type_of(samples: Array) -> type:
    """Return a type that ObsPy and SciPy compute with."""
    if samples.dtype.kind == "f":
        return np.float32 if samples.dtype.itemsize <= 4 else np.float64
    return np.int32 if samples.dtype.itemsize < 4 or samples.dtype == np.int32 else np.float64


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what a file that cannot be read raises into a rejection that names it.

    Raises
    ------
    RejectedEvent
    OSError
        If the machine is to blame.
    """
    try:
        yield
    except (RejectedEvent, StageError):
        raise
    except Exception as error:  # the readers of HDF5 raise whatever the damage leads them to
        raise_if_machine_fails(error, [path])
        is_said = isinstance(error, UnusableFile | ValueError)
        said = str(error) if is_said else f"{type(error).__name__}: {error}"
        detail = said if str(path) in said else f"{path} ({said})"
        raise RejectedEvent(Kind.UNREADABLE_FILE, detail) from error


class Timeline(Generic[Item]):
    """What there is of a channel, by time.

    Parameters
    ----------
    spans : iterable of (int, int, item)
        Times of the first and the last sample, ns since 1970, and what has them.
    """

    def __init__(self, spans: Iterable[tuple[int, int, Item]]) -> None:
        ordered = sorted(spans, key=lambda span: span[:2])
        self.items = [item for _, _, item in ordered]
        self._starts = np.array([start for start, _, _ in ordered], np.int64)
        self._ends = np.array([end for _, end, _ in ordered], np.int64)
        self._longest = int((self._ends - self._starts).max(initial=0))

    def between(self, starttime: UTCDateTime, endtime: UTCDateTime) -> list[Item]:
        """Return what has samples between two times."""
        first = np.searchsorted(self._starts, starttime.ns - self._longest)
        last = np.searchsorted(self._starts, endtime.ns, side="right")
        return [self.items[i] for i in range(first, last) if self._ends[i] >= starttime.ns]


def timeline_of(records: Iterable[Record]) -> Timeline[Record]:
    """Return the records of a channel by time; those of no known time are left out."""
    return Timeline(
        (record.start.ns, record.start.ns + _duration(record), record)
        for record in records
        if record.start is not None
    )


def _duration(record: Record) -> int:
    """Return the time from the first sample to the last in nanoseconds; 0 if it cannot be."""
    seconds = (record.n_samples - 1) / record.sampling_rate if record.sampling_rate > 0 else 0.0
    return int(1e9 * seconds) if 0 < seconds < _LONGEST else 0


class RecordsSource(Source):
    """A source whose waveforms are records; a subclass says which there are."""

    @cached_property
    def put_aside(self) -> PutAside:
        """What is wrong with records of the last window."""
        return PutAside()

    @abstractmethod
    def records_of(self, channel: str) -> Timeline[Record]:
        """Return the records of a channel (SEED id)."""

    @abstractmethod
    def records_called(self, name: str) -> list[Record]:
        """Return the records that a catalog calls by a name.

        Raises
        ------
        RejectedEvent
            If there are none, or which are meant is not clear.
        """

    def get_waveforms(
        self,
        network: str,
        station: str,
        location: str,
        channel: str,
        starttime: UTCDateTime,
        endtime: UTCDateTime,
    ) -> Stream:
        """Return what the source has of a channel between two times.

        Raises
        ------
        RejectedEvent
            If it has nothing of the channel, or nothing of it can be read.
        """
        self.put_aside.begin(starttime, endtime)
        timeline = self.records_of(f"{network}.{station}.{location}.{channel}")
        if not timeline.items:
            others = ", ".join(sorted(self.channels())[:_CHANNELS_TO_NAME]) or "nothing at all"
            raise RejectedEvent(
                Kind.NO_DATA,
                f"the source has no time at which it has this channel; it has {others}",
            )
        return self.put_aside.read_usable(
            timeline.between(starttime, endtime),
            lambda record: record.cut(starttime, endtime),
            lambda record: f"{record.name} {record.channel}",
        )

    def find_file(
        self, network: str, station: str, location: str, channel: str, time: UTCDateTime
    ) -> str:
        """Return the name of the record that has a channel at a time.

        Raises
        ------
        RejectedEvent
            If there is none, or there are several.
        """
        timeline = self.records_of(f"{network}.{station}.{location}.{channel}")
        found = timeline.between(time, time)
        if len(found) != 1:
            there_are = " and ".join(record.name for record in found) or "no record"
            kind = Kind.SEVERAL_FILES if found else Kind.NO_DATA
            raise RejectedEvent(kind, f"of {time} there is {there_are}, expected one record")
        return found[0].name

    def of_file(self, file: str, start: UTCDateTime | None = None) -> Source:
        """Return the source that has the records of one name alone."""

        def records() -> list[Record]:
            return [
                record if record.start is not None else record._replace(start=start)
                for record in self.records_called(file)
            ]

        return RecordSource(file, records)

    def dependencies(self, window: Window) -> Iterable[str]:
        """Return a line for each file with data in a window.

        A file may be too large to be read for it: its size and times of change tell.
        """
        timeline = self.records_of(".".join(window[:4]))
        return _lines(timeline.between(*window.span))


def _lines(records: Iterable[Record]) -> list[str]:
    paths = sorted({path for record in records for path in record.files})
    return [describe(path, path.name) for path in paths]


class RecordSource(Source):
    """The records under one name, which the catalog names for an event.

    Parameters
    ----------
    name : str
    records : callable
        Returns the records.
    """

    def __init__(self, name: str, records: Callable[[], list[Record]]) -> None:
        self._name, self._find = name, records
        self._put_aside = PutAside()

    @cached_property
    def _records(self) -> list[Record]:
        return self._find()

    def check(self) -> None:
        """Do nothing: whether the records are there is for their event alone to say."""

    def contains(self, path: Path) -> bool:
        """Return False: a record is no file."""
        return False

    def state(self) -> str:
        """Return names, sizes and times of change of the files of the records."""
        return "".join(_lines(self._records))

    def update_index(self, path: Path) -> None:
        """Do nothing: a record needs no index."""

    def use_index(self, path: Path, channels: Iterable[str] | None = None) -> None:
        """Do nothing: a record needs no index."""

    def channels(self) -> set[str]:
        """Return the SEED ids of the channels under the name."""
        return {record.channel for record in self._records}

    def get_waveforms(
        self,
        network: str,
        station: str,
        location: str,
        channel: str,
        starttime: UTCDateTime | None,
        endtime: UTCDateTime | None,
    ) -> Stream:
        """Return what there is of a channel between two times, or from its first sample on.

        Raises
        ------
        RejectedEvent
            If there is nothing of it, or nothing of it can be read.
        """
        self._put_aside.begin(starttime, endtime)
        name = f"{network}.{station}.{location}.{channel}"
        records = self._records
        own = [record for record in records if record.channel == name]
        if not own:
            found = ", ".join(sorted({record.channel for record in records})) or "nothing"
            raise RejectedEvent(Kind.NO_DATA, f"{self._name} holds {found}")
        stream = self._put_aside.read_usable(
            own,
            lambda record: record.cut(starttime, endtime),
            lambda record: f"{record.name} {record.channel}",
        )
        if not stream:
            raise RejectedEvent(
                Kind.OUTSIDE_FILE,
                f"{self._name} begins at {own[0].start}, the window at {starttime}",
            )
        return stream

    def find_file(
        self, network: str, station: str, location: str, channel: str, time: UTCDateTime
    ) -> str:
        """Return the name, which is all that there is."""
        return self._name

    def of_file(self, file: str, start: UTCDateTime | None = None) -> Source:
        """Return the records, which are all that there is."""
        return self

    def dependencies(self, window: Window) -> Iterable[str]:
        """Return a line for each file that the records are in."""
        return _lines(self._records)

    def problems(self) -> list[str]:
        """Return what is wrong with records beside which others are used."""
        return self._put_aside.problems

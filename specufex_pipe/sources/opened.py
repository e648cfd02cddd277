"""The waveform files of a source: each is opened once for the windows in it."""

from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple, Protocol

from obspy import Stream, Trace, UTCDateTime
from obspy.core.compatibility import round_away
from obspy.core.trace import Stats

from specufex_pipe.rejections import Kind, RejectedEvent
from specufex_pipe.sources.files import LINK_LEADS_OUT, leads_out
from specufex_pipe.sources.formats import MSEED, holds_samples_alone
from specufex_pipe.sources.put_aside import PutAside
from specufex_pipe.sources.reading import (
    Extent,
    blame,
    extents_of,
    most_common_rate,
    read_extents,
    read_whole,
)
from specufex_pipe.sources.records import IrregularFile, RecordFile

# What open files take at most; one that takes more stays open alone.
_MOST_BYTES = 1 << 28
_MOST_FILES = 64
# Rates that differ by a smaller share are those of one digitizer.
_RATE_TOLERANCE = 1e-3
_CODES = ("network", "station", "location", "channel")


class _OpenFile(Protocol):
    extents: list[Extent]
    problem: str

    @property
    def n_bytes(self) -> int: ...

    def read(
        self, channel: str, starttime: UTCDateTime | None, endtime: UTCDateTime | None
    ) -> Stream: ...


class _WholeFile:
    """A file that has been read to its end."""

    def __init__(self, stream: Stream) -> None:
        self._stream, self.problem = stream, ""
        self.extents = extents_of(trace.stats for trace in stream)
        self.n_bytes = sum(trace.data.nbytes for trace in stream)

    def read(
        self, channel: str, starttime: UTCDateTime | None, endtime: UTCDateTime | None
    ) -> Stream:
        return self._stream


class _Key(NamedTuple):
    """A file as it is: if it is changed or replaced, it is opened again."""

    path: Path
    size: int
    modified: int
    status_changed: int


class WaveformFiles:
    """The waveform files of a source.

    Parameters
    ----------
    folder : str or Path
    file_format : str
        As `formats.check_format` takes it.
    sampling_rate : float, optional
        Hz; of files that hold samples alone.
    follow_links : bool, optional
        Read what links lead to, even outside of the folder.

    Attributes
    ----------
    put_aside : put_aside.PutAside
        By path, what is wrong with files of the last window that cannot be used, or not all of
        them.
    """

    def __init__(
        self,
        folder: str | Path,
        file_format: str,
        sampling_rate: float | None = None,
        follow_links: bool = False,
    ) -> None:
        self.folder, self.format, self.follow_links = Path(folder), file_format, follow_links
        self._sampling_rate = sampling_rate
        self.put_aside = PutAside()
        self._open: OrderedDict[_Key, _OpenFile] = OrderedDict()
        self._n_bytes = 0

    @property
    def have_times(self) -> bool:
        """Whether the files say which channel they are of, and from when."""
        return not holds_samples_alone(self.format)

    def headers(self, path: Path) -> tuple[list[Extent], str]:
        """Return what a file has of each channel by its headers, and what is wrong with it.

        Raises
        ------
        RejectedEvent
            If the file is missing or unreadable.
        OSError
            If the machine is to blame.
        """
        with blame(path, self.format):
            self._check_place(path)
            try:
                if self.format == MSEED:
                    file = RecordFile(path)
                    return file.extents, file.problem
            except IrregularFile:
                pass
        return read_extents(path, self.format), ""

    def extents(self, path: Path) -> list[Extent]:
        """Return what a file has of each channel; the file stays open.

        Raises
        ------
        RejectedEvent
            If the file is missing, unreadable or damaged.
        OSError
            If the machine is to blame.
        """
        return self._opened(path).extents

    def read(
        self,
        paths: Iterable[Path],
        channel: str,
        starttime: UTCDateTime | None,
        endtime: UTCDateTime | None,
        sampling_rate: float | None = None,
    ) -> Stream:
        """Return what files have of a channel between two times, as a copy.

        A file that cannot be used, or is of another rate than most, is put aside.

        Parameters
        ----------
        paths : iterable of Path
        channel : str
            SEED id.
        starttime, endtime : obspy.UTCDateTime or None
            None for all that there is.
        sampling_rate : float, optional
            Rate of the channel where files differ, Hz; by default that of most samples.

        Raises
        ------
        RejectedEvent
            If no file can be used.
        OSError
            If the machine is to blame.
        """
        found: list[tuple[Path, Trace]] = []
        failure: RejectedEvent | None = None
        for path in paths:
            try:
                found += [(path, each) for each in self._read(path, channel, starttime, endtime)]
            except RejectedEvent as error:
                self.put_aside.add(path, error.detail)
                failure = failure or error
        if not found and failure:
            raise failure
        return Stream(self._of_one_rate(found, sampling_rate))

    def read_samples(self, path: Path, channel: str, start: UTCDateTime) -> Stream:
        """Return the samples of a file that holds nothing else.

        Parameters
        ----------
        path : Path
        channel : str
            SEED id of the trace.
        start : obspy.UTCDateTime
            Time of its first sample.

        Raises
        ------
        RejectedEvent
            If the file is missing or unreadable.
        OSError
            If the machine is to blame.
        """
        (trace,) = self._opened(path).read(channel, None, None)
        codes = dict(zip(_CODES, channel.split("."), strict=True))
        header = codes | {"starttime": start, "sampling_rate": self._sampling_rate}
        return Stream([Trace(trace.data.copy(), header)])

    def _read(
        self, path: Path, channel: str, starttime: UTCDateTime | None, endtime: UTCDateTime | None
    ) -> list[Trace]:
        file = self._opened(path)
        if file.problem:
            self.put_aside.add(path, file.problem)
        with blame(path, self.format):
            traces = [each for each in file.read(channel, starttime, endtime) if each.id == channel]
            cut = [copy_between(trace, starttime, endtime) for trace in traces]
        return [trace for trace in cut if trace.stats.npts]

    def _of_one_rate(
        self, found: list[tuple[Path, Trace]], sampling_rate: float | None
    ) -> list[Trace]:
        rates = [trace.stats.sampling_rate for _, trace in found]
        if not found or rates_agree(min(rates), max(rates)):
            return [trace for _, trace in found]
        if sampling_rate is None or not any(rates_agree(rate, sampling_rate) for rate in rates):
            lengths = (trace.stats.npts for _, trace in found)
            sampling_rate = most_common_rate(zip(rates, lengths, strict=True))
        for path, trace in found:
            rate = trace.stats.sampling_rate
            if not rates_agree(rate, sampling_rate):
                said = f"{rate:g} Hz, but the channel has {sampling_rate:g} Hz"
                self.put_aside.add(path, f"{path} as {self.format} ({said})")
        return [each for _, each in found if rates_agree(each.stats.sampling_rate, sampling_rate)]

    def _opened(self, path: Path) -> _OpenFile:
        with blame(path, self.format):
            self._check_place(path)
            status = path.stat()
            key = _Key(path, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
            if key in self._open:
                self._open.move_to_end(key)
                return self._open[key]
            file = self._open[key] = self._open_file(path)
            self._n_bytes += file.n_bytes
            while len(self._open) > 1 and (
                len(self._open) > _MOST_FILES or self._n_bytes > _MOST_BYTES
            ):
                _, oldest = self._open.popitem(last=False)
                self._n_bytes -= oldest.n_bytes
            return file

    def _open_file(self, path: Path) -> _OpenFile:
        try:
            if self.format == MSEED:
                return RecordFile(path)
        except IrregularFile:
            pass
        return _WholeFile(read_whole(path, self.format, self._sampling_rate))

    def _check_place(self, path: Path) -> None:
        if not path.is_file():  # a pipe would never end
            raise RejectedEvent(Kind.MISSING_FILE, str(path))
        if not self.follow_links and leads_out(path, self.folder):
            raise RejectedEvent(Kind.OUTSIDE_SOURCE, f"{path} {LINK_LEADS_OUT}")


def copy_between(trace: Trace, starttime: UTCDateTime | None, endtime: UTCDateTime | None) -> Trace:
    """Return a copy of the samples nearest to two times and those between them.

    `Trace.slice` does the same, and takes as long as reading them.
    """
    stats, start, end = trace.stats, 0, trace.stats.npts
    if starttime is not None:
        start = max(0, _samples(stats.starttime, starttime, stats))
    begin = stats.starttime + start * stats.delta
    if endtime is not None:
        end = max(start, min(end, start + _samples(begin, endtime, stats) + 1))
    header = {name: stats[name] for name in (*_CODES, "sampling_rate", "calib")}
    return Trace(trace.data[start:end].copy(), header | {"starttime": begin})


def _samples(begin: UTCDateTime, end: UTCDateTime, stats: Stats) -> int:
    """Return how many samples there are from one time to another."""
    return int(round_away((end.ns - begin.ns) / 1e9 * stats.sampling_rate))


def rates_agree(rate: float, other: float) -> bool:
    """Tell whether two sampling rates (Hz) are those of one digitizer."""
    return abs(rate - other) <= _RATE_TOLERANCE * other

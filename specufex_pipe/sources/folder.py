"""A folder of waveform files with any names, found by what their headers say."""

import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from obspy import Stream, UTCDateTime

from specufex_pipe.rejections import Kind, RejectedEvent
from specufex_pipe.sources.files import check_folder, state_of_files
from specufex_pipe.sources.formats import check_format
from specufex_pipe.sources.index import IndexedFile, index_folder, read_index, write_index
from specufex_pipe.sources.opened import WaveformFiles, rates_agree
from specufex_pipe.sources.protocol import Source, Window
from specufex_pipe.sources.reading import most_common_rate
from specufex_pipe.sources.single import FileSource
from specufex_pipe.store.seal import UnusableFile

log = logging.getLogger(__name__)
_CHANNELS_TO_NAME = 5


class FolderSource(Source):
    """A folder of waveform files with any names, searched recursively.

    Parameters
    ----------
    path : str
        Folder of the files.
    format : str
        Waveform format, as ObsPy names it: MSEED, SAC, GSE2, ...; or TEXT or NPY, for files of
        samples alone, which the catalog has to name.
    sampling_rate : float, optional
        Of files in TEXT or NPY, Hz.
    follow_links : bool, optional
        Read what links in the folder lead to, even outside of it.
    """

    def __init__(
        self,
        path: str,
        format: str = "MSEED",
        sampling_rate: float | None = None,
        follow_links: bool = False,
    ) -> None:
        self.path, self._sampling_rate = Path(path), sampling_rate
        self._files = WaveformFiles(path, format, sampling_rate, follow_links)
        self._entries: list[IndexedFile] | None = None
        self._channels: dict[str, _ChannelFiles] = {}
        self._problems: dict[Path | str, str] | None = None

    def check(self) -> None:
        """Raise a ValueError if there is no such folder or format."""
        check_folder(self.path)
        check_format(self._files.format, self._sampling_rate)

    def contains(self, path: Path) -> bool:
        """Tell whether a path lies in the folder."""
        return path.resolve().is_relative_to(self.path.resolve())

    def state(self) -> str:
        """Return a digest of the names, sizes and times of change of all files."""
        return state_of_files(self.path, self._files.follow_links)

    def update_index(self, path: Path) -> None:
        """Read the headers of the files that an older index does not know."""
        entries = index_folder(self._files, _older_index(path))
        self._take_up(entries)
        write_index(path, entries)

    def use_index(self, path: Path, channels: Iterable[str] | None = None) -> None:
        """Take up an index, of some channels or of all."""
        self._take_up(read_index(path, channels))

    def channels(self) -> set[str]:
        """Return the SEED ids of the channels in the files."""
        return {entry.channel for entry in self._index() if entry.channel}

    def get_waveforms(
        self,
        network: str,
        station: str,
        location: str,
        channel: str,
        starttime: UTCDateTime,
        endtime: UTCDateTime,
    ) -> Stream:
        """Return what the folder has of a channel between two times.

        Raises
        ------
        RejectedEvent
            If it has nothing of the channel, or no file with data in the window can be used.
        """
        self._files.put_aside.begin(starttime, endtime)
        self._check_times()
        seed_id = f"{network}.{station}.{location}.{channel}"
        files = self._files_of(seed_id)
        if not files.entries:
            others = ", ".join(sorted(self.channels())[:_CHANNELS_TO_NAME]) or "no readable file"
            raise RejectedEvent(
                Kind.NO_DATA, f"the source has nothing of this channel, but {others}"
            )
        entries = files.between(starttime, endtime)
        paths = [self.path / entry.file for entry in entries]
        rate = entries[0].sampling_rate if entries else None
        if _have_several_rates(entries):
            rate = files.sampling_rate
        return self._files.read(paths, seed_id, starttime, endtime, rate)

    def find_file(
        self, network: str, station: str, location: str, channel: str, time: UTCDateTime
    ) -> str:
        """Return the file that has a channel at a time.

        Raises
        ------
        RejectedEvent
            If there is none, or there are several.
        """
        self._files.put_aside.begin(time, time)
        self._check_times()
        files = self._files_of(f"{network}.{station}.{location}.{channel}").between(time, time)
        if len(files) != 1:
            there_are = " and ".join(entry.file for entry in files) or "no file"
            kind = Kind.SEVERAL_FILES if files else Kind.NO_DATA
            raise RejectedEvent(kind, f"of {time} there is {there_are}, expected one file")
        return files[0].file

    def of_file(self, file: str, start: UTCDateTime | None = None) -> Source:
        """Return the source that has one of the files alone."""
        return FileSource(self._files, file, start)

    def dependencies(self, window: Window) -> Iterable[str]:
        """Return a line for each file with data in a window, and what chooses between these."""
        files = self._files_of(".".join(window[:4]))
        entries = files.between(*window.span)
        lines = [f"{entry.file} {entry.content}\n" for entry in entries]
        if _have_several_rates(entries):  # the files of other windows say which one counts
            lines.append(f"the channel has {files.sampling_rate} Hz\n")
        return lines

    def problems(self) -> list[str]:
        """Return what is wrong with files, those of the last window first."""
        known, aside = self._known_problems(), self._files.put_aside
        first, named = [known.get(path, aside[path]) for path in aside], set(aside)
        return first + [said for path, said in known.items() if path not in named]

    def _known_problems(self) -> dict[Path | str, str]:
        """Return what the index says is wrong with files, by path."""
        if self._problems is None:
            entries = [each for each in self._index() if each.problem]
            self._problems = {self.path / each.file: each.problem for each in entries}
        return self._problems

    def _take_up(self, entries: list[IndexedFile]) -> None:
        self._entries, self._channels, self._problems = entries, {}, None

    def _check_times(self) -> None:
        if not self._files.have_times:
            raise RejectedEvent(
                Kind.MISSING_FILE,
                f"files of format {self._files.format} do not say what they are of: the catalog "
                "has to name the file of each event",
            )

    def _index(self) -> list[IndexedFile]:
        if self._entries is None:
            self._entries = index_folder(self._files)
        return self._entries

    def _files_of(self, channel: str) -> "_ChannelFiles":
        if channel not in self._channels:
            own = (entry for entry in self._index() if entry.channel == channel)
            self._channels[channel] = _ChannelFiles.sorted_by_time(own)
        return self._channels[channel]


def _older_index(path: Path) -> list[IndexedFile]:
    try:
        return read_index(path)
    except FileNotFoundError:
        return []
    except UnusableFile as error:
        log.warning("all headers are read again, and the index is written anew: %s", error)
        return []


def _have_several_rates(entries: list[IndexedFile]) -> bool:
    """Tell whether files are of different sampling rates, so that not all can be used together."""
    rates = [entry.sampling_rate for entry in entries]
    return bool(rates) and not rates_agree(min(rates), max(rates))


class _ChannelFiles(NamedTuple):
    """The files of a channel by their first sample."""

    entries: list[IndexedFile]
    starts: NDArray[np.datetime64]
    ends: NDArray[np.datetime64]
    longest: Any
    sampling_rate: float | None

    @classmethod
    def sorted_by_time(cls, entries: Iterable[IndexedFile]) -> "_ChannelFiles":
        ordered = sorted(entries, key=lambda entry: (entry.start, entry.file))
        starts, ends = (
            np.array([getattr(entry, name).rstrip("Z") for entry in ordered], "datetime64[us]")
            for name in ("start", "end")
        )
        longest = (ends - starts).max(initial=np.timedelta64(0, "us"))
        rates = [(entry.sampling_rate, 1) for entry in ordered]
        return cls(ordered, starts, ends, longest, most_common_rate(rates) if rates else None)

    def between(self, starttime: UTCDateTime, endtime: UTCDateTime) -> list[IndexedFile]:
        """Return the files with data between two times."""
        start, end = _microseconds(starttime), _microseconds(endtime)
        first = np.searchsorted(self.starts, start - self.longest)
        last = np.searchsorted(self.starts, end, side="right")
        in_time = first + np.flatnonzero(self.ends[first:last] >= start)
        return [self.entries[i] for i in in_time]


def _microseconds(time: UTCDateTime) -> np.datetime64:
    return np.datetime64(time.ns // 1000, "us")

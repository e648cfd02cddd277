"""ASDF files (Adaptable Seismic Data Format), which pyasdf reads."""

import os
import re
import warnings
from collections import OrderedDict, defaultdict
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from obspy import Stream, UTCDateTime

from specufex_pipe.errors import StageError
from specufex_pipe.rejections import Kind, RejectedEvent
from specufex_pipe.sources.files import describe, find_files, leads_out
from specufex_pipe.sources.hdf5_records import Timeline, reading
from specufex_pipe.sources.index import write_index
from specufex_pipe.sources.protocol import Source, Window
from specufex_pipe.sources.put_aside import PutAside
from specufex_pipe.store.foreign import ForeignFile, ForeignFiles

_ENDINGS = (".h5", ".hdf5", ".asdf")
_CODE = r"[A-Za-z0-9-]*"
# NET.STA.LOC.CHA__START__END__TAG
_NAME = re.compile(
    rf"({_CODE}\.{_CODE}\.{_CODE}\.{_CODE})__([^_]+)__([^_]+)__([a-zA-Z0-9][a-zA-Z0-9_]*)"
)
_CHANNELS_TO_NAME = 5
_FILES_TO_KEEP_OPEN = 16
_SECOND = 1_000_000_000


class _Waveform(NamedTuple):
    """A piece of a channel in a file."""

    path: Path
    station: str
    name: str
    channel: str
    start: UTCDateTime
    end: UTCDateTime
    tag: str

    @property
    def span(self) -> tuple[int, int, "_Waveform"]:
        """Times of the first and the last sample, ns; names have whole seconds."""
        return self.start.ns, self.end.ns + _SECOND, self


class ASDFSource(Source):
    """An ASDF file or a folder of these; needs `pip install "specufex_pipe[asdf]"`.

    Parameters
    ----------
    path : str
        The file or folder.
    tag : str
        Which waveforms are meant, such as raw_recording, where files have several.
    """

    def __init__(self, path: str, tag: str = "") -> None:
        self.path, self.tag = Path(path), tag
        self._problems: list[str] = []
        self._checked = ForeignFiles()
        self._open: tuple[Path, Any] | None = None
        # Listing what a file has takes longer than reading a window.
        self._sources: OrderedDict[Path, tuple[str, ASDFSource]] = OrderedDict()
        self._put_aside = PutAside()

    def check(self) -> None:
        """Raise a ValueError if there is no such file or folder, or pyasdf is missing."""
        if not self.path.exists():
            raise ValueError(f"path is {str(self.path)!r}: there is no such file or folder")
        if not self._files():
            raise ValueError(
                f"path is {str(self.path)!r}: it has no file that ends in {', '.join(_ENDINGS)}"
            )
        try:
            _pyasdf()
        except StageError as error:
            raise ValueError(str(error).removeprefix("source.")) from error

    def contains(self, path: Path) -> bool:
        """Tell whether a path is that of the file, or lies in the folder."""
        return path.resolve().is_relative_to(self.path.resolve())

    def state(self) -> str:
        """Return names, sizes and times of change of the files."""
        return "".join(describe(path, path.name) for path in self._files())

    def update_index(self, path: Path) -> None:
        """Write an empty index: the names of the waveforms say what there is.

        Raises
        ------
        StageError
            If the files have several tags, and none is chosen.
        """
        self.channels()
        write_index(path, ())

    def use_index(self, path: Path, channels: Iterable[str] | None = None) -> None:
        """Do nothing: the names of the waveforms say what there is."""

    def channels(self) -> set[str]:
        """Return the SEED ids of the channels in the files."""
        return set(self._waveforms)

    def get_waveforms(
        self,
        network: str,
        station: str,
        location: str,
        channel: str,
        starttime: UTCDateTime | None,
        endtime: UTCDateTime | None,
    ) -> Stream:
        """Return what the files have of a channel between two times, or all of it.

        Raises
        ------
        RejectedEvent
            If there is nothing of the channel, or nothing of it can be read.
        """
        self._put_aside.begin(starttime, endtime)
        own = self._waveforms.get(f"{network}.{station}.{location}.{channel}")
        if own is None:
            if self._problems and not self._waveforms:
                raise RejectedEvent(Kind.UNREADABLE_FILE, self._problems[0])
            others = ", ".join(sorted(self.channels())[:_CHANNELS_TO_NAME]) or "nothing at all"
            raise RejectedEvent(
                Kind.NO_DATA, f"the source has nothing of this channel, but {others}"
            )
        is_whole = starttime is None or endtime is None
        return self._put_aside.read_usable(
            own.items if is_whole else own.between(starttime, endtime),
            lambda waveform: self._read(waveform, starttime, endtime).slice(starttime, endtime),
            lambda waveform: f"{waveform.path} {waveform.name}",
        )

    def find_file(
        self, network: str, station: str, location: str, channel: str, time: UTCDateTime
    ) -> str:
        """Return the file that has a channel at a time.

        Raises
        ------
        RejectedEvent
            If there is none, or there are several.
        """
        own = self._waveforms.get(f"{network}.{station}.{location}.{channel}")
        paths = sorted({each.path for each in own.between(time, time)} if own else ())
        if len(paths) != 1:
            there_are = " and ".join(path.name for path in paths) or "no file"
            kind = Kind.SEVERAL_FILES if paths else Kind.NO_DATA
            raise RejectedEvent(kind, f"of {time} there is {there_are}, expected one file")
        return str(paths[0].relative_to(self._folder))

    def of_file(self, file: str, start: UTCDateTime | None = None) -> Source:
        """Return the source that has one of the files alone.

        Raises
        ------
        RejectedEvent
            If the path leads out of the folder, as it is written or by links.
        """
        # Links inside the folder are its owner's; ".." in a catalog is not.
        folder = Path(os.path.normpath(self._folder.absolute()))
        path = Path(os.path.normpath(folder / file))
        if not path.is_relative_to(folder) or path == folder:
            raise RejectedEvent(Kind.OUTSIDE_SOURCE, file)
        if self.path.is_file() and path.name != self.path.name:
            raise RejectedEvent(Kind.OUTSIDE_SOURCE, f"{file}, the source is {self.path.name}")
        with reading(path):  # a name that no file can have
            if self.path.is_dir() and leads_out(path, folder):
                raise RejectedEvent(
                    Kind.OUTSIDE_SOURCE, f"{path} is a link that leads out of the source"
                )
            return self._source_of(path)

    def dependencies(self, window: Window) -> Iterable[str]:
        """Return a line for each file with data in a window, which may be too large to be read."""
        if window.file:
            return [describe(self.path, window.file)]
        own = self._waveforms.get(".".join(window[:4]))
        paths = {waveform.path for waveform in own.between(*window.span)} if own else ()
        return [describe(path, path.name) for path in sorted(paths)]

    def problems(self) -> list[str]:
        """Return what is wrong with files, waveforms of the last window first."""
        self.channels()
        return [*self._put_aside.problems, *self._problems]

    @property
    def _folder(self) -> Path:
        return self.path if self.path.is_dir() else self.path.parent

    def _files(self) -> list[Path]:
        if not self.path.is_dir():
            return [self.path]
        return [path for path in find_files(self.path).paths if path.suffix.lower() in _ENDINGS]

    def _source_of(self, path: Path) -> "ASDFSource":
        """Return the source of one file, the same one as long as the file is."""
        state = describe(path, path.name)
        if path not in self._sources or self._sources[path][0] != state:
            self._sources[path] = state, ASDFSource(str(path), self.tag)
        self._sources.move_to_end(path)
        if len(self._sources) > _FILES_TO_KEEP_OPEN:
            self._sources.popitem(last=False)
        return self._sources[path][1]

    @cached_property
    def _waveforms(self) -> dict[str, Timeline[_Waveform]]:
        """The waveforms of the chosen tag by SEED id."""
        found: dict[str, list[_Waveform]] = defaultdict(list)
        tags = set()
        for path in self._files():
            try:
                listed = _list_waveforms(path)
            except RejectedEvent as error:
                self._problems.append(error.detail)
                continue
            for waveform in listed:
                if self.tag in ("", waveform.tag):
                    tags.add(waveform.tag)
                    found[waveform.channel].append(waveform)
        if len(tags) > 1:
            raise StageError(
                f"source.tag is empty, and the files have {', '.join(sorted(tags))}: choose one"
            )
        return {
            channel: Timeline(each.span for each in waveforms)
            for channel, waveforms in found.items()
        }

    def _read(
        self, waveform: _Waveform, starttime: UTCDateTime | None, endtime: UTCDateTime | None
    ) -> Stream:
        with reading(waveform.path):
            # pyasdf follows links, and takes data sets for as long as they claim to be.
            place = f"Waveforms/{waveform.station}/{waveform.name}"
            self._checked[waveform.path].check_numbers(place)
            station = self._data_set(waveform.path).waveforms[waveform.station]
            return station.get_item(waveform.name, starttime=starttime, endtime=endtime)

    def _data_set(self, path: Path) -> Any:
        """Return an open file; the last one stays open."""
        if self._open is None or self._open[0] != path:
            with warnings.catch_warnings():
                # That its version is newer than pyasdf is no reason to doubt the samples.
                warnings.simplefilter("ignore")
                self._open = path, _pyasdf().ASDFDataSet(str(path), mode="r", mpi=False)
        return self._open[1]


def _list_waveforms(path: Path) -> list[_Waveform]:
    """Return the waveforms in a file, as their names say.

    Raises
    ------
    RejectedEvent
        If it cannot be read.
    """
    waveforms = []
    with reading(path), ForeignFile(path) as file:
        for station in file.names("Waveforms"):
            for name in file.names(f"Waveforms/{station}"):
                if parts := _NAME.fullmatch(name):
                    channel, start, end, tag = parts.groups()
                    try:
                        times = UTCDateTime(start), UTCDateTime(end)
                    except (ValueError, TypeError, OverflowError):
                        continue  # pyasdf would not find it either
                    waveforms.append(_Waveform(path, station, name, channel, *times, tag))
    return waveforms


def _pyasdf() -> ModuleType:
    """Return pyasdf, which is loaded only when it is used.

    Raises
    ------
    StageError
        If it is not installed.
    """
    try:
        import pyasdf
    except ImportError as error:
        raise StageError(
            "source.type is 'asdf', which needs pyasdf: pip install \"specufex_pipe[asdf]\" "
            f"({error})"
        ) from error
    return pyasdf

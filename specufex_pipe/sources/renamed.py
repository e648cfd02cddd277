"""A source whose files have wrong or missing codes, seen with the right ones."""

import logging
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from obspy import Stream, UTCDateTime

from specufex_pipe.errors import StageError
from specufex_pipe.rejections import Kind, RejectedEvent
from specufex_pipe.sources.protocol import Source, Window

log = logging.getLogger(__name__)
_CHANNELS_TO_NAME = 5


class RenamedSource(Source):
    """A source whose channels have other SEED ids.

    Parameters
    ----------
    source : Source
    rename : dict of str
        By what the files say, NET.STA.LOC.CHA where each code may have * and ?, what is right:
        four codes, of which * keeps the one of the file. The first that fits counts.
    """

    def __init__(self, source: Source, rename: Mapping[str, str]) -> None:
        self._source, self._rename = source, rename
        self._rules = [(old.split("."), new.split(".")) for old, new in rename.items()]
        self._known: dict[str, list[str]] | None = None

    def check(self) -> None:
        """Raise a ValueError if the source is not there."""
        self._source.check()

    def contains(self, path: Path) -> bool:
        """Tell whether a file at a path would be taken for one of the source."""
        return self._source.contains(path)

    def state(self) -> str:
        """Return a text that changes when the index may have to."""
        return self._source.state()

    def update_index(self, path: Path) -> None:
        """Write the index of the source.

        Raises
        ------
        StageError
            If two of its channels would have one name.
        """
        self._known = None
        self._source.update_index(path)
        for name, originals in sorted(self._originals().items()):
            if len(originals) > 1:
                raise StageError(
                    f"source.rename: {' and '.join(originals)} would all be {name}; expected a "
                    "name of its own for each"
                )
        used = {self._rule_of(original) for original in self._source.channels()}
        for number, old in enumerate(self._rename):
            if number not in used:
                log.warning("source.rename: %s fits no channel that is left to it", old)

    def use_index(self, path: Path, channels: Iterable[str] | None = None) -> None:
        """Take up an index, of some channels (SEED ids) or of all."""
        self._known = None
        if channels is None:
            self._source.use_index(path)
            return
        self._source.use_index(path, [])  # which names all channels, and keeps little of them
        wanted = [original for name in channels for original in self._originals().get(name, [])]
        self._known = None
        self._source.use_index(path, wanted)

    def channels(self) -> set[str]:
        """Return the SEED ids of the channels, the right ones."""
        return set(self._originals())

    def get_waveforms(
        self,
        network: str,
        station: str,
        location: str,
        channel: str,
        starttime: UTCDateTime | None,
        endtime: UTCDateTime | None,
    ) -> Stream:
        """Return what there is of a channel between two times.

        Raises
        ------
        RejectedEvent
            If there is nothing, or it cannot be read.
        """
        codes = (network, station, location, channel)
        # A source of one file takes None for the times.
        times: tuple[Any, Any] = (starttime, endtime)
        stream = self._source.get_waveforms(*self._codes(codes), *times)
        for trace in stream:
            stats = trace.stats
            stats.network, stats.station, stats.location, stats.channel = codes
        return stream

    def find_file(
        self, network: str, station: str, location: str, channel: str, time: UTCDateTime
    ) -> str:
        """Return the file that has a channel at a time, as a catalog would name it."""
        return self._source.find_file(*self._codes((network, station, location, channel)), time)

    def of_file(self, file: str, start: UTCDateTime | None = None) -> Source:
        """Return the source that has one of the files alone, with the right names."""
        return RenamedSource(self._source.of_file(file, start), self._rename)

    def dependencies(self, window: Window) -> Iterable[str]:
        """Return lines that tell what the data of a window depend on."""
        if window.file:  # whatever its channels are
            return self._source.dependencies(window)
        codes = self._codes(window[:4])
        return self._source.dependencies(Window(*codes, *window[4:]))

    def problems(self) -> list[str]:
        """Return what is wrong with the source as a whole."""
        return self._source.problems()

    def _codes(self, codes: tuple[str, str, str, str]) -> tuple[str, str, str, str]:
        """Return the codes that the source has for the right ones.

        Raises
        ------
        RejectedEvent
            If there are none, or two of its channels would have these.
        """
        name = ".".join(codes)
        originals = self._originals().get(name, [])
        if len(originals) > 1:
            raise RejectedEvent(
                Kind.UNUSABLE_DATA, f"{' and '.join(originals)} are all renamed to {name}"
            )
        if not originals:
            others = ", ".join(sorted(self._originals())[:_CHANNELS_TO_NAME]) or "nothing at all"
            raise RejectedEvent(
                Kind.NO_DATA, f"after source.rename there is nothing of this channel, but {others}"
            )
        network, station, location, channel = originals[0].split(".")
        return network, station, location, channel

    def _originals(self) -> dict[str, list[str]]:
        """Return the names that the source has for each right one."""
        if self._known is None:
            self._known = {}
            for original in sorted(self._source.channels()):
                self._known.setdefault(self._renamed(original), []).append(original)
        return self._known

    def _renamed(self, original: str) -> str:
        number = self._rule_of(original)
        if number is None:
            return original
        _, new = self._rules[number]
        codes = zip(original.split("."), new, strict=True)
        return ".".join(code if right == "*" else right for code, right in codes)

    def _rule_of(self, original: str) -> int | None:
        """Return the number of the rule that counts for a channel, None if it keeps its name."""
        codes = original.split(".")
        for number, (old, _) in enumerate(self._rules):
            if len(codes) == len(old) and all(map(fnmatchcase, codes, old)):
                return number
        return None

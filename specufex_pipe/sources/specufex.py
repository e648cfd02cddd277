"""An HDF5 file of the older SpecUFEx tool chain: the waveforms of events, by their ids."""

from collections.abc import Iterable, Iterator
from functools import cached_property, partial
from pathlib import Path

from obspy import UTCDateTime

from specufex_pipe.numerics.times import parse_time
from specufex_pipe.numerics.types import Array
from specufex_pipe.rejections import Kind, RejectedEvent
from specufex_pipe.sources.files import describe
from specufex_pipe.sources.hdf5_records import (
    Record,
    RecordsSource,
    Timeline,
    reading,
    timeline_of,
)
from specufex_pipe.sources.index import write_index
from specufex_pipe.store.specufex import Place, SpecufexFile


class SpecufexSource(RecordsSource):
    """An HDF5 file of the older SpecUFEx tool chain or of its tutorials.

    Parameters
    ----------
    path : str
        The file.
    sampling_rate : float or None
        Rate of files that do not say theirs, Hz.
    """

    def __init__(self, path: str, sampling_rate: float | None = None) -> None:
        self.path, self.sampling_rate = Path(path), sampling_rate
        self._rates: dict[Place, float | None] = {}
        self._timelines: dict[str, Timeline[Record]] = {}

    def check(self) -> None:
        """Raise a ValueError if there is no such file, or it is of another kind."""
        if not self.path.is_file():
            raise ValueError(f"path is {str(self.path)!r}: there is no such file")
        try:
            with reading(self.path):
                rates = {place: self._rate(place) for place in self._file.places()}
        except RejectedEvent as error:
            raise ValueError(f"path is {str(self.path)!r}: {error.detail}") from error
        if not rates:
            raise ValueError(f"path is {str(self.path)!r}: there are no waveforms in it")
        if None in rates.values():
            raise ValueError(
                f"sampling_rate is null, and {self.path} does not say it (sampling_rate, or in "
                "STATION/processing_info/sampling_rate_Hz); expected a rate in Hz"
            )

    def contains(self, path: Path) -> bool:
        """Tell whether a path is that of the file."""
        return path.resolve() == self.path.resolve()

    def state(self) -> str:
        """Return name, size and times of change of the file."""
        return describe(self.path, self.path.name)

    def update_index(self, path: Path) -> None:
        """Write an empty index: the file names what it has."""
        write_index(path, ())

    def use_index(self, path: Path, channels: Iterable[str] | None = None) -> None:
        """Do nothing: the file names what it has."""

    def channels(self) -> set[str]:
        """Return what there is, `.STATION..CHANNEL`, or `...` where the file has no codes."""
        try:
            return self._channels()
        except RejectedEvent:  # as `problems` says
            return set()

    def records_of(self, channel: str) -> Timeline[Record]:
        """Return the events of a channel by their origin times."""
        if channel not in self._timelines:
            self._timelines[channel] = timeline_of(self._records_of(channel))
        return self._timelines[channel]

    def records_called(self, name: str) -> list[Record]:
        """Return the waveforms of an event on all channels.

        Raises
        ------
        RejectedEvent
            If there is none, or the file cannot be read.
        """
        with reading(self.path):
            file = self._file
            places = [place for place in file.places() if file.has(place, name)]
            found = [self._record(place, name) for place in places]
        if not found:
            raise RejectedEvent(Kind.MISSING_FILE, f"{self.path} has no event {name!r}")
        return found

    def problems(self) -> list[str]:
        """Return what is wrong with records of the last window, and why the file is unreadable."""
        try:
            self._channels()
        except RejectedEvent as error:
            return [error.detail]
        return self.put_aside.problems

    def _channels(self) -> set[str]:
        with reading(self.path):
            return {_seed_id(place) for place in self._file.places()}

    @cached_property
    def _file(self) -> SpecufexFile:
        return SpecufexFile(self.path)

    @cached_property
    def _origin_times(self) -> dict[str, UTCDateTime]:
        """The origin times of the events, by their ids; of those that have a valid one."""
        columns, times = self._file.columns(), {}
        for event_id, time in zip(
            columns.get("event_id", ()), columns.get("time", ()), strict=False
        ):
            try:
                times[event_id] = parse_time(time)
            except ValueError:
                continue  # as the catalog says
        return times

    def _rate(self, place: Place) -> float | None:
        if place not in self._rates:
            found = self._file.sampling_rate(place.station)
            self._rates[place] = self.sampling_rate if found is None else found
        return self._rates[place]

    def _records_of(self, channel: str) -> Iterator[Record]:
        with reading(self.path):
            for place in self._file.places():
                if _seed_id(place) == channel:
                    for event_id in self._file.events(place):
                        yield self._record(place, event_id)

    def _record(self, place: Place, event_id: str) -> Record:
        return Record(
            name=event_id,
            files=(self.path,),
            channel=_seed_id(place),
            # When the first sample was, no file says.
            start=self._origin_times.get(event_id),
            sampling_rate=self._rate(place) or 0.0,
            n_samples=self._file.n_samples(place, event_id),
            read=partial(self._read, place, event_id),
        )

    def _read(self, place: Place, event_id: str, first: int, last: int) -> Array:
        with reading(self.path):
            return self._file.read(place, event_id, first, last)


def _seed_id(place: Place) -> str:
    return f".{place.station}..{place.channel}"

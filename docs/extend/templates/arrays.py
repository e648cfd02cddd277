"""A folder of NumPy arrays, each with a JSON file that says what it is of."""

import json
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property, partial
from pathlib import Path

import numpy as np

from specufex_pipe.numerics.times import parse_time
from specufex_pipe.numerics.types import Array
from specufex_pipe.rejections import Kind, RejectedEvent
from specufex_pipe.sources.files import check_folder, find_files, state_of_files
from specufex_pipe.sources.hdf5_records import (
    Record,
    RecordsSource,
    Timeline,
    reading,
    timeline_of,
)
from specufex_pipe.sources.index import write_index


class ArraysSource(RecordsSource):
    """A folder of NumPy arrays: NAME.npy has samples, NAME.json channel, start, sampling_rate.

    Parameters
    ----------
    path : str
        Folder of the files.
    """

    def __init__(self, path: str) -> None:
        self.path = Path(path)
        self._unreadable: list[str] = []
        self._timelines: dict[str, Timeline[Record]] = {}

    def check(self) -> None:
        """Raise a ValueError if there is no such folder."""
        check_folder(self.path)

    def contains(self, path: Path) -> bool:
        """Tell whether a path lies in the folder."""
        return path.resolve().is_relative_to(self.path.resolve())

    def state(self) -> str:
        """Return a digest of the names, sizes and times of change of all files."""
        return state_of_files(self.path)

    def update_index(self, path: Path) -> None:
        """Write an empty index: each array says by itself what it is of."""
        write_index(path, ())

    def use_index(self, path: Path, channels: Iterable[str] | None = None) -> None:
        """Do nothing: each array says by itself what it is of."""

    def channels(self) -> set[str]:
        """Return the SEED ids of the channels in the folder."""
        return set(self._by_channel)

    def records_of(self, channel: str) -> Timeline[Record]:
        """Return the arrays of a channel by time."""
        if channel not in self._timelines:
            self._timelines[channel] = timeline_of(self._by_channel.get(channel, ()))
        return self._timelines[channel]

    def records_called(self, name: str) -> list[Record]:
        """Return the array of a file, NAME.npy.

        Raises
        ------
        RejectedEvent
            If there is none.
        """
        found = [record for each in self._by_channel.values() for record in each]
        if own := [record for record in found if record.name == name]:
            return own
        raise RejectedEvent(Kind.MISSING_FILE, f"{self.path} has no array {name!r} that is read")

    def problems(self) -> list[str]:
        """Return what is wrong with arrays, those of the last window first."""
        self.channels()
        return [*self.put_aside.problems, *self._unreadable]

    @cached_property
    def _by_channel(self) -> dict[str, list[Record]]:
        """The arrays of each channel."""
        found = defaultdict(list)
        for path in find_files(self.path).paths:
            if path.suffix != ".npy":
                continue
            try:
                with reading(path):
                    record = self._record(path)
                found[record.channel].append(record)
            except RejectedEvent as error:
                self._unreadable.append(error.detail)
        return dict(found)

    def _record(self, path: Path) -> Record:
        description = path.with_suffix(".json")
        said = json.loads(description.read_text(encoding="utf-8"))
        if said["channel"].count(".") != 3:
            raise ValueError(f"{description}: channel is {said['channel']!r}, expected a SEED id")
        return Record(
            name=str(path.relative_to(self.path)),
            files=(path, description),
            channel=said["channel"],
            start=parse_time(said["start"]),
            sampling_rate=float(said["sampling_rate"]),
            n_samples=len(_samples(path)),
            read=partial(_read, path),
        )


def _samples(path: Path) -> Array:
    """Return the samples of a file, of which only those that are asked for are read."""
    samples = np.load(path, mmap_mode="r", allow_pickle=False)
    if samples.ndim != 1 or samples.dtype.kind not in "iuf":
        raise ValueError(
            f"{path} has a shape of {samples.shape} and the type {samples.dtype}, expected "
            "numbers along one axis"
        )
    return samples


def _read(path: Path, first: int, last: int) -> Array:
    with reading(path):
        return np.array(_samples(path)[first:last])

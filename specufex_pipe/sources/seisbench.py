"""A dataset in SeisBench's format: metadata.csv beside waveforms.hdf5, or chunks of these."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from specufex_pipe.numerics.types import Array
from specufex_pipe.rejections import Kind, RejectedEvent
from specufex_pipe.sources.files import check_folder, state_of_files
from specufex_pipe.sources.hdf5_records import (
    Record,
    RecordsSource,
    Timeline,
    reading,
    timeline_of,
)
from specufex_pipe.sources.index import write_index
from specufex_pipe.sources.seisbench_table import (
    NEEDED,
    Chunk,
    DataFormat,
    Group,
    Row,
    find_chunks,
    names_of,
    place_in_bucket,
    read_rows,
)
from specufex_pipe.store.foreign import ForeignFile, ForeignFiles
from specufex_pipe.store.seal import UnusableFile

_AXES = {"C": "components", "W": "samples"}


class SeisBenchSource(RecordsSource):
    """A dataset in SeisBench's format: metadata.csv and waveforms.hdf5, or chunks.

    Parameters
    ----------
    path : str
        Folder of the dataset.
    """

    def __init__(self, path: str) -> None:
        self.path = Path(path)
        self._wanted: set[str] | None = None
        self._groups: dict[Group, list[Row]] | None = None
        self._problems: list[str] = []
        self._formats: dict[Chunk, DataFormat] = {}
        self._files = ForeignFiles()
        self._timelines: dict[str, Timeline[Record]] = {}
        self._by_name: dict[str, list[tuple[Row, Group]]] | None = None

    def check(self) -> None:
        """Raise a ValueError if there is no such folder, or no dataset is in it."""
        check_folder(self.path)
        try:
            chunks = find_chunks(self.path)
        except ValueError as error:
            raise ValueError(f"path is {str(self.path)!r}: {error}") from error
        with chunks[0].metadata.open(newline="", encoding="utf-8-sig", errors="replace") as file:
            header = [name.strip() for name in next(csv.reader(file), [])]
        if missing := [name for name in NEEDED if name not in header]:
            raise ValueError(
                f"path is {str(self.path)!r}: {chunks[0].metadata.name} has no column "
                f"{' and no '.join(missing)}"
            )

    def contains(self, path: Path) -> bool:
        """Tell whether a path lies in the folder."""
        return path.resolve().is_relative_to(self.path.resolve())

    def state(self) -> str:
        """Return a digest of the names, sizes and times of change of all files."""
        return state_of_files(self.path)

    def update_index(self, path: Path) -> None:
        """Write an empty index: the metadata are one."""
        write_index(path, ())

    def use_index(self, path: Path, channels: Iterable[str] | None = None) -> None:
        """Note which channels are wanted: of others no rows are kept in memory."""
        self._wanted = None if channels is None else set(channels)
        self._groups = self._by_name = None
        self._timelines.clear()

    def channels(self) -> set[str]:
        """Return the SEED ids of the channels that the metadata name."""
        return names_of(self._metadata())

    def problems(self) -> list[str]:
        """Return what is wrong: traces of the last window first, files, rows of the metadata."""
        self._metadata()
        return [*self.put_aside.problems, *self._problems]

    def records_of(self, channel: str) -> Timeline[Record]:
        """Return the traces of a channel (SEED id)."""
        if channel not in self._timelines:
            self._timelines[channel] = timeline_of(self._readable_records(channel))
        return self._timelines[channel]

    def records_called(self, name: str) -> list[Record]:
        """Return the channels of the trace of a trace_name.

        Where chunks use a name twice, CHUNK/trace_name says which is meant.

        Raises
        ------
        RejectedEvent
            If there is no such trace, there are several, or it cannot be.
        """
        if self._by_name is None:
            self._by_name = defaultdict(list)
            for group, rows in self._metadata().items():
                for row in rows:
                    for each in {row.name, self._name_of(row)}:
                        self._by_name[each].append((row, group))
        found = self._by_name.get(name, [])
        if not found:
            raise RejectedEvent(
                Kind.MISSING_FILE, f"{self.path}: the metadata have no trace {name!r}"
            )
        if len(found) > 1:
            names = " and ".join(sorted({self._name_of(row) for row, _ in found}))
            raise RejectedEvent(
                Kind.SEVERAL_FILES, f"{len(found)} traces are called {name!r}: {names}"
            )
        row, group = found[0]
        return [self._record(row, group, channel) for channel in group.channels]

    def _metadata(self) -> dict[Group, list[Row]]:
        """Return the rows of the metadata by group, which are read once."""
        if self._groups is None:
            self._groups, self._problems = {}, []
            wanted = self._wanted
            for chunk in self._chunks():
                try:
                    with reading(chunk.waveforms):
                        self._formats[chunk] = _data_format(self._files[chunk.waveforms])
                except RejectedEvent as error:
                    self._problems.append(error.detail)
                    continue
                rows_by_group = read_rows(
                    chunk,
                    self._formats[chunk],
                    self._problems,
                    lambda group: wanted is None or not wanted.isdisjoint(group.channels),
                )
                for group, rows in rows_by_group.items():
                    self._groups.setdefault(group, []).extend(rows)
        return self._groups

    def _chunks(self) -> list[Chunk]:
        try:
            return find_chunks(self.path)
        except ValueError as error:
            self._problems.append(f"{self.path}: {error}")
            return []

    def _readable_records(self, channel: str) -> Iterator[Record]:
        for group, rows in self._metadata().items():
            if channel not in group.channels:
                continue
            for row in rows:
                try:
                    yield self._record(row, group, channel)
                except RejectedEvent as error:
                    self._problems.append(error.detail)

    def _record(self, row: Row, group: Group, channel: str) -> Record:
        """Return a channel of a trace.

        Raises
        ------
        RejectedEvent
            If how long it is cannot be found out.
        """
        n_samples = self._n_samples(row)
        component = group.channels.index(channel)
        return Record(
            name=self._name_of(row),
            files=row.chunk[1:],
            channel=channel,
            start=row.start,
            sampling_rate=row.sampling_rate,
            n_samples=n_samples,
            read=partial(self._read, row, component),
        )

    def _n_samples(self, row: Row) -> int:
        """Return the length of a trace, without a look into the file if its row tells it."""
        dimensions = self._formats[row.chunk].dimensions
        with reading(row.chunk.waveforms):
            data_set, place = place_in_bucket(row.name)
            axes = [part for part in place if isinstance(part, slice)]
            if len(axes) == len(dimensions):
                part = axes[dimensions.index("W")]
                if part.stop is not None:
                    return max(0, part.stop - part.start)
            if row.n_samples is not None:
                return row.n_samples
            shape = self._files[row.chunk.waveforms].shape(f"data/{data_set}")
            return _lengths(row.name, shape, place, dimensions)["W"]

    def _read(self, row: Row, component: int, first: int, last: int) -> Array:
        dimensions = self._formats[row.chunk].dimensions
        path = row.chunk.waveforms
        with reading(path):
            data_set, place = place_in_bucket(row.name)
            file = self._files[path]
            shape = file.shape(f"data/{data_set}")
            lengths = _lengths(row.name, shape, place, dimensions)
            if component >= lengths["C"] or last > lengths["W"]:
                raise ValueError(
                    f"{row.name} has {lengths['C']} components of {lengths['W']} samples, the "
                    f"metadata claim {component + 1} of {last}"
                )
            parts = iter(
                (component, slice(first, last))
                if dimensions == "CW"
                else (slice(first, last), component)
            )
            selection = tuple(
                part if isinstance(part, int) else _within(part, next(parts))
                for part in _all_axes(shape, place)
            )
            return file.read_numbers(f"data/{data_set}", selection)

    def _name_of(self, row: Row) -> str:
        return f"{row.chunk.name}/{row.name}" if row.chunk.name else row.name


def _all_axes(shape: tuple[int, ...], place: list[int | slice]) -> list[int | slice]:
    """Return which part of each axis of a data set a trace is."""
    return [*place, *(slice(0, None) for _ in shape[len(place) :])]


def _within(part: slice, chosen: int | slice) -> int | slice:
    """Return what is chosen of a part of an axis."""
    if isinstance(chosen, int):
        return part.start + chosen
    return slice(part.start + chosen.start, part.start + chosen.stop)


def _lengths(
    name: str, shape: tuple[int, ...], place: list[int | slice], dimensions: str
) -> dict[str, int]:
    """Return how long the axes of a trace are.

    Raises
    ------
    ValueError
        If the data set has not what the place says.
    """
    parts = _all_axes(shape, place)
    kept = [length for part, length in zip(parts, shape, strict=False) if isinstance(part, slice)]
    fits = len(parts) == len(shape) and all(
        part < length
        if isinstance(part, int)
        else part.start <= (part.stop or 0) <= length or part.stop is None
        for part, length in zip(parts, shape, strict=False)
    )
    if not fits or len(kept) != len(dimensions):
        raise ValueError(
            f"{name} is not in its data set, which has the shape {shape}; expected the axes "
            f"{' and '.join(_AXES[each] for each in dimensions)}"
        )
    slices = [part for part in parts if isinstance(part, slice)]
    lengths = (len(range(n)[part]) for part, n in zip(slices, kept, strict=True))
    return dict(zip(dimensions, lengths, strict=True))


def _data_format(file: ForeignFile) -> DataFormat:
    """Read what the file of the waveforms says of all its traces.

    Raises
    ------
    OSError
        If it cannot be read, or is not as SeisBench has it.
    """

    def text(name: str) -> str:
        place = f"data_format/{name}"
        return "".join(file.read_text(place)) if file.has(place) else ""

    dimensions, rate = text("dimension_order") or "CW", text("sampling_rate")
    if sorted(dimensions) != ["C", "W"]:
        raise UnusableFile(f"{file.path}: dimension_order is {dimensions!r}, expected CW or WC")
    try:
        return DataFormat(dimensions, text("component_order"), float(rate) if rate else None)
    except ValueError as error:
        raise UnusableFile(f"{file.path}: sampling_rate is {rate!r}") from error

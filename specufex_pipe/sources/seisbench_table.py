"""The metadata of a dataset in SeisBench's format: which trace has what, from when on."""

import csv
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import NamedTuple

from obspy import UTCDateTime

from specufex_pipe.numerics.times import parse_time

# Codes that a SEED id of four parts, and a name of a folder, can have.
_CODE = re.compile(r"[^./\\\s]*")
# "12,:3,:6000": where in its bucket a trace is.
_PLACE = re.compile(r"\d+(,(\d*:\d*|\d+))*")
NEEDED = ("trace_name", "station_code")
_CODES = (
    "station_network_code",
    "station_code",
    "station_location_code",
    "trace_channel",
    "trace_component_order",
)
_OTHERS = (
    "trace_name", "trace_start_time", "trace_sampling_rate_hz", "trace_dt_s", "trace_npts",
)  # fmt: skip
_EMPTY = ("", "nan", "NaN", "NAN", "--")


class Chunk(NamedTuple):
    """A part of a dataset: a table, and the file of its waveforms.

    Attributes
    ----------
    name : str
        Empty where there is only one.
    metadata, waveforms : Path
    """

    name: str
    metadata: Path
    waveforms: Path


class DataFormat(NamedTuple):
    """What the file of the waveforms says of all its traces.

    Attributes
    ----------
    dimensions : str
        What the axes of a trace are: C, components, and W, samples.
    components : str
        The components in their order, "ZNE"; empty if each row says so itself.
    sampling_rate : float or None
        Hz
    """

    dimensions: str
    components: str
    sampling_rate: float | None


class Group(NamedTuple):
    """Traces of the same codes and components.

    Attributes
    ----------
    network, station, location, instrument : str
        Codes; the last is that of the channel without its component.
    components : str
    """

    network: str
    station: str
    location: str
    instrument: str
    components: str

    @property
    def channels(self) -> list[str]:
        """SEED ids, in the order of the components."""
        return [".".join((*self[:3], self.instrument + each)) for each in self.components]


class Row(NamedTuple):
    """A trace.

    Attributes
    ----------
    name : str
        In the file of the waveforms: DATA SET, or DATA SET$PLACE.
    chunk : Chunk
    start : obspy.UTCDateTime or None
    sampling_rate : float
        Hz
    n_samples : int or None
        As the row says; None if it does not.
    """

    name: str
    chunk: Chunk
    start: UTCDateTime | None
    sampling_rate: float
    n_samples: int | None


def find_chunks(folder: Path) -> list[Chunk]:
    """Return the parts of a dataset, as its file `chunks` or the names of its files say.

    Raises
    ------
    ValueError
        If there are none, or one lacks a file.
    """
    names = _names_of_chunks(folder)
    chunks = [
        Chunk(name, folder / f"metadata{name}.csv", folder / f"waveforms{name}.hdf5")
        for name in names
    ]
    for chunk in chunks:
        for path in chunk[1:]:
            if path.parent != folder:
                raise ValueError(f"{folder / 'chunks'} leads out of the folder: {chunk.name!r}")
            if not path.is_file():
                raise ValueError(f"{path}: there is no such file")
    if not chunks:
        raise ValueError("it has no metadata.csv with a waveforms.hdf5")
    return chunks


def _names_of_chunks(folder: Path) -> list[str]:
    listed = folder / "chunks"
    if listed.is_file():
        lines = listed.read_text(encoding="utf-8").splitlines()
        if names := [line.strip() for line in lines if line.strip()]:
            return sorted(names)
    if (folder / "waveforms.hdf5").exists() or (folder / "metadata.csv").exists():
        return [""]
    files = [path.name for path in folder.iterdir()]
    tables = {name[8:-4] for name in files if name.startswith("metadata") and name[-4:] == ".csv"}
    return sorted(name for name in tables if f"waveforms{name}.hdf5" in files)


def read_rows(
    chunk: Chunk,
    data_format: DataFormat,
    problems: list[str],
    wanted: Callable[[Group], bool] = lambda _: True,
) -> dict[Group, list[Row]]:
    """Read the metadata of a chunk.

    Parameters
    ----------
    chunk : Chunk
    data_format : DataFormat
    problems : list of str
        To which what is wrong with rows is added.
    wanted : callable, optional
        Tells of which groups rows are kept.

    Returns
    -------
    dict of list of Row
        By group; empty lists of groups that are not wanted.
    """
    groups: dict[Group, list[Row]] = defaultdict(list)
    try:
        with chunk.metadata.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file)
            columns = _Columns([name.strip() for name in next(reader, [])])
            for cells in reader:
                if not cells:
                    continue
                try:
                    group = columns.group(cells, data_format)
                    rows = groups[group]
                    if wanted(group):
                        rows.append(columns.row(cells, chunk, data_format))
                except (ValueError, OverflowError) as error:
                    problems.append(f"{chunk.metadata}, line {reader.line_num}: {error}")
    except (UnicodeDecodeError, csv.Error) as error:
        problems.append(f"{chunk.metadata}: not a CSV file in UTF-8 of traces ({error})")
    return groups


class _Columns:
    """Where the table has what is needed of a row."""

    def __init__(self, header: list[str]) -> None:
        if missing := [name for name in NEEDED if name not in header]:
            raise csv.Error(f"no column {' and no '.join(missing)}")
        self._n_columns = len(header)
        self._codes = [header.index(name) if name in header else -1 for name in _CODES]
        self._others = [header.index(name) if name in header else -1 for name in _OTHERS]
        self._groups: dict[tuple[str, ...], Group] = {}

    def group(self, cells: list[str], data_format: DataFormat) -> Group:
        """Return the group of a row.

        Raises
        ------
        ValueError
            If the row has not the cells that it should, or codes that cannot be.
        """
        if len(cells) != self._n_columns:
            raise ValueError(f"{len(cells)} cells, expected {self._n_columns}")
        codes = tuple([_text(cells, place) for place in self._codes])
        if codes not in self._groups:
            self._groups[codes] = _group_of(codes, data_format)
        return self._groups[codes]

    def row(self, cells: list[str], chunk: Chunk, data_format: DataFormat) -> Row:
        """Return what a row says.

        Raises
        ------
        ValueError, OverflowError
            If a cell cannot be what it is taken for.
        """
        name, start, rate, step, count = [_text(cells, place) for place in self._others]
        if not name:
            raise ValueError("the trace_name is empty")
        return Row(
            name,
            chunk,
            parse_time(start) if start else None,
            _sampling_rate(rate, step, data_format),
            int(float(count)) if count else None,
        )


def _text(cells: list[str], place: int) -> str:
    """Return a cell; empty if the table has no such column, or the cell says that it is."""
    cell = cells[place].strip() if place >= 0 else ""
    return "" if cell in _EMPTY else cell


def _group_of(codes: tuple[str, ...], data_format: DataFormat) -> Group:
    network, station, location, instrument, components = codes
    group = Group(network, station, location, instrument, components or data_format.components)
    for code in group:
        if not _CODE.fullmatch(code):
            raise ValueError(f"{code!r} is not a code of a channel")
    if not group.components:
        raise ValueError("neither trace_component_order nor the file says what its components are")
    return group


def _sampling_rate(rate: str, step: str, data_format: DataFormat) -> float:
    if rate:
        return float(rate)
    if step:
        return 1 / float(step) if float(step) else 0.0
    if data_format.sampling_rate is None:
        raise ValueError("there is no sampling rate")
    return data_format.sampling_rate


def place_in_bucket(name: str) -> tuple[str, list[int | slice]]:
    """Return the data set of a trace, and where in it the trace is.

    Raises
    ------
    ValueError
        If the place is not written as SeisBench writes it, "bucket0$12,:3,:6000".
    """
    data_set, is_bucket, place = name.partition("$")
    if not is_bucket:
        return name, []
    if not _PLACE.fullmatch(place):
        raise ValueError(f"trace_name is {name!r}, expected such as bucket0$12,:3,:6000")
    return data_set, list(_parts(place))


def _parts(place: str) -> Iterator[int | slice]:
    for part in place.split(","):
        first, is_range, last = part.partition(":")
        if is_range:
            yield slice(int(first or 0), int(last) if last else None)
        else:
            yield int(first)


def names_of(groups: Collection[Group]) -> set[str]:
    """Return the SEED ids of the channels in groups."""
    return {channel for group in groups for channel in group.channels}

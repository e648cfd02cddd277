"""HDF5 files of the older SpecUFEx tool chain: waveforms of events, and the catalog of these.

There are two kinds. The tool chain (specufex_processing, data_KEY.h5) has a data set an event,
waveforms/STATION/CHANNEL/EVENT, with the rate in STATION/processing_info/sampling_rate_Hz and the
catalog in catalog/global_catalog. The tutorials have one matrix, `waveform`, a row an event, with
`event_ID`, `otime`, `lat`, `lon`, `depth`, `mag` and `sampling_rate` beside it. None says when the
first sample of an event was.
"""

from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from specufex_pipe.numerics.types import Array
from specufex_pipe.store.foreign import ForeignFile
from specufex_pipe.store.seal import UnusableFile

_MATRICES = ("waveform", "waveforms")
_CATALOGS = ("catalog/global_catalog", "catalog")
_EVENT_IDS = ("event_ID", "ev_ID", "event_id", "event_ids", "evID")
_TIMES = ("otime", "timestamp", "time", "origin_time", "datetime")
# As a catalog calls the columns here.
_KNOWN = {"lat": "latitude", "lon": "longitude", "mag": "magnitude"}


class Place(NamedTuple):
    """Codes under which a file has waveforms; both are empty if it names none."""

    station: str
    channel: str


class SpecufexFile:
    """An HDF5 file of the older SpecUFEx tool chain, open for reading.

    Parameters
    ----------
    path : str or Path

    Raises
    ------
    OSError
        If there is no such file, or it is damaged or of another kind; so do all methods.
    """

    def __init__(self, path: str | Path) -> None:
        self._file = ForeignFile(path)
        self.path = self._file.path
        matrices = [
            name for name in _MATRICES if self._file.has(name) and not self._file.is_group(name)
        ]
        self._matrix = matrices[0] if matrices else ""
        if not matrices and not self._file.is_group("waveforms"):
            raise UnusableFile(
                f"{path}: neither a group waveforms/STATION/CHANNEL nor a data set waveform"
            )

    def places(self) -> list[Place]:
        """Return the codes under which there are waveforms."""
        if self._matrix:
            return [Place("", "")]
        return [
            Place(station, channel)
            for station in self._groups("waveforms")
            for channel in self._groups(f"waveforms/{station}")
        ]

    def sampling_rate(self, station: str) -> float | None:
        """Return the rate of the waveforms of a station, Hz, or None if the file does not say."""
        name = f"{station}/processing_info/sampling_rate_Hz" if station else "sampling_rate"
        return float(self._file.read_numbers(name).ravel()[0]) if self._file.has(name) else None

    def events(self, place: Place) -> list[str]:
        """Return the ids of the events that there are, in a fixed order."""
        if not self._matrix:
            return self._file.names(f"waveforms/{place.station}/{place.channel}")
        return list(self._rows)

    def has(self, place: Place, event_id: str) -> bool:
        """Tell whether there is a waveform of an event."""
        if not self._matrix:
            return self._file.has(_data_set(place, event_id))
        return event_id in self._rows

    def n_samples(self, place: Place, event_id: str) -> int:
        """Return the number of samples of the waveform of an event."""
        if self._matrix:
            return self._shape_of_matrix()[1]
        name = _data_set(place, event_id)
        shape = self._file.shape(name)
        if len(shape) != 1:
            raise UnusableFile(f"{self.path}: {name} has the shape {shape}, expected one axis")
        return shape[0]

    def read(self, place: Place, event_id: str, first: int, last: int) -> Array:
        """Return samples of an event from a first to a last, the latter excluded."""
        chosen = slice(first, last)
        if self._matrix:
            return self._file.read_numbers(self._matrix, (self._rows[event_id], chosen))
        return self._file.read_numbers(_data_set(place, event_id), (chosen,))

    def columns(self) -> dict[str, list[str]]:
        """Return the catalog in the file: event_id, time, and what else it has of the events.

        Columns that are there have the names that catalogs use; of those that are not, time may be
        one. All columns are of one length.
        """
        group = next((name for name in _CATALOGS if self._file.is_group(name)), "")
        names = [
            name
            for name in self._file.names(group)
            if not self._file.is_group(f"{group}/{name}".lstrip("/"))
        ]
        aliases = dict(_KNOWN)
        for known, others in (("event_id", _EVENT_IDS), ("time", _TIMES)):
            if found := next((name for name in others if name in names), None):
                aliases[found] = known
        columns: dict[str, list[str]] = {}
        for name in names:
            if name in aliases.values() and name not in aliases:
                continue  # another column is known by this name
            place = f"{group}/{name}".lstrip("/")
            if len(self._file.shape(place)) == 1:
                columns[aliases.get(name, name)] = self._file.read_text(place)
        n_events = len(columns.get("event_id", ()))
        return {name: column for name, column in columns.items() if len(column) == n_events}

    @cached_property
    def _rows(self) -> dict[str, int]:
        """The row of the matrix of each event; of an id that is used twice, the first."""
        name = next((name for name in _EVENT_IDS if self._file.has(name)), "")
        if not name:
            raise UnusableFile(f"{self.path}: there is no data set {' or '.join(_EVENT_IDS)}")
        ids, n_events = self._file.read_text(name), self._shape_of_matrix()[0]
        if len(ids) != n_events:
            raise UnusableFile(f"{self.path}: {n_events} waveforms, and {len(ids)} event ids")
        rows: dict[str, int] = {}
        for row, event_id in enumerate(ids):
            rows.setdefault(event_id, row)
        return rows

    def _groups(self, name: str) -> list[str]:
        return [each for each in self._file.names(name) if self._file.is_group(f"{name}/{each}")]

    def _shape_of_matrix(self) -> tuple[int, int]:
        shape = self._file.shape(self._matrix)
        if len(shape) != 2:
            raise UnusableFile(
                f"{self.path}: {self._matrix} has the shape {shape}, expected events and samples"
            )
        return shape[0], shape[1]


def _data_set(place: Place, event_id: str) -> str:
    return f"waveforms/{place.station}/{place.channel}/{event_id}"

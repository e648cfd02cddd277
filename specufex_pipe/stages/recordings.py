"""What the stations of a run recorded of the events of its catalog."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np

from specufex_pipe.errors import StageError
from specufex_pipe.events.frames import EventFrames
from specufex_pipe.events.views import Excerpts, Selection
from specufex_pipe.numerics.types import FloatArray, IntArray
from specufex_pipe.repeaters.recordings import NOT_RECORDED, Channel, Station, station_in_step
from specufex_pipe.store import FrameStore


class Recorded(NamedTuple):
    """The waveforms of a channel, the part of each that is compared.

    Attributes
    ----------
    name : str
        SEED id.
    channel : repeaters.recordings.Channel
    first_samples : ndarray of shape (n_events,)
        Time of the first sample of the part after the event's time in the catalog, s; NaN for an
        event of the catalog that the channel does not have.
    """

    name: str
    channel: Channel
    first_samples: FloatArray

    @property
    def sensor(self) -> str:
        """SEED id without the letter of the component."""
        return self.name[:-1]


def read_recorded(
    store: FrameStore,
    numbers: Mapping[str, int],
    start: float | None = None,
    end: float | None = None,
) -> Recorded:
    """Return what a channel has of the events of a catalog; waveforms are read when asked for.

    Parameters
    ----------
    store : store.FrameStore
        waveforms.h5, open.
    numbers : mapping of int
        Place of each event in the catalog, by its id.
    start, end : float, optional
        Part of the windows, s after the onset; their ends by default.

    Raises
    ------
    StageError
        If the waveforms are of another catalog, or an earlier version made them.
    """
    name = str(store.attributes["channel"])
    rate = float(store.attributes["sampling_rate"])
    event_ids = store.event_ids
    if unknown := [event_id for event_id in event_ids if event_id not in numbers]:
        raise StageError(
            f"{store.path} has the event {unknown[0]!r}, which is not in the catalog: they come "
            "from different runs"
        )
    first_samples = _first_samples(store)
    starts, stops = _parts(store, rate, start, end)
    kept = np.flatnonzero(starts < stops)
    waveforms: EventFrames = store
    if start is not None or end is not None:
        waveforms = Excerpts(Selection(store, kept), starts[kept], stops[kept])
    places = np.full(len(numbers), NOT_RECORDED)
    of_catalog = np.array([numbers[event_ids[event]] for event in kept], dtype=np.int64)
    places[of_catalog] = np.arange(len(kept))
    times = np.full(len(numbers), np.nan)
    times[of_catalog] = first_samples[kept] + starts[kept] / rate
    return Recorded(name, Channel(waveforms, places, rate), times)


class RecordedStation(NamedTuple):
    """The waveforms of a station.

    Attributes
    ----------
    channels : list of Recorded
        The components of a sensor.
    station : repeaters.recordings.Station
        The same.
    first_samples : ndarray of shape (n_events,)
        As for `Recorded`; of an event that a component lacks, the others tell.
    """

    channels: list[Recorded]
    station: Station
    first_samples: FloatArray


def stations_of(recorded: Sequence[Recorded]) -> list[RecordedStation]:
    """Return the stations of channels: another sensor at the same place is one of its own.

    Parameters
    ----------
    recorded : sequence of Recorded

    Raises
    ------
    StageError
        If the components of a sensor differ in sampling rate.
    """
    found = []
    ordered = sorted(recorded, key=lambda each: each.name)
    for sensor, group in groupby(ordered, lambda each: each.sensor):
        members = list(group)
        times = np.stack([each.first_samples for each in members])
        try:
            station, begins = station_in_step(sensor, [each.channel for each in members], times)
        except ValueError as error:
            raise StageError(str(error)) from error
        found.append(RecordedStation(members, station, begins))
    return found


def _first_samples(store: FrameStore) -> FloatArray:
    if not store.n_events:
        return np.empty(0)
    if "first_sample" not in store.names:
        raise StageError(
            f"{store.path} does not tell the times of first samples: an earlier version made it; "
            "remove it, and run again"
        )
    return store.array("first_sample")


def _parts(
    store: FrameStore, rate: float, start: float | None, end: float | None
) -> tuple[IntArray, IntArray]:
    """Return the first sample of the part of each event, and the first one after it."""
    lengths = np.diff(store.offsets)
    starts, stops = np.zeros_like(lengths), lengths
    onsets = store.array("onset") if store.n_events else np.empty(0)
    if start is not None:
        starts = np.clip(np.round((onsets + start) * rate), 0, lengths).astype(np.int64)
    if end is not None:
        stops = np.clip(np.round((onsets + end) * rate), 0, lengths).astype(np.int64)
    return starts, stops

"""What stations recorded of the events of a catalog: the waveforms that are correlated."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from specufex_pipe.events.frames import EventFrames
from specufex_pipe.numerics.types import FloatArray, IntArray

NOT_RECORDED = -1
# Samples by which channels may be out of step with each other.
_MOST_OUT_OF_STEP = 0.05


@dataclass(frozen=True)
class Channel:
    """The waveforms of a channel, and which events of the catalog they are of.

    Parameters
    ----------
    waveforms : events.frames.EventFrames
        Filtered; one value a frame.
    places : ndarray of int, shape (n_events,)
        Where each event of the catalog is in `waveforms`; -1 where it is not there.
    sampling_rate : float
        Hz.

    Raises
    ------
    ValueError
        If a place lies outside of the waveforms, or the rate is not above 0.
    """

    waveforms: EventFrames
    places: IntArray
    sampling_rate: float

    def __post_init__(self) -> None:
        if not self.sampling_rate > 0:
            raise ValueError(f"sampling_rate is {self.sampling_rate}, expected Hz above 0")
        n_recorded = self.waveforms.n_events
        if len(self.places) and not -1 <= self.places.min() <= self.places.max() < n_recorded:
            raise ValueError(
                f"places go from {self.places.min()} to {self.places.max()}, expected -1 to "
                f"{n_recorded - 1}: there are waveforms of {n_recorded} events"
            )

    @property
    def lengths(self) -> IntArray:
        """Number of samples of each event of the catalog; 0 where it was not recorded."""
        lengths = np.append(np.diff(self.waveforms.offsets), 0)
        return lengths[self.places]


@dataclass(frozen=True)
class Station:
    """The channels of a station, which are moved together when two events are correlated.

    In each event, they are taken to begin at the same time, or as far apart as in all others;
    `station_in_step` makes sure of it.

    Parameters
    ----------
    name : str
    channels : tuple of Channel
        Of the same catalog and of one sampling rate.

    Raises
    ------
    ValueError
        If there is no channel, or they differ in sampling rate or in the number of events.
    """

    name: str
    channels: tuple[Channel, ...]

    def __post_init__(self) -> None:
        if not self.channels:
            raise ValueError(f"station {self.name} has no channel, expected one or more")
        rates = sorted({channel.sampling_rate for channel in self.channels})
        if len(rates) > 1:
            raise ValueError(
                f"the channels of station {self.name} have sampling rates of "
                f"{', '.join(f'{rate:g}' for rate in rates)} Hz, expected one: resample them"
            )
        numbers = sorted({len(channel.places) for channel in self.channels})
        if len(numbers) > 1:
            raise ValueError(
                f"the channels of station {self.name} are of catalogs of "
                f"{', '.join(map(str, numbers))} events, expected the same"
            )

    @property
    def sampling_rate(self) -> float:
        """Of all of its channels, Hz."""
        return self.channels[0].sampling_rate

    @property
    def n_events(self) -> int:
        """Number of events in the catalog."""
        return len(self.channels[0].places)


def station_in_step(
    name: str, channels: Sequence[Channel], first_samples: FloatArray
) -> tuple[Station, FloatArray]:
    """Return a station whose channels begin together in each event, and when they begin.

    A window begins at the sample next to where it is placed, which may be another one on another
    channel, if their clocks differ by a little. Moved together, the channels would then not fit, so
    a channel is left out of the events in which it is not as much later than the first one as it
    usually is.

    Parameters
    ----------
    name : str
    channels : sequence of Channel
    first_samples : ndarray of shape (n_channels, n_events)
        Time of the first sample after the event's time in the catalog, s; NaN where a channel does
        not have the event.

    Returns
    -------
    Station
        Whose channels have places of -1 where they are left out.
    ndarray of shape (n_events,)
        Time of the first sample of its first channel, or what it would be from that of another; NaN
        where it does not have the event.

    Raises
    ------
    ValueError
        As `Station` does, or if there are times of other channels or events.
    """
    station = Station(name, tuple(channels))
    shape = (len(station.channels), station.n_events)
    if first_samples.shape != shape:
        raise ValueError(
            f"first_samples of station {name} have shape {first_samples.shape}, expected {shape}: "
            "channels and events"
        )
    begins = np.full(station.n_events, np.nan)
    kept = []
    for channel, times in zip(station.channels, first_samples, strict=True):
        times = np.where(channel.places == NOT_RECORDED, np.nan, times)
        later = times - begins
        has_both = np.isfinite(later)
        usual = np.median(later[has_both]) if has_both.any() else 0.0
        is_out = has_both & (np.abs(later - usual) * channel.sampling_rate > _MOST_OUT_OF_STEP)
        kept.append(replace(channel, places=np.where(is_out, NOT_RECORDED, channel.places)))
        begins = np.where(np.isfinite(begins), begins, times - usual)
    return Station(name, tuple(kept)), begins

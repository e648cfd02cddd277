"""Views of frames: some of the events, or their frames scaled or convolved when they are read."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from specufex_pipe.events.frames import Batch, EventFrames, Events
from specufex_pipe.numerics.digests import digest_of
from specufex_pipe.numerics.types import IntArray


class View(EventFrames):
    """Frames that are made from other frames when they are read.

    Parameters
    ----------
    source : EventFrames
    """

    def __init__(self, source: EventFrames) -> None:
        self.source, self.offsets = source, source.offsets

    @property
    def n_rows(self) -> int:
        """Number of values in a frame."""
        return self.source.n_rows

    @property
    def dtype(self) -> np.dtype[Any]:
        """Floating-point type of the frames."""
        return self.source.dtype

    def _summary(self) -> dict[str, str]:
        return super()._summary() | {"made of": repr(self.source)}


class Selection(View):
    """Some of the events of other frames.

    Parameters
    ----------
    source : EventFrames
    events : array_like of int
        Numbers of the events, rising.
    """

    def __init__(self, source: EventFrames, events: ArrayLike) -> None:
        super().__init__(source)
        self.events = np.asarray(events, dtype=np.int64)
        lengths = source.offsets[self.events + 1] - source.offsets[self.events]
        self.offsets = np.concatenate([[0], np.cumsum(lengths)])

    @property
    def digest(self) -> str:
        """Digest of the content."""
        return digest_of(self.source.digest, self.events)

    def read(self, events: Events) -> Batch:
        """Return the `Batch` of the given events, in the order given."""
        return self.source.read(self.events[np.asarray(events, dtype=np.int64)])


class Excerpts(View):
    """A part of each event of other frames.

    Parameters
    ----------
    source : EventFrames
    starts, stops : ndarray of int, shape (n_events,)
        The first frame of each event, and the first one after the last, counted in the event.

    Raises
    ------
    ValueError
        If one lies outside of its event, or a part has no frame.
    """

    def __init__(self, source: EventFrames, starts: IntArray, stops: IntArray) -> None:
        super().__init__(source)
        lengths = np.diff(source.offsets)
        if not ((starts >= 0) & (starts < stops) & (stops <= lengths)).all():
            raise ValueError("a part lies outside of its event, or has no frame")
        self.starts, self.stops = starts, stops
        self.offsets = np.concatenate([[0], np.cumsum(stops - starts)])

    @property
    def digest(self) -> str:
        """Digest of the content."""
        return digest_of(self.source.digest, self.starts, self.stops)

    def read(self, events: Events) -> Batch:
        """Return the `Batch` of the given events, in the order given."""
        places = np.asarray(events, dtype=np.int64)
        starts, stops = self.starts[places], self.stops[places]
        batch = self.source.read(events)
        lengths = np.diff(batch.offsets)
        places_in_event = np.arange(len(batch.frames)) - np.repeat(batch.offsets[:-1], lengths)
        is_inside = places_in_event >= np.repeat(starts, lengths)
        is_inside &= places_in_event < np.repeat(stops, lengths)
        return Batch(batch.frames[is_inside], np.concatenate([[0], np.cumsum(stops - starts)]))


class ScaledFrames(View):
    """Other frames, each row times a factor, scaled batch by batch.

    Parameters
    ----------
    source : EventFrames
    scale : array_like of shape (n_rows,)
    """

    def __init__(self, source: EventFrames, scale: ArrayLike) -> None:
        super().__init__(source)
        self.scale = np.asarray(scale, dtype=source.dtype)

    @property
    def digest(self) -> str:
        """Digest of the content."""
        return digest_of(self.source.digest, self.scale)

    def read(self, events: Events) -> Batch:
        """Return the scaled `Batch` of the given events, in the order given."""
        batch = self.source.read(events)
        return Batch(batch.frames * self.scale, batch.offsets)


class ConvolvedFrames(View):
    """Other frames, each row convolved with a kernel over the frames of its event.

    Parameters
    ----------
    source : EventFrames
    kernels : array_like of shape (n_rows, n_lags)
        Row k becomes sum_l kernels[k, l] * row k, l frames earlier.
    """

    def __init__(self, source: EventFrames, kernels: ArrayLike) -> None:
        super().__init__(source)
        self.kernels = np.asarray(kernels, dtype=source.dtype)

    @property
    def digest(self) -> str:
        """Digest of the content."""
        return digest_of(self.source.digest, self.kernels)

    def read(self, events: Events) -> Batch:
        """Return the convolved `Batch` of the given events, in the order given."""
        batch = self.source.read(events)
        result = np.zeros_like(batch.frames)
        convolved = Batch(result, batch.offsets)
        for event, sums in zip(batch.events(), convolved.events(), strict=True):
            for lag, kernel in enumerate(self.kernels.T[: len(event)]):
                sums[lag:] += event[: len(event) - lag] * kernel
        return convolved

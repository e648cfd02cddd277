"""Stores of events: all frames of all events in one matrix, and the offsets at which they begin."""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import h5py
import numpy as np

from specufex_pipe.events.frames import Batch, EventFrames, Events, event_batches, gather
from specufex_pipe.numerics.types import Array, IntArray
from specufex_pipe.rejections import Kind, Rejection, printable
from specufex_pipe.store.columns import decode_text, encode_text
from specufex_pipe.store.files import (
    damage_named,
    describe,
    describe_index,
    open_kind,
    table_of,
    write_table,
)
from specufex_pipe.store.seal import UnusableFile
from specufex_pipe.store.shards import Shards
from specufex_pipe.store.writing import HDF5Output, write_hdf5

_CHUNK_BYTES = 1 << 18
_DIGEST_BYTES = 16
_EVENTS_TO_CHECK_AT_A_TIME = 256
_PER_FRAME = {"waveforms": "samples"}  # the other kinds keep theirs under "frames"


class EventWriter:
    """Write a store event by event; nothing is held in memory but the batch at hand.

    Use it through `write_events`.
    """

    def __init__(self, file: HDF5Output, kind: str) -> None:
        self._file = file
        self._per_frame = _PER_FRAME.get(kind, "frames")
        self._lengths: list[int] = []
        self._event_ids: list[str] = []
        self._event_digests: dict[str, list[bytes]] = {}
        self._descriptions: dict[str, dict[str, Any]] = {}
        self._rejections: list[Rejection] = []

    @property
    def n_events(self) -> int:
        """Number of events written so far."""
        return len(self._event_ids)

    @property
    def rejections(self) -> list[Rejection]:
        """The events rejected so far."""
        return list(self._rejections)

    def append(
        self,
        event_ids: Sequence[str],
        lengths: Sequence[int],
        frames: Array,
        *,
        may_be_nan: Collection[str] = (),
        **per_event: Array,
    ) -> None:
        """Add events.

        Parameters
        ----------
        event_ids : sequence of str
        lengths : sequence of int
            Number of frames of each event.
        frames : ndarray of shape (sum(lengths), n_rows) or (sum(lengths),)
        may_be_nan : collection of str
            Names of those of `per_event` in which NaN stands for a value that an event does not
            have.
        **per_event : ndarray of shape (n_events, ...)
            One entry an event, each kept in a data set of its own under its name.

        Raises
        ------
        ValueError
            If lengths and frames do not fit, or a value is infinite, or NaN where it may not be.
        OSError
            If they cannot be written, as where the disk is full.
        """
        if sum(lengths) != len(frames):
            raise ValueError(f"{sum(lengths)} frames announced, {len(frames)} given")
        for name, values in {self._per_frame: frames, **per_event}.items():
            is_refused = np.isinf(values) if name in may_be_nan else ~np.isfinite(values)
            if is_refused.any():
                raise ValueError(f"{name} of events {event_ids[0]} to {event_ids[-1]}: not finite")
            self._extend(name, values, axis="frame" if name == self._per_frame else "event")
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        parts: dict[str, Sequence[Array] | Array] = {**per_event}
        parts[self._per_frame] = [frames[first:last] for first, last in pairwise(offsets)]
        for each, values_of_events in parts.items():
            digests = self._event_digests.setdefault(each, [])
            digests.extend(event_digest(each, values) for values in values_of_events)
        self._file.check()
        self._event_ids.extend(event_ids)
        self._lengths.extend(int(length) for length in lengths)

    def reject(self, rejection: Rejection) -> None:
        """Note an event that goes no further."""
        self._file.check()
        # What is wrong may be quoted from a file or a catalog, and is shown on terminals.
        self._rejections.append(rejection._replace(detail=printable(rejection.detail)))

    def array(self, name: str, values: Array, **attributes: Any) -> None:
        """Keep an array that belongs to the store as a whole, such as the frequencies."""
        self._file.create_dataset(name, data=values)
        self._file[name].attrs.update(axis="none", **attributes)

    def describe(self, name: str, **attributes: Any) -> None:
        """Keep attributes of a data set that has an entry for each event, once there is one."""
        self._descriptions[name] = attributes

    def attributes(self, **values: Any) -> None:
        """Keep attributes of the store as a whole."""
        self._file.attrs.update(values)

    def _extend(self, name: str, values: Array, axis: str) -> None:
        values = np.ascontiguousarray(values)
        if name not in self._file:
            row_bytes = max(1, values.dtype.itemsize * int(np.prod(values.shape[1:])))
            chunk = max(1, _CHUNK_BYTES // row_bytes)
            self._file.create_dataset(
                name,
                shape=(0, *values.shape[1:]),
                maxshape=(None, *values.shape[1:]),
                chunks=(chunk, *values.shape[1:]),
                dtype=values.dtype,
            )
            self._file[name].attrs["axis"] = axis
        dataset = self._file[name]
        old = len(dataset)
        dataset.resize(old + len(values), axis=0)
        dataset[old:] = values

    def _finish(self) -> None:
        for name, attributes in self._descriptions.items():
            if name in self._file:
                self._file[name].attrs.update(attributes)
        digests = {
            name: np.frombuffer(b"".join(each), np.uint8).reshape(-1, _DIGEST_BYTES)
            for name, each in self._event_digests.items()
        }
        write_events_index(self._file, self._lengths, self._event_ids, digests)
        write_table(self._file, "rejected", Rejection._fields, self._rejections)
        describe_index(self._file)


@contextmanager
def write_events(
    path: str | Path, kind: str, *, settings: Mapping[str, Any], inputs: Mapping[str, Any]
) -> Iterator[EventWriter]:
    """Write a store of events, atomically.

    Parameters
    ----------
    path : str or Path
    kind : str
        What the store holds: "waveforms", "spectrograms", "activations", "fingerprints".
    settings : dict
        The settings that made it.
    inputs : dict of str
        Digests of what it was made from.

    Yields
    ------
    EventWriter
    """
    with write_hdf5(path, sealed=False) as file:
        describe(file, kind, settings, inputs)
        writer = EventWriter(file, kind)
        yield writer
        writer._finish()


def event_digest(name: str, values: Array) -> bytes:
    """Return the digest of what an event has in a data set."""
    result = hashlib.blake2b(name.encode(), digest_size=_DIGEST_BYTES)
    result.update(np.ascontiguousarray(values).data)
    return result.digest()


def read_event_digests(file: h5py.File) -> dict[str, Array]:
    """Return the digests of the events of an open store, by data set."""
    names = file["event_digest"].attrs["names"]
    return {str(name): file["event_digest"][:, i] for i, name in enumerate(names)}


def write_events_index(
    file: h5py.File,
    lengths: Sequence[int] | Array,
    event_ids: Sequence[str],
    event_digests: Mapping[str, Array],
) -> None:
    """Write what tells the events apart, and the digest of a store, whose arrays are all there.

    It is a digest of digests, so that it is the same however the events are spread over shards.
    """
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    result = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    for name in sorted(file):
        if file[name].attrs.get("axis") == "none":
            result.update(name.encode() + file[name][()].tobytes())
    names = sorted(event_digests)
    digests = np.empty((len(event_ids), len(names), _DIGEST_BYTES), np.uint8)
    for number, name in enumerate(names):
        digests[:, number] = event_digests[name]
    result.update(offsets.tobytes() + "\0".join(event_ids).encode() + digests.tobytes())
    file["offsets"] = offsets
    file["event_id"] = encode_text(event_ids)
    file["event_digest"] = digests
    file["event_digest"].attrs["names"] = names
    file.attrs["digest"] = result.hexdigest()


def read_rejections(path: str | Path, kind: str) -> list[Rejection]:
    """Return the events that the stage which wrote a store rejected.

    Parameters
    ----------
    path : str or Path
    kind : str
        What the store is expected to hold.
    """
    with damage_named(path), open_kind(path, kind) as file:
        _, rows = table_of(file, "rejected")
    return [Rejection(event, stage, Kind(reason), detail) for event, stage, reason, detail in rows]


class FrameStore(EventFrames):
    """Read a store of events; frames stay on disk until they are asked for.

    A model reads minibatches from it as it does from `Frames`. A store may be one
    file, or shards that `join_shards` made one. Use it as a context manager.

    Parameters
    ----------
    path : str or Path
    kind : str
        What the store is expected to hold.

    Raises
    ------
    OSError
        If there is no such file, or it is damaged, of another kind or of another format; when
        events are read, if one does not have the digest that it was given, or if a shard is not
        there or not the one that was joined.
    """

    def __init__(self, path: str | Path, kind: str) -> None:
        self.path = Path(path)
        self._per_frame = _PER_FRAME.get(kind, "frames")
        with damage_named(path):
            self._file = open_kind(path, kind)
            self.offsets = self._file["offsets"][:]
            self._digests = read_event_digests(self._file)
            # An event is checked when it is first read; a fit reads it again and again.
            self._is_checked = {name: np.zeros(self.n_events, bool) for name in self._digests}
            self._shards = Shards(self._file, self.path) if "shards" in self._file else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._shards is not None:
            self._shards.close()
        self._file.close()

    @property
    def n_rows(self) -> int:
        """Number of frequencies, components or states."""
        return self._file[self._per_frame].shape[1]

    @property
    def dtype(self) -> np.dtype[Any]:
        """Floating-point type of the frames."""
        return self._file[self._per_frame].dtype

    @property
    def event_ids(self) -> list[str]:
        """Identifiers of the events, in the order of the frames."""
        return decode_text(self._file["event_id"][:])

    @property
    def names(self) -> list[str]:
        """Names of the data sets that have something of each event."""
        return list(self._digests)

    @property
    def digest(self) -> str:
        """Digest of the content."""
        return self._file.attrs["digest"]

    @property
    def attributes(self) -> dict[str, Any]:
        """Attributes of the store as a whole."""
        return dict(self._file.attrs)

    def read(self, events: Events) -> Batch:
        """Return the `frames.Batch` of the given events, in the order given."""
        with damage_named(self.path):
            batch = gather(self._rows(self._per_frame), self.offsets, events)
        parts = (batch.frames[a:b] for a, b in pairwise(batch.offsets))
        self._check(self._per_frame, np.asarray(events, np.int64), parts)
        return batch

    def read_range(self, start: int, stop: int) -> Array:
        """Return the frames from `start` to before `stop`, of whatever events they are.

        Returns
        -------
        ndarray of shape (stop - start, n_features)
        """
        first = int(np.searchsorted(self.offsets, start, side="right")) - 1
        last = int(np.searchsorted(self.offsets, stop, side="left"))
        if first >= last or self._is_checked[self._per_frame][first:last].all():
            with damage_named(self.path):
                return self._rows(self._per_frame)[start:stop]
        # An event is checked as a whole.
        begin = self.offsets[first]
        return self.read(range(first, last)).frames[start - begin : stop - begin]

    def array(self, name: str, events: slice = slice(None)) -> Array:
        """Return a data set, or the entries of a range of events in it.

        Parameters
        ----------
        name : str
        events : slice
            For a data set that has an entry for each event.

        Returns
        -------
        ndarray of shape (n_events, ...)
        """
        with damage_named(self.path):
            values = self._rows(name)[events]
        if name in self._digests:
            self._check(name, np.arange(*events.indices(self.n_events)), values)
        return values

    def attributes_of(self, name: str) -> dict[str, Any]:
        """Return the attributes of a data set."""
        with damage_named(self.path):
            return dict(self._file[name].attrs)

    def _summary(self) -> dict[str, str]:
        data = self._file[self._per_frame] if self._file else np.empty(0, "V")
        kind = data.dtype if self._file else "not known, the file is closed"
        return {"file": str(self.path)} | self._described(data.shape, kind, self._per_frame)

    def check(self) -> None:
        """Read all events, and make sure that they have the digests that they were given.

        Raises
        ------
        OSError
            If one does not; the message names file and event.
        """
        for events in event_batches(self.n_events, _EVENTS_TO_CHECK_AT_A_TIME):
            for name in self._digests:
                if name == self._per_frame:
                    self.read(events)
                else:
                    self.array(name, slice(events.start, events.stop))

    def _check(self, name: str, events: IntArray, parts: Iterable[Array]) -> None:
        """Make sure that events have the digests that they were given, when they are first read."""
        is_checked, digests = self._is_checked[name], self._digests[name]
        for event, part in zip(events.tolist(), parts, strict=True):
            if is_checked[event]:
                continue
            if event_digest(name, part) != digests[event].tobytes():
                path = self.path if self._shards is None else self._shards.path_of(event)
                raise UnusableFile(
                    f"{path}: damaged: the {name} of event {self.event_ids[event]!r} do not have "
                    "the digest that they were given; remove the file, and run again"
                )
            is_checked[event] = True

    def _rows(self, name: str) -> Any:
        dataset = self._file[name]
        if self._shards is not None and dataset.is_virtual:
            return self._shards.rows(dataset)
        return dataset

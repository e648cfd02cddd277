"""Making one store of the stores of shards, without copying their frames."""

import json
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np

from specufex_pipe.numerics.types import Array, IntArray
from specufex_pipe.store.columns import decode_text
from specufex_pipe.store.events import FrameStore, read_event_digests, write_events_index
from specufex_pipe.store.files import (
    damage_named,
    open_kind,
    table_of,
    write_table,
)
from specufex_pipe.store.writing import write_hdf5

_OF_EACH_SHARD = ("digest", "index_digest", "inputs", "software")


class _DataSet(NamedTuple):
    """What a data set with a row a frame or an event is like, apart from the number of rows."""

    row: tuple[int, ...]
    dtype: np.dtype[Any]
    # "axis" is "frame" or "event".
    attributes: dict[str, Any]


class _Shard(NamedTuple):
    """What is read of a shard to join it: all but its frames."""

    path: Path
    attributes: dict[str, Any]
    lengths: IntArray
    event_ids: list[str]
    event_digests: dict[str, Array]
    # Of the store as a whole: values and attributes; columns and rows.
    arrays: dict[str, tuple[Array, dict[str, Any]]]
    tables: dict[str, tuple[list[str], list[tuple[str, ...]]]]
    # With a row a frame or an event.
    data_sets: dict[str, _DataSet]


def join_shards(path: str | Path, kind: str, shards: Sequence[str | Path]) -> int:
    """Make one store of the stores of shards.

    All events are read, and have to have the digests that they were given.

    HDF5 reads the result as if all were in it (virtual data sets); `FrameStore` checks besides
    that the shards are still those that were joined.

    Parameters
    ----------
    path : str or Path
        The store to write. It keeps the paths of the shards relative to its folder.
    kind : str
        What the shards hold.
    shards : list of str or Path
        In the order of the events.

    Returns
    -------
    int
        Number of events.

    Raises
    ------
    OSError
        If a shard is missing or damaged.
    ValueError
        If the shards were made with different settings, or an event is in two of them.
    """
    path = Path(path)
    parts = [_read(Path(shard), kind) for shard in shards]
    for part in parts[1:]:
        _require_same_make(parts[0], part)
    event_ids = [event_id for part in parts for event_id in part.event_ids]
    _require_different(event_ids, path)
    with write_hdf5(path, sealed=True) as file:
        _write(file, path.parent, parts, event_ids)
    return len(event_ids)


def _write(file: h5py.File, folder: Path, parts: list[_Shard], event_ids: list[str]) -> None:
    file.attrs.update(parts[0].attributes)
    del file.attrs["index_digest"]
    file.attrs["inputs"] = _joined_inputs(parts)
    for name, (values, attributes) in parts[0].arrays.items():
        file[name] = values
        file[name].attrs.update(attributes)
    for name, (columns, _) in parts[0].tables.items():
        rows = [row for part in parts for row in part.tables[name][1]]
        write_table(file, name, columns, rows)
    _link(file, folder, parts)
    lengths = np.concatenate([part.lengths for part in parts])
    # A shard without an event has none of them.
    names = {name for part in parts for name in part.event_digests}
    digests = {
        name: np.concatenate([p.event_digests[name] for p in parts if name in p.event_digests])
        for name in names
    }
    write_events_index(file, lengths, event_ids, digests)


def _read(path: Path, kind: str) -> _Shard:
    with FrameStore(path, kind) as store:
        store.check()
    with damage_named(path), open_kind(path, kind) as file:
        arrays, tables, data_sets = {}, {}, {}
        for name, data in file.items():
            axis = data.attrs.get("axis")
            if axis == "none":
                arrays[name] = data[()], dict(data.attrs)
            elif axis is not None:
                data_sets[name] = _DataSet(data.shape[1:], data.dtype, dict(data.attrs))
            elif "columns" in data.attrs:
                tables[name] = table_of(file, name)
        return _Shard(
            path=path,
            attributes=dict(file.attrs),
            lengths=np.diff(file["offsets"][:]),
            event_ids=decode_text(file["event_id"][:]),
            event_digests=read_event_digests(file),
            arrays=arrays,
            tables=tables,
            data_sets=data_sets,
        )


def _require_same_make(first: _Shard, other: _Shard) -> None:
    for name in first.attributes.keys() | other.attributes.keys():
        ours, theirs = first.attributes.get(name), other.attributes.get(name)
        if name not in _OF_EACH_SHARD and ours != theirs:
            raise ValueError(
                f"{other.path} has {name} {theirs!r}, and {first.path} has {ours!r}: make both "
                "with the same settings"
            )
    same_arrays = first.arrays.keys() == other.arrays.keys() and all(
        np.array_equal(values, other.arrays[name][0]) for name, (values, _) in first.arrays.items()
    )
    if not same_arrays or first.tables.keys() != other.tables.keys():
        raise ValueError(f"{other.path} and {first.path} differ in what they hold: make both again")


def _require_different(event_ids: list[str], path: Path) -> None:
    if len(set(event_ids)) < len(event_ids):
        event_id = Counter(event_ids).most_common(1)[0][0]
        raise ValueError(f"event {event_id!r} is in two shards of {path}: make the shards again")


def _joined_inputs(parts: list[_Shard]) -> str:
    """Return the inputs of all shards as JSON: one value where they agree, else one a shard."""
    inputs = [json.loads(part.attributes["inputs"]) for part in parts]
    joined = {}
    for name, value in inputs[0].items():
        values = [one[name] for one in inputs]
        joined[name] = value if all(other == value for other in values) else values
    return json.dumps(joined, sort_keys=True)


def _link(file: h5py.File, folder: Path, parts: list[_Shard]) -> None:
    """Let the data sets of the shards be virtual data sets of one file."""
    starts = {
        "frame": np.cumsum([0, *(part.lengths.sum() for part in parts)]),
        "event": np.cumsum([0, *(len(part.lengths) for part in parts)]),
    }
    # Relative, so that a folder of results can be moved.
    names = [os.path.relpath(part.path, folder) for part in parts]
    data_sets = {name: kind for part in parts for name, kind in part.data_sets.items()}
    for name, (row, dtype, attributes) in data_sets.items():
        axis = attributes["axis"]
        layout = h5py.VirtualLayout((starts[axis][-1], *row), dtype)
        for i, shard in enumerate(names):
            first, last = starts[axis][i : i + 2]
            if last > first:
                layout[first:last] = h5py.VirtualSource(shard, name, (last - first, *row))
        file.create_virtual_dataset(name, layout, fillvalue=np.nan)
        file[name].attrs.update(attributes)
    group = file.create_group("shards")
    group.create_dataset("file", data=names, dtype=h5py.string_dtype())
    digests = [part.attributes["digest"] for part in parts]
    group.create_dataset("digest", data=digests, dtype=h5py.string_dtype())
    for axis, values in starts.items():
        group[f"{axis}_starts"] = values

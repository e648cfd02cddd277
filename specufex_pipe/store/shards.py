"""Reading a store whose frames lie in several files, the shards, as if it were one."""

import threading
from collections import OrderedDict
from pathlib import Path

import h5py
import numpy as np

from specufex_pipe.numerics.types import Array, IntArray
from specufex_pipe.store.files import damage_named, open_any, open_kind
from specufex_pipe.store.seal import UnusableFile

# Few enough for the limits on open files.
_OPEN_FILES = 64


class Shards:
    """The files of the shards of a joined store, opened when they are needed.

    Parameters
    ----------
    file : h5py.File
        The joined store.
    path : Path
        Its path; the shards' are relative to its folder.
    """

    def __init__(self, file: h5py.File, path: Path) -> None:
        self._path, self._kind = path, file.attrs["kind"]
        shards = file["shards"]
        self._names = [path.parent / name for name in shards["file"].asstr()[:]]
        self._digests = shards["digest"].asstr()[:].tolist()
        # First row of each shard, for data sets with a row a frame and with a row an event.
        self._starts = {axis: shards[f"{axis}_starts"][:] for axis in ("frame", "event")}
        self._open: OrderedDict[int, h5py.File] = OrderedDict()
        # Their index is checked once: of more shards than may be open, files come and go.
        self._checked = set[int]()
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close all files."""
        with self._lock:
            while self._open:
                self._open.popitem()[1].close()

    def path_of(self, event: int) -> Path:
        """Return the path of the shard that has an event of the joined store."""
        shard = int(np.searchsorted(self._starts["event"], event, side="right")) - 1
        return self._names[shard]

    def rows(self, dataset: h5py.Dataset) -> "ShardedRows":
        """Return a data set of the joined store as a `ShardedRows`."""
        name = dataset.name.removeprefix("/")
        return ShardedRows(self, name, self._starts[dataset.attrs["axis"]], dataset)

    def read(self, shard: int, name: str, start: int, stop: int) -> Array:
        """Return rows of a data set of one shard."""
        # Several threads read, and a file must not be closed under one of them.
        with self._lock, damage_named(self._names[shard]):
            return self._file(shard)[name][start:stop]

    def _file(self, shard: int) -> h5py.File:
        if shard in self._open:
            self._open.move_to_end(shard)
            return self._open[shard]
        if len(self._open) >= _OPEN_FILES:
            self._open.popitem(last=False)[1].close()
        path = self._names[shard]
        file = open_any(path) if shard in self._checked else open_kind(path, self._kind)
        if file.attrs["digest"] != self._digests[shard]:
            file.close()
            raise UnusableFile(
                f"{path} has changed since {self._path} was made of it and others: make that one "
                "again"
            )
        self._open[shard] = file
        self._checked.add(shard)
        return file


class ShardedRows:
    """A matrix whose rows lie in several files; a slice of it is an array.

    Parameters
    ----------
    shards : Shards
    name : str
        Of the data set in each of them.
    starts : ndarray of int
        First row of each shard, and the number of all rows.
    like : h5py.Dataset
        Has the shape and type of the whole.
    """

    def __init__(self, shards: Shards, name: str, starts: IntArray, like: h5py.Dataset) -> None:
        self._shards, self._name, self._starts = shards, name, starts
        self.shape, self.dtype = like.shape, like.dtype

    def __getitem__(self, rows: slice) -> Array:
        start, stop, _ = rows.indices(self.shape[0])
        first = np.searchsorted(self._starts, start, side="right") - 1
        parts = []
        for shard in range(first, len(self._starts) - 1):
            begin, end = self._starts[shard], self._starts[shard + 1]
            if begin >= stop:
                break
            if begin < end:
                here = slice(max(start - begin, 0), min(stop, end) - begin)
                parts.append(self._shards.read(shard, self._name, here.start, here.stop))
        if not parts:
            return np.empty((0, *self.shape[1:]), self.dtype)
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

"""HDF5: stores of frames, models, atomic writes. The only module that opens HDF5 files.

docs/file_formats.md lists what each file holds.
"""

import hashlib
import json
import os
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np

from specufex_pipe import __version__
from specufex_pipe.frames import gather

FORMAT_VERSION = 1
_CHUNK_BYTES = 1 << 18
_PER_FRAME = {"waveforms": "samples"}  # the other kinds keep theirs under "frames"


@contextmanager
def atomic_path(path):
    """Give a temporary path beside `path`, and move it there once it is written whole.

    The file is flushed to disk before it takes the place of an older one, so a reader sees the
    old file or the new one and never half of one. After an error the temporary file is removed.

    Parameters
    ----------
    path : str or Path

    Yields
    ------
    Path
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
        _flush_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _flush_folder(folder):
    # The new name is on disk only when the folder is.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class EventWriter:
    """Write a store event by event; nothing is held in memory but the batch at hand.

    Use it through `write_events`.
    """

    def __init__(self, file, kind):
        self._file = file
        self._per_frame = _PER_FRAME.get(kind, "frames")
        self._lengths = []
        self._event_ids = []
        self._rejected = []
        self._hash = hashlib.blake2b(digest_size=16)

    @property
    def n_events(self):
        """Number of events written so far."""
        return len(self._event_ids)

    @property
    def rejected(self):
        """Rows (event_id, stage, reason) of the events rejected so far."""
        return list(self._rejected)

    def append(self, event_ids, lengths, frames, **per_event):
        """Add events.

        Parameters
        ----------
        event_ids : sequence of str
        lengths : sequence of int
            Number of frames of each event.
        frames : ndarray of shape (sum(lengths), n_rows) or (sum(lengths),)
        **per_event : ndarray of shape (n_events, ...)
            One entry an event, each kept in a data set of its own under its name.

        Raises
        ------
        ValueError
            If lengths and frames do not fit, or a value is NaN or infinite.
        """
        if sum(lengths) != len(frames):
            raise ValueError(f"{sum(lengths)} frames announced, {len(frames)} given")
        for name, values in {self._per_frame: frames, **per_event}.items():
            if not np.isfinite(values).all():
                raise ValueError(f"{name} of events {event_ids[0]} to {event_ids[-1]}: not finite")
            self._extend(name, values)
        self._event_ids.extend(event_ids)
        self._lengths.extend(int(length) for length in lengths)

    def reject(self, event_id, stage, reason):
        """Note an event that goes no further, with the stage that turned it away and why."""
        self._rejected.append((event_id, stage, reason))

    def array(self, name, values, **attributes):
        """Keep an array that belongs to the store as a whole, such as the frequencies."""
        self._file.create_dataset(name, data=values)
        self._file[name].attrs.update(attributes)
        self._hash.update(name.encode() + np.ascontiguousarray(values).tobytes())

    def attributes(self, **values):
        """Keep attributes of the store as a whole."""
        self._file.attrs.update(values)

    def table(self, name, columns, rows):
        """Keep a table of text."""
        _write_table(self._file, name, columns, rows)

    def _extend(self, name, values):
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
        dataset = self._file[name]
        old = len(dataset)
        dataset.resize(old + len(values), axis=0)
        dataset[old:] = values
        self._hash.update(name.encode() + values.tobytes())

    def _finish(self):
        offsets = np.concatenate([[0], np.cumsum(self._lengths)]).astype(np.int64)
        self._file["offsets"] = offsets
        self._file.create_dataset("event_id", data=self._event_ids, dtype=h5py.string_dtype())
        _write_table(self._file, "rejected", ("event_id", "stage", "reason"), self._rejected)
        self._hash.update(offsets.tobytes() + "\0".join(self._event_ids).encode())
        self._file.attrs["digest"] = self._hash.hexdigest()


@contextmanager
def write_events(path, kind, *, settings, inputs):
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
    with atomic_path(path) as temporary, h5py.File(temporary, "w") as file:
        _describe(file, kind, settings, inputs)
        writer = EventWriter(file, kind)
        yield writer
        writer._finish()


class FrameStore:
    """Read a store of events; frames stay on disk until they are asked for.

    Has the interface of `frames.Frames`, so a model reads minibatches from it. Use it as a context
    manager.

    Parameters
    ----------
    path : str or Path
    kind : str
        What the store is expected to hold.

    Raises
    ------
    OSError
        If there is no such file, or it is damaged, of another kind or of a newer format.
    """

    def __init__(self, path, kind):
        self.path = Path(path)
        with _damage_named(path):
            self._file = _open(path, kind)
            self._frames = self._file[_PER_FRAME.get(kind, "frames")]
            self.offsets = self._file["offsets"][:]

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._file.close()

    @property
    def n_events(self):
        """Number of events."""
        return len(self.offsets) - 1

    @property
    def n_frames(self):
        """Number of frames of all events together."""
        return int(self.offsets[-1])

    @property
    def n_rows(self):
        """Number of frequencies, patterns or states."""
        return self._frames.shape[1]

    @property
    def dtype(self):
        """Floating-point type of the frames."""
        return self._frames.dtype

    @property
    def event_ids(self):
        """Identifiers of the events, in the order of the frames."""
        return self._file["event_id"].asstr()[:].tolist()

    @property
    def digest(self):
        """Digest of the content."""
        return self._file.attrs["digest"]

    @property
    def attributes(self):
        """Attributes of the store as a whole."""
        return dict(self._file.attrs)

    def read(self, events):
        """Return the `frames.Batch` of the given events, in the order given."""
        return gather(self._frames, self.offsets, events)

    def array(self, name):
        """Return a whole data set."""
        return self._file[name][:]

    def table(self, name):
        """Return (columns, rows) of a table of text."""
        return _read_table(self._file, name)


def write_arrays(path, kind, arrays, *, attributes=None, settings=None, inputs=None):
    """Write a model or another set of arrays, atomically.

    Parameters
    ----------
    path : str or Path
    kind : str
        What it is: "nmf", "hmm", "clusters".
    arrays : dict of ndarray
    attributes : dict, optional
    settings : dict, optional
        The settings that made it.
    inputs : dict of str, optional
        Digests of what it was made from.
    """
    with atomic_path(path) as temporary, h5py.File(temporary, "w") as file:
        _describe(file, kind, settings or {}, inputs or {})
        for name, values in arrays.items():
            file[name] = values
        file.attrs.update(attributes or {})
        file.attrs["digest"] = _digest(arrays, dict(file.attrs))


def read_arrays(path, kind):
    """Read what `write_arrays` wrote.

    Returns
    -------
    arrays : dict of ndarray
    attributes : dict

    Raises
    ------
    OSError
        If there is no such file, or it is damaged, of another kind or of a newer format.
    """
    with _damage_named(path), _open(path, kind) as file:
        arrays, attributes = _all_arrays(file), dict(file.attrs)
        found = _digest(arrays, attributes)
    if found != attributes.get("digest"):
        raise OSError(f"{path}: damaged: its content does not have the digest that it was given")
    return arrays, attributes


def read_foreign_arrays(path, names):
    """Read a file that another program wrote.

    Parameters
    ----------
    path : str or Path
    names : collection of str
        The data sets that tell its kind.

    Returns
    -------
    dict of ndarray or None
        All its data sets; None if it lacks one of the names, or is a file of this package.

    Raises
    ------
    OSError
        If there is no such file, or it is damaged.
    """
    with _damage_named(path), _open_any(path) as file:
        if "format_version" in file.attrs or not set(names) <= set(file):
            return None
        return _all_arrays(file)


def _all_arrays(file):
    return {name: file[name][()] for name in file}


def _digest(arrays, attributes):
    """Return a digest of arrays and of all attributes but the digest itself."""
    content = hashlib.blake2b(digest_size=16)
    for name, values in sorted(arrays.items()):
        values = np.asarray(values)
        content.update(f"{name} {values.dtype.str} {values.shape}".encode() + values.tobytes())
    for name, value in sorted(attributes.items()):
        if name != "digest":
            content.update(f"{name} {value}".encode())
    return content.hexdigest()


@contextmanager
def _damage_named(path):
    """Turn what HDF5 makes of damaged content into one error that names the file."""
    try:
        yield
    except (KeyError, RuntimeError, TypeError, ValueError) as error:
        raise OSError(f"{path}: damaged ({error})") from error


def read_table(path, name):
    """Return (columns, rows) of a table of text in a file of any kind."""
    with _damage_named(path), _open(path) as file:
        return _read_table(file, name)


def read_attributes(path):
    """Return the attributes of a file of any kind."""
    with _damage_named(path), _open(path) as file:
        return dict(file.attrs)


def _describe(file, kind, settings, inputs):
    file.attrs["kind"] = kind
    file.attrs["format_version"] = FORMAT_VERSION
    file.attrs["software"] = f"specufex_pipe {__version__}"
    file.attrs["settings"] = json.dumps(settings, sort_keys=True)
    file.attrs["inputs"] = json.dumps(inputs, sort_keys=True)


def _open_any(path):
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: there is no such file")
    try:
        return h5py.File(path, "r")
    except OSError as error:
        raise OSError(f"{path}: not an HDF5 file, or damaged ({error})") from error


def _open(path, kind=None):
    file = _open_any(path)
    found, version = file.attrs.get("kind"), file.attrs.get("format_version")
    if version is None or (kind is not None and found != kind):
        file.close()
        raise OSError(f"{path}: holds {found or 'something else'}, expected {kind or 'a store'}")
    if version > FORMAT_VERSION:
        file.close()
        raise OSError(
            f"{path}: written in format {version} by a newer version; this one reads up to "
            f"{FORMAT_VERSION}"
        )
    return file


def _write_table(file, name, columns, rows):
    cells = np.array([list(row) for row in rows], dtype=object).reshape(len(rows), len(columns))
    file.create_dataset(name, data=cells, dtype=h5py.string_dtype())
    file[name].attrs["columns"] = list(columns)


def _read_table(file, name):
    table = file[name]
    return list(table.attrs["columns"]), [tuple(row) for row in table.asstr()[:].tolist()]

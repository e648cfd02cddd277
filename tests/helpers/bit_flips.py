"""Read files in which one bit has changed; run as a program, since HDF5 may crash or hang on them.

`python bit_flips.py KIND FOLDER FIRST LAST` flips a bit of the files of a kind for each seed, reads
all that is in them, and prints a line where what was read differs without a word, or where an error
does not name the file.
"""

import sys
from pathlib import Path

import numpy as np

from specufex_pipe.catalogs.csv import CSVCatalog
from specufex_pipe.catalogs.table import read_events, read_times, write_event_table
from specufex_pipe.rejections import Kind, Rejection
from specufex_pipe.store import (
    Assignments,
    FrameStore,
    join_shards,
    read_arrays,
    read_assignments,
    read_attributes,
    read_rejections,
    write_arrays,
    write_assignments,
    write_events,
)

KIND = "fingerprints"


def write_shard(path, seed, n_events=8):
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, 40, n_events)
    with write_events(path, KIND, settings={"a": 1}, inputs={"b": "c"}) as store:
        store.append(
            [f"{seed} event {number}" for number in range(n_events)],
            lengths.tolist(),
            rng.random((lengths.sum(), 5)),
            fingerprints=rng.random((n_events, 5, 5)),
            occupancy=rng.random((n_events, 5)),
        )
        store.array("frequencies", np.arange(5.0), unit="Hz")
        store.attributes(frame_interval=0.5, channel="XX.STA..HHZ")
        store.reject(Rejection("gone", "waveforms", Kind.GAP, "1.00 s are missing"))


def read_store(path):
    with FrameStore(path, KIND) as store:
        frames = store.read(range(store.n_events)).frames
        some = store.read_range(3, len(frames) - 3)
        arrays = [store.array(name) for name in ("fingerprints", "occupancy", "frequencies")]
        attributes = {name: str(value) for name, value in sorted(store.attributes.items())}
        return [store.event_ids, attributes, frames, some, *arrays, read_rejections(path, KIND)]


def make_shard(folder):
    write_shard(folder / "fingerprints.h5", 0)
    return [folder / "fingerprints.h5"], lambda: read_store(folder / "fingerprints.h5")


def make_joined(folder):
    paths = [folder / f"shards/0000{number}/fingerprints.h5" for number in range(2)]
    for number, path in enumerate(paths):
        write_shard(path, number)
    path = folder / "fingerprints.h5"
    join_shards(path, KIND, paths)

    def read():
        join_shards(folder / "again.h5", KIND, paths)
        return read_store(path)

    return [path, *paths], read


def make_model(folder):
    path, rng = folder / "hmm.h5", np.random.default_rng(0)
    write_arrays(path, "hmm", {"emissions": rng.random((5, 9))}, attributes={"n": 3})

    def read():
        arrays, attributes = read_arrays(path, "hmm")
        texts = {name: str(value) for name, value in attributes.items()}
        return [arrays["emissions"], texts, str(read_attributes(path, "hmm")["digest"])]

    return [path], read


def make_assignments(folder):
    path, rng = folder / "assignments.h5", np.random.default_rng(0)
    found = Assignments(
        list("abc"), np.array([1, 2, 0]), rng.random(3), np.array([2, 1, 0]), rng.random(3),
        rng.random(3), rng.random(3), np.array([False, False, True]),
        np.array([False, True, True]),
    )  # fmt: skip
    write_assignments(path, found, settings={}, inputs={})
    return [path], lambda: list(read_assignments(path))


def make_catalog(folder):
    rows = [f"event{number},2020-01-01T00:00:{number:02d},Piton" for number in range(40)]
    text = "\n".join(["event_id,time,place", *rows, "x,noon,"])
    (folder / "catalog.csv").write_text(text, encoding="utf-8")
    path = folder / "catalog.h5"
    write_event_table(path, CSVCatalog(str(folder / "catalog.csv")), {})
    return [path], lambda: [str(read_events(path)), str(read_times(path))]


MAKERS = {
    "shard": make_shard,
    "joined": make_joined,
    "model": make_model,
    "assignments": make_assignments,
    "catalog": make_catalog,
}


def same(one, other):
    return all(
        np.array_equal(a, b) if isinstance(a, np.ndarray) else a == b
        for a, b in zip(one, other, strict=True)
    )


def flip(path, rng):
    content = bytearray(path.read_bytes())
    bit = rng.integers(8 * len(content))
    content[bit // 8] ^= 1 << (bit % 8)
    path.write_bytes(content)


def main(kind, folder, first, last):
    files, read = MAKERS[kind](Path(folder))
    expected = read()
    for seed in range(int(first), int(last)):
        rng = np.random.default_rng(seed)
        path = files[rng.integers(len(files))]
        content = path.read_bytes()
        flip(path, rng)
        try:
            if not same(read(), expected):
                print(f"seed {seed}: {path.name} has changed what is read, without a word")
        except OSError as error:
            if str(path) not in str(error):
                print(f"seed {seed}: the error does not name {path}: {error}")
        path.write_bytes(content)


if __name__ == "__main__":
    main(*sys.argv[1:])

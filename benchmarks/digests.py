"""Digests of every number that a run ends with, to see that a change of the code changed none.

Run it before the change with `python benchmarks/digests.py record before.json`, and after it with
`python benchmarks/digests.py compare before.json`, on the same machine: other processors have other
last bits. It runs the demonstration, and all factorizations on 60 of its events, in a temporary
folder (five minutes on two cores), and takes the digest of each numeric array in each file.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np
import yaml

from specufex_pipe.store import read_assignments

REPOSITORY = Path(__file__).parents[1]
CHANNEL = "YA.UV05.00.HHZ"
N_EVENTS = 60
FILES = ("waveforms", "spectrograms", "nmf", "activations", "hmm", "fingerprints", "clusters")
VARIANTS = {
    "seq": {"nmf.method": "seq"},
    "smooth": {"nmf.method": "smooth"},
    "smooth_convex": {"nmf.method": "smooth_convex"},
    "minibatch_smooth_convex": {
        "nmf.method": "smooth_convex",
        "nmf.smooth_convex.max_iter": 20,
        "nmf.smooth_convex.batch_size": 1000,
    },
    "replicate": {"nmf.method": "replicate"},
}


def write_settings(folder):
    """Write the settings of the demonstration, its paths made absolute; return them."""
    block = REPOSITORY / "resources/demo/settings.yaml"
    settings = yaml.safe_load(block.read_text(encoding="utf-8"))
    for section in ("catalog", "source"):
        settings[section]["path"] = str(REPOSITORY / settings[section]["path"])
    (folder / "config.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    return settings


def write_small_settings(folder):
    """Write the settings of a run of few events and all factorizations."""
    settings = write_settings(folder)
    lines = Path(settings["catalog"]["path"]).read_text(encoding="utf-8").splitlines()
    (folder / "catalog.csv").write_text("\n".join(lines[: N_EVENTS + 1]) + "\n", encoding="utf-8")
    settings["catalog"]["path"] = "catalog.csv"
    settings["shard_size"] = 40
    settings |= {
        "nmf.n_components": 8,
        "nmf.bayesian.max_iter": 100,
        "nmf.seq.max_iter": 20,
        "nmf.smooth.max_iter": 100,
        "nmf.smooth_convex.max_iter": 50,
        "nmf.replicate.n_replicates": 2,
        "nmf.replicate.max_iter": 100,
        "hmm.n_states": 6,
        "hmm.max_iter": 100,
        "clusters.n_clusters_min": 2,
        "clusters.n_clusters_max": 5,
        "variants": VARIANTS,
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")


def run(folder):
    command = [
        sys.executable, "-m", "snakemake", "--snakefile", REPOSITORY / "Snakefile",
        "--directory", folder, "--cores", "2",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)


def digest(values):
    values = np.ascontiguousarray(values)
    content = f"{values.dtype.str} {values.shape}".encode() + values.tobytes()
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def arrays_of(path):
    """Yield name and values of the numeric arrays of a file, those that keep account excepted."""
    with h5py.File(path) as file:
        for name, data in file.items():
            if isinstance(data, h5py.Dataset) and data.dtype.kind in "fib":
                yield name, data[()]


def digests_of(folder):
    """Return the digests of what a variant has, by file and array."""
    result = {}
    for name in FILES:
        if (path := folder / f"{name}.h5").exists():
            result |= {f"{name}/{array}": digest(values) for array, values in arrays_of(path)}
    return result | assignments_of(folder)


def assignments_of(folder):
    """Return the digests of clusters, and of the measures of the events, to six digits."""
    found = read_assignments(folder / "assignments.h5")
    texts = {
        "event_id": " ".join(found.event_ids),
        "membership": " ".join(f"{value:.6f}" for value in found.memberships),
        "silhouette": " ".join(f"{value:.6f}" for value in found.silhouettes),
        "distance": " ".join(f"{value:.6f}" for value in found.distances),
    }
    return {"assignments/cluster": digest(found.clusters.astype(np.int64))} | {
        f"assignments/{name}": hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
        for name, text in texts.items()
    }


def variants_of(folder):
    """Yield name and folder of the variants that a run has."""
    channel = folder / "results" / CHANNEL
    for variant in ("main", *VARIANTS):
        if (channel / variant).exists():
            yield variant, channel / variant


def measure():
    """Return all digests, by run, variant, file and array."""
    result = {}
    for name, write in (("demonstration", write_settings), ("small", write_small_settings)):
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            write(folder)
            run(folder)
            for variant, place in variants_of(folder):
                found = digests_of(place)
                result |= {f"{name}/{variant}/{key}": value for key, value in found.items()}
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("action", choices=("record", "compare"))
    parser.add_argument("file", type=Path)
    options = parser.parse_args()
    if options.action == "record":
        options.file.write_text(json.dumps(measure(), indent=1), encoding="utf-8")
        return
    before, after = json.loads(options.file.read_text(encoding="utf-8")), measure()
    different = sorted(key for key in before if after.get(key) != before[key])
    for key in different:
        print(f"{key}: {'changed' if key in after else 'is gone'}")
    for key in sorted(after.keys() - before.keys()):
        print(f"{key}: is new")
    print(f"{len(before) - len(different)} of {len(before)} arrays are equal")
    sys.exit(bool(different))


if __name__ == "__main__":
    main()

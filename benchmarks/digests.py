"""Digests of every number that a run ends with, to see that a change of the code changed none.

Run it before the change with `python benchmarks/digests.py record before.json`, and after it with
`python benchmarks/digests.py compare before.json`, on the same machine: other processors have other
last bits. It runs the demonstration, and all factorizations on 60 of its events, in a temporary
folder (five minutes on two cores), and takes the digest of each numeric array in each file.
"""

import argparse
import csv
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np
import yaml

REPOSITORY = Path(__file__).parents[1]
CHANNEL = "YA.UV05.00.HHZ"
N_EVENTS = 60
FILES = ("waveforms", "spectrograms", "nmf", "activations", "hmm", "fingerprints", "clusters")
METHODS = ("seq", "smooth", "smooth_convex", "minibatch_smooth_convex", "replicate")


def write_settings(folder):
    """Write the settings of the demonstration, its paths made absolute; return them."""
    settings = yaml.safe_load((REPOSITORY / "config.yaml").read_text(encoding="utf-8"))
    for key in ("catalog", "archive"):
        settings["waveforms"][key] = str(REPOSITORY / settings["waveforms"][key])
    (folder / "config.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    return settings


def write_small_settings(folder):
    """Write the settings of a run of few events and all factorizations."""
    settings = write_settings(folder)
    lines = Path(settings["waveforms"]["catalog"]).read_text(encoding="utf-8").splitlines()
    (folder / "catalog.csv").write_text("\n".join(lines[: N_EVENTS + 1]) + "\n", encoding="utf-8")
    settings["waveforms"]["catalog"] = "catalog.csv"
    settings["shard_size"] = 40
    settings["nmf"] |= {"n_components": 8, "max_iter": 100}
    settings["nmf"]["seq"]["max_iter"] = 20
    settings["nmf"]["smooth"]["max_iter"] = 100
    settings["nmf"]["smooth_convex"]["max_iter"] = 50
    settings["nmf"]["minibatch_smooth_convex"] |= {"max_iter": 20, "batch_size": 1000}
    settings["nmf"]["replicate"] |= {"n_replicates": 2, "max_iter": 100}
    settings["hmm"] |= {"n_states": 6, "max_iter": 100}
    settings["clusters"] |= {"n_clusters_min": 2, "n_clusters_max": 5}
    settings["compare"] = {"methods": list(METHODS), "labels": None}
    (folder / "config.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")


def run(folder):
    command = [
        sys.executable, "-m", "snakemake", "--snakefile", REPOSITORY / "workflow/Snakefile",
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
    """Yield name and values of the numeric arrays of a file, those that tell shards excepted."""
    with h5py.File(path) as file:
        for name, data in file.items():
            if isinstance(data, h5py.Dataset) and data.dtype.kind in "fiub":
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
    with (folder / "clusters.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    clusters = np.array([int(row["cluster"]) for row in rows])
    texts = {name: " ".join(row[name] for row in rows) for name in ("event_id", "silhouette")}
    texts["distance"] = " ".join(row["distance_to_centre"] for row in rows)
    return {"assignments/cluster": digest(clusters)} | {
        f"assignments/{name}": hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
        for name, text in texts.items()
    }


def variants_of(folder):
    """Yield name and folder of the runs of a channel."""
    channel = folder / "results" / CHANNEL
    yield "main", channel
    for method in METHODS:
        if (channel / "compare" / method).exists():
            yield method, channel / "compare" / method


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

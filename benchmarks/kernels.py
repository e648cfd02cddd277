"""How far the demonstration's clusters agree between processors, and between seeds.

Run it with `python benchmarks/kernels.py`; it takes about a minute a fit. OpenBLAS adds in another
order on each processor; its kernels, which OPENBLAS_CORETYPE chooses, stand for as many processors.
NMF, HMMs and clusters of a station's events are fitted with each kernel and the first seed, and
with each seed and the first kernel. Of each pair of fits it prints the adjusted Rand index of their
clusters, and the share of the events that move to another cluster: for the number that the rule
"stability" chooses, and for fixed ones. OpenBLAS takes another kernel in place of one that the
processor does not have or that it was built without; what it took is printed.
"""

import argparse
import json
import logging
import os
import subprocess
import sys
import tempfile
from itertools import combinations
from pathlib import Path

import numpy as np
from labelled_sets import labelled_set
from quality import Features, choose, divide
from sklearn.metrics import adjusted_rand_score
from synthetic_events import STATIONS
from threadpoolctl import threadpool_info, threadpool_limits

from specufex_pipe import BayesianNMF, EventFingerprinter
from specufex_pipe.clustering.resamples import matched

NUMBERS = (3, 5, 8)
_CHOSEN = "chosen"
_FEATURES, _METHOD = "default", "kmeans"


def fit(path, n_components, seed):
    """Fit all models to the spectrograms in a file; print the kernels and clusters as JSON."""
    with np.load(path) as file:
        spectrograms = list(file["spectrograms"])
    with threadpool_limits(1):
        nmf = BayesianNMF(n_components, random_state=seed)
        fingerprinter = EventFingerprinter(nmf, random_state=seed).fit(spectrograms)
        features = Features(fingerprinter.transform(spectrograms), fingerprinter.models_)
        found = {_CHOSEN: choose(features, _FEATURES, _METHOD, seed).labels_}
        found |= {str(n): divide(features, _FEATURES, _METHOD, n, seed) for n in NUMBERS}
    kernels = {each["architecture"] for each in threadpool_info() if "architecture" in each}
    clusters = {name: labels.tolist() for name, labels in found.items()}
    print(json.dumps({"kernels": sorted(kernels), "clusters": clusters}))


def fit_apart(path, n_components, seed, kernel):
    """Fit in a process that has a kernel of its own; return the clusters by number."""
    command = [sys.executable, __file__, "--fit", path, str(n_components), str(seed)]
    environment = os.environ | {"OPENBLAS_CORETYPE": kernel}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    found = json.loads(done.stdout)
    clusters = {name: np.array(labels) for name, labels in found["clusters"].items()}
    print(
        f"{kernel} ({', '.join(found['kernels'])}), seed {seed}: "
        f"{clusters[_CHOSEN].max()} clusters chosen",
        flush=True,
    )
    return clusters


def print_pairs(title, fits):
    """Print how far the clusters of each pair of fits agree, and the means."""
    names = (_CHOSEN, *map(str, NUMBERS))
    print(f"\n{title:26s}" + "".join(f"{name:>16s}" for name in names))
    rows = []
    for (one, first), (other, second) in combinations(fits.items(), 2):
        rows.append(
            [
                (
                    adjusted_rand_score(first[name], second[name]),
                    np.mean(first[name] != matched(first[name], second[name])),
                )
                for name in names
            ]
        )
        _print_row(f"{one}, {other}", rows[-1])
    _print_row("mean", np.mean(rows, axis=0))


def _print_row(name, cells):
    texts = (f"{index:6.3f} ({100 * moved:5.1f} %)" for index, moved in cells)
    print(f"{name:26s}" + "".join(f"{text:>16s}" for text in texts))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--station", choices=STATIONS, default=STATIONS[0])
    parser.add_argument(
        "--kernels",
        nargs="+",
        default=["Haswell", "SkylakeX", "Sandybridge", "Nehalem", "Prescott"],
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--fit", nargs=3, help=argparse.SUPPRESS)  # what its own processes run
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    if options.fit:
        path, n_components, seed = options.fit
        fit(path, int(n_components), int(seed))
        return
    data = labelled_set(options.station)
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "spectrograms.npz")
        np.savez(path, spectrograms=data.spectrograms)
        first_kernel, first_seed = options.kernels[0], options.seeds[0]
        found = {
            (kernel, seed): fit_apart(path, data.n_components, seed, kernel)
            for kernel in options.kernels
            for seed in options.seeds
            if first_kernel == kernel or first_seed == seed
        }
    print("\nAdjusted Rand index, and share of the events that move")
    print_pairs("kernels", {kernel: found[kernel, first_seed] for kernel in options.kernels})
    print_pairs("seeds", {f"seed {seed}": found[first_kernel, seed] for seed in options.seeds})


if __name__ == "__main__":
    main()

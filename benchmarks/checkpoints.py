"""What checkpoints cost: the same fits with and without them, in turn, in one process.

Run it with `python benchmarks/checkpoints.py`. It prints, for both models, the seconds of a fit
without checkpoints and the median of the ratios of neighbouring fits; to the right of it the ratio
of fits that both go without, which is what the machine's noise alone makes.
"""

import argparse
import logging
import tempfile
import time
from pathlib import Path

import numpy as np
from nmf import generated

from specufex_pipe import BayesianHMM, BayesianNMF


def seconds(model, data, checkpoint):
    start = time.perf_counter()
    model.fit(data, checkpoint=checkpoint)
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=2000)
    parser.add_argument("--pairs", type=int, default=15)
    options = parser.parse_args()
    logging.disable(logging.WARNING)  # fits of a set length end before they have settled
    spectrograms = generated(options.events, np.float32)
    patterns = BayesianNMF(20, max_iter=20).fit(spectrograms)
    energies = patterns.energies(patterns.transform(spectrograms))
    cases = {
        "NMF": (BayesianNMF(75, max_iter=300, tol=0), spectrograms),
        "HMM": (BayesianHMM(15, max_iter=300, tol=0), energies),
    }
    for name, (model, data) in cases.items():
        plain, ratios, noise = [], [], []
        for _ in range(options.pairs):
            with tempfile.TemporaryDirectory() as folder:
                first = seconds(model, data, None)
                kept = seconds(model, data, Path(folder) / "checkpoint.h5")
                second = seconds(model, data, None)
            plain.append(first)
            ratios.append(kept / ((first + second) / 2))
            noise.append(second / first)
        print(
            f"{name}: {np.median(plain):.2f} s without checkpoints, with them "
            f"{np.median(ratios):.3f} times as long (noise: {np.median(noise):.3f}, quartiles "
            f"{np.quantile(noise, 0.25):.3f} to {np.quantile(noise, 0.75):.3f})"
        )


if __name__ == "__main__":
    main()

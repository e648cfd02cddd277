"""What checkpoints cost: the same fits with and without them, in turn, in one process.

Run it with `python benchmarks/checkpoints.py`. It prints, for both models, the seconds of a fit
without checkpoints and the median of the ratios of neighbouring fits; to the right of it the ratio
of fits that both go without, which is what the machine's noise alone makes; and the share of the
fit's time that is spent in writing, which noise does not hide.
"""

import argparse
import logging
import tempfile
import time
from pathlib import Path

import numpy as np
from nmf import generated

from specufex_pipe import BayesianHMM, BayesianNMF
from specufex_pipe.fitting.checkpoint import Checkpoint


class TimedWrites:
    """Add up the time that is spent in writing checkpoints."""

    def __init__(self):
        self.total = 0.0
        self._write = Checkpoint.write
        Checkpoint.write = lambda *arguments: self._timed(*arguments)

    def _timed(self, *arguments):
        start = time.perf_counter()
        self._write(*arguments)
        self.total += time.perf_counter() - start


def seconds(model, data, checkpoint):
    start = time.perf_counter()
    model.fit(data, checkpoint=checkpoint)
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=2000)
    parser.add_argument("--steps", type=int, default=300, help="steps of a fit")
    parser.add_argument("--pairs", type=int, default=15)
    options = parser.parse_args()
    logging.disable(logging.WARNING)  # fits of a set length end before they have settled
    spectrograms = generated(options.events, np.float32)
    components = BayesianNMF(20, max_iter=20).fit(spectrograms)
    energies = components.energies(components.transform(spectrograms))
    cases = {
        "NMF": (BayesianNMF(75, max_iter=options.steps, tol=0), spectrograms),
        "HMM": (BayesianHMM(15, max_iter=options.steps, tol=0), energies),
    }
    writes = TimedWrites()
    for name, (model, data) in cases.items():
        plain, ratios, noise, shares = [], [], [], []
        for _ in range(options.pairs):
            with tempfile.TemporaryDirectory() as folder:
                first = seconds(model, data, None)
                writes.total = 0.0
                kept = seconds(model, data, Path(folder) / "checkpoint.h5")
                second = seconds(model, data, None)
            shares.append(writes.total / kept)
            plain.append(first)
            ratios.append(kept / ((first + second) / 2))
            noise.append(second / first)
        print(
            f"{name}: {np.median(plain):.2f} s without checkpoints, with them "
            f"{np.median(ratios):.3f} times as long (noise: {np.median(noise):.3f}, quartiles "
            f"{np.quantile(noise, 0.25):.3f} to {np.quantile(noise, 0.75):.3f}); "
            f"{np.median(shares):.1%} of the time in writing"
        )


if __name__ == "__main__":
    main()

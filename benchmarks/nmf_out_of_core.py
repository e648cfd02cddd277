"""The NMF on more spectrograms than it holds in memory, beside the same ones in memory.

Run it with `python benchmarks/nmf_out_of_core.py`. It writes generated spectrograms to a store in
a temporary folder (2.4 GB for 100 000 of 100 frequencies and 59 frames), then fits and transforms
them in two processes, one that reads minibatches from the store and writes the activations to
another, as the workflow does, and one that has all in memory. It prints the time of each, their
ratio, and the most memory that each process had.
"""

import argparse
import json
import logging
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from nmf import N_COMPONENTS, N_FRAMES, N_FREQUENCIES, generated

from specufex_pipe import BayesianNMF
from specufex_pipe.events.frames import Frames
from specufex_pipe.stages import activations
from specufex_pipe.store import FrameStore, write_events


def write_spectrograms(path, n_events):
    """Write generated spectrograms to a store, a thousand at a time."""
    with write_events(path, "spectrograms", settings={}, inputs={}) as store:
        for start in range(0, n_events, 1000):
            n = min(1000, n_events - start)
            ids = [f"event {number}" for number in range(start, start + n)]
            frames = generated(n, np.float32, seed=start).frames
            store.append(ids, np.full(n, N_FRAMES), frames)
        store.attributes(processing="{}")


def measure(folder, where, n_steps):
    """Fit and transform; return seconds of both and the peak of the memory, in bytes."""
    BayesianNMF(max_iter=1).fit(generated(40, np.float32))  # loads the kernels
    model = BayesianNMF(N_COMPONENTS, max_iter=n_steps, tol=0)
    with FrameStore(folder / "spectrograms.h5", "spectrograms") as store:
        data = store
        if where == "memory":
            data = Frames(*store.read(range(store.n_events)))
        start = time.perf_counter()
        model.fit(data)
        fitted = time.perf_counter()
        if where == "memory":
            model.transform(data)
    if where == "store":
        model.save(folder / "nmf.h5", inputs={"processing": {}})
        fitted = time.perf_counter()
        activations.run(
            folder / "activations.h5",
            spectrograms=folder / "spectrograms.h5",
            nmf=folder / "nmf.h5",
        )
    end = time.perf_counter()
    # In kilobytes on Linux.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"fit": fitted - start, "transform": end - fitted, "peak": peak}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--steps", type=int, default=300, help="steps of the fit")
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--where", choices=["store", "memory"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    logging.disable(logging.WARNING)  # a fit of a set length ends before it has settled
    if options.where:
        print(json.dumps(measure(options.folder, options.where, options.steps)))
        return
    with tempfile.TemporaryDirectory() as folder:
        write_spectrograms(Path(folder) / "spectrograms.h5", options.events)
        results = {}
        for where in ("memory", "store"):
            command = [sys.executable, __file__, "--steps", str(options.steps), "--folder", folder]
            run = subprocess.run([*command, "--where", where], check=True, stdout=subprocess.PIPE)
            results[where] = json.loads(run.stdout)
    size = options.events * N_FRAMES * N_FREQUENCIES * 4
    print(f"{options.events} spectrograms, {size / 1e9:.1f} GB, {options.steps} steps of the fit")
    for where, result in results.items():
        print(
            f"  {where:6s}  fit {result['fit']:6.1f} s, transform {result['transform']:6.1f} s, "
            f"peak of the memory {result['peak'] / 1e9:.2f} GB"
        )
    memory, store = results["memory"], results["store"]
    for task in ("fit", "transform"):
        print(f"  {task} from the store takes {store[task] / memory[task]:.2f} times as long")


if __name__ == "__main__":
    main()

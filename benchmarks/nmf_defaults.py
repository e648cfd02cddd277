"""What each default of the NMF is worth: fits with one of them changed, beside the defaults.

Run it with `python benchmarks/nmf_defaults.py`, after the workflow for the demonstration's data. Of
each fit it prints the seconds, the steps, the components that are left, and the bound of
spectrograms that took no part, in nats per frame (more is better), all inferred alike: for the
demonstration, and for generated spectrograms in which 5 and 8 components are planted and 20 are
looked for. The last three lines are the defaults with other seeds: what differs by less than they
do, does not differ.
"""

import argparse
import logging
import time
from pathlib import Path

import numpy as np
from nmf_quality import SPECTROGRAMS

from specufex_pipe import BayesianNMF
from specufex_pipe.events.checks import as_frames
from specufex_pipe.events.frames import Frames
from specufex_pipe.store import FrameStore

CHANGES = (
    {},
    {"local_tol": 1e-2}, {"local_tol": 1e-3}, {"local_tol": 1e-5},
    {"local_tol": 0, "max_local_rounds": 40}, {"local_tol": 0, "max_local_rounds": 300},
    {"max_local_rounds": 30},
    {"annealing": 0}, {"annealing": 0.75}, {"annealing": 0.9},
    {"forgetting": 0.51}, {"forgetting": 0.7}, {"forgetting": 0.9}, {"delay": 10},
    {"batch_size": 8}, {"batch_size": 128},
    {"evidence_weight": 1 / 59}, {"evidence_weight": 10},
    {"prune_below": 0}, {"prune_below": 1e-3}, {"prune_below": 1e-2},
    {"tol": 1e-2}, {"tol": 1e-4}, {"check_every": 10},
    {"held_out_share": 0.03}, {"held_out_share": 0.3},
    {"n_components": 40},
    {"random_state": 1}, {"random_state": 2}, {"random_state": 3},
)  # fmt: skip


def planted(seed, n_events, n_components, n_frequencies=40):
    """Return events that are sums of bumps in frequency, a few of them on in each frame."""
    rng = np.random.default_rng(seed)
    centres = np.linspace(4, n_frequencies - 5, n_components)
    spectra = np.exp(-0.5 * ((np.arange(n_frequencies) - centres[:, None]) / 1.5) ** 2)
    events = []
    for length in rng.integers(20, 50, n_events):
        on = rng.random((n_components, length)) < 0.3
        activations = on * rng.gamma(5, 20, (n_components, length))
        events.append(rng.poisson(spectra.T @ activations).astype(np.float32))
    return as_frames(events)


def data_sets(path):
    """Return (name, number of components to start with, events to learn from, others)."""
    with FrameStore(path, "spectrograms") as store:
        every_fifth = np.arange(0, store.n_events, 5)
        others = np.setdiff1d(np.arange(store.n_events), every_fifth)
        demonstration = [Frames(*store.read(events)) for events in (others, every_fifth)]
    return [
        ("demonstration", 75, *demonstration),
        *((f"{n} planted", 20, planted(1, 200, n), planted(2, 50, n)) for n in (5, 8)),
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("spectrograms", nargs="?", type=Path, default=SPECTROGRAMS)
    sets = data_sets(parser.parse_args().spectrograms)
    logging.disable(logging.WARNING)  # a fit may end before it has settled
    BayesianNMF(max_iter=1).fit(sets[0][2])  # compiles the kernels
    print(f"{'':34s}" + "".join(f"{name:>28s}" for name, *_ in sets))
    for changes in CHANGES:
        cells = []
        for _, n_components, learned, others in sets:
            start = time.perf_counter()
            model = BayesianNMF(**{"n_components": n_components} | changes).fit(learned)
            seconds = time.perf_counter() - start
            bound = model.set_params(local_tol=1e-6, max_local_rounds=1000).score(others)
            cells.append(
                f"{seconds:7.1f} s {model.n_iter_:4d} {model.n_components_:3d} {bound:8.2f}"
            )
        name = ", ".join(f"{key} {value:.3g}" for key, value in changes.items()) or "defaults"
        print(f"{name:34s}" + "".join(f"{cell:>28s}" for cell in cells), flush=True)


if __name__ == "__main__":
    main()

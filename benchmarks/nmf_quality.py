"""How well the NMF explains events that it has not seen, against time, beside scikit-learn's.

Run it with `python benchmarks/nmf_quality.py`, after the workflow for the demonstration's data. For
the demonstration and for generated spectrograms it fits `BayesianNMF` and scikit-learn's
`MiniBatchNMF` (kullback-leibler) with the number of components that the first one keeps, and
prints, after fits of growing length, their time and the Kullback-Leibler divergence between
spectrograms that neither has seen and what each expects of them, per frame. Each transforms them
with rounds until they settle.
"""

import argparse
import logging
import time
import warnings
from pathlib import Path

import numpy as np
from nmf import generated
from sklearn.decomposition import MiniBatchNMF
from sklearn.exceptions import ConvergenceWarning

from specufex_pipe import BayesianNMF
from specufex_pipe.events.frames import Frames
from specufex_pipe.store import FrameStore

SPECTROGRAMS = Path(__file__).parents[1] / "results/YA.UV05.00.HHZ/main/spectrograms.h5"
STEPS = (10, 20, 40, 80, 160, 1000)
EPOCHS = (1, 3, 10, 30)


def divergence(X, expected):
    """Return the Kullback-Leibler divergence per frame."""
    X, expected = X.astype(np.float64), np.maximum(expected, 1e-12)
    logarithms = np.log(np.where(X > 0, X / expected, 1.0))
    return (X * logarithms - X + expected).sum() / len(X)


def bayesian(n_steps):
    """Return a function that fits and gives a function from frames to what is expected of them."""

    def fit(data):
        model = BayesianNMF(max_iter=n_steps).fit(data)

        def expect(frames):
            return model.transform(frames).frames @ (model.components_.T * model.weights_).T

        name = f"BayesianNMF, {model.n_iter_} steps, {model.n_components_} components"
        return name, expect, model.n_components_

    return fit


def scikit_learn(n_components, **parameters):
    """Return such a function for scikit-learn's NMF."""

    def fit(data):
        model = MiniBatchNMF(
            n_components,
            beta_loss="kullback-leibler",
            random_state=0,
            transform_max_iter=1000,
            **parameters,
        ).fit(data.frames)

        def expect(frames):
            return model.set_params(tol=1e-5).transform(frames.frames) @ (model.components_)

        return f"MiniBatchNMF, {model.n_steps_} steps", expect, n_components

    return fit


def run(fit, learned, held_out):
    """Fit, print a line, and return (seconds, divergence, number of components)."""
    start = time.perf_counter()
    name, expect, n_components = fit(learned)
    seconds = time.perf_counter() - start
    result = divergence(held_out.frames, expect(held_out))
    print(f"  {name:45s} {seconds:6.1f} s  divergence {result:7.2f}", flush=True)
    return seconds, result, n_components


def compare(name, data):
    """Print the course of both for one data set."""
    held_out = np.arange(5, data.n_events, 10)
    learned = np.setdiff1d(np.arange(data.n_events), held_out)
    learned, held_out = Frames(*data.read(learned)), Frames(*data.read(held_out))
    print(f"\n{name}: {learned.n_events} spectrograms to learn from, {held_out.n_events} held out")
    own = [run(bayesian(n), learned, held_out) for n in STEPS]
    n_components = own[-1][2]
    others = [run(scikit_learn(n_components), learned, held_out)]
    for n_epochs in EPOCHS:
        # As many frames in a step as the Bayesian NMF takes, and no early end.
        parameters = {"max_iter": n_epochs, "batch_size": 32 * len(learned.frames)
                      // learned.n_events, "tol": 0, "max_no_improvement": None}  # fmt: skip
        others.append(run(scikit_learn(n_components, **parameters), learned, held_out))
    seconds, best, _ = min(others, key=lambda result: result[1])
    passed = [time for time, result, _ in own if result <= best]
    print(
        f"  scikit-learn's best, {best:.2f}, took {seconds:.1f} s; "
        + (f"passed here after {passed[0]:.1f} s" if passed else "not reached here")
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("spectrograms", nargs="?", type=Path, default=SPECTROGRAMS)
    parser.add_argument("--generated", type=int, default=2000, help="number of spectrograms")
    options = parser.parse_args()
    logging.disable(logging.WARNING)  # fits of a set length end before they have settled
    warnings.simplefilter("ignore", ConvergenceWarning)
    BayesianNMF(max_iter=1).fit(generated(40, np.float32))  # compiles the kernels
    with FrameStore(options.spectrograms, "spectrograms") as store:
        compare("demonstration", Frames(*store.read(range(store.n_events))))
    compare("generated", generated(options.generated, np.float32))


if __name__ == "__main__":
    main()

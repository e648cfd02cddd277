"""The speed of the NMF beside the older port's formula, and beside this machine's matrix products.

Run it with `python benchmarks/nmf.py`. All is measured side by side in one process on the same
generated data, in turns, and the best of the turns is printed, since other work on a machine only
ever adds time:

- ms per spectrogram for a step of the fit and for the transform, with a fixed number of rounds;
- the same of the formula as the older port has it, in double precision, with a tensor of (patterns,
  frames, frequencies) for each spectrogram;
- the share of the machine's rate in the product of two large matrices, BLAS on all cores;
- ms per spectrogram where rounds end when they have settled, for 1 000, 10 000 and 100 000
  spectrograms: it must not grow.
"""

import argparse
import time

import numba
import numpy as np
from scipy.special import digamma

from specufex_pipe import BayesianNMF
from specufex_pipe.frames import Frames
from specufex_pipe.nmf.updates import update_patterns

N_FREQUENCIES, N_PATTERNS, N_FRAMES = 100, 75, 59
SIZE = 2000  # of the matrices that tell the machine's rate


def generated(n_events, dtype, seed=0):
    """Return spectrograms that are sums of bumps in frequency, with Poisson noise."""
    rng = np.random.default_rng(seed)
    centres = rng.uniform(0, N_FREQUENCIES, (N_PATTERNS, 1))
    widths = rng.uniform(1, 8, (N_PATTERNS, 1))
    spectra = np.exp(-0.5 * ((np.arange(N_FREQUENCIES) - centres) / widths) ** 2)
    frames = np.empty((n_events * N_FRAMES, N_FREQUENCIES), dtype=dtype)
    for start in range(0, len(frames), 50_000):
        part = frames[start : start + 50_000]
        on = rng.random((len(part), N_PATTERNS)) < 0.1
        part[:] = rng.poisson((on * rng.gamma(1, 10, on.shape)) @ spectra)
    return Frames(frames, np.arange(n_events + 1) * N_FRAMES)


def naive_transform(X, patterns, prior, n_rounds):
    """Infer the activations of one event, (frames, frequencies), as the older port does."""
    log_w = digamma(patterns.w_shape) - np.log(patterns.w_rate)
    log_w += (digamma(patterns.a_shape) - np.log(patterns.a_rate))[:, None]
    rate = prior.v_rate + patterns.gain()
    shape = np.ones((len(rate), len(X)))
    for _ in range(n_rounds):
        shape = prior.v_shape + (naive_shares(shape, rate, log_w) * X).sum(axis=2)
    return shape, rate, log_w


def naive_shares(shape, rate, log_w):
    """Return how each entry is shared out: (patterns, frames, frequencies)."""
    shares = np.exp((digamma(shape) - np.log(rate)[:, None])[:, :, None] + log_w[:, None, :])
    shares /= shares.sum(axis=0)
    return shares


def naive_step(events, patterns, prior, n_rounds, scale):
    """Take one step of the fit with the spectrograms of a minibatch, one after the other."""
    allocated = np.zeros(patterns.w_shape.shape)
    activity = np.zeros(len(patterns.a_shape))
    for event in events:
        shape, rate, log_w = naive_transform(event, patterns, prior, n_rounds)
        allocated += (naive_shares(shape, rate, log_w) * event).sum(axis=1)
        activity += (shape / rate[:, None]).sum(axis=1)
    return update_patterns(patterns, prior, scale * allocated, scale * activity, 0.1)


def seconds(function, *arguments):
    """Return the time that a call takes."""
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start


def product(dtype):
    """Return the time of the product of two large matrices."""
    A, B = (np.random.default_rng(i).random((SIZE, SIZE)).astype(dtype) for i in (0, 1))
    return seconds(np.matmul, A, B)


def compare(dtype, n_events, n_rounds, n_turns):
    """Print times, ratios and rates for one precision."""
    data = generated(n_events, dtype)
    minibatch = Frames(*data.read(range(32)))
    model = BayesianNMF(
        N_PATTERNS, annealing=0, prune_below=0, max_local_rounds=n_rounds, local_tol=0
    ).partial_fit(minibatch)
    patterns, prior = model._patterns, model._prior
    few = [event.astype(np.float64) for event in data.read(range(4)).events()]
    tasks = {
        "product": lambda: product(dtype),
        "fit": lambda: seconds(model.partial_fit, minibatch) / 32,
        "naive fit": lambda: seconds(naive_step, few, patterns, prior, n_rounds, 8.0) / 4,
        "transform": lambda: seconds(model.transform, data) / n_events,
        "naive transform": lambda: seconds(naive_transform, few[0], patterns, prior, n_rounds),
    }
    best = dict.fromkeys(tasks, np.inf)
    for _ in range(n_turns):
        best = {name: min(best[name], task()) for name, task in tasks.items()}
    rate = 2 * SIZE**3 / best["product"] / 1e9
    print(f"\n{np.dtype(dtype).name}, {n_rounds} rounds; matrix products: {rate:.0f} GFLOP/s")
    # The sums that the patterns learn from take a round more.
    for name, all_rounds in (("fit", n_rounds + 1), ("transform", n_rounds)):
        own, naive = best[name], best[f"naive {name}"]
        reached = 4 * N_PATTERNS * N_FREQUENCIES * N_FRAMES * all_rounds / own / 1e9
        print(
            f"  {name:9s}  {own * 1e3:6.3f} ms per spectrogram, naive {naive * 1e3:6.1f} ms: "
            f"{naive / own:4.0f} times as fast; {reached:.0f} GFLOP/s, {reached / rate:.0%} of the "
            "products' rate"
        )


def grow(numbers):
    """Print ms per spectrogram with rounds until they settle, for several numbers of events."""
    print("\nfloat32, rounds until they settle, ms per spectrogram")
    for n_events in numbers:
        data = generated(n_events, np.float32)
        # 300 steps, as in a fit of its usual length: what is done once a fit counts.
        model = BayesianNMF(N_PATTERNS, max_iter=300, tol=0)
        in_fit = seconds(model.fit, data) / (300 * model.batch_size)
        in_transform = seconds(model.transform, data) / n_events
        print(
            f"  {n_events:7d} spectrograms: fit {in_fit * 1e3:.3f}, "
            f"transform {in_transform * 1e3:.3f}, {model.n_components_} patterns are left"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20, help="rounds of inference")
    parser.add_argument("--turns", type=int, default=9, help="turns; the best counts")
    parser.add_argument("--events", type=int, nargs="*", default=[1_000, 10_000, 100_000])
    options = parser.parse_args()
    print(
        f"{N_FREQUENCIES} frequencies, {N_PATTERNS} patterns, {N_FRAMES} frames, "
        f"{numba.get_num_threads()} threads"
    )
    for dtype in (np.float32, np.float64):
        compare(dtype, 256, options.rounds, options.turns)
    grow(options.events)


if __name__ == "__main__":
    main()

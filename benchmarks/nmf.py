"""The speed of the NMF beside SpecUFEx's formula, and beside this machine's matrix products.

Run it with `python benchmarks/nmf.py`. All is measured side by side in one process on the same
generated data, in turns, and the best of the turns is printed, since other work on a machine only
ever adds time:

- ms per spectrogram for a step of the fit and for the transform, with a fixed number of rounds;
- the same of the formula as SpecUFEx 0.1.1 has it, in double precision, with a tensor of
  (components, frames, frequencies) for each spectrogram;
- the share of the machine's rate in products of large matrices, and in products of the size of one
  spectrogram, one thread of BLAS on each core;
- ms per spectrogram where rounds end when they have settled, for 1 000, 10 000 and 100 000
  spectrograms: it must not grow.
"""

import argparse
import logging
import time

import numba
import numpy as np
from scipy.special import digamma
from threadpoolctl import threadpool_limits

from specufex_pipe import BayesianNMF
from specufex_pipe.events.frames import Frames
from specufex_pipe.factorizations.bayesian.updates import update_components
from specufex_pipe.numerics.threads import map_threads

N_FREQUENCIES, N_COMPONENTS, N_FRAMES = 100, 75, 59
SIZE = 2000  # rows and columns of large matrices


def generated(n_events, dtype, seed=0):
    """Return spectrograms that are sums of bumps in frequency, with Poisson noise."""
    rng = np.random.default_rng(seed)
    centres = rng.uniform(0, N_FREQUENCIES, (N_COMPONENTS, 1))
    widths = rng.uniform(1, 8, (N_COMPONENTS, 1))
    spectra = np.exp(-0.5 * ((np.arange(N_FREQUENCIES) - centres) / widths) ** 2)
    frames = np.empty((n_events * N_FRAMES, N_FREQUENCIES), dtype=dtype)
    for start in range(0, len(frames), 50_000):
        part = frames[start : start + 50_000]
        on = rng.random((len(part), N_COMPONENTS)) < 0.1
        part[:] = rng.poisson((on * rng.gamma(1, 10, on.shape)) @ spectra)
    return Frames(frames, np.arange(n_events + 1) * N_FRAMES)


def naive_transform(X, components, prior, n_rounds):
    """Infer the activations of one event, (frames, frequencies), as SpecUFEx 0.1.1 does."""
    log_w = digamma(components.w_shape) - np.log(components.w_rate)
    log_w += (digamma(components.a_shape) - np.log(components.a_rate))[:, None]
    rate = prior.v_rate + components.gain()
    shape = np.ones((len(rate), len(X)))
    for _ in range(n_rounds):
        shape = prior.v_shape + (naive_shares(shape, rate, log_w) * X).sum(axis=2)
    return shape, rate, log_w


def naive_shares(shape, rate, log_w):
    """Return how each entry is shared out: (components, frames, frequencies)."""
    shares = np.exp((digamma(shape) - np.log(rate)[:, None])[:, :, None] + log_w[:, None, :])
    return shares / shares.sum(axis=0)


def naive_step(events, components, prior, n_rounds, scale):
    """Take one step of the fit with the spectrograms of a minibatch, one after the other."""
    allocated = np.zeros(components.w_shape.shape)
    activity = np.zeros(len(components.a_shape))
    for event in events:
        shape, rate, log_w = naive_transform(event, components, prior, n_rounds)
        allocated += (naive_shares(shape, rate, log_w) * event).sum(axis=1)
        activity += (shape / rate[:, None]).sum(axis=1)
    return update_components(components, prior, scale * allocated, scale * activity, 0.1)


def seconds(function, *arguments):
    """Return the time that a call takes, after BLAS's idle threads have come to rest."""
    time.sleep(0.1)
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start


def product_rate(dtype, n_rows, n_inner, n_columns, n_repeats):
    """Return the rate of matrix products on all cores, in GFLOP/s: one task for each core."""
    rng = np.random.default_rng(0)
    n_threads = numba.get_num_threads()
    A = rng.random((n_threads, n_rows, n_inner)).astype(dtype)
    B = rng.random((n_inner, n_columns)).astype(dtype)
    out = np.empty((n_threads, n_rows, n_columns), dtype)

    def multiply(i):
        for _ in range(n_repeats):
            np.matmul(A[i], B, out=out[i])

    with threadpool_limits(1, user_api="blas"):
        needed = seconds(map_threads, multiply, range(n_threads))
    return 2 * n_threads * n_repeats * n_rows * n_inner * n_columns / needed / 1e9


def compare(dtype, n_events, n_rounds, n_turns):
    """Print times, ratios and rates for one precision."""
    data = generated(n_events, dtype)
    minibatch = Frames(*data.read(range(32)))
    model = BayesianNMF(
        N_COMPONENTS, annealing=0, prune_below=0, max_local_rounds=n_rounds, local_tol=0
    ).partial_fit(minibatch)
    components, prior = model._components, model._prior
    few = [event.astype(np.float64) for event in data.read(range(4)).events()]
    tasks = {
        "fit": lambda: seconds(model.partial_fit, minibatch) / 32,
        "naive fit": lambda: seconds(naive_step, few, components, prior, n_rounds, 8.0) / 4,
        "transform": lambda: seconds(model.transform, data) / n_events,
        "naive transform": lambda: seconds(naive_transform, few[0], components, prior, n_rounds),
    }
    best, large, alike = dict.fromkeys(tasks, np.inf), 0.0, 0.0
    for _ in range(n_turns):
        best = {name: min(best[name], task()) for name, task in tasks.items()}
        large = max(large, product_rate(dtype, SIZE, SIZE, SIZE, 1))
        alike = max(alike, product_rate(dtype, N_FRAMES, N_COMPONENTS, N_FREQUENCIES, 2000))
    print(
        f"\n{np.dtype(dtype).name}, {n_rounds} rounds; matrix products: {large:.0f} GFLOP/s for "
        f"large ones, {alike:.0f} for those of one spectrogram"
    )
    # The sums that the components learn from take a round more.
    for name, all_rounds in (("fit", n_rounds + 1), ("transform", n_rounds)):
        own, naive = best[name], best[f"naive {name}"]
        reached = 4 * N_COMPONENTS * N_FREQUENCIES * N_FRAMES * all_rounds / own / 1e9
        print(
            f"  {name:9s}  {own * 1e3:6.3f} ms per spectrogram, naive {naive * 1e3:6.1f} ms: "
            f"{naive / own:4.0f} times as fast; {reached:.0f} GFLOP/s, {reached / large:.0%} and "
            f"{reached / alike:.0%} of the products' rates"
        )


def grow(numbers, n_steps=100):
    """Print ms per spectrogram with rounds until they settle, for several numbers of events."""
    print("\nfloat32, rounds until they settle, no component dropped, ms per spectrogram")
    for n_events in numbers:
        data = generated(n_events, np.float32)
        model = BayesianNMF(N_COMPONENTS, max_iter=n_steps, tol=0, prune_below=0)
        in_fit = seconds(model.fit, data)
        in_fit /= model.n_iter_ * model.batch_size
        in_transform = seconds(model.transform, data) / n_events
        print(
            f"  {n_events:7d} spectrograms: fit {in_fit * 1e3:.3f}, "
            f"transform {in_transform * 1e3:.3f}",
            flush=True,
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20, help="rounds of inference")
    parser.add_argument("--turns", type=int, default=9, help="turns; the best counts")
    parser.add_argument("--events", type=int, nargs="*", default=[1_000, 10_000, 100_000])
    options = parser.parse_args()
    logging.disable(logging.WARNING)  # fits of a set length end before they have settled
    print(
        f"{N_FREQUENCIES} frequencies, {N_COMPONENTS} components, {N_FRAMES} frames, "
        f"{numba.get_num_threads()} threads"
    )
    for dtype in (np.float32, np.float64):
        compare(dtype, 256, options.rounds, options.turns)
    grow(options.events)


if __name__ == "__main__":
    main()

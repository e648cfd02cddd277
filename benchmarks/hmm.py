"""The speed of the HMM beside a plain numpy loop of the same updates, and beside hmmlearn.

Run it with `python benchmarks/hmm.py` (hmmlearn comes with the project's test dependencies). All is
measured side by side in one process on the same generated events, in turns, and the best of the
turns is printed, since other work on a machine only ever adds time:

- ms per event for a step of the fit and for the transform, with a fixed number of rounds, and the
  same of a numpy loop over events, rounds and frames; their results are compared first;
- microseconds for one forward-backward pass over one event on one core, and hmmlearn's compiled
  passes (scaled and in logarithms) with the sums over pairs;
- ms per event for events of 30 to 3 000 frames: it must grow in proportion;
- time and memory for 100 000 events, with rounds that end when they have settled.
"""

import argparse
import logging
import resource
import time

import numba
import numpy as np
from hmmlearn import _hmmc
from scipy.special import digamma, softmax

from specufex_pipe import BayesianHMM
from specufex_pipe.events.frames import Frames
from specufex_pipe.hmm.forward_backward import (
    allocate_passes,
    fill_probabilities,
    scale_emissions,
    scaled_forward_backward,
)

N_STATES, N_COMPONENTS, N_FRAMES = 15, 40, 59


def generated(n_events, n_frames=N_FRAMES, seed=0):
    """Return energies of events that stay in a state for 5 frames on average."""
    rng = np.random.default_rng(seed)
    rates = rng.gamma(0.5, 6, (2 * N_STATES, N_COMPONENTS)) + 0.1
    total = n_events * n_frames
    moves = rng.random(total) < 0.2
    states = rng.integers(len(rates), size=total)[np.maximum.accumulate(np.arange(total) * moves)]
    frames = np.empty((total, N_COMPONENTS), dtype=np.float32)
    for start in range(0, total, 100_000):
        part = slice(start, start + 100_000)
        frames[part] = rng.poisson(rates[states[part]])
    return Frames(frames, np.arange(n_events + 1) * n_frames)


def naive_expected(concentration):
    """Return exp(E[ln p]) of Dirichlet distributions, along the last axis."""
    return np.exp(digamma(concentration) - digamma(concentration.sum(axis=-1, keepdims=True)))


def naive_pass(start, transitions, emissions):
    """Pass over the frames of one event; emissions (frames, states) up to a factor a frame."""
    n_frames, n_states = emissions.shape
    forward, backward = np.empty_like(emissions), np.ones_like(emissions)
    forward[0] = start * emissions[0]
    forward[0] /= forward[0].sum()
    for t in range(1, n_frames):
        forward[t] = (forward[t - 1] @ transitions) * emissions[t]
        forward[t] /= forward[t].sum()
    for t in range(n_frames - 2, -1, -1):
        backward[t] = transitions @ (emissions[t + 1] * backward[t + 1])
        backward[t] /= backward[t].sum()
    probabilities = forward * backward
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    pair_sums = np.zeros((n_states, n_states))
    for t in range(n_frames - 1):
        pairs = np.outer(forward[t], emissions[t + 1] * backward[t + 1]) * transitions
        pair_sums += pairs / pairs.sum()
    return probabilities, pair_sums


def naive_inference(energies, model, n_rounds):
    """Infer one event, (frames, components), as the model does."""
    n_frames, n_states = len(energies), model.n_states
    smooth = np.array([
        energies[[max(t - 1, 0), t, min(t + 1, n_frames - 1)]].mean(axis=0) for t in range(n_frames)
    ])  # fmt: skip
    smooth = np.maximum(smooth - np.quantile(smooth, model.background, axis=0), 0)
    smooth *= model.loudness * n_frames / smooth.sum()
    expected_log = digamma(model._shape) - np.log(model._rate)[:, None]
    log_emissions = smooth @ expected_log.T - model.emissions_.sum(axis=1)
    emissions = np.exp(log_emissions - log_emissions.max(axis=1, keepdims=True))
    start = np.full(n_states, 0.01 / n_states + 1 / n_states)
    transitions = np.full((n_states, n_states), 0.1 / n_states + (n_frames - 1) / n_states**2)
    for _ in range(n_rounds):
        probabilities, pair_sums = naive_pass(
            naive_expected(start), naive_expected(transitions), emissions
        )
        start = 0.01 / n_states + probabilities[0]
        transitions = 0.1 / n_states + pair_sums
    return smooth, probabilities


def naive_step(events, model, n_rounds, scale):
    """Return the emissions' shapes and rates after a step with a minibatch."""
    shape, rate = np.zeros_like(model._shape), np.zeros_like(model._rate)
    for energies in events:
        smooth, probabilities = naive_inference(energies, model, n_rounds)
        shape += probabilities.T @ smooth
        rate += probabilities.sum(axis=0)
    return 0.1 + scale * shape, 0.1 + scale * rate


def naive_transform(energies, model, n_rounds):
    """Return the fingerprint of one event."""
    _, probabilities = naive_inference(energies, model, n_rounds)
    emissions = model.emissions_
    weighed = probabilities * emissions.sum(axis=1)
    before, passages = np.zeros(model.n_states), np.zeros((model.n_states, model.n_states))
    for frame in weighed:
        passages += np.outer(before, frame)
        before = model.horizon / (model.horizon + 1) * (before + frame)
    directions = emissions / np.linalg.norm(emissions, axis=1, keepdims=True)
    likeness = (directions @ directions.T) ** 2
    return np.sqrt(likeness @ (passages / passages.sum()) @ likeness)


def seconds(function, *arguments):
    """Return the time that a call takes."""
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start


def best_of(tasks, n_turns):
    """Return the shortest time of each task, taken in turns."""
    best = dict.fromkeys(tasks, np.inf)
    for _ in range(n_turns):
        best = {name: min(best[name], task()) for name, task in tasks.items()}
    return best


def compare(n_rounds, n_turns):
    """Print the time of a step and of the transform beside the naive loop's."""
    data = generated(512)
    minibatch = Frames(*data.read(range(32)))
    model = BayesianHMM(N_STATES, max_iter=20, max_local_rounds=n_rounds, local_tol=0).fit(data)
    few = [event.astype(np.float64) for event in data.read(range(4)).events()]
    found = model.transform(Frames(*data.read(range(4))))
    expected = np.array([naive_transform(event, model, n_rounds) for event in few])
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-9)
    shape, rate = model._shape, model._rate
    expected = naive_step(few, model, n_rounds, 16.0)
    model._update(data.read(range(4)), 16.0, 0)  # the first step has size 1
    np.testing.assert_allclose(model._shape, expected[0], rtol=1e-6)
    np.testing.assert_allclose(model._rate, expected[1], rtol=1e-6)

    def step():
        model._update(minibatch.read(range(32)), 16.0, 0)

    def restored(task):
        model._shape, model._rate = shape, rate
        return task()

    tasks = {
        "fit": lambda: restored(lambda: seconds(step)) / 32,
        "naive fit": lambda: restored(lambda: seconds(naive_step, few, model, n_rounds, 16.0)) / 4,
        "transform": lambda: restored(lambda: seconds(model.transform, data)) / 512,
        "naive transform": lambda: restored(
            lambda: seconds(naive_transform, few[0], model, n_rounds)
        ),
    }
    best = best_of(tasks, n_turns)
    print(f"{n_rounds} rounds")
    for name in ("fit", "transform"):
        own, naive = best[name], best[f"naive {name}"]
        print(
            f"  {name:9s}  {own * 1e3:6.4f} ms per event, naive {naive * 1e3:6.2f} ms: "
            f"{naive / own:4.0f} times as fast"
        )


@numba.njit
def repeat_pass(n_repeats, log_start, log_emissions, own, probabilities, pair_sums):
    """Do as the kernel does in its loop over events."""
    for _ in range(n_repeats):
        scaled_forward_backward(log_start, log_emissions, own, pair_sums)
        fill_probabilities(own, len(probabilities), probabilities)


def passes(n_turns, n_repeats=1000):
    """Print the time of one pass beside hmmlearn's."""
    rng = np.random.default_rng(1)
    start = rng.dirichlet(np.ones(N_STATES))
    transitions = rng.dirichlet(np.ones(N_STATES), N_STATES)
    log_emissions = rng.normal(0, 5, (N_FRAMES, N_STATES))
    emissions = softmax(log_emissions, axis=1)
    own = allocate_passes(N_FRAMES, N_STATES)
    own.transitions[:N_STATES, :N_STATES] = transitions
    own.transposed[:] = own.transitions.T
    probabilities, pair_sums = np.empty((N_FRAMES, N_STATES)), np.empty((N_STATES, N_STATES))
    scale_emissions(log_emissions, own)
    log_start = np.log(start)

    def ours():
        repeat_pass(n_repeats, log_start, log_emissions, own, probabilities, pair_sums)

    def scaled():
        for _ in range(n_repeats):
            _, forward, scaling = _hmmc.forward_scaling(start, transitions, emissions)
            backward = _hmmc.backward_scaling(start, transitions, emissions, scaling)
            sums = _hmmc.compute_scaling_xi_sum(forward, transitions, backward, emissions)
        return sums

    def logarithmic():
        for _ in range(n_repeats):
            _, forward = _hmmc.forward_log(start, transitions, log_emissions)
            backward = _hmmc.backward_log(start, transitions, log_emissions)
            _hmmc.compute_log_xi_sum(forward, transitions, backward, log_emissions)

    ours()
    np.testing.assert_allclose(scaled(), pair_sums, rtol=1e-8, atol=1e-10)
    tasks = {"this package": ours, "hmmlearn, scaled": scaled, "hmmlearn, logarithms": logarithmic}
    best = best_of({n: (lambda t=task: seconds(t)) for n, task in tasks.items()}, n_turns)
    print("\none pass over one event, one core")
    for name, needed in best.items():
        print(f"  {name:20s} {needed / n_repeats * 1e6:6.1f} microseconds")


def grow(n_turns):
    """Print ms per event for events of different lengths."""
    print("\n20 rounds, events of different lengths")
    for n_frames in (30, 59, 300, 3_000):
        data = generated(60_000 // n_frames, n_frames)
        model = BayesianHMM(N_STATES, max_iter=5, max_local_rounds=20, local_tol=0).fit(data)
        best = min(seconds(model.transform, data) for _ in range(n_turns)) / data.n_events
        print(
            f"  {n_frames:5d} frames: {best * 1e3:7.3f} ms per event, "
            f"{best / n_frames * 1e6:.2f} microseconds per frame"
        )


def many(n_events):
    """Print the time and the memory of a fit and a transform of many events."""
    data = generated(n_events)
    before = peak()
    model = BayesianHMM(N_STATES)
    in_fit = seconds(model.fit, data)
    in_transform = seconds(model.transform, data)
    print(
        f"\n{n_events} events, rounds until they settle\n"
        f"  fit {in_fit:.1f} s ({model.n_iter_} steps), transform {in_transform:.1f} s "
        f"({in_transform / n_events * 1e3:.3f} ms per event)\n"
        f"  {before:.2f} GB before the fit, with {data.frames.nbytes / 1e9:.2f} GB of events; "
        f"{peak():.2f} GB at the most, with {n_events * N_STATES**2 * 8 / 1e9:.2f} GB of "
        f"fingerprints"
    )


def peak():
    """Return the most memory that this process has had, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20, help="rounds of inference")
    parser.add_argument("--turns", type=int, default=25, help="turns; the best counts")
    parser.add_argument("--events", type=int, default=100_000)
    options = parser.parse_args()
    logging.disable(logging.WARNING)  # fits of a set length end before they have settled
    print(
        f"{N_STATES} states, {N_COMPONENTS} components, {N_FRAMES} frames, "
        f"{numba.get_num_threads()} threads"
    )
    compare(options.rounds, options.turns)
    passes(options.turns)
    grow(3)
    many(options.events)


if __name__ == "__main__":
    main()

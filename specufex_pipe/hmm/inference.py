"""The compiled inference of events: states, start and transitions, each in its turn.

Events are independent: a result depends neither on the other events nor on the number of threads.
"""

import math
from typing import NamedTuple

import numpy as np

from specufex_pipe.hmm.forward_backward import (
    KERNEL_OPTIONS,
    ScaledPasses,
    allocate_passes,
    fill_probabilities,
    forward_backward,
    scale_emissions,
    scaled_forward_backward,
)
from specufex_pipe.numerics.compiling import njit
from specufex_pipe.numerics.exp_digamma import digamma, exp_digamma_parts, times_exponential
from specufex_pipe.numerics.types import FloatArray, IntArray

# A transition of concentration c is about exp(psi(c)) / n_frames likely, or exp(-1 / c) / n_frames.
# The passes divide by the square of such a number, and double precision ends at exp(-708).
_LEAST_SCALED_CONCENTRATION = 1 / 320


class _Factors(NamedTuple):
    """The Dirichlet distributions of an event's start and transitions, and room to work.

    `start` and `log_start` are of shape (n_states,), `transitions` and `log_transitions` of shape
    (n_states, n_states), the others of shape (n_states, n_states + 1).
    """

    start: FloatArray
    log_start: FloatArray
    transitions: FloatArray
    log_transitions: FloatArray
    shapes: FloatArray
    means: FloatArray
    exponents: FloatArray


@njit(**KERNEL_OPTIONS)
def _allocate_factors(n_states: int) -> _Factors:
    return _Factors(
        np.empty(n_states),
        np.empty(n_states),
        np.empty((n_states, n_states)),
        np.empty((n_states, n_states)),
        np.empty((n_states, n_states + 1)),
        np.empty((n_states, n_states + 1)),
        np.empty((n_states, n_states + 1)),
    )


@njit(**KERNEL_OPTIONS)
def _dirichlet_expected_log(concentration: FloatArray, result: FloatArray) -> None:
    """Fill `result` with E[ln p] of p ~ Dirichlet(concentration)."""
    total = digamma(concentration.sum())
    for state in range(len(concentration)):
        result[state] = digamma(concentration[state]) - total


@njit(**KERNEL_OPTIONS)
def _dirichlet_divergence(concentration: FloatArray, prior: float) -> float:
    """Return KL(Dirichlet(concentration) || Dirichlet(prior, ..., prior))."""
    n, total = len(concentration), concentration.sum()
    log_total = digamma(total)
    result = math.lgamma(total) - math.lgamma(n * prior) + n * math.lgamma(prior)
    for value in concentration:
        result += (value - prior) * (digamma(value) - log_total) - math.lgamma(value)
    return result


@njit(**KERNEL_OPTIONS)
def _scale_transitions(factors: _Factors, passes: ScaledPasses) -> None:
    """Fill the transitions of the passes with exp(E[ln A]), row by row."""
    n_states = len(factors.start)
    for i in range(n_states):
        total = 0.0
        for j in range(n_states):
            factors.shapes[i, j] = factors.transitions[i, j]
            total += factors.transitions[i, j]
        factors.shapes[i, n_states] = total
    means, exponents = factors.means.reshape(-1), factors.exponents.reshape(-1)
    exp_digamma_parts(factors.shapes.reshape(-1), means, exponents)
    times_exponential(means, exponents)
    for i in range(n_states):
        scale = 1 / factors.means[i, n_states]
        for j in range(n_states):
            probability = factors.means[i, j] * scale
            passes.transitions[i, j] = passes.transposed[j, i] = probability


@njit(**KERNEL_OPTIONS)
def _round(
    log_emissions: FloatArray,
    factors: _Factors,
    passes: ScaledPasses,
    probabilities: FloatArray,
    pair_sums: FloatArray,
) -> float:
    """Infer pairs of states, and those of the first frame, under the factors; return ln Z."""
    _dirichlet_expected_log(factors.start, factors.log_start)
    if passes.emissions.size:
        _scale_transitions(factors, passes)
        log_z = scaled_forward_backward(factors.log_start, log_emissions, passes, pair_sums)
        fill_probabilities(passes, 1, probabilities)
        return log_z
    for i in range(len(pair_sums)):
        _dirichlet_expected_log(factors.transitions[i], factors.log_transitions[i])
    return forward_backward(
        factors.log_start, factors.log_transitions, log_emissions, probabilities, pair_sums
    )


@njit(**KERNEL_OPTIONS)
def _change(
    factors: _Factors,
    start_prior: float,
    transition_prior: float,
    probabilities: FloatArray,
    pair_sums: FloatArray,
) -> float:
    """Return how much the counts of an event differ from those that the round began with."""
    change = 0.0
    for i in range(len(pair_sums)):
        change += abs(probabilities[0, i] + start_prior - factors.start[i])
        for j in range(len(pair_sums)):
            change += abs(pair_sums[i, j] + transition_prior - factors.transitions[i, j])
    return change


@njit(**KERNEL_OPTIONS)
def _update(
    factors: _Factors,
    start_prior: float,
    transition_prior: float,
    probabilities: FloatArray,
    pair_sums: FloatArray,
) -> None:
    for i in range(len(pair_sums)):
        factors.start[i] = probabilities[0, i] + start_prior
        for j in range(len(pair_sums)):
            factors.transitions[i, j] = pair_sums[i, j] + transition_prior


@njit(**KERNEL_OPTIONS)
def _infer_event(
    log_emissions: FloatArray,
    start_prior: float,
    transition_prior: float,
    max_rounds: int,
    tolerance: float,
    factors: _Factors,
    passes: ScaledPasses,
    probabilities: FloatArray,
    pair_sums: FloatArray,
) -> float:
    n_frames, n_states = log_emissions.shape
    factors.start[:] = start_prior + 1 / n_states
    factors.transitions[:] = transition_prior + (n_frames - 1) / n_states**2
    if passes.emissions.size:
        scale_emissions(log_emissions, passes)
    log_z = 0.0
    for rounds_left in range(max_rounds - 1, -1, -1):
        log_z = _round(log_emissions, factors, passes, probabilities, pair_sums)
        change = _change(factors, start_prior, transition_prior, probabilities, pair_sums)
        # The bound is that of the factors which this round worked under: they stay as they are.
        if rounds_left == 0 or change < tolerance * n_frames:
            break
        _update(factors, start_prior, transition_prior, probabilities, pair_sums)
    if passes.emissions.size:
        fill_probabilities(passes, n_frames, probabilities)
    bound = log_z - _dirichlet_divergence(factors.start, start_prior)
    for i in range(n_states):
        bound -= _dirichlet_divergence(factors.transitions[i], transition_prior)
    return bound


@njit(**KERNEL_OPTIONS)
def infer_events(
    log_emissions: FloatArray,
    offsets: IntArray,
    start_prior: float,
    transition_prior: float,
    max_rounds: int,
    tolerance: float,
    probabilities: FloatArray,
    pair_sums: FloatArray,
    bounds: FloatArray,
) -> None:
    """Infer each event's states, start distribution and transitions, in turns until they settle.

    Beal's thesis (2003), section 3.4: the forward-backward pass under exp(E[ln pi]) and
    exp(E[ln A]), then the Dirichlet posteriors of pi and A from what it counts.

    Parameters
    ----------
    log_emissions : ndarray of shape (n_frames, n_states)
        ln p(y_t | state), of all events, stacked.
    offsets : ndarray of int, shape (n_events + 1,)
        Where the events begin.
    start_prior, transition_prior : float
        Concentrations of the symmetric Dirichlet priors.
    max_rounds : int
    tolerance : float
        An event is settled when its counts change by less than this share of its frames.
    probabilities : ndarray of shape (n_frames, n_states)
        Filled with p(state at t | all frames).
    pair_sums : ndarray of shape (n_events, n_states, n_states)
        Filled with the expected number of times that state j follows state i.
    bounds : ndarray of shape (n_events,)
        Filled with ln Z - KL(q(pi) || p(pi)) - sum_i KL(q(A_i) || p(A_i)), nats.
    """
    n_states = log_emissions.shape[1]
    longest = 0
    for n in range(len(offsets) - 1):
        longest = max(longest, offsets[n + 1] - offsets[n])
    # Passes without frames stand for the work in logarithms.
    is_scaled = transition_prior >= _LEAST_SCALED_CONCENTRATION
    passes = allocate_passes(longest if is_scaled else 0, n_states)
    factors = _allocate_factors(n_states)
    for n in range(len(offsets) - 1):
        first, last = offsets[n], offsets[n + 1]
        bounds[n] = _infer_event(log_emissions[first:last], start_prior, transition_prior,
                                 max_rounds, tolerance, factors, passes, probabilities[first:last],
                                 pair_sums[n])  # fmt: skip

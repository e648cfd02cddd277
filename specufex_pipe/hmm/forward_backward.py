"""The compiled kernel of the HMM: each event's states and transitions, inferred in turns.

All in logarithms, so that neither long events nor energies that differ by orders of magnitude
underflow. Events are independent and run in parallel; a result never depends on the number of
threads.
"""

import math

import numpy as np
from numba import njit, prange


@njit(cache=True)
def digamma(x):
    """Return the digamma function of x > 0: recurrence up to 10, then the asymptotic series.

    Abramowitz and Stegun, 6.3.5 and 6.3.18. Agrees with SciPy to 1e-13 relative.
    """
    result = 0.0
    while x < 10.0:
        result -= 1.0 / x
        x += 1.0
    inverse = 1.0 / (x * x)
    series = inverse * (
        1 / 12
        - inverse
        * (
            1 / 120
            - inverse
            * (1 / 252 - inverse * (1 / 240 - inverse * (1 / 132 - inverse * 691 / 32760)))
        )
    )
    return result + math.log(x) - 0.5 / x - series


@njit(cache=True)
def _log_sum_exp(values):
    largest = values.max()
    if largest == -np.inf:
        return largest
    total = 0.0
    for value in values:
        total += math.exp(value - largest)
    return largest + math.log(total)


@njit(cache=True)
def _dirichlet_expected_log(concentration, result):
    total = digamma(concentration.sum())
    for state in range(len(concentration)):
        result[state] = digamma(concentration[state]) - total


@njit(cache=True)
def _dirichlet_divergence(concentration, prior, expected_log):
    n = len(concentration)
    result = math.lgamma(concentration.sum()) - math.lgamma(n * prior) + n * math.lgamma(prior)
    for state in range(n):
        value = concentration[state]
        result += (value - prior) * expected_log[state] - math.lgamma(value)
    return result


@njit(cache=True)
def forward_backward(log_start, log_transitions, log_emissions, probabilities, pair_sums):
    """Infer the states of one event, given its start and transition probabilities.

    Parameters
    ----------
    log_start : ndarray of shape (n_states,)
        Need not be normalized; nor need the rows of the transitions.
    log_transitions : ndarray of shape (n_states, n_states)
    log_emissions : ndarray of shape (n_frames, n_states)
        ln p(y_t | state).
    probabilities : ndarray of shape (n_frames, n_states)
        Filled with p(state at t | all frames).
    pair_sums : ndarray of shape (n_states, n_states)
        Filled with sum_t p(state i at t, state j at t + 1 | all frames).

    Returns
    -------
    float
        ln Z, the log-likelihood of the event.
    """
    n_frames, n_states = log_emissions.shape
    # Both passes are normalized frame by frame, so that rounding does not grow with the event.
    forward = np.empty((n_frames, n_states))
    normalizers = np.empty(n_frames)
    terms = np.empty(n_states)
    forward[0] = log_start + log_emissions[0]
    normalizers[0] = _log_sum_exp(forward[0])
    forward[0] -= normalizers[0]
    for t in range(1, n_frames):
        for j in range(n_states):
            for i in range(n_states):
                terms[i] = forward[t - 1, i] + log_transitions[i, j]
            forward[t, j] = _log_sum_exp(terms) + log_emissions[t, j]
        normalizers[t] = _log_sum_exp(forward[t])
        forward[t] -= normalizers[t]

    pair_sums[:] = 0.0
    backward = np.zeros(n_states)
    ahead = np.empty(n_states)
    probabilities[-1] = np.exp(forward[-1])
    for t in range(n_frames - 2, -1, -1):
        ahead[:] = log_emissions[t + 1] + backward - normalizers[t + 1]
        for i in range(n_states):
            for j in range(n_states):
                terms[j] = log_transitions[i, j] + ahead[j]
                pair_sums[i, j] += math.exp(forward[t, i] + terms[j])
            backward[i] = _log_sum_exp(terms)
        probabilities[t] = np.exp(forward[t] + backward)
    for t in range(n_frames):
        probabilities[t] /= probabilities[t].sum()
    return normalizers.sum()


@njit(cache=True)
def _infer_event(log_emissions, start_prior, transition_prior, max_rounds, tolerance,
                 probabilities, pair_sums):  # fmt: skip
    n_frames, n_states = log_emissions.shape
    log_start = np.empty(n_states)
    log_transitions = np.empty((n_states, n_states))
    start = np.full(n_states, start_prior + 1 / n_states)
    transitions = np.full((n_states, n_states), transition_prior + (n_frames - 1) / n_states**2)
    bound = 0.0
    for _ in range(max_rounds):
        _dirichlet_expected_log(start, log_start)
        bound = -_dirichlet_divergence(start, start_prior, log_start)
        for i in range(n_states):
            _dirichlet_expected_log(transitions[i], log_transitions[i])
            bound -= _dirichlet_divergence(transitions[i], transition_prior, log_transitions[i])
        bound += forward_backward(
            log_start, log_transitions, log_emissions, probabilities, pair_sums
        )
        updated = pair_sums + transition_prior
        change = (
            np.abs(updated - transitions).sum()
            + np.abs(probabilities[0] + start_prior - start).sum()
        )
        transitions = updated
        start = probabilities[0] + start_prior
        if change < tolerance * n_frames:
            break
    return bound


@njit(cache=True, parallel=True)
def infer_events(log_emissions, offsets, start_prior, transition_prior, max_rounds, tolerance):
    """Infer each event's states, start distribution and transitions, in turns until they settle.

    Beal's thesis (2003), section 3.4: the forward-backward pass under exp(E[ln pi]) and
    exp(E[ln A]), then the Dirichlet posteriors of pi and A from what it counts.

    Parameters
    ----------
    log_emissions : ndarray of shape (n_frames, n_states)
        Of all events, stacked.
    offsets : ndarray of int, shape (n_events + 1,)
        Where the events begin.
    start_prior, transition_prior : float
        Concentrations of the symmetric Dirichlet priors.
    max_rounds : int
    tolerance : float
        An event is settled when its counts change by less than this share of its frames.

    Returns
    -------
    probabilities : ndarray of shape (n_frames, n_states)
    pair_sums : ndarray of shape (n_events, n_states, n_states)
        Expected number of times that state j follows state i.
    bounds : ndarray of shape (n_events,)
        ln Z - KL(q(pi) || p(pi)) - sum_i KL(q(A_i) || p(A_i)), nats.
    """
    n_states = log_emissions.shape[1]
    n_events = len(offsets) - 1
    probabilities = np.empty(log_emissions.shape)
    pair_sums = np.empty((n_events, n_states, n_states))
    bounds = np.empty(n_events)
    for n in prange(n_events):
        frames = slice(offsets[n], offsets[n + 1])
        bounds[n] = _infer_event(log_emissions[frames], start_prior, transition_prior, max_rounds,
                                 tolerance, probabilities[frames], pair_sums[n])  # fmt: skip
    return probabilities, pair_sums, bounds

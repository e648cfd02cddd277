"""The compiled passes of the HMM over the frames of one event, given its transitions.

`forward_backward` and `most_probable_path` work in logarithms, for any probabilities.
`scaled_forward_backward` does as the first with probabilities that are scaled frame by frame. It is
many times faster, and as exact while no transition is less likely than about 1e-150: then a state
whose probability falls below the range of double precision is one that no frame can bring back.
Neither long events nor energies that differ by orders of magnitude make either of them underflow.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from specufex_pipe.numerics.compiling import njit
from specufex_pipe.numerics.exp_digamma import times_exponential
from specufex_pipe.numerics.types import FloatArray, IntArray

# Vectors of probabilities are padded with states of probability 0 to a multiple of this.
_WIDTH = 4

# A frame whose probabilities add up to less is rescaled; 1e-8 times 1e-150 times 1e-150 is still
# above the smallest number of double precision.
_SMALL = 1e-8

# Sums may be taken in any order, so that they become vector instructions; it is that of the
# compiled code, the same each time.
KERNEL_OPTIONS: dict[str, Any] = {
    "nogil": True,
    "cache": True,
    "error_model": "numpy",
    "fastmath": {"contract", "nsz", "reassoc"},
}


class ScaledPasses(NamedTuple):
    """What the scaled passes work on, allocated once for many events.

    Emissions, transitions and their transpose are given, the others are filled; in the end
    `backward` is multiplied by `forward`.

    `emissions`, `forward`, `backward` and `ahead` (emission times backward) are of shape
    (n_frames, width), with the states padded to `width`; `peaks` and `normalizers` of shape
    (n_frames,); `start` of shape (width,); the others of shape (width, width).
    """

    emissions: FloatArray
    forward: FloatArray
    backward: FloatArray
    ahead: FloatArray
    peaks: FloatArray
    normalizers: FloatArray
    start: FloatArray
    transitions: FloatArray
    transposed: FloatArray
    pairs: FloatArray


@njit(**KERNEL_OPTIONS)
def allocate_passes(n_frames: int, n_states: int) -> ScaledPasses:
    """Return `ScaledPasses` for events of up to so many frames."""
    width = -(-n_states // _WIDTH) * _WIDTH
    return ScaledPasses(
        np.zeros((n_frames, width)),
        np.empty((n_frames, width)),
        np.empty((n_frames, width)),
        np.empty((n_frames, width)),
        np.empty(n_frames),
        np.empty(n_frames),
        np.zeros(width),
        np.zeros((width, width)),
        np.zeros((width, width)),
        np.empty((width, width)),
    )


@njit(cache=True)
def _log_sum_exp(values: FloatArray) -> float:
    largest = values.max()
    if largest == -np.inf:
        return largest
    total = 0.0
    for value in values:
        total += math.exp(value - largest)
    return largest + math.log(total)


@njit(nogil=True, cache=True)
def forward_backward(
    log_start: FloatArray,
    log_transitions: FloatArray,
    log_emissions: FloatArray,
    probabilities: FloatArray,
    pair_sums: FloatArray,
) -> float:
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
    backward, ahead = np.zeros(n_states), np.empty(n_states)
    pairs = np.empty((n_states, n_states))
    probabilities[-1] = np.exp(forward[-1])
    for t in range(n_frames - 2, -1, -1):
        ahead[:] = log_emissions[t + 1] + backward - normalizers[t + 1]
        for i in range(n_states):
            for j in range(n_states):
                terms[j] = log_transitions[i, j] + ahead[j]
                pairs[i, j] = forward[t, i] + terms[j]
            backward[i] = _log_sum_exp(terms)
        # They add up to 1 but for the rounding of logarithms, which grows with the energies.
        pairs = np.exp(pairs - pairs.max())
        pair_sums += pairs / pairs.sum()
        log_probabilities = forward[t] + backward
        probabilities[t] = np.exp(log_probabilities - log_probabilities.max())
    for t in range(n_frames):
        probabilities[t] /= probabilities[t].sum()
    return normalizers.sum()


@njit(**KERNEL_OPTIONS)
def scale_emissions(log_emissions: FloatArray, passes: ScaledPasses) -> None:
    """Fill `emissions`, relative to the likeliest state of each frame, and its log in `peaks`."""
    n_frames, n_states = log_emissions.shape
    for t in range(n_frames):
        peak = -np.inf
        for j in range(n_states):
            peak = max(peak, log_emissions[t, j])
        passes.peaks[t] = peak
        for j in range(n_states):
            passes.emissions[t, j] = 1.0
            # There is room until the passes begin.
            passes.ahead[t, j] = log_emissions[t, j] - peak
        for j in range(n_states, passes.ahead.shape[1]):
            passes.ahead[t, j] = 0.0
    emissions = passes.emissions[:n_frames]
    times_exponential(emissions.reshape(-1), passes.ahead[:n_frames].reshape(-1))
    for t in range(n_frames):
        for j in range(n_states):
            # Products with 1e-300 are below the normal range, where a processor is slow.
            if passes.ahead[t, j] < -690.0:
                passes.emissions[t, j] = 0.0


@njit(**KERNEL_OPTIONS)
def scaled_forward_backward(
    log_start: FloatArray, log_emissions: FloatArray, passes: ScaledPasses, pair_sums: FloatArray
) -> float:
    """Do as `forward_backward`, with `emissions`, `transitions` and `transposed` of the passes.

    The state probabilities are then there for `fill_probabilities`.

    Parameters
    ----------
    log_start, log_emissions, pair_sums : as for `forward_backward`
    passes : ScaledPasses

    Returns
    -------
    float
        ln Z.
    """
    n_frames, n_states = log_emissions.shape
    # The first frame in logarithms: a start may be less likely than double precision can tell.
    peak = -np.inf
    for j in range(n_states):
        peak = max(peak, log_start[j] + log_emissions[0, j])
    for j in range(n_states):
        passes.start[j] = math.exp(log_start[j] + log_emissions[0, j] - peak)
    _pass_both_ways(n_frames, passes)
    _count_pairs(n_frames, passes, pair_sums)
    log_z = peak + math.log(passes.forward[n_frames - 1].sum())
    for t in range(1, n_frames):
        log_z += passes.peaks[t]
        if passes.normalizers[t] != 1:
            log_z += math.log(passes.normalizers[t])
    return log_z


@njit(**KERNEL_OPTIONS)
def _pass_both_ways(n_frames: int, passes: ScaledPasses) -> None:
    """Fill `forward`, `backward` and `ahead`, each frame up to a factor, and `normalizers`.

    The passes go side by side: a processor works on one while it waits for the other. A frame is
    rescaled, `forward` by its normalizer, where it has become small.
    """
    forward, backward, ahead = passes.forward, passes.backward, passes.ahead
    transitions, transposed = passes.transitions, passes.transposed
    emissions, normalizers = passes.emissions, passes.normalizers
    last, width = n_frames - 1, emissions.shape[1]
    normalizers[0] = 1.0
    for j in range(width):
        forward[0, j] = passes.start[j]
        backward[last, j] = 1.0
        ahead[last, j] = emissions[last, j]
    for t in range(1, n_frames):
        u = last - t
        total = _multiply(transposed, forward, t - 1, emissions, t, forward, forward)
        later = _multiply(transitions, ahead, u + 1, emissions, u, backward, ahead)
        normalizers[t] = 1.0
        if total < _SMALL:
            normalizers[t] = total
            for j in range(width):
                forward[t, j] /= total
        if later < _SMALL:
            for j in range(width):
                backward[u, j] /= later
                ahead[u, j] /= later


@njit(**KERNEL_OPTIONS)
def _multiply(
    matrix: FloatArray,
    vectors: FloatArray,
    source: int | np.uint64,
    factors: FloatArray,
    t: int | np.uint64,
    products: FloatArray,
    weighed: FloatArray,
) -> float:
    """Fill products[t] with matrix @ vectors[source], weighed[t] with these times factors[t].

    Rows by fours, each a dot product; the sizes are multiples of 4. Whole arrays and the numbers of
    their rows come in, since a view of a row would cost more than its product. `weighed` may be
    `products`. Returns the sum of weighed[t].
    """
    # Unsigned: a signed index is looked at first, whether it counts from the end.
    t, source, width = np.uint64(t), np.uint64(source), np.uint64(vectors.shape[1])
    one, two, three = np.uint64(1), np.uint64(2), np.uint64(3)
    total = 0.0
    for j in range(np.uint64(0), width, np.uint64(_WIDTH)):
        first = second = third = fourth = 0.0
        for i in range(width):
            first += matrix[j, i] * vectors[source, i]
            second += matrix[j + one, i] * vectors[source, i]
            third += matrix[j + two, i] * vectors[source, i]
            fourth += matrix[j + three, i] * vectors[source, i]
        products[t, j], products[t, j + one] = first, second
        products[t, j + two], products[t, j + three] = third, fourth
        first, second = first * factors[t, j], second * factors[t, j + one]
        third, fourth = third * factors[t, j + two], fourth * factors[t, j + three]
        weighed[t, j], weighed[t, j + one] = first, second
        weighed[t, j + two], weighed[t, j + three] = third, fourth
        total += (first + second) + (third + fourth)
    return total


@njit(**KERNEL_OPTIONS)
def _count_pairs(n_frames: int, passes: ScaledPasses, pair_sums: FloatArray) -> None:
    """Fill the sums over pairs; put forward times backward in the place of `backward`."""
    forward, backward, ahead = passes.forward, passes.backward, passes.ahead
    n_states, width = len(pair_sums), forward.shape[1]
    for t in range(n_frames):
        total = 0.0
        for j in range(width):
            backward[t, j] *= forward[t, j]
            total += backward[t, j]
        # Then the probabilities of the pairs at t - 1 and t add up to 1.
        scale = 1 / (total * passes.normalizers[t])
        for j in range(width):
            ahead[t, j] *= scale
    pair_sums[:] = 0.0
    if n_frames > 1:
        np.dot(forward[: n_frames - 1].T, ahead[1:n_frames], passes.pairs)
        for i in range(n_states):
            for j in range(n_states):
                pair_sums[i, j] = passes.pairs[i, j] * passes.transitions[i, j]


@njit(**KERNEL_OPTIONS)
def fill_probabilities(passes: ScaledPasses, n_frames: int, probabilities: FloatArray) -> None:
    """Fill p(state | all frames) of the first frames from passes that are done."""
    for t in range(n_frames):
        total = passes.backward[t].sum()
        for j in range(probabilities.shape[1]):
            probabilities[t, j] = passes.backward[t, j] / total


@njit(nogil=True, cache=True)
def most_probable_path(
    log_start: FloatArray, log_transitions: FloatArray, log_emissions: FloatArray, path: IntArray
) -> None:
    """Find the sequence of states of an event that is most probable as a whole (Viterbi).

    Parameters
    ----------
    log_start, log_transitions, log_emissions : as for `forward_backward`
    path : ndarray of int, shape (n_frames,)
        Filled with the states, from 0.
    """
    n_frames, n_states = log_emissions.shape
    before = np.empty((n_frames, n_states), np.int64)
    best, extended = log_start + log_emissions[0], np.empty(n_states)
    for t in range(1, n_frames):
        for j in range(n_states):
            terms = best + log_transitions[:, j]
            before[t, j] = terms.argmax()
            extended[j] = terms[before[t, j]] + log_emissions[t, j]
        best[:] = extended
    path[-1] = best.argmax()
    for t in range(n_frames - 1, 0, -1):
        path[t - 1] = before[t, path[t]]

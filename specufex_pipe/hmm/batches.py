"""The inference of many events: shared out to threads, a few events at a time."""

from itertools import pairwise
from typing import NamedTuple, Self

import numpy as np
from scipy.special import digamma, gammaln

from specufex_pipe.events.frames import Batch
from specufex_pipe.hmm.energies import prepare_events
from specufex_pipe.hmm.fingerprint import sequence_fingerprints
from specufex_pipe.hmm.forward_backward import most_probable_path
from specufex_pipe.hmm.inference import infer_events
from specufex_pipe.numerics.gamma import gamma_expected_log
from specufex_pipe.numerics.threads import map_threads
from specufex_pipe.numerics.types import FloatArray, IntArray

_EVENTS_IN_A_PIECE = 8


class Emissions(NamedTuple):
    """What the passes need to know of the emissions B of the states.

    Attributes
    ----------
    log_rates : ndarray of shape (n_components, n_states)
        E[ln B].
    sums : ndarray of shape (n_states,)
        E[B], summed over the components.
    """

    log_rates: FloatArray
    sums: FloatArray

    @classmethod
    def from_gamma(cls, shape: FloatArray, rate: FloatArray) -> Self:
        """Return what follows from the gamma factors of the emissions.

        Parameters
        ----------
        shape : ndarray of shape (n_states, n_components)
        rate : ndarray of shape (n_states,)
        """
        logarithms = gamma_expected_log(shape, rate[:, None])
        return cls(np.ascontiguousarray(logarithms.T), (shape / rate[:, None]).sum(axis=1))


class Inferred(NamedTuple):
    """What is inferred of prepared events.

    Attributes
    ----------
    probabilities : ndarray of shape (n_frames, n_states)
        Of the states in each frame.
    pair_sums : ndarray of shape (n_events, n_states, n_states)
        Expected number of times that state j follows state i.
    bounds : ndarray of shape (n_events,)
        Bounds on the log-likelihood but for `poisson_constants`, nats.
    """

    probabilities: FloatArray
    pair_sums: FloatArray
    bounds: FloatArray


class Posterior(NamedTuple):
    """What the model infers of events.

    Attributes
    ----------
    state_probabilities : list of ndarray of shape (n_states, n_frames_of_event)
    start : ndarray of shape (n_events, n_states)
        State probabilities of the first frame.
    transitions : ndarray of shape (n_events, n_states, n_states)
        Probability that state j follows state i; uniform for a state that was never left.
    fingerprints : ndarray of shape (n_events, n_states, n_states)
        As `BayesianHMM.transform` returns them.
    bounds : ndarray of shape (n_events,)
        Bound on the log-likelihood of each event, nats.
    """

    state_probabilities: list[FloatArray]
    start: FloatArray
    transitions: FloatArray
    fingerprints: FloatArray
    bounds: FloatArray


def prepare_batch(
    batch: Batch, smoothing: int, background: float | None, loudness: float | None
) -> Batch:
    """Return the energies of events as the states describe them, in double precision.

    Parameters
    ----------
    batch : Batch
    smoothing, background, loudness
        As for `BayesianHMM`.
    """
    result = np.empty(batch.frames.shape)
    level, energy = (np.nan if value is None else float(value) for value in (background, loudness))

    def prepare(events: slice) -> None:
        frames, offsets = _cut(batch, events)
        prepare_events(batch.frames[frames], offsets, smoothing, level, energy, result[frames])

    map_threads(prepare, _pieces(batch))
    return Batch(result, batch.offsets)


def infer_batch(
    batch: Batch,
    emissions: Emissions,
    start_prior: float,
    transition_prior: float,
    *,
    max_rounds: int,
    tolerance: float,
) -> Inferred:
    """Infer the states of prepared events.

    Parameters
    ----------
    batch : Batch
        As `prepare_batch` returns it.
    emissions : Emissions
    start_prior, transition_prior : float
        Concentrations of the Dirichlet priors.
    max_rounds, tolerance
        As for `inference.infer_events`.
    """
    n_events, n_states = len(batch.offsets) - 1, len(emissions.sums)
    probabilities = np.empty((len(batch.frames), n_states))
    pair_sums = np.empty((n_events, n_states, n_states))
    bounds = np.empty(n_events)

    def infer(events: slice) -> None:
        frames, offsets = _cut(batch, events)
        infer_events(
            _log_emissions(Batch(batch.frames[frames], offsets), emissions),
            offsets, start_prior, transition_prior, max_rounds, tolerance,
            probabilities[frames], pair_sums[events], bounds[events],
        )  # fmt: skip

    map_threads(infer, _pieces(batch))
    return Inferred(probabilities, pair_sums, bounds)


def sequence_fingerprints_of(states: Batch, emissions: FloatArray, horizon: int) -> FloatArray:
    """Return `fingerprint.sequence_fingerprints` of events.

    Parameters
    ----------
    states : Batch
        Probabilities of the states, shape (n_frames, n_states).
    emissions : ndarray of shape (n_states, n_components)
    horizon : int
        In frames.

    Returns
    -------
    ndarray of shape (n_events, n_states, n_states)
    """

    def of_piece(events: slice) -> FloatArray:
        frames, offsets = _cut(states, events)
        return sequence_fingerprints(states.frames[frames], offsets, emissions, horizon)

    return np.concatenate(map_threads(of_piece, _pieces(states)))


def decode_batch(
    batch: Batch,
    found: Inferred,
    emissions: Emissions,
    start_prior: float,
    transition_prior: float,
) -> list[IntArray]:
    """Return the most probable sequence of states of prepared events (Viterbi).

    Parameters
    ----------
    batch, emissions, start_prior, transition_prior : as for `infer_batch`
    found : Inferred
        As `infer_batch` returns it.

    Returns
    -------
    list of ndarray of int, shape (n_frames_of_event,)
    """
    starts = found.probabilities[batch.offsets[:-1]] + start_prior
    transitions = found.pair_sums + transition_prior
    frames = Batch(_log_emissions(batch, emissions), batch.offsets).events()
    paths: list[IntArray] = []
    for n, log_emissions in enumerate(frames):
        path = np.empty(len(log_emissions), dtype=np.int64)
        most_probable_path(
            _dirichlet_expected_log(starts[n]),
            _dirichlet_expected_log(transitions[n]),
            log_emissions,
            path,
        )
        paths.append(path)
    return paths


def poisson_constants(batch: Batch) -> FloatArray:
    """Return the part of each event's Poisson log-likelihood that no rate changes, nats."""
    constants = gammaln(batch.frames + 1).sum(axis=1)
    return np.add.reduceat(constants, batch.offsets[:-1])


def _log_emissions(batch: Batch, emissions: Emissions) -> FloatArray:
    """Return E[ln p(y_t | state)] but for `poisson_constants`, shape (n_frames, n_states)."""
    result = np.empty((len(batch.frames), len(emissions.sums)))
    # Event by event: the last bits of a product change with the place of a row in a matrix.
    for first, last in pairwise(batch.offsets):
        np.dot(batch.frames[first:last], emissions.log_rates, out=result[first:last])
    result -= emissions.sums
    return result


def _dirichlet_expected_log(concentration: FloatArray) -> FloatArray:
    """Return E[ln p] of Dirichlet distributions, along the last axis."""
    return digamma(concentration) - digamma(concentration.sum(axis=-1, keepdims=True))


def _pieces(batch: Batch) -> list[slice]:
    """Return slices of events, the work of a thread at a time; the same for any number of them."""
    n_events = len(batch.offsets) - 1
    return [slice(i, i + _EVENTS_IN_A_PIECE) for i in range(0, n_events, _EVENTS_IN_A_PIECE)]


def _cut(batch: Batch, events: slice) -> tuple[slice, IntArray]:
    """Return the slice of the frames of some events, and their offsets in it."""
    offsets = batch.offsets[events.start : events.stop + 1]
    return slice(offsets[0], offsets[-1]), offsets - offsets[0]

"""`BayesianHMM`: events as sequences of hidden states, with scikit-learn's interface."""

from itertools import chain, pairwise
from numbers import Integral
from typing import NamedTuple

import numpy as np
from scipy.special import digamma, gammaln
from sklearn.base import TransformerMixin
from sklearn.cluster import KMeans
from sklearn.metrics import pairwise_distances_argmin
from threadpoolctl import threadpool_limits

from specufex_pipe.events.frames import Batch, event_batches, read_checked
from specufex_pipe.fitting.estimator import START, one_blas_thread, random_generator, whole_numbers
from specufex_pipe.fitting.svi import StochasticVariationalModel
from specufex_pipe.hmm.energies import prepare_events
from specufex_pipe.hmm.fingerprint import (
    normalize_transitions,
    sequence_fingerprints,
    transition_fingerprint,
)
from specufex_pipe.hmm.forward_backward import most_probable_path
from specufex_pipe.hmm.inference import infer_events
from specufex_pipe.legacy import specufex
from specufex_pipe.numerics.gamma import gamma_divergence, gamma_expected_log
from specufex_pipe.numerics.threads import map_threads

_FRAMES_TO_START_FROM = 20_000
_EVENTS_AT_A_TIME = 512
_EVENTS_IN_A_PIECE = 8
# SpecUFEx's priors: of an emission; of the start and a row of transitions, over the states.
_EMISSION_SHAPE = _EMISSION_RATE = 0.1
_START_CONCENTRATION = 0.01
_TRANSITION_CONCENTRATION = 0.1


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

    state_probabilities: list
    start: np.ndarray
    transitions: np.ndarray
    fingerprints: np.ndarray
    bounds: np.ndarray


class BayesianHMM(TransformerMixin, StochasticVariationalModel):
    """Bayesian hidden Markov model of energies, fitted by stochastic variational inference.

    All events share the states, each with a Poisson rate for each pattern (its emissions); each
    event has its own start distribution and its own transitions between the states.

    Parameters
    ----------
    n_states : int
    smoothing : int
        Odd number of frames over which the energies are averaged first.
    background : float, optional
        Quantile over the frames of an event that is subtracted from each pattern as its background;
        None for none.
    loudness : float, optional
        Energy of a frame, on average, to which each event is scaled then; None for no scaling.
    fingerprint : {"sequence", "transitions"}
        "sequence": which state comes before which, weighed by energy and blurred over states that
        are alike. "transitions": SpecUFEx's, occupancy times the root of the transitions.
    horizon : int
        Number of frames in which the weight of what follows falls to 1/e.
    init : {"kmeans", "random"}
        Emissions start from k-means on frames, or from the frames nearest to some chosen at random.
    evidence_weight : float
        How many times each frame counts against the prior of the emissions.
    batch_size : int
        Number of events in a minibatch.
    delay, forgetting : float
        The step size at step i is (delay + i) ** -forgetting.
    max_iter : int
        Number of steps at the most.
    held_out_share : float
        Share of the events whose bound decides when to stop; they take no part in the fit.
    check_every : int
        Number of steps between checks of the bound.
    tol : float
        The fit ends when the held-out bound rises by less than this share of itself ...
    patience : int
        ... over so many checks.
    max_local_rounds : int
        Number of rounds at the most to infer an event's states and transitions.
    local_tol : float
        The rounds end when the counts of an event change by less than this share of its frames;
        0 fixes their number.
    random_state : int
        Seed of all randomness.
    warm_start : bool
        Let `fit` go on from the model as it is, with smaller and smaller steps, and not begin
        anew; for data to which events were added. States keep their numbers.
    verbose : bool
        Show progress.

    Attributes
    ----------
    emissions_ : ndarray of shape (n_states, n_patterns)
        E[B], by falling energy of the states.
    bound_ : list of float
        Held-out bound after each check, nats per frame.
    bound_steps_ : list of int
        The steps of these checks.
    n_iter_ : int
        Number of steps taken.
    gain_ : ndarray of shape (n_patterns,)
        Only of a model of SpecUFEx: its energies are activations times this gain.

    References
    ----------
    Beal, thesis (2003), chapter 3 (the variational HMM); Holtzman et al., Science Advances 4
    (2018), eaao2929 (its use on earthquakes); Hoffman et al., JMLR 14 (2013) (stochastic updates).
    """

    _rows = "patterns"
    _kind = "hmm"

    def __init__(
        self,
        n_states=15,
        *,
        smoothing=3,
        background=0.5,
        loudness=100.0,
        fingerprint="sequence",
        horizon=20,
        init="kmeans",
        evidence_weight=1.0,
        batch_size=32,
        delay=1.0,
        forgetting=0.7,
        max_iter=500,
        held_out_share=0.1,
        check_every=10,
        tol=1e-3,
        patience=5,
        max_local_rounds=50,
        local_tol=1e-3,
        random_state=0,
        warm_start=False,
        verbose=False,
    ):
        self.n_states = n_states
        self.smoothing = smoothing
        self.background = background
        self.loudness = loudness
        self.fingerprint = fingerprint
        self.horizon = horizon
        self.init = init
        self.evidence_weight = evidence_weight
        self.batch_size = batch_size
        self.delay = delay
        self.forgetting = forgetting
        self.max_iter = max_iter
        self.held_out_share = held_out_share
        self.check_every = check_every
        self.tol = tol
        self.patience = patience
        self.max_local_rounds = max_local_rounds
        self.local_tol = local_tol
        self.random_state = random_state
        self.warm_start = warm_start
        self.verbose = verbose

    _rules = (
        *StochasticVariationalModel._rules,
        whole_numbers(1, "n_states", "horizon"),
        (
            ("smoothing",),
            lambda value: isinstance(value, Integral) and value >= 1 and value % 2 == 1,
            "an odd number >= 1",
        ),
        (("background",), lambda value: 0 <= value <= 1, "None or a number in [0, 1]"),
        (("loudness",), lambda value: value > 0, "None or a number > 0"),
    )
    _optional = ("background", "loudness")
    _choices = (("fingerprint", ("sequence", "transitions")), ("init", ("kmeans", "random")))

    @property
    def _start_prior(self):
        return _START_CONCENTRATION / self.n_states

    @property
    def _transition_prior(self):
        return _TRANSITION_CONCENTRATION / self.n_states

    @property
    def emissions_(self):
        """E[B], shape (n_states, n_patterns)."""
        return self._shape / self._rate[:, None]

    @one_blas_thread
    def posterior(self, X):
        """Infer states and transitions of events.

        An event's result depends on the model and on that event alone.

        Parameters
        ----------
        X : as for `fit`

        Returns
        -------
        Posterior
        """
        parts = [
            Posterior(
                [event.T for event in Batch(probabilities, batch.offsets).events()],
                probabilities[batch.offsets[:-1]],
                normalize_transitions(pair_sums),
                self._fingerprints(probabilities, pair_sums, batch.offsets),
                bounds - self._constants(batch),
            )
            for batch, probabilities, pair_sums, bounds in self._inferred(X)
        ]
        probabilities, *arrays = zip(*parts, strict=True)
        return Posterior(list(chain(*probabilities)), *map(np.concatenate, arrays))

    @one_blas_thread
    def transform(self, X):
        """Return the fingerprints of events.

        Parameters
        ----------
        X : as for `fit`

        Returns
        -------
        ndarray of shape (n_events, n_states, n_states)
        """
        return np.concatenate(
            [
                self._fingerprints(probabilities, pair_sums, batch.offsets)
                for batch, probabilities, pair_sums, _ in self._inferred(X)
            ]
        )

    @one_blas_thread
    def decode(self, X):
        """Return the most probable sequence of states of events (Viterbi), for pictures.

        It is the sequence that is most probable as a whole, under each event's own transitions;
        `posterior` tells how sure each frame is.

        Parameters
        ----------
        X : as for `fit`

        Returns
        -------
        list of ndarray of int, shape (n_frames_of_event,)
            States, from 0.
        """
        paths = []
        for batch, probabilities, pair_sums, _ in self._inferred(X):
            log_emissions = self._log_emissions(batch, self._expected_log_rates())
            starts = probabilities[batch.offsets[:-1]] + self._start_prior
            transitions = pair_sums + self._transition_prior
            for n, frames in enumerate(Batch(log_emissions, batch.offsets).events()):
                path = np.empty(len(frames), dtype=np.int64)
                most_probable_path(
                    _dirichlet_expected_log(starts[n]),
                    _dirichlet_expected_log(transitions[n]),
                    frames,
                    path,
                )
                paths.append(path)
        return paths

    @one_blas_thread
    def elbo(self, X):
        """Return the bound on the log evidence of a whole data set, in nats.

        Parameters
        ----------
        X : as for `fit`
        """
        frames = self._frames_of(X)
        evidence = self._score(frames, np.arange(frames.n_events)) * frames.n_frames
        rate = np.repeat(self._rate[:, None], frames.n_rows, axis=1)
        divergence = gamma_divergence(self._shape, rate, _EMISSION_SHAPE, _EMISSION_RATE)
        return self.evidence_weight * evidence - divergence

    _foreign_data_sets = specufex.HMM_DATA_SETS

    @classmethod
    def _from_foreign(cls, arrays):
        model = cls(**specufex.hmm_parameters(arrays))
        model._shape, model._rate, model.gain_ = specufex.hmm_factors(arrays)
        model.n_features_in_ = model._shape.shape[1]
        model._remember()
        model._finish()
        return model

    def _to_arrays(self):
        gain = {"gain": self.gain_} if hasattr(self, "gain_") else {}
        return gain | {
            "emissions": self.emissions_,
            "emission_shape": self._shape,
            "emission_rate": self._rate,
        }

    def _from_arrays(self, arrays):
        self._shape, self._rate = arrays["emission_shape"], arrays["emission_rate"]
        self.n_features_in_ = self._shape.shape[1]
        if "gain" in arrays:
            self.gain_ = arrays["gain"]
        self._remember()

    def _start(self, frames, events):
        """Let groups of frames be the first states."""
        self._remember()
        if hasattr(self, "gain_"):  # of the model of SpecUFEx that this was
            del self.gain_
        rng = random_generator(self.random_state, START)
        n_sample = max(1, _FRAMES_TO_START_FROM * len(events) // frames.n_frames)
        sample = np.sort(rng.choice(events, size=min(n_sample, len(events)), replace=False))
        Y = self._prepare(read_checked(frames, sample)).frames
        labels = self._first_labels(Y, rng)
        counts = np.bincount(labels, minlength=self.n_states)
        sums = np.zeros((self.n_states, frames.n_rows))
        np.add.at(sums, labels, Y)
        weight = self.evidence_weight * frames.n_frames / len(Y)
        self._shape = _EMISSION_SHAPE + weight * sums
        self._rate = _EMISSION_RATE + weight * counts

    def _first_labels(self, Y, rng):
        n_groups = min(self.n_states, len(Y))
        # The square root makes the spread of Poisson counts the same at all levels.
        Y = np.sqrt(Y)
        if self.init == "random":
            chosen = Y[rng.choice(len(Y), n_groups, replace=False)]
            return pairwise_distances_argmin(Y, chosen)
        seed = int(rng.integers(2**31))
        # One thread of OpenMP as well: sums over threads come out in another order each time.
        with threadpool_limits(1):
            return KMeans(n_groups, n_init=1, random_state=seed).fit_predict(Y)

    def _update(self, batch, scale, step):
        batch = self._prepare(batch)
        probabilities, _, _ = self._infer(batch)
        step_size = (self.delay + step) ** -self.forgetting
        weight = self.evidence_weight * scale
        shape = _EMISSION_SHAPE + weight * (probabilities.T @ batch.frames)
        rate = _EMISSION_RATE + weight * probabilities.sum(axis=0)
        self._shape = (1 - step_size) * self._shape + step_size * shape
        self._rate = (1 - step_size) * self._rate + step_size * rate

    def _local_bound(self, batch):
        batch = self._prepare(batch)
        _, _, bounds = self._infer(batch)
        return float((bounds - self._constants(batch)).sum())

    def _inferred(self, X):
        """Yield prepared events and what `_infer` returns for them, a few hundred at a time."""
        frames = self._frames_of(X)
        for events in event_batches(frames.n_events, _EVENTS_AT_A_TIME):
            batch = self._prepare(read_checked(frames, events))
            yield batch, *self._infer(batch)

    def _remember(self):
        """Keep what the emissions belong to, which must not change without a fit."""
        names = ("n_states", "smoothing", "background", "loudness")
        self._fitted_with = {name: getattr(self, name) for name in names}

    def _prepare(self, batch):
        """Return the events as the states describe them, in double precision."""
        result = np.empty(batch.frames.shape)
        background, loudness = (
            np.nan if value is None else float(value) for value in (self.background, self.loudness)
        )

        def prepare(events):
            frames, offsets = _cut(batch, events)
            prepare_events(
                batch.frames[frames], offsets, self.smoothing, background, loudness, result[frames]
            )

        map_threads(prepare, _pieces(batch))
        return Batch(result, batch.offsets)

    def _infer(self, batch):
        """Return state probabilities, sums over pairs and bounds without constants, of all events.

        Of prepared events; shapes (n_frames, n_states), (n_events, n_states, n_states), (n_events,)
        """
        for name, value in self._fitted_with.items():
            if getattr(self, name) != value:
                raise ValueError(
                    f"{name} is {getattr(self, name)!r}, and the model was fitted with {value!r}: "
                    "fit it again"
                )
        n_events = len(batch.offsets) - 1
        probabilities = np.empty((len(batch.frames), self.n_states))
        pair_sums = np.empty((n_events, self.n_states, self.n_states))
        bounds = np.empty(n_events)
        log_rates = self._expected_log_rates()

        def infer(events):
            frames, offsets = _cut(batch, events)
            infer_events(
                self._log_emissions(Batch(batch.frames[frames], offsets), log_rates),
                offsets, self._start_prior, self._transition_prior,
                self.max_local_rounds, self.local_tol,
                probabilities[frames], pair_sums[events], bounds[events],
            )  # fmt: skip

        map_threads(infer, _pieces(batch))
        return probabilities, pair_sums, bounds

    def _expected_log_rates(self):
        """Return E[ln B], shape (n_patterns, n_states)."""
        return np.ascontiguousarray(gamma_expected_log(self._shape, self._rate[:, None]).T)

    def _log_emissions(self, batch, log_rates):
        """Return E[ln p(y_t | state)] but for `_constants`, shape (n_frames, n_states)."""
        result = np.empty((len(batch.frames), self.n_states))
        # Event by event: the last bits of a product change with the place of a row in a matrix.
        for first, last in pairwise(batch.offsets):
            np.dot(batch.frames[first:last], log_rates, out=result[first:last])
        result -= self.emissions_.sum(axis=1)
        return result

    def _fingerprints(self, probabilities, pair_sums, offsets):
        if self.fingerprint == "transitions":
            start = probabilities[offsets[:-1]]
            return transition_fingerprint(start, normalize_transitions(pair_sums), self.horizon)
        batch, emissions = Batch(probabilities, offsets), self.emissions_

        def of_piece(events):
            frames, own_offsets = _cut(batch, events)
            return sequence_fingerprints(
                probabilities[frames], own_offsets, emissions, self.horizon
            )

        return np.concatenate(map_threads(of_piece, _pieces(batch)))

    def _constants(self, batch):
        # The part of a Poisson log-likelihood that does not depend on the rate.
        constants = gammaln(batch.frames + 1).sum(axis=1)
        return np.add.reduceat(constants, batch.offsets[:-1])

    def _finish(self):
        order = np.argsort(-self.emissions_.sum(axis=1), kind="stable")
        self._shape, self._rate = self._shape[order], self._rate[order]


def _dirichlet_expected_log(concentration):
    """Return E[ln p] of Dirichlet distributions, along the last axis."""
    return digamma(concentration) - digamma(concentration.sum(axis=-1, keepdims=True))


def _pieces(batch):
    """Return slices of events, the work of a thread at a time; the same for any number of them."""
    n_events = len(batch.offsets) - 1
    return [slice(i, i + _EVENTS_IN_A_PIECE) for i in range(0, n_events, _EVENTS_IN_A_PIECE)]


def _cut(batch, events):
    """Return the slice of the frames of some events, and their offsets in it."""
    offsets = batch.offsets[events.start : events.stop + 1]
    return slice(offsets[0], offsets[-1]), offsets - offsets[0]

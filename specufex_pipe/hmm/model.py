"""`BayesianHMM`: events as sequences of hidden states, with scikit-learn's interface."""

from numbers import Integral
from typing import NamedTuple

import numpy as np
from scipy.special import gammaln
from sklearn.base import TransformerMixin
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

from specufex_pipe.frames import read_checked
from specufex_pipe.gamma import gamma_divergence, gamma_expected_log
from specufex_pipe.hmm.fingerprint import fingerprint, normalize_transitions
from specufex_pipe.hmm.forward_backward import infer_events
from specufex_pipe.svi import (
    START,
    StochasticVariationalModel,
    one_blas_thread,
    random_generator,
)

_FRAMES_TO_START_FROM = 20_000
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
    bounds : ndarray of shape (n_events,)
        Bound on the log-likelihood of each event, nats.
    """

    state_probabilities: list
    start: np.ndarray
    transitions: np.ndarray
    bounds: np.ndarray


class BayesianHMM(TransformerMixin, StochasticVariationalModel):
    """Bayesian hidden Markov model of energies, fitted by stochastic variational inference.

    All events share the states, each with a Poisson rate for each pattern (its emissions); each
    event has its own start distribution and its own transitions between the states.

    Parameters
    ----------
    n_states : int
    init : {"kmeans", "random"}
        Emissions start from k-means on frames, or from frames chosen at random.
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
        verbose=False,
    ):
        self.n_states = n_states
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
        self.verbose = verbose

    _rules = (
        *StochasticVariationalModel._rules,
        (
            ("n_states",),
            lambda value: isinstance(value, Integral) and value >= 1,
            "a whole number >= 1",
        ),
    )

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
        frames = self._frames_of(X)
        batch = read_checked(frames, range(frames.n_events))
        probabilities, pair_sums, bounds = self._infer(batch)
        return Posterior(
            [probabilities[a:b].T for a, b in zip(batch.offsets, batch.offsets[1:], strict=False)],
            probabilities[batch.offsets[:-1]],
            normalize_transitions(pair_sums),
            bounds - self._constants(batch),
        )

    def transform(self, X):
        """Return the fingerprints of events.

        Parameters
        ----------
        X : as for `fit`

        Returns
        -------
        ndarray of shape (n_events, n_states, n_states)
        """
        posterior = self.posterior(X)
        return fingerprint(posterior.start, posterior.transitions)

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

    def _to_arrays(self):
        return {
            "emissions": self.emissions_,
            "emission_shape": self._shape,
            "emission_rate": self._rate,
        }

    def _from_arrays(self, arrays):
        self._shape, self._rate = arrays["emission_shape"], arrays["emission_rate"]
        self.n_features_in_ = self._shape.shape[1]

    def _start(self, frames, events):
        """Let groups of similar frames be the first states."""
        if self.init not in ("kmeans", "random"):
            raise ValueError(f"init is {self.init!r}, expected 'kmeans' or 'random'")
        rng = random_generator(self.random_state, START)
        n_sample = max(1, _FRAMES_TO_START_FROM * len(events) // frames.n_frames)
        sample = np.sort(rng.choice(events, size=min(n_sample, len(events)), replace=False))
        Y = read_checked(frames, sample).frames.astype(np.float64)
        labels = self._first_labels(Y, rng)
        counts = np.bincount(labels, minlength=self.n_states)
        sums = np.zeros((self.n_states, frames.n_rows))
        np.add.at(sums, labels, Y)
        weight = self.evidence_weight * frames.n_frames / len(Y)
        self._shape = _EMISSION_SHAPE + weight * sums
        self._rate = _EMISSION_RATE + weight * counts

    def _first_labels(self, Y, rng):
        n_groups = min(self.n_states, len(Y))
        if self.init == "random":
            return rng.integers(n_groups, size=len(Y))
        seed = int(rng.integers(2**31))
        # The square root makes the spread of Poisson counts the same at all levels. One thread:
        # sums over threads would come out in another order each time.
        with threadpool_limits(1):
            return KMeans(n_groups, n_init=1, random_state=seed).fit_predict(np.sqrt(Y))

    def _update(self, batch, scale, step):
        probabilities, _, _ = self._infer(batch)
        step_size = (self.delay + step) ** -self.forgetting
        weight = self.evidence_weight * scale
        shape = _EMISSION_SHAPE + weight * (probabilities.T @ batch.frames.astype(np.float64))
        rate = _EMISSION_RATE + weight * probabilities.sum(axis=0)
        self._shape = (1 - step_size) * self._shape + step_size * shape
        self._rate = (1 - step_size) * self._rate + step_size * rate

    def _local_bound(self, batch):
        _, _, bounds = self._infer(batch)
        return float((bounds - self._constants(batch)).sum())

    def _infer(self, batch):
        rate = self._rate[:, None]
        log_emissions = batch.frames.astype(np.float64) @ gamma_expected_log(self._shape, rate).T
        log_emissions -= self.emissions_.sum(axis=1)
        return infer_events(
            log_emissions,
            batch.offsets,
            _START_CONCENTRATION / self.n_states,
            _TRANSITION_CONCENTRATION / self.n_states,
            self.max_local_rounds,
            self.local_tol,
        )

    def _constants(self, batch):
        # The part of a Poisson log-likelihood that does not depend on the rate.
        constants = gammaln(batch.frames.astype(np.float64) + 1).sum(axis=1)
        return np.add.reduceat(constants, batch.offsets[:-1])

    def _finish(self):
        order = np.argsort(-self.emissions_.sum(axis=1), kind="stable")
        self._shape, self._rate = self._shape[order], self._rate[order]

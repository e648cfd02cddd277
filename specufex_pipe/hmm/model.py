"""`BayesianHMM`: events as sequences of hidden states, with scikit-learn's interface."""

from collections.abc import Iterator
from itertools import chain
from typing import Self

import numpy as np
from sklearn.base import TransformerMixin

from specufex_pipe.events.checks import EventsLike, read_checked
from specufex_pipe.events.frames import Batch, EventFrames, event_batches
from specufex_pipe.fitting.estimator import Arrays
from specufex_pipe.fitting.parameters import Choice, Rule, above_zero, whole_numbers
from specufex_pipe.fitting.svi import StochasticVariationalModel
from specufex_pipe.hmm.batches import (
    Emissions,
    Inferred,
    Posterior,
    decode_batch,
    infer_batch,
    poisson_constants,
    prepare_batch,
    sequence_fingerprints_of,
)
from specufex_pipe.hmm.fingerprint import normalize_transitions, transition_fingerprint
from specufex_pipe.hmm.start import group_frames
from specufex_pipe.legacy.specufex import SavedHMM
from specufex_pipe.numerics.gamma import gamma_divergence
from specufex_pipe.numerics.randomness import START, random_generator
from specufex_pipe.numerics.threads import one_blas_thread
from specufex_pipe.numerics.types import FloatArray, IntArray

_FRAMES_TO_START_FROM = 20_000
_EVENTS_AT_A_TIME = 512
# SpecUFEx's priors: of an emission; of the start and a row of transitions, over the states.
_EMISSION_SHAPE = _EMISSION_RATE = 0.1
_START_CONCENTRATION = 0.01
_TRANSITION_CONCENTRATION = 0.1


class BayesianHMM(TransformerMixin, StochasticVariationalModel):
    """Bayesian hidden Markov model of energies, fitted by stochastic variational inference.

    All events share the states. The emissions of a state are a Poisson rate for each component.
    Each event has its own start distribution and its own transitions between the states.

    Parameters
    ----------
    n_states : int
    smoothing : int
        Odd number of frames over which the energies are averaged first.
    background : float, optional
        Quantile over the frames of an event that is subtracted from each component as its
        background; None for none.
    loudness : float, optional
        Mean energy of a frame, to which each event is then scaled; None for no scaling.
    fingerprint : {"sequence", "transitions"}
        "sequence": which state comes before which, weighted by energy and smoothed over similar
        states. "transitions": that of SpecUFEx, the occupancy times the root of the transitions.
    horizon : int
        Number of frames in which the weight of what follows falls to 1/e.
    init : {"kmeans", "random"}
        Emissions start from k-means of frames, or from groups around frames chosen at random.
    evidence_weight : float
        How many times each frame counts against the prior of the emissions.
    batch_size : int
        Number of events in a minibatch.
    delay, forgetting : float
        The step size at step i is (delay + i) ** -forgetting.
    max_iter : int
        Largest number of steps.
    held_out_share : float
        Share of the events whose bound decides when to stop; they take no part in the fit.
    check_every : int
        Number of steps between checks of the bound.
    tol : float
        The fit ends when the held-out bound rises by less than this share of itself ...
    patience : int
        ... over so many checks.
    max_local_rounds : int
        Largest number of rounds to infer an event's states and transitions.
    local_tol : float
        The rounds end when the counts of an event change by less than this share of its frames;
        0 fixes their number.
    random_state : int
        Seed of all randomness.
    warm_start : bool
        If True, `fit` starts from the fitted model instead of from scratch, with smaller and
        smaller steps. Use it after events were added to the data. States keep their numbers.
    verbose : bool
        Show progress.

    Attributes
    ----------
    emissions_ : ndarray of shape (n_states, n_components)
        E[B], by falling energy of the states.
    bound_ : list of float
        Held-out bound after each check, nats per frame.
    bound_steps_ : list of int
        The steps of these checks.
    n_iter_ : int
        Number of steps taken.
    gain_ : ndarray of shape (n_components,)
        Only for a model of SpecUFEx, whose energies are activations times this gain.

    Examples
    --------
    >>> import numpy as np
    >>> from specufex_pipe import BayesianHMM
    >>> rng = np.random.default_rng(0)
    >>> energies = [rng.gamma(0.5, size=(6, 40)) for _ in range(30)]  # components, frames
    >>> BayesianHMM(n_states=4, max_iter=20).fit(energies).transform(energies).shape
    (30, 4, 4)

    References
    ----------
    Beal, thesis (2003), chapter 3 (the variational HMM); Holtzman et al., Science Advances 4
    (2018), eaao2929 (its use on earthquakes); Hoffman et al., JMLR 14 (2013) (stochastic updates).
    """

    _rows = "components"
    _kind = "hmm"

    _rules = (
        *StochasticVariationalModel._rules,
        whole_numbers(1, "n_states", "horizon"),
        Rule(
            ("smoothing",),
            lambda value: isinstance(value, int | np.integer) and bool(value >= 1 and value % 2),
            "an odd number >= 1",
        ),
        Rule(("background",), lambda value: 0 <= value <= 1, "None or a number in [0, 1]"),
        above_zero("loudness")._replace(expected="None or a number > 0"),
    )
    _optional = ("background", "loudness")
    _choices = (
        Choice("fingerprint", ("sequence", "transitions")),
        Choice("init", ("kmeans", "random")),
    )

    gain_: FloatArray

    def __init__(
        self,
        n_states: int = 15,
        *,
        smoothing: int = 3,
        background: float | None = 0.5,
        loudness: float | None = 100.0,
        fingerprint: str = "sequence",
        horizon: int = 20,
        init: str = "kmeans",
        evidence_weight: float = 1.0,
        batch_size: int = 32,
        delay: float = 1.0,
        forgetting: float = 0.7,
        max_iter: int = 500,
        held_out_share: float = 0.1,
        check_every: int = 10,
        tol: float = 1e-3,
        patience: int = 5,
        max_local_rounds: int = 50,
        local_tol: float = 1e-3,
        random_state: int = 0,
        warm_start: bool = False,
        verbose: bool = False,
    ) -> None:
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

    @property
    def _start_prior(self) -> float:
        return _START_CONCENTRATION / self.n_states

    @property
    def _transition_prior(self) -> float:
        return _TRANSITION_CONCENTRATION / self.n_states

    @property
    def emissions_(self) -> FloatArray:
        """E[B], shape (n_states, n_components)."""
        return self._shape / self._rate[:, None]

    @one_blas_thread
    def posterior(self, X: EventsLike) -> Posterior:
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
                [event.T for event in Batch(found.probabilities, batch.offsets).events()],
                found.probabilities[batch.offsets[:-1]],
                normalize_transitions(found.pair_sums),
                self._fingerprints(batch, found),
                found.bounds - poisson_constants(batch),
            )
            for batch, found in self._inferred(X)
        ]
        probabilities, *arrays = zip(*parts, strict=True)
        return Posterior(list(chain(*probabilities)), *map(np.concatenate, arrays))

    @one_blas_thread
    def transform(self, X: EventsLike) -> FloatArray:
        """Return the fingerprints of events.

        Parameters
        ----------
        X : as for `fit`

        Returns
        -------
        ndarray of shape (n_events, n_states, n_states)
        """
        return np.concatenate(
            [self._fingerprints(batch, found) for batch, found in self._inferred(X)]
        )

    @one_blas_thread
    def decode(self, X: EventsLike) -> list[IntArray]:
        """Return the most probable sequence of states of each event (Viterbi), for plots.

        It is the sequence that is most probable as a whole, under the event's own transitions.
        `posterior` says how sure the state of each frame is.

        Parameters
        ----------
        X : as for `fit`

        Returns
        -------
        list of ndarray of int, shape (n_frames_of_event,)
            States, from 0.
        """
        paths = [
            decode_batch(batch, found, self._emissions(), self._start_prior, self._transition_prior)
            for batch, found in self._inferred(X)
        ]
        return list(chain(*paths))

    @one_blas_thread
    def elbo(self, X: EventsLike) -> float:
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

    def _findings(self) -> dict[str, str]:
        return {"states": str(self.n_states)} | super()._findings()

    @classmethod
    def from_specufex(cls, saved: SavedHMM) -> Self:
        """Return a model with the emissions of one of SpecUFEx 0.1.1; see docs/hmm.md.

        Parameters
        ----------
        saved : legacy.specufex.SavedHMM
        """
        model = cls(**saved.parameters)
        model._shape, model._rate, model.gain_ = (
            saved.emission_shape, saved.emission_rate, saved.gain,
        )  # fmt: skip
        model.n_features_in_ = model._shape.shape[1]
        model.n_iter_, model.bound_, model.bound_steps_ = saved.n_steps, [], []
        model._remember()
        model._finish()
        return model

    def _to_arrays(self) -> Arrays:
        # Those of several models are stacked in a file along the first axis; see `HMMEnsemble`.
        gain = {"gain": self.gain_[None]} if hasattr(self, "gain_") else {}
        return gain | {
            "emissions": self.emissions_[None],
            "emission_shape": self._shape[None],
            "emission_rate": self._rate[None],
            "n_checks": np.array([len(self.bound_)]),
        }

    def _from_arrays(self, arrays: Arrays) -> None:
        if (n_models := len(arrays["n_checks"])) > 1:
            raise ValueError(f"it holds {n_models} HMMs, which specufex_pipe.hmm.load reads")
        self._shape, self._rate = arrays["emission_shape"][0], arrays["emission_rate"][0]
        self.n_features_in_ = self._shape.shape[1]
        if "gain" in arrays:
            self.gain_ = arrays["gain"][0]
        self._remember()

    def _start(self, frames: EventFrames, events: IntArray) -> None:
        """Let groups of frames be the first states."""
        self._remember()
        if hasattr(self, "gain_"):  # of the model of SpecUFEx that this was
            del self.gain_
        rng = random_generator(self.random_state, START)
        n_sample = max(1, _FRAMES_TO_START_FROM * len(events) // frames.n_frames)
        sample = np.sort(rng.choice(events, size=min(n_sample, len(events)), replace=False))
        Y = self._prepare(read_checked(frames, sample)).frames
        labels = group_frames(Y, self.n_states, self.init, rng)
        counts = np.bincount(labels, minlength=self.n_states)
        sums = np.zeros((self.n_states, frames.n_rows))
        np.add.at(sums, labels, Y)
        weight = self.evidence_weight * frames.n_frames / len(Y)
        self._shape = _EMISSION_SHAPE + weight * sums
        self._rate = _EMISSION_RATE + weight * counts

    def _update(self, batch: Batch, scale: float, step: int) -> None:
        batch = self._prepare(batch)
        probabilities = self._infer(batch).probabilities
        step_size = (self.delay + step) ** -self.forgetting
        weight = self.evidence_weight * scale
        shape = _EMISSION_SHAPE + weight * (probabilities.T @ batch.frames)
        rate = _EMISSION_RATE + weight * probabilities.sum(axis=0)
        self._shape = (1 - step_size) * self._shape + step_size * shape
        self._rate = (1 - step_size) * self._rate + step_size * rate

    def _local_bound(self, batch: Batch) -> float:
        batch = self._prepare(batch)
        return float((self._infer(batch).bounds - poisson_constants(batch)).sum())

    def _inferred(self, X: EventsLike) -> Iterator[tuple[Batch, Inferred]]:
        """Yield prepared events and what is inferred of them, a few hundred at a time."""
        frames = self._frames_of(X)
        for events in event_batches(frames.n_events, _EVENTS_AT_A_TIME):
            batch = self._prepare(read_checked(frames, events))
            yield batch, self._infer(batch)

    def _remember(self) -> None:
        """Keep what the emissions belong to, which must not change without a fit."""
        names = ("n_states", "smoothing", "background", "loudness")
        self._fitted_with = {name: getattr(self, name) for name in names}

    def _prepare(self, batch: Batch) -> Batch:
        return prepare_batch(batch, self.smoothing, self.background, self.loudness)

    def _infer(self, batch: Batch) -> Inferred:
        for name, value in self._fitted_with.items():
            if getattr(self, name) != value:
                raise ValueError(
                    f"{name} is {getattr(self, name)!r}, and the model was fitted with {value!r}: "
                    "fit it again"
                )
        return infer_batch(
            batch,
            self._emissions(),
            self._start_prior,
            self._transition_prior,
            max_rounds=self.max_local_rounds,
            tolerance=self.local_tol,
        )

    def _emissions(self) -> Emissions:
        return Emissions.from_gamma(self._shape, self._rate)

    def _fingerprints(self, batch: Batch, found: Inferred) -> FloatArray:
        if self.fingerprint == "transitions":
            start = found.probabilities[batch.offsets[:-1]]
            transitions = normalize_transitions(found.pair_sums)
            return transition_fingerprint(start, transitions, self.horizon)
        states = Batch(found.probabilities, batch.offsets)
        return sequence_fingerprints_of(states, self.emissions_, self.horizon)

    def _finish(self) -> None:
        order = np.argsort(-self.emissions_.sum(axis=1), kind="stable")
        self._shape, self._rate = self._shape[order], self._rate[order]

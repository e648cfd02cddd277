"""`BayesianNMF`: spectrograms as sums of patterns, with scikit-learn's interface."""

import numpy as np
from sklearn.cluster import kmeans_plusplus

from specufex_pipe.events.frames import read_checked
from specufex_pipe.factorizations.base import Factorization, peak_order
from specufex_pipe.factorizations.bayesian.updates import (
    Patterns,
    Prior,
    infer_activations,
    local_bound,
    pattern_divergence,
    pattern_statistics,
    update_patterns,
)
from specufex_pipe.fitting.estimator import START, one_blas_thread, random_generator, whole_numbers
from specufex_pipe.fitting.svi import StochasticVariationalModel
from specufex_pipe.legacy import specufex

_FRAMES_TO_START_FROM = 20_000
_LEAST_EXCESS = 1e-3


class BayesianNMF(Factorization, StochasticVariationalModel):
    """Bayesian nonparametric NMF of spectrograms, fitted by stochastic variational inference.

    A spectrogram is a Poisson matrix whose rates are a sum of patterns; a pattern has a spectrum
    W, a weight A that all events share, and an activation V in each frame. The prior drives the
    weights of patterns that are not needed to 0, and those are dropped.

    Parameters
    ----------
    n_components : int
        Number of patterns at the start.
    evidence_weight : float
        How many times each frame counts against the prior of W and A. 1 is the model as it is
        written; SpecUFEx weighs an event as if it were one frame, about 1 / frames per event.
    batch_size : int
        Number of events in a minibatch.
    delay, forgetting : float
        The step size at step i is (delay + i) ** -forgetting.
    annealing : float
        At step i = 0, 1, ... exponents are divided by the temperature 1 + annealing ** i; 0 turns
        it off.
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
    prune_below : float
        Patterns that explain less than this share of the energy are dropped.
    max_local_rounds : int
        Number of rounds at the most to infer the activations of a frame.
    local_tol : float
        A frame's rounds end when one changes its activations by less than this share of their
        sum; 0 fixes their number, and makes them plain.
    random_state : int
        Seed of all randomness.
    warm_start : bool
        Let `fit` go on from the model as it is, with smaller and smaller steps, and not begin
        anew; for data to which events were added. Patterns keep their numbers, and none is dropped.
    verbose : bool
        Show progress.

    Attributes
    ----------
    components_ : ndarray of shape (n_components_, n_frequencies)
        E[W], by rising peak frequency.
    weights_ : ndarray of shape (n_components_,)
        E[A].
    gain_ : ndarray of shape (n_components_,)
        Energy that one unit of activation stands for: E[A_k] sum_d E[W_kd].
    n_components_ : int
        Number of patterns that are left.
    bound_ : list of float
        Held-out bound after each check, nats per frame.
    bound_steps_ : list of int
        The steps of these checks.
    n_iter_ : int
        Number of steps taken.

    References
    ----------
    Cemgil, Computational Intelligence and Neuroscience 2009 (the Poisson law with gamma factors);
    Hoffman, Blei, Cook, ICML 2010 (the weights); Holtzman et al., Science Advances 4 (2018),
    eaao2929 (its use on spectrograms); Hoffman et al., JMLR 14 (2013) (stochastic updates).
    """

    def __init__(
        self,
        n_components=75,
        *,
        evidence_weight=1.0,
        batch_size=32,
        delay=1.0,
        forgetting=0.6,
        annealing=0.5,
        max_iter=1000,
        held_out_share=0.1,
        check_every=20,
        tol=1e-3,
        patience=3,
        prune_below=1e-4,
        max_local_rounds=100,
        local_tol=1e-4,
        random_state=0,
        warm_start=False,
        verbose=False,
    ):
        self.n_components = n_components
        self.evidence_weight = evidence_weight
        self.batch_size = batch_size
        self.delay = delay
        self.forgetting = forgetting
        self.annealing = annealing
        self.max_iter = max_iter
        self.held_out_share = held_out_share
        self.check_every = check_every
        self.tol = tol
        self.patience = patience
        self.prune_below = prune_below
        self.max_local_rounds = max_local_rounds
        self.local_tol = local_tol
        self.random_state = random_state
        self.warm_start = warm_start
        self.verbose = verbose

    _rules = (
        *StochasticVariationalModel._rules,
        whole_numbers(1, "n_components"),
        (("annealing", "prune_below"), lambda value: 0 <= value < 1, "a number in [0, 1)"),
    )

    @property
    def components_(self):
        """E[W], shape (n_components_, n_frequencies)."""
        return self._patterns.spectra()

    @property
    def weights_(self):
        """E[A], shape (n_components_,)."""
        return self._patterns.weights()

    @property
    def gain_(self):
        """Energy that one unit of activation stands for, shape (n_components_,)."""
        return self._patterns.gain()

    @one_blas_thread
    def elbo(self, X):
        """Return the bound on the log evidence of a whole data set, in nats.

        With another `evidence_weight` than 1, the part of the frames counts so many times.

        Parameters
        ----------
        X : as for `fit`
        """
        frames = self._frames_of(X)
        evidence = self._score(frames, np.arange(frames.n_events)) * frames.n_frames
        divergence = pattern_divergence(self._patterns, self._prior)
        return self.evidence_weight * evidence - divergence

    _foreign_data_sets = specufex.NMF_DATA_SETS

    @classmethod
    def _from_foreign(cls, arrays):
        """Return a model whose transform does what SpecUFEx did: five plain rounds."""
        model = cls(**specufex.nmf_parameters(arrays))
        patterns, prior = specufex.nmf_factors(arrays)
        model._patterns, model._prior = Patterns(*patterns), Prior(*prior)
        model.n_features_in_ = model._patterns.w_shape.shape[1]
        return model

    def _to_arrays(self):
        return self._patterns._asdict() | {
            "prior": np.array(self._prior),
            "components": self.components_,
            "weights": self.weights_,
            "gain": self.gain_,
        }

    def _from_arrays(self, arrays):
        self._patterns = Patterns(**{name: arrays[name] for name in Patterns._fields})
        self._prior = Prior(*arrays["prior"].tolist())
        self.n_features_in_ = self._patterns.w_shape.shape[1]

    def _start(self, frames, events):
        """Let frames of the data, far apart from each other, be the first patterns."""
        # SpecUFEx's priors.
        self._prior = prior = Prior(
            w_shape=10 / frames.n_rows,
            w_rate=1.0,
            a_shape=1 / self.n_components,
            a_rate=1.0,
            v_shape=1 / self.n_components,
            v_rate=1.0,
        )
        rng = random_generator(self.random_state, START)
        spectra, energy = _diverse_spectra(frames, events, self.n_components, rng)
        # Updates settle where sum_d E[W_d] - E[A] is near 10. With sum_d E[W_d] E[A] the energy of
        # a frame, whose activations then add up to 1 as those of their prior do, the weight is the
        # solution of weight * (10 + weight) = energy.
        weight = max(np.sqrt(25 + energy) - 5, prior.a_shape)
        counts = max(energy * frames.n_frames / self.n_components, 1.0)
        total = counts / (10 + weight)
        n_patterns = len(spectra)
        self._patterns = Patterns(
            w_shape=prior.w_shape + counts * spectra,
            w_rate=np.full((n_patterns, 1), total),
            a_shape=np.full(n_patterns, prior.a_shape + counts),
            a_rate=np.full(n_patterns, counts / weight),
        )

    def _update(self, batch, scale, step):
        excess = self.annealing**step if self.annealing else 0.0
        # Powers take their time, and below this nothing is left of the temperature's work.
        temperature = 1 + excess if excess > _LEAST_EXCESS else 1.0
        activations = self._infer(batch.frames, temperature=temperature)
        statistics = pattern_statistics(batch.frames, self._patterns, activations, temperature)
        self._patterns = update_patterns(
            self._patterns,
            self._prior,
            *(self.evidence_weight * scale * statistic for statistic in statistics),
            (self.delay + step) ** -self.forgetting,
        )
        if not self._keeps_all_factors:
            self._drop_patterns()

    def _drop_patterns(self):
        # The shape of A_k counts the energy that pattern k explains in the whole data set.
        explained = self._patterns.a_shape - self._prior.a_shape
        kept = np.flatnonzero(explained >= self.prune_below * explained.sum())
        if len(kept) == 0:
            raise ValueError(
                f"no pattern is left: prune_below is {self.prune_below:g}, more than the share of "
                f"the energy that any pattern explains, {explained.max() / explained.sum():.2g}"
            )
        self._keep(kept)

    def _local_bound(self, batch):
        activations = self._infer(batch.frames)
        return local_bound(batch.frames, self._patterns, activations, self._prior)

    def _infer(self, X, *, temperature=1.0, offsets=None):
        return infer_activations(
            X,
            self._patterns,
            self._prior,
            max_rounds=self.max_local_rounds,
            tolerance=self.local_tol,
            temperature=temperature,
            offsets=offsets,
        )

    def _infer_activations(self, batch):
        return self._infer(batch.frames, offsets=batch.offsets).mean()

    def _reconstruction(self, batch):
        patterns = (self.components_ * self.weights_[:, None]).astype(batch.frames.dtype)
        return batch.frames @ patterns

    def _finish(self):
        self._keep(peak_order(self._patterns.spectra()))

    def _keep(self, order):
        self._patterns = Patterns(*(factor[order] for factor in self._patterns))


def _diverse_spectra(frames, events, n, rng):
    """Return up to `n` spectra of sum 1 taken from the data, and the mean energy of a frame."""
    n_sample = max(1, _FRAMES_TO_START_FROM * len(events) // frames.n_frames)
    sample = np.sort(rng.choice(events, size=min(n_sample, len(events)), replace=False))
    X = read_checked(frames, sample).frames.astype(np.float64)
    sums = X.sum(axis=1)
    flat = np.full((1, X.shape[1]), 1 / X.shape[1])
    X = X[sums > 0] / sums[sums > 0, None]
    if len(X) == 0:
        return flat, 0.0
    chosen, _ = kmeans_plusplus(X, min(n, len(X)), random_state=int(rng.integers(2**31)))
    # Half of each start is flat, so that no frequency is shut out of a pattern.
    return (chosen + flat) / 2, float(sums.mean())

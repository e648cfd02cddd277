"""`BayesianNMF`: spectrograms as sums of components, with scikit-learn's interface."""

import logging
from typing import Self

import numpy as np
from sklearn.cluster import kmeans_plusplus

from specufex_pipe.events.checks import EventsLike, read_checked
from specufex_pipe.events.frames import Batch, EventFrames
from specufex_pipe.factorizations.base import Factorization, peak_order
from specufex_pipe.factorizations.bayesian.updates import (
    Activations,
    Components,
    Prior,
    component_divergence,
    component_statistics,
    infer_activations,
    local_bound,
    update_components,
)
from specufex_pipe.fitting.estimator import Arrays
from specufex_pipe.fitting.parameters import shares, whole_numbers
from specufex_pipe.fitting.svi import StochasticVariationalModel
from specufex_pipe.legacy.specufex import SavedNMF
from specufex_pipe.numerics.randomness import START, random_generator
from specufex_pipe.numerics.threads import one_blas_thread
from specufex_pipe.numerics.types import FloatArray, IntArray

log = logging.getLogger(__name__)

# No spectrogram in decibels has an entry as large.
_MOST_DECIBELS = 1e4
# All those of one in decibels are as small only if nothing stands out of the background.
_LEAST_DECIBELS = 0.5
_FRAMES_TO_START_FROM = 20_000
_LEAST_EXCESS = 1e-3


class BayesianNMF(Factorization, StochasticVariationalModel):
    """Bayesian nonparametric NMF of spectrograms, fitted by stochastic variational inference.

    The entries of a spectrogram are Poisson variables whose rates are sums over components. A
    component has a spectrum W, a weight A that all events share, and an activation V in each frame.
    The prior drives the weights of components that are not needed to 0, and these are dropped.

    Parameters
    ----------
    n_components : int
        Number of components at the start.
    evidence_weight : float
        How many times each frame counts against the prior of W and A. 1 is the model as described
        here. SpecUFEx counts an event as if it were one frame: about 1 / (frames per event).
    batch_size : int
        Number of events in a minibatch.
    delay, forgetting : float
        The step size at step i is (delay + i) ** -forgetting.
    annealing : float
        At step i = 0, 1, ... exponents are divided by the temperature 1 + annealing ** i; 0 turns
        annealing off.
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
    prune_below : float
        Components that explain less than this share of the energy are dropped.
    max_local_rounds : int
        Largest number of rounds to infer the activations of a frame.
    local_tol : float
        The rounds of a frame end when one changes its activations by less than this share of their
        sum. With 0, all rounds are made, and none is accelerated by extrapolation.
    random_state : int
        Seed of all randomness.
    warm_start : bool
        If True, `fit` starts from the fitted model instead of from scratch, with smaller and
        smaller steps. Use it after events were added to the data. Components keep their numbers,
        and none is dropped.
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
        Number of remaining components.
    bound_ : list of float
        Held-out bound after each check, nats per frame.
    bound_steps_ : list of int
        The steps of these checks.
    n_iter_ : int
        Number of steps taken.

    Examples
    --------
    >>> import numpy as np
    >>> from specufex_pipe import BayesianNMF
    >>> rng = np.random.default_rng(0)
    >>> spectra = rng.gamma(0.3, size=(20, 3))  # frequencies, components
    >>> spectrograms = [20 * spectra @ rng.gamma(0.5, size=(3, 40)) for _ in range(30)]  # dB
    >>> nmf = BayesianNMF(10, max_iter=40).fit(spectrograms)
    >>> energies = nmf.energies(nmf.transform(spectrograms))
    >>> energies[0].shape == (nmf.n_components_, 40)
    True

    References
    ----------
    Cemgil, Computational Intelligence and Neuroscience 2009 (the Poisson law with gamma factors);
    Hoffman, Blei, Cook, ICML 2010 (the weights); Holtzman et al., Science Advances 4 (2018),
    eaao2929 (its use on spectrograms); Hoffman et al., JMLR 14 (2013) (stochastic updates).
    """

    in_words = (
        "Bayesian nonparametric non-negative matrix factorization (NMF) with a Poisson likelihood "
        "and gamma priors (Holtzman et al., 2018), fitted by stochastic variational inference "
        "(Hoffman et al., 2013)"
    )
    reads_minibatches = True
    can_be_updated = True
    accepts_empty_rows = True

    _rules = (
        *StochasticVariationalModel._rules,
        whole_numbers(1, "n_components"),
        shares("annealing", "prune_below"),
    )

    def __init__(
        self,
        n_components: int = 75,
        *,
        evidence_weight: float = 1.0,
        batch_size: int = 32,
        delay: float = 1.0,
        forgetting: float = 0.6,
        annealing: float = 0.5,
        max_iter: int = 1000,
        held_out_share: float = 0.1,
        check_every: int = 20,
        tol: float = 1e-3,
        patience: int = 3,
        prune_below: float = 1e-4,
        max_local_rounds: int = 100,
        local_tol: float = 1e-4,
        random_state: int = 0,
        warm_start: bool = False,
        verbose: bool = False,
    ) -> None:
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

    @property
    def components_(self) -> FloatArray:  # type: ignore[override]
        """E[W], shape (n_components_, n_frequencies)."""
        return self._components.spectra()

    @property
    def weights_(self) -> FloatArray:
        """E[A], shape (n_components_,)."""
        return self._components.weights()

    @property
    def gain_(self) -> FloatArray:
        """Energy that one unit of activation stands for, shape (n_components_,)."""
        return self._components.gain()

    @property
    def warnings_(self) -> list[str]:
        """What to distrust of the fit, such as that all components are in use."""
        found = super().warnings_
        if self.prune_below and self.n_components_ >= self.n_components:
            found.append(
                f"all {self.n_components} components are in use, so the data did not choose their "
                "number: more may be better (nmf.n_components)"
            )
        return found

    @one_blas_thread
    def elbo(self, X: EventsLike) -> float:
        """Return the bound on the log evidence of a whole data set, in nats.

        The part of the frames is multiplied by `evidence_weight`.

        Parameters
        ----------
        X : as for `fit`
        """
        frames = self._frames_of(X)
        evidence = self._score(frames, np.arange(frames.n_events)) * frames.n_frames
        divergence = component_divergence(self._components, self._prior)
        return self.evidence_weight * evidence - divergence

    @classmethod
    def from_specufex(cls, saved: SavedNMF) -> Self:
        """Return a model whose transform does what that of SpecUFEx 0.1.1 did.

        Parameters
        ----------
        saved : legacy.specufex.SavedNMF
        """
        model = cls(**saved.parameters)
        model._components, model._prior = Components(*saved.factors), Prior(*saved.prior)
        model.n_features_in_ = model._components.w_shape.shape[1]
        model.n_iter_, model.bound_, model.bound_steps_ = saved.n_steps, [], []
        return model

    def _to_arrays(self) -> Arrays:
        return self._components._asdict() | {
            "prior": np.array(self._prior),
            "components": self.components_,
            "weights": self.weights_,
            "gain": self.gain_,
        }

    def _from_arrays(self, arrays: Arrays) -> None:
        self._components = Components(**{name: arrays[name] for name in Components._fields})
        self._prior = Prior(*arrays["prior"].tolist())
        self.n_features_in_ = self._components.w_shape.shape[1]

    def _start(self, frames: EventFrames, events: IntArray) -> None:
        """Let frames of the data, far apart from each other, be the first components."""
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
        n_components = len(spectra)
        self._components = Components(
            w_shape=prior.w_shape + counts * spectra,
            w_rate=np.full((n_components, 1), total),
            a_shape=np.full(n_components, prior.a_shape + counts),
            a_rate=np.full(n_components, counts / weight),
        )

    def _update(self, batch: Batch, scale: float, step: int) -> None:
        excess = self.annealing**step if self.annealing else 0.0
        # Powers take their time, and below this nothing is left of the temperature's work.
        temperature = 1 + excess if excess > _LEAST_EXCESS else 1.0
        activations = self._infer(batch.frames, temperature=temperature)
        statistics = component_statistics(batch.frames, self._components, activations, temperature)
        allocated, activity = (self.evidence_weight * scale * each for each in statistics)
        self._components = update_components(
            self._components,
            self._prior,
            allocated,
            activity,
            (self.delay + step) ** -self.forgetting,
        )
        if not self._keeps_all_factors:
            self._drop_components()

    def _drop_components(self) -> None:
        # The shape of A_k counts the energy that component k explains in the whole data set.
        explained = self._components.a_shape - self._prior.a_shape
        kept = np.flatnonzero(explained >= self.prune_below * explained.sum())
        if len(kept) == 0:
            raise ValueError(
                f"no component is left: prune_below is {self.prune_below:g}, more than the share "
                "of the energy that any component explains, "
                f"{explained.max() / explained.sum():.2g}"
            )
        self._keep(kept)

    def _local_bound(self, batch: Batch) -> float:
        activations = self._infer(batch.frames)
        return local_bound(batch.frames, self._components, activations, self._prior)

    def _infer(
        self, X: FloatArray, *, temperature: float = 1.0, offsets: IntArray | None = None
    ) -> Activations:
        return infer_activations(
            X,
            self._components,
            self._prior,
            max_rounds=self.max_local_rounds,
            tolerance=self.local_tol,
            temperature=temperature,
            offsets=offsets,
        )

    def _infer_activations(self, batch: Batch) -> FloatArray:
        return self._infer(batch.frames, offsets=batch.offsets).mean()

    def _reconstruction(self, batch: Batch) -> FloatArray:
        components = (self.components_ * self.weights_[:, None]).astype(batch.frames.dtype)
        return batch.frames @ components

    def _finish(self) -> None:
        self._keep(peak_order(self._components.spectra()))

    def _keep(self, order: IntArray) -> None:
        self._components = Components(*(factor[order] for factor in self._components))


def _diverse_spectra(
    frames: EventFrames, events: IntArray, n: int, rng: np.random.Generator
) -> tuple[FloatArray, float]:
    """Return up to `n` spectra of sum 1 taken from the data, and the mean energy of a frame."""
    n_sample = max(1, _FRAMES_TO_START_FROM * len(events) // frames.n_frames)
    sample = np.sort(rng.choice(events, size=min(n_sample, len(events)), replace=False))
    X = read_checked(frames, sample).frames.astype(np.float64)
    if (loudest := X.max()) > _MOST_DECIBELS:
        log.warning(
            "BayesianNMF: entries go up to %.2g, as those of raw power do, of which the loudest "
            "events decide what is learned; expected decibels above the background, below some "
            "100, such as make_spectrograms returns",
            loudest,
        )  # fmt: skip
    elif 0 < loudest < _LEAST_DECIBELS:
        log.warning(
            "BayesianNMF: entries go up to %.2g only, as those of power in m/s do, so that the "
            "priors decide what is learned; expected decibels above the background, or entries "
            "that are scaled to some 10",
            loudest,
        )  # fmt: skip
    sums = X.sum(axis=1)
    flat = np.full((1, X.shape[1]), 1 / X.shape[1])
    X = X[sums > 0] / sums[sums > 0, None]
    if len(X) == 0:
        return flat, 0.0
    chosen, _ = kmeans_plusplus(X, min(n, len(X)), random_state=int(rng.integers(2**31)))
    # Half of each start is flat, so that no frequency is shut out of a component.
    return (chosen + flat) / 2, float(sums.mean())

"""NMF with the squared error, by multiplicative updates."""

from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from specufex_pipe.events.checks import EventsLike, as_frames, in_form_of
from specufex_pipe.events.frames import Batch, Frames
from specufex_pipe.factorizations.base import peak_order
from specufex_pipe.factorizations.iterative import IterativeFactorization
from specufex_pipe.factorizations.start import Survey, diverse_frames, frames_like, start_values
from specufex_pipe.fitting.estimator import Arrays, ShouldStop
from specufex_pipe.numerics.types import FloatArray

_TINY = np.finfo(float).tiny


class SquaredErrorNMF(IterativeFactorization):
    """NMF that minimizes the squared error |X - H W|^2 by multiplicative updates.

    Parameters
    ----------
    n_components : int
    max_iter : int
        Number of iterations at the most; also of those that infer the activations of an event.
    tol : float
        An iteration that lowers the squared error by less than this share of it is the last one.
    random_state : int
        Seed of the start.
    verbose : bool
        Show progress.

    Attributes
    ----------
    components_ : ndarray of shape (n_components, n_frequencies)
        By rising peak frequency; in the order of the start values if these were given.
    activations_ : in the form of the data that were fitted
        (n_components, n_frames) of each event; not kept in files.
    cost_ : list of float
        Squared error before the first iteration and after each.
    n_iter_ : int

    References
    ----------
    Lee, Seung, Advances in Neural Information Processing Systems 13 (2001), 556-562.
    """

    in_words = (
        "non-negative matrix factorization (NMF) by multiplicative updates of the squared error "
        "(Lee and Seung, 2001)"
    )
    _cost_meaning = "the squared error of the spectrograms"
    activations_: EventsLike
    tol: float
    _H: FloatArray

    def __init__(
        self,
        n_components: int = 10,
        *,
        max_iter: int = 500,
        tol: float = 1e-5,
        random_state: int = 0,
        verbose: bool = False,
    ) -> None:
        self.n_components = n_components
        self.max_iter = max_iter
        self.tol = tol
        self.random_state = random_state
        self.verbose = verbose

    def fit(
        self,
        X: EventsLike,
        y: None = None,
        *,
        components: ArrayLike | None = None,
        activations: EventsLike | None = None,
        checkpoint: str | Path | None = None,
        should_stop: ShouldStop | None = None,
    ) -> Self:
        """Fit components and activations.

        Parameters
        ----------
        X : ndarray of shape (n_frequencies, n_frames), or list of such, or EventFrames
            Entries >= 0. Events may differ in length.
        y : ignored
        components : ndarray of shape (n_components, n_frequencies), optional
            Start values; by default frames of the data that are far from each other.
        activations : in the form of X, (n_components, n_frames) of each event, optional
            Start values.
        checkpoint, should_stop : as for `BayesianNMF.fit`

        Raises
        ------
        ValueError
            If a parameter, an event or a start value is not valid, or a frequency is 0 in all
            frames; the message says which.
        """
        self._check_parameters()
        frames = as_frames(X, rows=self._rows)
        start: Arrays = {}
        if components is not None:
            start["components"] = np.asarray(components)
        if activations is not None:
            start["activations"] = frames_like(
                activations, frames.offsets, self.n_components, "activations"
            )
        self._fit(frames, start, checkpoint, should_stop)
        if not start:
            order = peak_order(self.components_)
            self.components_, self._H = self.components_[order], self._H[:, order]
        self.activations_ = in_form_of(X, Frames(self._H, frames.offsets))
        return self

    def _begin(self, data: Survey, rng: np.random.Generator, start: Arrays) -> None:
        components = start.get("components")
        if components is None:
            _, spectra = diverse_frames(data, self.n_components, rng)
            # Half of each start is flat, so that no frequency is shut out of a component.
            components = (spectra + 1 / spectra.shape[1]) / 2
        shape = (self.n_components, len(data.row_sums))
        self.components_ = start_values(components, shape, "components")
        if "activations" in start:
            self._H = start["activations"].copy()
        else:
            self._H = _even(data.frame_sums, self.components_)
        self.cost_ = [self._cost(data)]

    def _iterate(self, data: Survey) -> None:
        W = self.components_
        of_data, of_model = np.zeros(W.shape), np.zeros((len(W), len(W)))
        for here, X in data.blocks:
            H = self._H[here] = _updated(self._H[here], X @ W.T, W @ W.T)
            of_data += H.T @ X
            of_model += H.T @ H
        self.components_ = W * of_data / np.maximum(of_model @ W, _TINY)
        self.cost_.append(self._cost(data))

    def _cost(self, data: Survey) -> float:
        errors = (X - self._H[here] @ self.components_ for here, X in data.blocks)
        return sum(float(np.sum(error**2)) for error in errors)

    def _infer_activations(self, batch: Batch) -> FloatArray:
        # Event by event, so that what is found of one does not depend on the others.
        return np.concatenate([self._infer_event(event) for event in batch.events()])

    def _infer_event(self, frames: FloatArray) -> FloatArray:
        X, W = frames.astype(np.float64), self.components_
        of_data, of_model = X @ W.T, W @ W.T
        H = _even(X.sum(axis=1), W)
        cost = float(np.sum((X - H @ W) ** 2))
        for _ in range(self.max_iter):
            H = _updated(H, of_data, of_model)
            before, cost = cost, float(np.sum((X - H @ W) ** 2))
            if before - cost <= self.tol * before:
                break
        return H

    def _to_arrays(self) -> Arrays:
        return {"components": self.components_, "gain": self.gain_, "cost": np.array(self.cost_)}

    def _from_arrays(self, arrays: Arrays) -> None:
        self.components_, self.cost_ = arrays["components"], arrays["cost"].tolist()
        self.n_features_in_ = self.components_.shape[1]

    def _running_arrays(self) -> Arrays:
        return {"activations": self._H}

    def _from_running_arrays(self, arrays: Arrays) -> None:
        self._H = arrays["activations"]


def _even(frame_sums: FloatArray, W: FloatArray) -> FloatArray:
    """Return activations that share the energy of each frame out evenly over the components."""
    return np.repeat(frame_sums[:, None] / W.sum(), len(W), axis=1)


def _updated(H: FloatArray, of_data: FloatArray, of_model: FloatArray) -> FloatArray:
    """Return activations after an update, of those before."""
    return H * of_data / np.maximum(H @ of_model, _TINY)

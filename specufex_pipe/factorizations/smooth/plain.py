"""Smooth NMF: activations that change little from frame to frame."""

from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from specufex_pipe.events.checks import EventsLike
from specufex_pipe.factorizations.smooth.common import SmoothFactorization
from specufex_pipe.factorizations.smooth.updates import (
    links_of,
    majorize_components,
    squared_steps,
    update_components,
)
from specufex_pipe.factorizations.start import Survey, diverse_frames, start_values
from specufex_pipe.fitting.estimator import Arrays, ShouldStop


class SmoothNMF(SmoothFactorization):
    """NMF with the Kullback-Leibler divergence and activations that change little over time.

    It minimizes

        D_KL(X | H W) + smoothness / 2 sum_k lambda_k^2 sum_t (h_tk - h_(t-1)k)^2

    with lambda_k the sum of component k, so that the scale of components does not matter. The
    second sum is over frames that follow each other in an event.

    Parameters
    ----------
    n_components : int
    smoothness : float
        Weight of the penalty, beta in the paper; 0 is plain NMF. The penalty grows with the square
        of the data and the divergence in proportion: data ten times as large need a tenth of it.
    max_iter : int
        Number of iterations at the most; also of those that infer the activations of an event.
    tol : float
        An iteration that lowers the cost by less than this share of it is the last one.
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
    gain_ : ndarray of shape (n_components,)
        Energy that one unit of activation stands for.
    cost_ : list of float
        Before the first iteration and after each; it never rises.
    n_iter_ : int

    Examples
    --------
    >>> import numpy as np
    >>> from specufex_pipe.factorizations import SmoothNMF
    >>> X = np.random.default_rng(0).random((8, 200))  # features, samples
    >>> model = SmoothNMF(2, smoothness=0.1, max_iter=50).fit(X)
    >>> model.activations_.shape
    (2, 200)

    References
    ----------
    Essid, Févotte, IEEE Transactions on Multimedia 15 (2013), 415-425.
    """

    in_words = (
        "smooth non-negative matrix factorization (NMF) with the Kullback-Leibler divergence "
        "(Essid and Févotte, 2013)"
    )

    def __init__(
        self,
        n_components: int = 10,
        *,
        smoothness: float = 0.01,
        max_iter: int = 500,
        tol: float = 1e-5,
        random_state: int = 0,
        verbose: bool = False,
    ) -> None:
        self.n_components = n_components
        self.smoothness = smoothness
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
        X : ndarray of shape (n_frequencies, n_frames), or list of such, or ndarray of shape \
(n_events, n_frequencies, n_frames), or EventFrames
            Entries >= 0. Events may differ in length.
        y : ignored
        components : ndarray of shape (n_components, n_frequencies), optional
            Start values; by default frames of the data that are far from each other.
        activations : in the form of X, (n_components, n_frames) of each event, optional
            Start values.
        checkpoint, should_stop : as for `BayesianNMF.fit`

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a parameter, an event or a start value is not valid, or a frequency is 0 in all
            frames; the message says which.
        """
        start = {"components": components, "activations": activations}
        return self._fit_events(X, start, checkpoint, should_stop)

    def _begin(self, data: Survey, rng: np.random.Generator, start: Arrays) -> None:
        components = start.get("components")
        if components is None:
            _, spectra = diverse_frames(data, self.n_components, rng)
            # Half of each start is flat, so that no frequency is shut out of a component.
            components = (spectra + 1 / spectra.shape[1]) / 2
        shape = (self.n_components, len(data.row_sums))
        self.components_ = start_values(components, shape, "components")
        self._begin_activations(start.get("activations"), data)
        self.cost_ = [self._cost(data.blocks, links_of(data.offsets))]

    def _iterate(self, data: Survey) -> None:
        links = links_of(data.offsets)
        allocation = self._update_activations(data.blocks, links)
        what = (
            self.components_,
            allocation,
            self._H.sum(axis=0),
            squared_steps(self._H, links),
            self.smoothness,
        )
        self.components_ = update_components(*what)
        cost = self._cost(data.blocks, links)
        if cost > self.cost_[-1]:
            self.components_ = majorize_components(*what)
            cost = self._cost(data.blocks, links)
        self.cost_.append(cost)

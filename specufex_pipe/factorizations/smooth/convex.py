"""Smooth convex NMF: smooth NMF whose components are combinations of frames of the data."""

from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from specufex_pipe.events.checks import EventsLike
from specufex_pipe.factorizations.base import peak_order
from specufex_pipe.factorizations.smooth.common import SmoothFactorization, inverse
from specufex_pipe.factorizations.smooth.updates import (
    links_of,
    majorize_coefficients,
    squared_steps,
)
from specufex_pipe.factorizations.start import Survey, diverse_frames, start_values
from specufex_pipe.fitting.estimator import Arrays, ShouldStop
from specufex_pipe.fitting.parameters import whole_numbers
from specufex_pipe.numerics.types import FloatArray

# Of a start: what each frame that was not chosen contributes to a component, all together.
_SHARE_OF_THE_OTHERS = 0.2
_FRAMES_IN_A_BATCH = 4096


class SmoothConvexNMF(SmoothFactorization):
    """Smooth NMF whose components are combinations of the data's own frames.

    It minimizes what `SmoothNMF` does, with components W = L' X: nonnegative combinations of
    frames, which makes them look like data.

    Parameters
    ----------
    n_components, smoothness, max_iter, tol, random_state, verbose : as for `SmoothNMF`
    batch_size : int, optional
        Number of frames in memory at a time, which are read anew each time; None reads all frames
        once and keeps them. The result is the same, up to rounding, for any batch size: a frame at
        the edge of a batch is as close to its neighbour in the next batch as any other. The
        activations and coefficients of all frames are in memory in either case.

    Attributes
    ----------
    components_ : ndarray of shape (n_components, n_frequencies)
        By rising peak frequency; in the order of the start values if these were given.
    coefficients_ : ndarray of shape (n_frames of all events, n_components)
        L, how much of each frame is in each component; not kept in files.
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
    >>> from specufex_pipe.factorizations import SmoothConvexNMF
    >>> X = np.random.default_rng(0).random((8, 200))  # features, samples
    >>> model = SmoothConvexNMF(2, max_iter=50).fit(X)
    >>> model.coefficients_.shape  # components are sums of the samples
    (200, 2)

    References
    ----------
    Essid, Févotte, IEEE Transactions on Multimedia 15 (2013), 415-425; Ding, Li, Jordan, IEEE
    Transactions on Component Analysis and Machine Intelligence 32 (2010), 45-55 (convex NMF).
    """

    in_words = (
        "smooth convex non-negative matrix factorization (NMF) with the Kullback-Leibler "
        "divergence (Essid and Févotte, 2013; Ding et al., 2010)"
    )
    _rules = (*SmoothFactorization._rules, whole_numbers(1, "batch_size"))
    _optional = ("batch_size",)

    def __init__(
        self,
        n_components: int = 10,
        *,
        smoothness: float = 0.01,
        batch_size: int | None = None,
        max_iter: int = 500,
        tol: float = 1e-5,
        random_state: int = 0,
        verbose: bool = False,
    ) -> None:
        self.n_components = n_components
        self.smoothness = smoothness
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.tol = tol
        self.random_state = random_state
        self.verbose = verbose

    @property
    def coefficients_(self) -> FloatArray:
        """L, shape (n_frames of all events, n_components)."""
        return self._L

    def fit(
        self,
        X: EventsLike,
        y: None = None,
        *,
        coefficients: ArrayLike | None = None,
        activations: EventsLike | None = None,
        checkpoint: str | Path | None = None,
        should_stop: ShouldStop | None = None,
    ) -> Self:
        """Fit components and activations.

        Parameters
        ----------
        X, y : as for `SmoothNMF.fit`
        coefficients : ndarray of shape (n_frames of all events, n_components), optional
            Start values; by default each component is mostly one frame, far from the others'.
        activations : in the form of X, (n_components, n_frames) of each event, optional
            Start values.
        checkpoint, should_stop : as for `BayesianNMF.fit`

        Returns
        -------
        self

        Raises
        ------
        ValueError
            As `SmoothNMF.fit`.
        """
        start = {"coefficients": coefficients, "activations": activations}
        return self._fit_events(X, start, checkpoint, should_stop)

    def _begin(self, data: Survey, rng: np.random.Generator, start: Arrays) -> None:
        shape = (len(data.frame_sums), self.n_components)
        coefficients = start.get("coefficients")
        if coefficients is None:
            chosen, _ = diverse_frames(data, self.n_components, rng)
            coefficients = np.full(shape, _SHARE_OF_THE_OTHERS / shape[0])
            coefficients[chosen, np.arange(self.n_components)] += 1
            coefficients *= inverse(data.frame_sums)[:, None]
        self._L = start_values(coefficients, shape, "coefficients")
        self.components_ = np.zeros((self.n_components, len(data.row_sums)))
        for here, X in data.blocks:
            self.components_ = self.components_ + self._L[here].T @ X
        self._begin_activations(start.get("activations"), data)
        self.cost_ = [self._cost(data.blocks, links_of(data.offsets))]

    def _iterate(self, data: Survey) -> None:
        links = links_of(data.offsets)
        allocation = self._update_activations(data.blocks, links)
        sums, steps = self._H.sum(axis=0), squared_steps(self._H, links)
        self._update_coefficients(data, allocation, sums, steps)
        self.cost_.append(self._cost(data.blocks, links))

    def _update_coefficients(
        self, data: Survey, allocation: FloatArray, sums: FloatArray, steps: FloatArray
    ) -> None:
        components, lengths = np.zeros(self.components_.shape), self.gain_
        for here, X in data.blocks:
            gains = X @ allocation.T
            weights = (data.frame_sums[here], lengths, sums, steps, self.smoothness)
            self._L[here] = majorize_coefficients(self._L[here], gains, *weights)
            components = components + self._L[here].T @ X
        self.components_ = components

    def _frames_at_a_time(self) -> int | None:
        return self.batch_size

    def _running_arrays(self) -> Arrays:
        return {**super()._running_arrays(), "coefficients": self._L}

    def _from_running_arrays(self, arrays: Arrays) -> None:
        super()._from_running_arrays(arrays)
        self._L = arrays["coefficients"]

    def _sort(self) -> None:
        self._L = self._L[:, peak_order(self.components_)]
        super()._sort()


def MiniBatchSmoothConvexNMF(  # noqa: N802, the name that this model had as a class of its own
    n_components: int = 10, *, batch_size: int = _FRAMES_IN_A_BATCH, **parameters: Any
) -> SmoothConvexNMF:
    """Return a `SmoothConvexNMF` that reads its frames batch by batch."""
    return SmoothConvexNMF(n_components, batch_size=batch_size, **parameters)

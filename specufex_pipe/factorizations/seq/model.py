"""`SeqNMF`: spectrograms as sums of components that last several frames."""

from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from specufex_pipe.events.checks import EventsLike, as_frames, in_form_of
from specufex_pipe.events.frames import Batch, EventFrames, Frames
from specufex_pipe.events.views import ConvolvedFrames
from specufex_pipe.factorizations.iterative import IterativeFactorization
from specufex_pipe.factorizations.seq.convolution import BlockConvolution
from specufex_pipe.factorizations.seq.inference import (
    floor_of,
    infer_activations,
    of_others,
    rivals_of,
    updated_activations,
)
from specufex_pipe.factorizations.seq.padded import PaddedFrames, centred, mask_frames
from specufex_pipe.factorizations.start import frames_like, start_values
from specufex_pipe.fitting.estimator import Arrays, ShouldStop
from specufex_pipe.fitting.parameters import Choice, at_least, whole_numbers
from specufex_pipe.numerics.types import FloatArray

# What each entry of a component is raised by after a shift, as a share of the largest of the data,
# since a multiplicative update never changes a 0.
_FILL = 1e-6
_COSTS_TO_COMPARE = 5


class SeqNMF(IterativeFactorization):
    """Convolutive NMF with a penalty on components that explain the same.

    A component W_k is a short matrix of frequencies over `length` frames, and its activations tell
    when it begins and how strong it is:

        X(t) = sum_k sum_l W_k(l) h_k(t - l),    l = 0, ..., length - 1

    The squared error is lowered with a penalty lambda sum_(j != k) (W' * X) S h' on components
    whose parts of the data overlap within a length (S sums over 2 length - 1 frames), so that
    sequences that recur end up in one component each. There are as many frames of zeros before,
    between and after events as a component is long.

    Parameters
    ----------
    n_components : int
        K in the paper.
    length : int
        Number of frames of a component, L in the paper; at most the frames of all events.
    cross_orthogonality : float
        Weight of the penalty, lambda in the paper. The last iteration is done without.
    sparse_components, sparse_activations : float
        Weights of the sums of all entries (L1).
    orthogonal_components, orthogonal_activations : float
        Weights of penalties on the overlap of components, whatever their lags ("parts-based"), and
        on that of activations within a length ("events-based").
    penalize_components : bool
        Let the cross-orthogonality penalty act on W too, and not on the activations alone.
    fixed_components : bool
        Keep W as it is given, but for the scale of each component.
    shift : bool
        Move components to the middle of their lags in each iteration, which helps to leave local
        minima.
    sort : bool
        Sort components by falling loading.
    max_iter : int
        Number of iterations at the most; also of those that infer the activations of an event.
    tol : float or None
        The fit ends when the cost of an iteration is not lower by this, in units of the data, than
        the mean of the five before it; None for always `max_iter` iterations.
    random_state : int
        Seed of the start.
    verbose : bool
        Show progress.

    Attributes
    ----------
    components_ : ndarray of shape (n_components, n_frequencies, length)
        By falling loading.
    W_ : ndarray of shape (n_frequencies, n_components, length)
        The components, with their axes as in the paper.
    activations_ : in the form of the data that were fitted
        (n_components, n_frames) of each event, H in the paper; not kept in files.
    cost_ : list of float
        Root mean square of the residual, before the first iteration and after each.
    loadings_ : ndarray of shape (n_components,)
        Share of the data's power that each component explains.
    power_explained_ : float
        Share of the data's power that all of them explain.
    gain_ : ndarray of shape (n_components,)
        Energy that one unit of activation stands for, over all lags.
    n_iter_ : int

    Examples
    --------
    >>> import numpy as np
    >>> from specufex_pipe.factorizations import SeqNMF
    >>> X = np.random.default_rng(0).random((8, 200))  # features, samples
    >>> SeqNMF(2, length=5, max_iter=10).fit(X).components_.shape
    (2, 8, 5)

    References
    ----------
    Mackevicius, Bahle, et al., eLife 8 (2019), e38471; Smaragdis, ICA 2004 (convolutive NMF).
    """

    in_words = (
        "convolutive non-negative matrix factorization (NMF; SeqNMF, Mackevicius et al., 2019)"
    )
    order_ = "falling share of the power"
    activations_: EventsLike
    _cost_meaning = "the root mean square of what the components leave unexplained, dB"

    _rules = (
        *IterativeFactorization._rules,
        whole_numbers(1, "length"),
        at_least(
            0,
            "cross_orthogonality",
            "sparse_components",
            "sparse_activations",
            "orthogonal_components",
            "orthogonal_activations",
        ),
    )
    _optional = ("tol",)
    _choices = tuple(
        Choice(name, (True, False))
        for name in ("penalize_components", "fixed_components", "shift", "sort")
    )

    def __init__(
        self,
        n_components: int = 10,
        length: int = 10,
        *,
        cross_orthogonality: float = 0.001,
        sparse_components: float = 0.0,
        sparse_activations: float = 0.0,
        orthogonal_components: float = 0.0,
        orthogonal_activations: float = 0.0,
        penalize_components: bool = True,
        fixed_components: bool = False,
        shift: bool = True,
        sort: bool = True,
        max_iter: int = 100,
        tol: float | None = None,
        random_state: int = 0,
        verbose: bool = False,
    ) -> None:
        self.n_components = n_components
        self.length = length
        self.cross_orthogonality = cross_orthogonality
        self.sparse_components = sparse_components
        self.sparse_activations = sparse_activations
        self.orthogonal_components = orthogonal_components
        self.orthogonal_activations = orthogonal_activations
        self.penalize_components = penalize_components
        self.fixed_components = fixed_components
        self.shift = shift
        self.sort = sort
        self.max_iter = max_iter
        self.tol = tol
        self.random_state = random_state
        self.verbose = verbose

    @property
    def components_(self) -> FloatArray:  # type: ignore[override]
        """W, shape (n_components, n_frequencies, length)."""
        return self._W.transpose(2, 1, 0)

    @property
    def W_(self) -> FloatArray:  # noqa: N802, the name that it has in the paper
        """W with the axes of the paper, shape (n_frequencies, n_components, length)."""
        return self._W.transpose(1, 2, 0)

    @property
    def spectra_(self) -> FloatArray:
        """Mean spectrum of each component, shape (n_components, n_frequencies)."""
        return self._W.mean(axis=0).T

    @property
    def gain_(self) -> FloatArray:
        """Energy that one unit of activation stands for, shape (n_components,)."""
        return self._W.sum(axis=(0, 1))

    def fit(
        self,
        X: EventsLike,
        y: None = None,
        *,
        mask: EventsLike | None = None,
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
        mask : in the form of X, optional
            0 where an entry takes no part in the fit, for cross-validation. In cost, loadings and
            power these entries count as explained, as in the original: to hold a fit against them,
            compare them with `inverse_transform(activations_)`.
        components : ndarray of shape (n_components, n_frequencies, length), optional
            Start values; random by default.
        activations : in the form of X, (n_components, n_frames) of each event, optional
            Start values; random by default.
        checkpoint, should_stop : as for `BayesianNMF.fit`

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a parameter, an event, the mask or a start value is not valid, or a frequency is 0 in
            all frames; the message says which.
        """
        self._check_parameters()
        frames = as_frames(X, rows=self._rows)
        if self.length > frames.n_frames:
            raise ValueError(
                f"length is {self.length}, expected at most {frames.n_frames}, the number of frames"
            )
        start: Arrays = {}
        if mask is not None:
            start["mask"] = mask_frames(mask, frames)
        if components is not None:
            shape = (self.n_components, frames.n_rows, self.length)
            start["components"] = start_values(components, shape, "components")
        elif self.fixed_components:
            raise ValueError("fixed_components is True, but no components are given to fit")
        if activations is not None:
            start["activations"] = frames_like(
                activations, frames.offsets, self.n_components, "activations"
            )
        data = self._fit(frames, start, checkpoint, should_stop)
        self._measure(data)
        self.activations_ = in_form_of(X, Frames(self._H[data.inside], frames.offsets))
        return self

    def _n_lags(self) -> int:
        return self.length

    def _prepare(
        self, frames: EventFrames, rng: np.random.Generator, start: Arrays
    ) -> PaddedFrames:
        return PaddedFrames(self._survey(frames, rng), self.length, start.get("mask"))

    def _begin(self, data: PaddedFrames, rng: np.random.Generator, start: Arrays) -> None:
        components, activations = start.get("components"), start.get("activations")
        largest = data.largest
        n_frames, n_rows = data.X.shape
        shape = (self.length, n_rows, self.n_components)
        if components is None:
            self._W: FloatArray = largest * rng.random(shape)
        else:
            self._W = np.ascontiguousarray(components.transpose(2, 1, 0))
        if activations is None:
            scale = largest / np.sqrt(n_frames / 3)
            self._H: FloatArray = scale * rng.random((n_frames, self.n_components))
        else:
            self._H = data.pad(activations)
        self.cost_ = [data.take_model(self._W, self._H)]
        self._scale = data.X.max()

    def _prepare_to_resume(self, data: PaddedFrames) -> None:
        if data.is_masked:
            data.take_model(self._W, self._H)

    def _iterate(self, data: PaddedFrames) -> None:
        number = self.n_iter_ + 1
        # The last iteration, if it is not the only one, is for the reconstruction alone.
        is_plain = number > 1 and self._is_last(number)
        cross_orthogonality = 0.0 if is_plain else self.cross_orthogonality
        self._update_activations(data, cross_orthogonality)
        if self.shift and not self.fixed_components:
            self._W, self._H = centred(self._W, self._H)
            self._W = self._W + _FILL * self._scale
        norms = np.sqrt(np.einsum("tk,tk->k", self._H, self._H))
        self._H = self._H / (norms + floor_of(self._scale))
        self._W = self._W * norms
        explained = None
        if not self.fixed_components:
            if data.is_masked:
                data.take_model(self._W, self._H)
            explained = self._update_components(data, cross_orthogonality)
        # Sums depend on how an array lies in memory, and one from a file lies like this.
        self._W, self._H = np.ascontiguousarray(self._W), np.ascontiguousarray(self._H)
        self.cost_.append(data.cost(self._W, self._H, explained))

    def _is_last(self, number: int) -> bool:
        """Tell whether an iteration, counted from 1, is the last."""
        if number == self.max_iter:
            return True
        if self.tol is None or number <= _COSTS_TO_COMPARE:
            return False
        *before, now = self.cost_[number - 1 - _COSTS_TO_COMPARE : number]
        return bool(now + self.tol > np.mean(before))

    def _has_settled(self) -> bool:
        return self.n_iter_ > 0 and self._is_last(self.n_iter_)

    def _update_activations(self, data: PaddedFrames, cross_orthogonality: float) -> None:
        sums = data.sums
        W = sums.of_components(self._W)
        explained = sums.correlate(W, data.spectra())
        overlap = cross_orthogonality * explained + self.orthogonal_activations * self._H
        rivals = rivals_of(overlap, self.length)
        model = sums.correlate_model(sums.gram(W), sums.of_frames(self._H))
        self._H = updated_activations(
            self._H, explained, model, rivals, self.sparse_activations, floor_of(self._scale**2)
        )

    def _update_components(self, data: PaddedFrames, cross_orthogonality: float) -> FloatArray:
        """Update W; return the sums over time of X and the activations, as `lagged` gives them."""
        sums, H = data.sums, self._H
        is_penalized = cross_orthogonality > 0 and self.penalize_components
        rivals = [rivals_of(H, self.length)] if is_penalized else []
        explained = sums.lagged(data.spectra(), sums.of_past(np.hstack([H, *rivals])))
        explained, overlap = explained[..., : H.shape[1]], explained[..., H.shape[1] :]
        W = sums.of_components(self._W)
        model = sums.lagged_model(W, sums.of_frames(H), sums.of_past(H))
        penalty: FloatArray | float = self.sparse_components
        if is_penalized:
            penalty = penalty + cross_orthogonality * overlap
        if self.orthogonal_components:
            penalty = penalty + self.orthogonal_components * of_others(self._W.sum(axis=0))
        self._W = self._W * explained / (model + penalty + floor_of(self._scale))
        return explained

    def _measure(self, data: PaddedFrames) -> None:
        """Compute loadings and the power explained, and sort."""
        X = data.X[data.inside]
        power = max(float(np.einsum("td,td->", X, X)), np.finfo(float).tiny)
        H = np.where(data.inside[:, None], self._H, 0)
        residual = X - data.convolve(self._W, H)[data.inside]
        self.power_explained_ = 1 - float(np.einsum("td,td->", residual, residual)) / power
        loadings = np.zeros(self.n_components)
        for k in range(self.n_components):
            alone = data.convolve(self._W[..., k : k + 1], H[:, k : k + 1])[data.inside]
            loadings[k] = np.einsum("td,td->", 2 * X - alone, alone) / power
        order = np.arange(self.n_components)
        if self.sort:
            order = np.argsort(-np.maximum(loadings, 0), kind="stable")
        self.loadings_ = np.maximum(loadings, 0)[order]
        self._W = np.ascontiguousarray(self._W[..., order])
        self._H = self._H[:, order]

    def _infer_activations(self, batch: Batch) -> FloatArray:
        return infer_activations(
            batch,
            self._W,
            cross_orthogonality=self.cross_orthogonality,
            sparse_activations=self.sparse_activations,
            orthogonal_activations=self.orthogonal_activations,
            max_iter=self.max_iter,
        )

    def _reconstruction(self, batch: Batch) -> FloatArray:
        events = []
        for H in batch.events():
            sums = BlockConvolution(len(H), self.length)
            events.append(sums.convolve(sums.of_components(self._W), sums.of_past(H)))
        return np.concatenate(events)

    def _energies(self, activations: EventFrames) -> EventFrames:
        return ConvolvedFrames(activations, self._W.sum(axis=1).T)

    def _to_arrays(self) -> Arrays:
        arrays = {"components": self.components_, "gain": self.gain_, "cost": np.array(self.cost_)}
        if hasattr(self, "loadings_"):
            arrays["loadings"] = self.loadings_
            arrays["power_explained"] = np.array(self.power_explained_)
        return arrays

    def _from_arrays(self, arrays: Arrays) -> None:
        self._W = np.ascontiguousarray(arrays["components"].transpose(2, 1, 0))
        self.n_features_in_ = self._W.shape[1]
        self.cost_ = arrays["cost"].tolist()
        if "loadings" in arrays:
            self.loadings_ = arrays["loadings"]
            self.power_explained_ = float(arrays["power_explained"])

    def _running_arrays(self) -> Arrays:
        return {"activations": self._H, "scale": np.array(self._scale)}

    def _from_running_arrays(self, arrays: Arrays) -> None:
        self._H, self._scale = arrays["activations"], float(arrays["scale"])

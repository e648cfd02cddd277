"""The updates and the bound of the Bayesian NMF: functions of arrays, apart from the model.

    x_td ~ Poisson(sum_k V_tk A_k W_kd),   W_kd, A_k, V_tk gamma distributed

with t a frame, d a frequency, k a component (docs/nmf.md has the sources). Frames are
independent given W and A, so the frames of several events are stacked in one matrix. The
allocation of x over the components is never formed: with

    What = exp(E[ln W] + E[ln A])   Vhat = exp(E[ln V])   R = X / (Vhat What)

its sums are Vhat * (R What') over frequencies and What * (Vhat' R) over frames. What takes time is
in `kernels`.
"""

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from scipy.special import gammaln

from specufex_pipe.factorizations.bayesian import kernels
from specufex_pipe.numerics.gamma import gamma_divergence, gamma_expected_log
from specufex_pipe.numerics.threads import map_threads
from specufex_pipe.numerics.types import FloatArray, IntArray

# The logarithm of it is a finite number.
_FLOOR = 1e-290
# Frames of a piece: long enough for matrix products to be fast, short enough for a core's cache.
_PIECE = 256
# More threads than this do not help a minibatch, and each holds a sum over frames for itself.
_SHARES = 32


class Prior(NamedTuple):
    """Shapes and rates of the gamma priors of W, A and V."""

    w_shape: float
    w_rate: float
    a_shape: float
    a_rate: float
    v_shape: float
    v_rate: float


class Components(NamedTuple):
    """Variational gamma factors of what all events share.

    Attributes
    ----------
    w_shape : ndarray of shape (n_components, n_frequencies)
    w_rate : ndarray of shape (n_components, 1)
        The rate is the same for all frequencies of a component.
    a_shape, a_rate : ndarray of shape (n_components,)
    """

    w_shape: FloatArray
    w_rate: FloatArray
    a_shape: FloatArray
    a_rate: FloatArray

    def spectra(self) -> FloatArray:
        """Return E[W], shape (n_components, n_frequencies)."""
        return self.w_shape / self.w_rate

    def weights(self) -> FloatArray:
        """Return E[A], shape (n_components,)."""
        return self.a_shape / self.a_rate

    def gain(self) -> FloatArray:
        """Return the energy that one unit of activation stands for, shape (n_components,)."""
        return self.spectra().sum(axis=1) * self.weights()

    def expected_log(self) -> FloatArray:
        """Return E[ln W] + E[ln A], shape (n_components, n_frequencies)."""
        log_w = gamma_expected_log(self.w_shape, self.w_rate)
        log_a = gamma_expected_log(self.a_shape, self.a_rate)
        return log_w + log_a[:, None]


class Activations(NamedTuple):
    """Variational gamma factors of the activations of some frames.

    Attributes
    ----------
    shape : ndarray of shape (n_frames, n_components)
    rate : ndarray of shape (n_components,)
        The rate is the same for all frames.
    """

    shape: FloatArray
    rate: FloatArray

    def mean(self) -> FloatArray:
        """Return E[V], shape (n_frames, n_components)."""
        return self.shape / self.rate


def infer_activations(
    X: FloatArray,
    components: Components,
    prior: Prior,
    *,
    max_rounds: int,
    tolerance: float,
    temperature: float = 1.0,
    offsets: IntArray | None = None,
) -> Activations:
    """Infer the activations of frames, given the components.

    Parameters
    ----------
    X : ndarray of shape (n_frames, n_frequencies), float32 or float64
    components : Components
    prior : Prior
    max_rounds : int
    tolerance : float
        The rounds of a frame end when one changes its energies by less than this share of their
        sum; extrapolation shortens the way. 0: plain rounds, `max_rounds` of them.
    temperature : float
    offsets : ndarray of int, optional
        Where events begin, if the result of each is to be the same, bit for bit, whatever events
        are beside it. This costs a little time; by default frames are taken as they come.

    Returns
    -------
    Activations
        In the precision of X.

    Raises
    ------
    ValueError
        If the energies are too large for their precision.
    """
    rate = prior.v_rate + components.gain()
    shape = np.ones((len(X), len(rate)), dtype=X.dtype)
    What = _scaled_spectra(components, rate, temperature, X.dtype)
    kind = X.dtype.type

    def infer(pieces: IntArray) -> None:
        kernels.infer_shapes(
            X, pieces, What, kind(prior.v_shape), kind(1 / temperature), max_rounds,
            kind(tolerance), shape,
        )  # fmt: skip

    map_threads(infer, _shares(_pieces(len(X), offsets)))
    if not np.isfinite(shape.sum(dtype=np.float64)):
        raise ValueError(f"energies up to {X.max():g} are too large for {X.dtype}: scale the data")
    return Activations(shape, rate)


def _scaled_spectra(
    components: Components, rate: FloatArray, temperature: float, dtype: np.dtype[Any]
) -> FloatArray:
    """Return What over the rates of the activations, the largest entry of each frequency 1."""
    logarithm = (components.expected_log() - np.log(rate)[:, None]) / temperature
    scaled = np.exp(logarithm - logarithm.max(axis=0)).astype(dtype)
    scaled[scaled < np.finfo(dtype).tiny] = 0
    return scaled


def _pieces(n_frames: int, offsets: IntArray | None) -> IntArray:
    """Cut frames, or each event, into pieces that fit in a core's cache."""
    ends = np.array([0, n_frames]) if offsets is None else offsets
    cuts = [np.arange(start, stop, _PIECE) for start, stop in pairwise(ends)]
    return np.concatenate([*cuts, [n_frames]])


def _shares(pieces: IntArray) -> list[IntArray]:
    """Share pieces out to threads; how, depends on the pieces alone."""
    n_pieces = len(pieces) - 1
    ends = np.linspace(0, n_pieces, min(n_pieces, _SHARES) + 1).astype(int)
    return [pieces[a : b + 1] for a, b in pairwise(ends)]


def component_statistics(
    X: FloatArray, components: Components, activations: Activations, temperature: float = 1.0
) -> tuple[FloatArray, FloatArray]:
    """Return what the components need to know of a minibatch.

    Returns
    -------
    allocated : ndarray of float64, shape (n_components, n_frequencies)
        Energy allocated to each component and frequency, summed over the frames.
    activity : ndarray of float64, shape (n_components,)
        E[V] summed over the frames.
    """
    What = _scaled_spectra(components, activations.rate, temperature, X.dtype)
    power = X.dtype.type(1 / temperature)

    def allocate(pieces: IntArray) -> FloatArray:
        allocated = np.zeros(What.shape)
        kernels.add_allocated(X, pieces, What, power, activations.shape, allocated)
        return allocated

    allocated = What * np.sum(map_threads(allocate, _shares(_pieces(len(X), None))), axis=0)
    activity = activations.shape.sum(axis=0, dtype=np.float64) / activations.rate
    return allocated, activity


def update_components(
    components: Components,
    prior: Prior,
    allocated: FloatArray,
    activity: FloatArray,
    step_size: float,
) -> Components:
    """Move the components towards what a minibatch asks for.

    Parameters
    ----------
    components : Components
    prior : Prior
    allocated, activity : ndarray
        From `component_statistics`, scaled up to the whole data set.
    step_size : float
        1 puts what the minibatch asks for in the place of what was there.

    Returns
    -------
    Components
    """

    def step(old: FloatArray, new: FloatArray) -> FloatArray:
        return (1 - step_size) * old + step_size * new

    w_shape = step(components.w_shape, prior.w_shape + allocated)
    w_rate = step(components.w_rate, prior.w_rate + (components.weights() * activity)[:, None])
    spectra_sums = w_shape.sum(axis=1) / w_rate[:, 0]
    a_shape = step(components.a_shape, prior.a_shape + allocated.sum(axis=1))
    a_rate = step(components.a_rate, prior.a_rate + spectra_sums * activity)
    return Components(w_shape, w_rate, a_shape, a_rate)


def local_bound(
    X: FloatArray, components: Components, activations: Activations, prior: Prior
) -> float:
    """Return the part of the bound that belongs to some frames, in nats.

    E[ln p(X | W, A, V)] - KL(q(V) || p(V)), with the allocation at its best, in double precision.
    """
    log_spectra = components.expected_log()
    frequency_scale = log_spectra.max(axis=0)
    What = np.exp(log_spectra - frequency_scale)
    gain = components.gain()

    def bound(start: int, stop: int) -> float:
        x = X[start:stop].astype(np.float64)
        part = Activations(activations.shape[start:stop].astype(np.float64), activations.rate)
        log_activations = gamma_expected_log(*part)
        frame_scale = log_activations.max(axis=1, keepdims=True)
        expected = np.exp(log_activations - frame_scale) @ What
        log_expected = np.log(np.maximum(expected, _FLOOR)) + frame_scale + frequency_scale
        explained = part.mean().sum(axis=0) @ gain
        likelihood = (x * log_expected).sum() - gammaln(x + 1).sum() - explained
        return likelihood - gamma_divergence(*part, prior.v_shape, prior.v_rate)

    pieces = _pieces(len(X), None)
    return float(sum(map_threads(bound, pieces[:-1], pieces[1:])))


def component_divergence(components: Components, prior: Prior) -> float:
    """Return KL(q(W) || p(W)) + KL(q(A) || p(A)), in nats."""
    n_frequencies = components.w_shape.shape[1]
    w_rate = np.repeat(components.w_rate, n_frequencies, axis=1)
    return gamma_divergence(
        components.w_shape, w_rate, prior.w_shape, prior.w_rate
    ) + gamma_divergence(components.a_shape, components.a_rate, prior.a_shape, prior.a_rate)

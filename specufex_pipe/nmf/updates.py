"""The updates and the bound of the Bayesian NMF: functions of arrays, apart from the model.

    x_td ~ Poisson(sum_k V_tk A_k W_kd),   W_kd, A_k, V_tk gamma distributed

with t a frame, d a frequency, k a pattern (Hoffman, Blei, Cook, ICML 2010). Frames are
independent given W and A, so the frames of several events are stacked in one matrix. The
allocation of x over the patterns is never formed: with

    What = exp(E[ln W] + E[ln A])   Vhat = exp(E[ln V])   R = X / (Vhat What)

its sums are Vhat * (R What') over frequencies and What * (Vhat' R) over frames.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import digamma, gammaln

from specufex_pipe.gamma import gamma_divergence, gamma_expected_log

# Energy of any size divided by it is a finite number.
_FLOOR = 1e-290


class Prior(NamedTuple):
    """Shapes and rates of the gamma priors of W, A and V."""

    w_shape: float
    w_rate: float
    a_shape: float
    a_rate: float
    v_shape: float
    v_rate: float


class Patterns(NamedTuple):
    """Variational gamma factors of what all events share.

    Attributes
    ----------
    w_shape : ndarray of shape (n_patterns, n_frequencies)
    w_rate : ndarray of shape (n_patterns, 1)
        The rate is the same for all frequencies of a pattern.
    a_shape, a_rate : ndarray of shape (n_patterns,)
    """

    w_shape: np.ndarray
    w_rate: np.ndarray
    a_shape: np.ndarray
    a_rate: np.ndarray

    def spectra(self):
        """Return E[W], shape (n_patterns, n_frequencies)."""
        return self.w_shape / self.w_rate

    def weights(self):
        """Return E[A], shape (n_patterns,)."""
        return self.a_shape / self.a_rate

    def gain(self):
        """Return the energy that one unit of activation stands for, shape (n_patterns,)."""
        return self.spectra().sum(axis=1) * self.weights()

    def geometric_mean(self, temperature=1.0):
        """Return What, shape (n_patterns, n_frequencies); a temperature above 1 flattens it."""
        log_w = gamma_expected_log(self.w_shape, self.w_rate)
        log_a = gamma_expected_log(self.a_shape, self.a_rate)
        return np.exp((log_w + log_a[:, None]) / temperature)


class Activations(NamedTuple):
    """Variational gamma factors of the activations of some frames.

    Attributes
    ----------
    shape : ndarray of shape (n_frames, n_patterns)
    rate : ndarray of shape (n_patterns,)
        The rate is the same for all frames.
    """

    shape: np.ndarray
    rate: np.ndarray

    def mean(self):
        """Return E[V], shape (n_frames, n_patterns)."""
        return self.shape / self.rate

    def geometric_mean(self, temperature=1.0):
        """Return Vhat, shape (n_frames, n_patterns); a temperature above 1 flattens it."""
        # One buffer throughout: these arrays are the largest of a fit.
        result = digamma(self.shape)
        result -= np.log(self.rate)
        result /= temperature
        return np.exp(result, out=result)


def residual_ratio(X, expected):
    """Return X / expected, and 0 where X is 0.

    `expected` is used as the buffer. It is kept above a floor that lets the ratio stay finite.
    """
    np.maximum(expected, _FLOOR, out=expected)
    return np.divide(X, expected, out=expected)


def infer_activations(X, patterns, prior, *, max_rounds, tolerance, temperature=1.0):
    """Infer the activations of frames, given the patterns.

    Parameters
    ----------
    X : ndarray of shape (n_frames, n_frequencies)
    patterns : Patterns
    prior : Prior
    max_rounds : int
    tolerance : float
        The rounds end when the energies change by less than this share of the total. 0 fixes
        their number at `max_rounds`.
    temperature : float

    Returns
    -------
    Activations
        In double precision, whatever that of X: exp(psi(1/K)) underflows in single precision.
    """
    X = X.astype(np.float64, copy=False)
    What = patterns.geometric_mean(temperature)
    rate = prior.v_rate + patterns.gain()
    activations = Activations(np.ones((len(X), len(rate))), rate)
    for _ in range(max_rounds):
        updated = update_activations(X, activations, What, rate, prior.v_shape, temperature)
        settled = tolerance > 0 and _change(updated.shape, activations.shape) < tolerance
        activations = updated
        if settled:
            break
    return activations


def update_activations(X, activations, What, rate, prior_shape, temperature=1.0):
    """Take one round: the best allocation under the old activations, then the best activations.

    Parameters
    ----------
    X : ndarray of shape (n_frames, n_frequencies)
    activations : Activations
    What : ndarray of shape (n_patterns, n_frequencies)
    rate : ndarray of shape (n_patterns,)
        Prior rate plus gain, which does not change while the patterns do not.
    prior_shape : float
    temperature : float

    Returns
    -------
    Activations
    """
    Vhat = activations.geometric_mean(temperature)
    shape = residual_ratio(X, Vhat @ What) @ What.T
    shape *= Vhat
    shape += prior_shape
    return Activations(shape, rate)


def _change(new, old):
    # In counts: a frame weighs by its energy, and weak activations that drift do not hold up.
    return np.abs(new - old).sum() / new.sum()


def pattern_statistics(X, patterns, activations, temperature=1.0):
    """Return what the patterns need to know of a minibatch.

    Returns
    -------
    allocated : ndarray of shape (n_patterns, n_frequencies)
        Energy allocated to each pattern and frequency, summed over the frames.
    activity : ndarray of shape (n_patterns,)
        E[V] summed over the frames.
    """
    What = patterns.geometric_mean(temperature)
    Vhat = activations.geometric_mean(temperature)
    R = residual_ratio(X, Vhat @ What)
    allocated = What * (Vhat.T @ R)
    activity = activations.shape.sum(axis=0) / activations.rate
    return allocated, activity


def update_patterns(patterns, prior, allocated, activity, step_size):
    """Move the patterns towards what a minibatch asks for.

    Parameters
    ----------
    patterns : Patterns
    prior : Prior
    allocated, activity : ndarray
        From `pattern_statistics`, scaled up to the whole data set.
    step_size : float
        1 puts what the minibatch asks for in the place of what was there.

    Returns
    -------
    Patterns
    """

    def step(old, new):
        return (1 - step_size) * old + step_size * new

    w_shape = step(patterns.w_shape, prior.w_shape + allocated)
    w_rate = step(patterns.w_rate, prior.w_rate + (patterns.weights() * activity)[:, None])
    spectra_sums = w_shape.sum(axis=1) / w_rate[:, 0]
    a_shape = step(patterns.a_shape, prior.a_shape + allocated.sum(axis=1))
    a_rate = step(patterns.a_rate, prior.a_rate + spectra_sums * activity)
    return Patterns(w_shape, w_rate, a_shape, a_rate)


def local_bound(X, patterns, activations, prior):
    """Return the part of the bound that belongs to some frames, in nats.

    E[ln p(X | W, A, V)] - KL(q(V) || p(V)), with the allocation at its best.
    """
    X = X.astype(np.float64)
    expected = activations.geometric_mean() @ patterns.geometric_mean()
    np.maximum(expected, _FLOOR, out=expected)
    explained = (activations.mean().sum(axis=0) * patterns.gain()).sum()
    likelihood = (X * np.log(expected)).sum() - gammaln(X + 1).sum() - explained
    return float(likelihood) - gamma_divergence(*activations, prior.v_shape, prior.v_rate)


def pattern_divergence(patterns, prior):
    """Return KL(q(W) || p(W)) + KL(q(A) || p(A)), in nats."""
    n_frequencies = patterns.w_shape.shape[1]
    w_rate = np.repeat(patterns.w_rate, n_frequencies, axis=1)
    return gamma_divergence(
        patterns.w_shape, w_rate, prior.w_shape, prior.w_rate
    ) + gamma_divergence(patterns.a_shape, patterns.a_rate, prior.a_shape, prior.a_rate)

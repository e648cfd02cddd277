"""Gamma distributions, given by their shapes and rates: expectations and divergences."""

import numpy as np
from scipy.special import digamma, gammaln

from specufex_pipe.numerics.types import FloatArray


def gamma_expected_log(shape: FloatArray, rate: FloatArray) -> FloatArray:
    """Return E[ln x] of x ~ Gamma(shape, rate)."""
    return digamma(shape) - np.log(rate)


def gamma_divergence(
    shape: FloatArray,
    rate: FloatArray,
    prior_shape: FloatArray | float,
    prior_rate: FloatArray | float,
) -> float:
    """Return the sum of the Kullback-Leibler divergences KL(Gamma || Gamma prior), in nats."""
    terms = (
        (shape - prior_shape) * digamma(shape)
        - gammaln(shape)
        + gammaln(prior_shape)
        + prior_shape * (np.log(rate) - np.log(prior_rate))
        + shape * (prior_rate - rate) / rate
    )
    return float(np.sum(terms, dtype=np.float64))

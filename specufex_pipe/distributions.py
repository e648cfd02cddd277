"""Gamma and Dirichlet distributions: expectations and divergences.

A gamma distribution has a shape and a rate, a Dirichlet distribution concentrations in its last
axis.
"""

import numpy as np
from scipy.special import digamma, gammaln


def gamma_expected_log(shape, rate):
    """Return E[ln x] of x ~ Gamma(shape, rate)."""
    return digamma(shape) - np.log(rate)


def gamma_divergence(shape, rate, prior_shape, prior_rate):
    """Return the sum of the Kullback-Leibler divergences KL(Gamma || Gamma prior), in nats."""
    terms = (
        (shape - prior_shape) * digamma(shape)
        - gammaln(shape)
        + gammaln(prior_shape)
        + prior_shape * (np.log(rate) - np.log(prior_rate))
        + shape * (prior_rate - rate) / rate
    )
    return float(np.sum(terms, dtype=np.float64))


def dirichlet_expected_log(concentration):
    """Return E[ln p] of p ~ Dirichlet(concentration), along the last axis."""
    total = concentration.sum(axis=-1, keepdims=True)
    return digamma(concentration) - digamma(total)


def dirichlet_divergence(concentration, prior):
    """Return KL(Dirichlet || Dirichlet(prior, ..., prior)) along the last axis, in nats."""
    n = concentration.shape[-1]
    return (
        gammaln(concentration.sum(axis=-1))
        - gammaln(concentration).sum(axis=-1)
        - gammaln(n * prior)
        + n * gammaln(prior)
        + ((concentration - prior) * dirichlet_expected_log(concentration)).sum(axis=-1)
    )

"""Expectations and divergences agree with numerical integration."""

import numpy as np
import pytest
from scipy import integrate, stats

from specufex_pipe.numerics.gamma import gamma_divergence, gamma_expected_log


@pytest.mark.parametrize(("shape", "rate", "shape0", "rate0"), [
    (2.0, 3.0, 1.0, 1.0), (0.7, 0.1, 2.5, 4.0), (30.0, 2.0, 0.1, 0.1),
])  # fmt: skip
def test_gamma_divergence_is_the_integral_that_defines_it(shape, rate, shape0, rate0):
    q, p = stats.gamma(shape, scale=1 / rate), stats.gamma(shape0, scale=1 / rate0)
    # In ln x, where the integrand is smooth.
    integral, _ = integrate.quad(
        lambda u: q.pdf(np.exp(u)) * np.exp(u) * (q.logpdf(np.exp(u)) - p.logpdf(np.exp(u))),
        -40, 8, limit=500,
    )  # fmt: skip
    assert gamma_divergence(shape, rate, shape0, rate0) == pytest.approx(integral, rel=1e-6)


def test_gamma_divergence_of_a_distribution_from_itself_is_zero():
    assert gamma_divergence(0.3, 2.0, 0.3, 2.0) == pytest.approx(0, abs=1e-14)


def test_gamma_expected_log_is_the_mean_of_logarithms():
    draws = stats.gamma(1.7, scale=1 / 0.4).rvs(200_000, random_state=1)
    assert gamma_expected_log(1.7, 0.4) == pytest.approx(np.log(draws).mean(), abs=0.01)

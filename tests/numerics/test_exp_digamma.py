"""The compiled digamma functions agree with SciPy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import digamma

from specufex_pipe.numerics.exp_digamma import digamma as compiled_digamma
from specufex_pipe.numerics.exp_digamma import exp_digamma_parts, times_exponential


@given(st.floats(1e-5, 1e6))
def test_digamma_equals_scipy(x):
    assert compiled_digamma(x) == pytest.approx(digamma(x), rel=1e-12, abs=1e-12)


@given(st.floats(1 / 500, 1e6))
def test_exp_digamma_equals_scipy(x):
    factor, exponent = np.empty(1), np.empty(1)
    exp_digamma_parts(np.array([x]), factor, exponent)
    times_exponential(factor, exponent)
    assert np.log(factor[0]) == pytest.approx(digamma(x), rel=1e-13, abs=1e-13)

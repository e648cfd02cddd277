"""The digamma function psi and exp(psi), compiled: what the updates of both models are made of.

exp(psi(x)) is the geometric mean of a gamma distribution of shape x and rate 1. It is computed by
recurrence to larger x, which takes one exponential, and the asymptotic series of exp(psi) itself,
which takes none; in the precision of the array that is given.
"""

import math
from typing import Any

import numpy as np
from numba import types
from numba.extending import overload, register_jitable

from specufex_pipe.numerics.compiling import njit
from specufex_pipe.numerics.types import FloatArray

# The coefficients c_n of exp(psi(y + 1/2)) = y (1 + sum_n c_n y^-2n), from the asymptotic series of
# psi, Abramowitz and Stegun 6.3.18.
_SERIES = (
    1 / 24,
    -37 / 5760,
    10313 / 2903040,
    -5509121 / 1393459200,
    2709398569 / 367873228800,
    -499769010050743 / 24103053950976000,
    47655701498228027 / 578473294823424000,
    -4150166648794176251083 / 9440684171518279680000,
)
_LOG2_E = 1.4426950408889634
_LN_2_HIGH, _LN_2_LOW = 0.693145751953125, 1.42860682030941723212e-6
# Products and sums may be fused, but keep their order.
_options: dict[str, Any] = {
    "nogil": True,
    "cache": True,
    "error_model": "numpy",
    "fastmath": {"contract", "nsz"},
}


def _power_of_two(n: float) -> Any:
    """Return 2 ** n for a whole number n in the exponent's range, by its bits."""


@overload(_power_of_two)
# Without annotations: Numba compares them with those of the lambdas, which can have none.
def _power_of_two_overload(n):  # type: ignore[no-untyped-def]
    if n == types.float32:
        return lambda n: np.int32((np.int32(n) + np.int32(127)) << np.int32(23)).view(np.float32)
    return lambda n: np.int64((np.int64(np.int32(n)) + 1023) << 52).view(np.float64)


@register_jitable
def is_single(kind: type[np.floating[Any]]) -> bool:
    """Tell whether a floating-point type is of single precision."""
    # Known when the kernels are compiled: single precision has no such number.
    return kind(1e-300) == 0


@njit(**_options)
def exp_digamma_parts(shape: FloatArray, factor: FloatArray, exponent: FloatArray) -> None:
    """Split exp(psi(x)), x > 0, into factor * exp(exponent), with exponents of 0 and below.

    psi(x) = psi(x + shift) - sum_i 1 / (x + i): the asymptotic series gives the factor, which
    needs no exponential, and the sum is a quotient of two polynomials.
    """
    kind = shape.dtype.type
    single = is_single(kind)
    shift = 4 if single else 8
    n_terms = 4 if single else 8
    for i in range(shape.size):
        x = shape[i]
        small = x < kind(shift)
        product, derivative = x, kind(1)
        for j in range(1, shift):
            term = x + kind(j)
            derivative = derivative * term + product
            product = product * term
        y = (x + kind(shift) if small else x) - kind(0.5)
        z = kind(1) / (y * y)
        series = kind(0)
        for n in range(n_terms - 1, -1, -1):
            series = kind(_SERIES[n]) + z * series
        factor[i] = y * (kind(1) + z * series)
        exponent[i] = -derivative / product if small else kind(0)


@njit(**_options)
def times_exponential(factor: FloatArray, exponent: FloatArray) -> None:
    """Multiply each factor by exp(exponent), none of which is above 0."""
    kind = factor.dtype.type
    single = is_single(kind)
    lowest = kind(-87) if single else kind(-700)
    for i in range(factor.size):
        x = max(exponent[i], lowest)
        n = np.floor(x * kind(_LOG2_E) + kind(0.5))
        rest = (x - n * kind(_LN_2_HIGH)) - n * kind(_LN_2_LOW)
        # Taylor's series, for |rest| < (ln 2) / 2.
        result = kind(1)
        for m in range(7 if single else 12, 0, -1):
            result = kind(1) + rest * kind(1 / m) * result
        factor[i] = factor[i] * result * _power_of_two(n)


@njit(cache=True)
def digamma(x: float) -> float:
    """Return the digamma function of x > 0: recurrence up to 10, then the asymptotic series.

    Abramowitz and Stegun, 6.3.5 and 6.3.18. Agrees with SciPy to 1e-13, relative but near its root.
    """
    result = 0.0
    while x < 10.0:
        result -= 1.0 / x
        x += 1.0
    inverse = 1.0 / (x * x)
    series = inverse * (
        1 / 12
        - inverse
        * (
            1 / 120
            - inverse
            * (1 / 252 - inverse * (1 / 240 - inverse * (1 / 132 - inverse * 691 / 32760)))
        )
    )
    return result + math.log(x) - 0.5 / x - series

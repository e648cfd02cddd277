"""Units that follow from a unit can be read in one way."""

import pytest

from specufex_pipe.numerics.units import per, squared


@pytest.mark.parametrize(("unit", "square", "density"), [
    ("counts", "counts^2", "counts^2/Hz"), ("m/s", "(m/s)^2", "(m/s)^2/Hz"),
    ("m/s^2", "(m/s^2)^2", "(m/s^2)^2/Hz"),
])  # fmt: skip
def test_what_is_squared_or_divided_is_grouped(unit, square, density):
    assert squared(unit) == square
    assert per(squared(unit), "Hz") == density


@pytest.mark.parametrize(("unit", "expected"), [
    ("m", "m/sqrt(Hz)"), ("m^2", "m^2/sqrt(Hz)"), ("m/s", "(m/s)/sqrt(Hz)"),
    ("m/s^2", "(m/s^2)/sqrt(Hz)"),
])  # fmt: skip
def test_a_power_is_divided_as_it_is(unit, expected):
    assert per(unit, "sqrt(Hz)") == expected

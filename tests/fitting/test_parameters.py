"""A wrong parameter is refused by a message with its name, its value and what would be right."""

from decimal import Decimal
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from specufex_pipe.fitting.parameters import (
    Choice,
    Rule,
    above_zero,
    at_least,
    check_parameters,
    shares,
    whole_numbers,
)

RULES = {
    "a whole number >= 2": (whole_numbers(2, "n"), lambda x: isinstance(x, int) and x >= 2),
    "a number >= 0.5": (at_least(0.5, "n"), lambda x: x >= 0.5),
    "a number > 0": (above_zero("n"), lambda x: x > 0),
    "a number in [0, 1)": (shares("n"), lambda x: 0 <= x < 1),
}


def refusal(value, rules=(), optional=(), choices=()):
    """Return the message with which a value is refused; None if it is not."""
    try:
        check_parameters(SimpleNamespace(n=value), rules, optional, choices)
    except ValueError as error:
        return str(error)
    return None


@pytest.mark.parametrize("expected", RULES)
@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_refused_where_the_rule_says_so_and_nowhere_else(expected, value):
    rule, is_right = RULES[expected]
    message = None if is_right(value) else f"n is {value!r}, expected {expected}"
    assert refusal(value, [rule]) == message


@pytest.mark.parametrize("value", [
    np.nan, np.inf, -np.inf, None, "1", True, np.True_, 1j, [1], Decimal(1),
])  # fmt: skip
@pytest.mark.parametrize("expected", RULES)
def test_what_is_no_finite_number_is_refused_by_every_rule(expected, value):
    rule, _ = RULES[expected]
    assert refusal(value, [rule]) == f"n is {value!r}, expected {expected}"


@pytest.mark.parametrize("value", [np.int64(3), np.uint8(3), 10**400])
def test_whole_numbers_may_be_numpys_or_larger_than_numpy_knows(value):
    assert refusal(value, [whole_numbers(1, "n"), above_zero("n")]) is None


@pytest.mark.parametrize("value", [np.float32(0.5), np.float64(0.5), np.int32(1)])
def test_numbers_may_be_numpys(value):
    assert refusal(value, [at_least(0, "n"), above_zero("n")]) is None


def test_none_is_right_for_what_is_optional_and_for_nothing_else():
    rule = above_zero("n")._replace(expected="None or a number > 0")
    assert refusal(None, [rule], optional=["n"]) is None
    assert refusal(None, [rule], optional=["m"]) == "n is None, expected None or a number > 0"
    assert refusal(-1, [rule], optional=["n"]) == "n is -1, expected None or a number > 0"


@pytest.mark.parametrize("value", ["c", None, "A", 1])
def test_what_is_none_of_the_choices_is_refused_with_all_of_them(value):
    choice = Choice("n", ("a", "b"))
    assert refusal("b", choices=[choice]) is None
    assert refusal(value, choices=[choice]) == f"n is {value!r}, expected 'a' or 'b'"


def test_each_name_of_a_rule_is_looked_at_and_the_wrong_one_is_named():
    rule = Rule(("first", "second"), lambda value: value % 2 == 1, "an odd number")
    check_parameters(SimpleNamespace(first=1, second=3), [rule], [], [])
    with pytest.raises(ValueError, match=r"^second is 4, expected an odd number$"):
        check_parameters(SimpleNamespace(first=1, second=4), [rule], [], [])

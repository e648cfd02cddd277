"""What the parameters of a model may be: declared beside the model, checked in one place."""

from collections.abc import Callable, Iterable
from numbers import Integral, Real
from typing import Any, NamedTuple

import numpy as np


class Rule(NamedTuple):
    """What some numeric parameters may be.

    Attributes
    ----------
    names : tuple of str
        The parameters.
    allows : callable
        Tells whether a finite number is allowed.
    expected : str
        The same in words.
    """

    names: tuple[str, ...]
    allows: Callable[[Any], bool]
    expected: str


class Choice(NamedTuple):
    """The values that a parameter may have."""

    name: str
    values: tuple[Any, ...]


def whole_numbers(least: int, *names: str) -> Rule:
    """Return the rule that parameters are whole numbers and not less than `least`."""
    return Rule(
        names,
        lambda value: isinstance(value, Integral) and int(value) >= least,
        f"a whole number >= {least}",
    )


def at_least(least: float, *names: str) -> Rule:
    """Return the rule that parameters are not less than `least`."""
    return Rule(names, lambda value: value >= least, f"a number >= {least:g}")


def above_zero(*names: str) -> Rule:
    """Return the rule that parameters are above 0."""
    return Rule(names, lambda value: value > 0, "a number > 0")


def shares(*names: str) -> Rule:
    """Return the rule that parameters are in [0, 1)."""
    return Rule(names, lambda value: 0 <= value < 1, "a number in [0, 1)")


RANDOM_STATE_RULE = whole_numbers(0, "random_state")


def check_parameters(
    model: object, rules: Iterable[Rule], optional: Iterable[str], choices: Iterable[Choice]
) -> None:
    """Raise a ValueError that names a parameter, its value and what would be right.

    Parameters
    ----------
    model : object
        Has the parameters as attributes.
    rules : iterable of Rule
    optional : iterable of str
        Parameters that may be None.
    choices : iterable of Choice
    """
    for rule in rules:
        for name in rule.names:
            value = getattr(model, name)
            if value is None and name in optional:
                continue
            number = isinstance(value, Real) and not isinstance(value, bool)
            # Whole numbers may be too large for NumPy to look at.
            finite = number and (isinstance(value, Integral) or np.isfinite(value))
            if not finite or not rule.allows(value):
                raise ValueError(f"{name} is {value!r}, expected {rule.expected}")
    for choice in choices:
        value = getattr(model, choice.name)
        # 1 equals True, but a parameter that says one is not meant as the other.
        if not any(type(value) is type(each) and value == each for each in choice.values):
            expected = " or ".join(map(repr, choice.values))
            raise ValueError(f"{choice.name} is {value!r}, expected {expected}")

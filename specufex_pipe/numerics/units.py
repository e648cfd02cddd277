"""Units that follow from a unit, as text."""

import re

_NAME = re.compile(r"\w+")
_POWER = re.compile(r"(\w+|\(.*\))\^\d+")


def squared(unit: str) -> str:
    """Return the unit of a square: counts^2, (m/s)^2."""
    return f"{unit if _NAME.fullmatch(unit) else f'({unit})'}^2"


def per(unit: str, other: str) -> str:
    """Return the unit of a quotient: counts/Hz, (m/s)/Hz, (m/s)^2/Hz."""
    is_one = _NAME.fullmatch(unit) or _POWER.fullmatch(unit)
    return f"{unit if is_one else f'({unit})'}/{other}"

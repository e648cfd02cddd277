"""The blocks of features that an event may have: their names, weights, and where they are from."""

from collections.abc import Collection, Iterable, Mapping
from math import isfinite
from numbers import Real

from specufex_pipe.waveforms.attributes import ATTRIBUTES
from specufex_pipe.words import did_you_mean

FINGERPRINTS, OCCUPANCY, MEAN_ENERGIES, DURATION = (
    "fingerprints", "occupancy", "mean_energies", "duration",
)  # fmt: skip
# What the models say of an event, and its length: known without waveforms and catalog.
OF_MODELS = (FINGERPRINTS, OCCUPANCY, MEAN_ENERGIES, DURATION)
# Those that each HMM has its own of.
OF_EACH_HMM = (FINGERPRINTS, OCCUPANCY)
OF_WAVEFORMS = tuple(attribute.name for attribute in ATTRIBUTES)
# What the name of a column of the catalog begins with.
OF_CATALOG = "catalog."

# Chosen on labelled events.
DEFAULT_WEIGHTS: Mapping[str, float] = {FINGERPRINTS: 1.0, MEAN_ENERGIES: 0.25, DURATION: 0.25}

_LOGARITHMIC = {DURATION, *(each.name for each in ATTRIBUTES if each.is_logarithmic)}


def check_weights(weights: Mapping[str, float]) -> None:
    """Make sure that blocks have names that there are, and weights that they can have.

    Parameters
    ----------
    weights : dict of float
        By the names of the blocks.

    Raises
    ------
    ValueError
        If there is none, a name is unknown, or a weight is not a number above 0. The message says
        what is allowed.
    """
    if not weights:
        raise ValueError(f"there are no features: choose from {_allowed()}")
    for name, weight in weights.items():
        is_column = name.startswith(OF_CATALOG) and name != OF_CATALOG
        if not (is_column or name in OF_MODELS or name in OF_WAVEFORMS):
            meant = did_you_mean(name, (*OF_MODELS, *OF_WAVEFORMS))
            raise ValueError(f"{name} is not a feature{meant}: choose from {_allowed()}")
        is_number = isinstance(weight, Real) and not isinstance(weight, bool)
        if not (is_number and isfinite(weight) and weight > 0):
            raise ValueError(
                f"the weight of {name} is {weight!r}, expected a number > 0; leave out a feature "
                "that is not to count"
            )


def in_order(names: Collection[str]) -> list[str]:
    """Return names of blocks in the order of their columns, whatever the order they are given in.

    First those of the models, then attributes, then columns of the catalog by their names.
    """
    known = [name for name in (*OF_MODELS, *OF_WAVEFORMS) if name in names]
    return known + sorted(name for name in names if name.startswith(OF_CATALOG))


def is_logarithmic(name: str) -> bool:
    """Tell whether the logarithms of a block's values are taken."""
    return name in _LOGARITHMIC


def needs_waveforms(names: Iterable[str]) -> bool:
    """Tell whether one of the blocks is an attribute, which waveforms.h5 has."""
    return any(name in OF_WAVEFORMS for name in names)


def needs_catalog(names: Iterable[str]) -> bool:
    """Tell whether one of the blocks is a column of the catalog."""
    return any(name.startswith(OF_CATALOG) for name in names)


def _allowed() -> str:
    return f"{', '.join((*OF_MODELS, *OF_WAVEFORMS))}, or {OF_CATALOG}COLUMN for one of the catalog"

"""`FeatureJoiner`: blocks of features side by side, each with a spread of its own choosing."""

import logging
from collections.abc import Mapping
from typing import Any, Self

import numpy as np

from specufex_pipe.features.blocks import (
    DEFAULT_WEIGHTS,
    FINGERPRINTS,
    MEAN_ENERGIES,
    OCCUPANCY,
    OF_EACH_HMM,
    check_weights,
    in_order,
    is_logarithmic,
)
from specufex_pipe.numerics.types import Array, FloatArray, IntArray

log = logging.getLogger(__name__)

Blocks = Mapping[str, Array]
_SHAPES = {
    FINGERPRINTS: ("n_events", "n_models", "n_states", "n_states"),
    OCCUPANCY: ("n_events", "n_models", "n_states"),
    MEAN_ENERGIES: ("n_events", "n_components"),
}
_SHAPE_OF_OTHERS = ("n_events",)
# What the columns of a block are called; the others have the block's name.
_COLUMN_NAMES = {
    FINGERPRINTS: "fingerprint", OCCUPANCY: "occupancy", MEAN_ENERGIES: "mean_energy",
}  # fmt: skip
# Of the largest value; what varies less is constant but for rounding.
_LEAST_SPREAD = 1e-12
# Squares of larger numbers need not be finite.
_LARGEST = 1e150


class FeatureJoiner:
    """Puts blocks of features side by side, so that each has the spread that its weight says.

    The spread of a block is the root of the sum of its columns' variances: the root of the mean
    square distance of events to their mean, in this block alone. Each block is centred and
    scaled to spread 1, then multiplied by its weight. In fingerprints and occupancy, each HMM has
    a spread of 1 / sqrt(n_models), so that all of them have 1 together. See docs/features.md.

    Parameters
    ----------
    weights : dict of float
        Of the blocks to join, by their names: "fingerprints", "occupancy", "mean_energies",
        "duration", an attribute of `waveforms.attributes.ATTRIBUTES`, "catalog.COLUMN".

    Attributes
    ----------
    centers_ : ndarray of shape (n_features,)
        Mean of each column.
    factors_ : ndarray of shape (n_features,)
        What columns are multiplied by when they are centred; 0 in a block that does not vary.
    models_ : ndarray of int, shape (n_features,)
        Number of the HMM that a column is of, from 0; -1 for a column that is of none.
    shapes_ : dict of tuple of int
        The shape that each block has for one event.

    Raises
    ------
    ValueError
        If there is no weight, one is not above 0, or a name is unknown.
    """

    centers_: FloatArray
    factors_: FloatArray
    models_: IntArray
    shapes_: dict[str, tuple[int, ...]]

    def __init__(self, weights: Mapping[str, float] = DEFAULT_WEIGHTS) -> None:
        check_weights(weights)
        self.weights = {name: float(weights[name]) for name in in_order(weights)}

    def fit(self, blocks: Blocks) -> Self:
        """Learn centres and spreads.

        Parameters
        ----------
        blocks : dict of ndarray of shape (n_events, ...)
            By name; those without a weight are ignored. "fingerprints" of shape (n_events,
            n_models, n_states, n_states), "occupancy" (n_events, n_models, n_states),
            "mean_energies" (n_events, n_components), the others (n_events,). "duration" is the
            number of frames. NaN where an event has no value.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a block is missing, has another shape or an infinite value, or there is no event.
        """
        if self._n_events(blocks) == 0:
            raise ValueError("there is no event: expected at least one")
        self.shapes_ = {name: blocks[name].shape[1:] for name in self.weights}
        self.models_ = np.concatenate([self._models_of(name) for name in self.weights])
        learned = [
            self._learned(name, part)
            for name in self.weights
            for part in _parts(name, blocks[name])
        ]
        self.centers_, self.factors_ = (np.concatenate(each) for each in zip(*learned, strict=True))
        return self

    def transform(self, blocks: Blocks) -> FloatArray:
        """Return the features of events; those of an event depend on that event alone.

        Parameters
        ----------
        blocks : as for `fit`
            A value that is missing becomes the mean, which is 0.

        Returns
        -------
        ndarray of shape (n_events, n_features)

        Raises
        ------
        ValueError
            As for `fit`, or if a block has another shape than there.
        """
        features = np.empty((self._n_events(blocks), len(self.centers_)))
        first = 0
        for name, shape in self.shapes_.items():
            if (found := blocks[name].shape[1:]) != shape:
                raise ValueError(
                    f"{name} of an event have shape {found}, and {shape} when scales were learned"
                )
            last = first + int(np.prod(shape))
            values = _as_columns(name, blocks[name])
            values -= self.centers_[first:last]
            values[np.isnan(values)] = 0
            np.multiply(values, self.factors_[first:last], out=features[:, first:last])
            first = last
        return features

    def get_feature_names_out(self) -> Array:
        """Return the names of the columns, in which numbers start from 1.

        fingerprint_MODEL_FROM_TO, occupancy_MODEL_STATE, mean_energy_COMPONENT, or the name of the
        block.

        Returns
        -------
        ndarray of str objects, shape (n_features,)
        """
        names = [
            "_".join([_COLUMN_NAMES.get(name, name), *(str(place + 1) for place in places)])
            for name, shape in self.shapes_.items()
            for places in np.ndindex(shape)
        ]
        return np.array(names, dtype=object)

    def to_arrays(self, number: int) -> dict[str, Array]:
        """Return what `fit` learned, for a file; `description` has the rest.

        Parameters
        ----------
        number : int
            Of the NMF whose features these are; names end with it.
        """
        return {
            f"feature_centers_{number}": self.centers_,
            f"feature_factors_{number}": self.factors_,
            f"feature_models_{number}": self.models_,
        }

    def description(self) -> dict[str, Any]:
        """Return weights and shapes of the blocks, as JSON has them."""
        return {"weights": self.weights, "shapes": self.shapes_}

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, Array], description: Mapping[str, Any], number: int
    ) -> Self:
        """Return the joiner that `to_arrays` and `description` tell of.

        Raises
        ------
        KeyError, TypeError, ValueError
            If they do not belong together, or something is missing.
        """
        joiner = cls(description["weights"])
        joiner.shapes_ = {name: tuple(description["shapes"][name]) for name in joiner.weights}
        joiner.models_ = arrays[f"feature_models_{number}"]
        joiner.centers_ = arrays[f"feature_centers_{number}"]
        joiner.factors_ = arrays[f"feature_factors_{number}"]
        n_features = sum(int(np.prod(shape)) for shape in joiner.shapes_.values())
        for name, values in joiner.to_arrays(number).items():
            if values.shape != (n_features,):
                raise ValueError(f"{name} has shape {values.shape}, expected ({n_features},)")
        return joiner

    def _n_events(self, blocks: Blocks) -> int:
        """Return the number of events, once it is sure that the blocks can be used."""
        if missing := [name for name in self.weights if name not in blocks]:
            raise ValueError(f"there is no block {missing[0]}: there are {', '.join(blocks)}")
        for name in self.weights:
            expected = _SHAPES.get(name, _SHAPE_OF_OTHERS)
            if blocks[name].ndim != len(expected):
                raise ValueError(
                    f"{name} have shape {blocks[name].shape}, expected ({', '.join(expected)})"
                )
        lengths = {name: len(blocks[name]) for name in self.weights}
        if len(set(lengths.values())) > 1:
            told = ", ".join(f"{name} of {length}" for name, length in lengths.items())
            raise ValueError(f"blocks are of different numbers of events: {told}")
        return next(iter(lengths.values()))

    def _models_of(self, name: str) -> IntArray:
        """Return the numbers of the HMMs that the columns of a block are of."""
        shape = self.shapes_[name]
        n_columns = int(np.prod(shape))
        if name not in OF_EACH_HMM:
            return np.full(n_columns, -1)
        return np.repeat(np.arange(shape[0]), n_columns // shape[0])

    def _learned(self, name: str, part: Array) -> tuple[FloatArray, FloatArray]:
        """Return centres and factors of the columns of a block, or of one HMM in it."""
        values = _as_columns(name, part)
        is_known = ~np.isnan(values)
        counts = is_known.sum(axis=0)
        if not counts.all():
            log.warning(
                "features: %s has no value in the %d events that scales are learned from, and "
                "counts for nothing", name, len(values),
            )  # fmt: skip
        counts = np.maximum(counts, 1)
        values[~is_known] = 0
        centers = values.sum(axis=0) / counts
        deviations = np.where(is_known, values - centers, 0)
        spread = np.sqrt(((deviations**2).sum(axis=0) / counts).sum())
        if spread <= _LEAST_SPREAD * np.abs(values).max(initial=0):
            return centers, np.zeros_like(centers)
        n_parts = self.shapes_[name][0] if name in OF_EACH_HMM else 1
        return centers, np.full_like(centers, self.weights[name] / (np.sqrt(n_parts) * spread))


def _parts(name: str, values: Array) -> list[Array]:
    """Return what is scaled by itself: a block, or what each HMM has in it."""
    if name not in OF_EACH_HMM:
        return [values]
    return [values[:, model] for model in range(values.shape[1])]


def _as_columns(name: str, values: Array) -> FloatArray:
    """Return a block as columns of numbers whose differences count alike wherever they are.

    Mean energies become roots of shares, between which distances are Hellinger's; an event without
    energy has zeros. Logarithms are taken where values span magnitudes; a value of 0 or less has
    none, and is missing.
    """
    # In one order in memory: NumPy's logarithms and sums depend on it in the last bit.
    columns = np.array(values, dtype=np.float64, order="C")
    columns = columns.reshape(len(values), int(np.prod(values.shape[1:])))
    if (np.abs(columns) > _LARGEST).any():
        raise ValueError(f"{name} has infinite values, or such above {_LARGEST:g}")
    if name == MEAN_ENERGIES:
        totals = columns.sum(axis=1, keepdims=True)
        return np.sqrt(np.divide(columns, totals, out=np.zeros_like(columns), where=totals > 0))
    if is_logarithmic(name):
        columns[columns <= 0] = np.nan
        return np.log(columns)
    return columns

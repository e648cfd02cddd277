"""What was learned of labels, as arrays: a linear model, and a forest of decision trees."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import ClassVar, Protocol, Self

import numpy as np
from scipy.special import log_softmax
from sklearn.ensemble import RandomForestClassifier

from specufex_pipe.numerics.compiling import njit
from specufex_pipe.numerics.types import Array, FloatArray, IntArray

_LEAF = -1


class Model(Protocol):
    """Tells how likely labels are at points.

    Attributes
    ----------
    method : str
        That learned it.
    """

    method: ClassVar[str]

    def log_probabilities(self, points: FloatArray) -> FloatArray:
        """Return logarithms of probabilities, shape (n_events, n_labels), of points."""

    def to_arrays(self) -> dict[str, Array]:
        """Return all of it as arrays by name, for a file."""


@dataclass(frozen=True)
class LinearModel:
    """Logistic regression, as it was learned.

    Attributes
    ----------
    coefficients : ndarray of shape (n_labels, n_dimensions)
    intercepts : ndarray of shape (n_labels,)
        Minus infinity for a label that is impossible.
    """

    method: ClassVar[str] = "logistic_regression"
    coefficients: FloatArray
    intercepts: FloatArray

    def log_probabilities(self, points: FloatArray) -> FloatArray:
        """Return logarithms of the probabilities of labels.

        Parameters
        ----------
        points : ndarray of shape (n_events, n_dimensions)

        Returns
        -------
        ndarray of shape (n_events, n_labels)
        """
        return log_softmax(points @ self.coefficients.T + self.intercepts, axis=1)

    def to_arrays(self) -> dict[str, Array]:
        """Return all of it as arrays by name, for a file."""
        return asdict(self)

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Array]) -> Self:
        """Take up what `to_arrays` returned; a KeyError if one is missing."""
        return cls(*(arrays[field.name] for field in fields(cls)))


@dataclass(frozen=True)
class ForestModel:
    """A random forest, as it was learned: the nodes of all trees, one after the other.

    Attributes
    ----------
    roots : ndarray of int, shape (n_trees,)
        The first node of each tree.
    features : ndarray of int, shape (n_nodes,)
        The dimension that a node divides by; -1 for a leaf.
    thresholds : ndarray of shape (n_nodes,)
        Up to which a point goes to the left.
    lefts, rights : ndarray of int, shape (n_nodes,)
        The nodes below; of a leaf, `lefts` is the row of its probabilities.
    leaves : ndarray of shape (n_leaves, n_labels)
        Probabilities.
    """

    method: ClassVar[str] = "random_forest"
    roots: IntArray
    features: IntArray
    thresholds: FloatArray
    lefts: IntArray
    rights: IntArray
    leaves: FloatArray

    @classmethod
    def of(
        cls, forest: RandomForestClassifier, codes: IntArray, n_labels: int, scale: float = 1.0
    ) -> Self:
        """Take the trees of scikit-learn's forest.

        Parameters
        ----------
        forest : RandomForestClassifier
            Fitted.
        codes : ndarray of int
            The labels, from 0, that its classes stand for.
        n_labels : int
            Those that it does not know get the probability 0.
        scale : float
            By which points were divided before it was fitted: a power of two, which changes no
            digit.
        """
        trees = [estimator.tree_ for estimator in forest.estimators_]
        starts = np.cumsum([0, *(tree.node_count for tree in trees)])
        features = np.concatenate([tree.feature for tree in trees])
        is_leaf = np.concatenate([tree.children_left for tree in trees]) == _LEAF
        lefts, rights = (
            np.concatenate([side + start for side, start in zip(sides, starts, strict=False)])
            for sides in zip(*((tree.children_left, tree.children_right) for tree in trees),
                             strict=True)
        )  # fmt: skip
        values = np.concatenate([tree.value[:, 0] for tree in trees])[is_leaf]
        leaves = np.zeros((len(values), n_labels))
        leaves[:, codes] = values
        lefts[is_leaf] = np.arange(len(leaves))
        return cls(
            roots=starts[:-1],
            features=np.where(is_leaf, _LEAF, features).astype(np.int16),
            thresholds=scale * np.concatenate([tree.threshold for tree in trees]),
            lefts=lefts.astype(np.int32),
            rights=np.where(is_leaf, _LEAF, rights).astype(np.int32),
            leaves=leaves,
        )

    def probabilities(self, points: FloatArray) -> FloatArray:
        """Return the mean over the trees, bit for bit as scikit-learn does.

        Parameters
        ----------
        points : ndarray of shape (n_events, n_dimensions)

        Returns
        -------
        ndarray of shape (n_events, n_labels)
        """
        sums = np.zeros((len(points), self.leaves.shape[1]))
        # As scikit-learn takes them.
        rounded = np.ascontiguousarray(points, dtype=np.float32)
        _add_leaves(
            rounded, self.roots, self.features, self.thresholds, self.lefts, self.rights,
            self.leaves, sums,
        )  # fmt: skip
        sums /= len(self.roots)
        return sums

    def log_probabilities(self, points: FloatArray) -> FloatArray:
        """Return logarithms of the probabilities of labels.

        One tree more, for which all labels are alike, is added: that no tree of a hundred has a
        label at a point does not make it impossible.

        Parameters
        ----------
        points : ndarray of shape (n_events, n_dimensions)

        Returns
        -------
        ndarray of shape (n_events, n_labels)
        """
        n_trees, n_labels = len(self.roots), self.leaves.shape[1]
        return np.log((n_trees * self.probabilities(points) + 1 / n_labels) / (n_trees + 1))

    def to_arrays(self) -> dict[str, Array]:
        """Return all of it as arrays by name, for a file."""
        return asdict(self)

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Array]) -> Self:
        """Take up what `to_arrays` returned; a KeyError if one is missing."""
        return cls(*(arrays[field.name] for field in fields(cls)))


@njit(cache=True, nogil=True)
def _add_leaves(
    points: FloatArray,
    roots: IntArray,
    features: IntArray,
    thresholds: FloatArray,
    lefts: IntArray,
    rights: IntArray,
    leaves: FloatArray,
    sums: FloatArray,
) -> None:
    """Add the leaf of each tree that each point comes to, the trees in their order."""
    # A tree stays in the fastest memory while all points pass through it.
    for root in roots:
        for event in range(len(points)):
            node = root
            while features[node] >= 0:
                if points[event, features[node]] <= thresholds[node]:
                    node = lefts[node]
                else:
                    node = rights[node]
            for label in range(leaves.shape[1]):
                sums[event, label] += leaves[lefts[node], label]

"""The space in which events are compared: principal components of their features."""

from typing import NamedTuple, Self

import numpy as np
from sklearn.decomposition import PCA

from specufex_pipe.numerics.types import FloatArray, IntArray

# The number of the model of a feature that is of none.
OF_NO_MODEL = -1


class Space(NamedTuple):
    """Axes about a mean.

    Attributes
    ----------
    mean : ndarray of shape (n_features,)
    axes : ndarray of shape (n_dimensions, n_features)
    """

    mean: FloatArray
    axes: FloatArray

    @classmethod
    def of(cls, features: FloatArray, n_dimensions: int | None) -> Self:
        """Return the principal components of features.

        Parameters
        ----------
        features : ndarray of shape (n_events, n_features)
        n_dimensions : int or None
            None, and more than there are, for all.
        """
        limit = n_dimensions or features.shape[1]
        # Both are exact; the covariance is the smaller matrix where there are many events.
        solver = "covariance_eigh" if len(features) > features.shape[1] else "full"
        pca = PCA(min(limit, *features.shape), svd_solver=solver)
        with np.errstate(invalid="ignore", divide="ignore"):  # events all alike do not vary
            pca.fit(features)
        # In the order that a file has: products depend on it in the last bit.
        return cls(pca.mean_, np.ascontiguousarray(pca.components_))

    def points(self, features: FloatArray) -> FloatArray:
        """Return features as points of this space.

        Parameters
        ----------
        features : ndarray of shape (n_events, n_features)

        Returns
        -------
        ndarray of shape (n_events, n_dimensions)
        """
        return (features - self.mean) @ self.axes.T

    def orthogonal_distances(self, features: FloatArray) -> FloatArray:
        """Return how far events are from this space: what their points do not show of them.

        Parameters
        ----------
        features : ndarray of shape (n_events, n_features)

        Returns
        -------
        ndarray of shape (n_events,)

        References
        ----------
        Hubert, Rousseeuw & Vanden Branden, Technometrics 47 (2005), 64-79.
        """
        centered = features - self.mean
        points = centered @ self.axes.T
        # By Pythagoras, which takes less memory than the part of each event outside the space.
        squares = np.einsum("ij,ij->i", centered, centered) - np.einsum("ij,ij->i", points, points)
        return np.sqrt(np.maximum(squares, 0))


class ModelBlocks(NamedTuple):
    """Events by the features of each of several models, reduced to their principal components.

    So another draw of the models is another space in a moment.

    Attributes
    ----------
    columns : ndarray of shape (n_events, n_columns)
        The blocks side by side.
    models : ndarray of int, shape (n_columns,)
        The model of each column, from 0; `OF_NO_MODEL` for those that stay in every draw.
    drawn : ndarray of int, shape (n_models,)
        The models, each as often as it counts: once before any draw.
    n_dimensions : int or None
        Of the spaces.
    """

    columns: FloatArray
    models: IntArray
    drawn: IntArray
    n_dimensions: int | None

    @classmethod
    def of(cls, features: FloatArray, models: IntArray, n_dimensions: int | None) -> Self:
        """Reduce the features of each model.

        Parameters
        ----------
        features : ndarray of shape (n_events, n_features)
        models : ndarray of int, shape (n_features,)
        n_dimensions : int or None
        """
        blocks, owners = [], []
        # A model without features is none that could be drawn: those that have some are counted.
        there = np.unique(models[models != OF_NO_MODEL])
        for model in np.unique(models):
            block = features[:, models == model]
            blocks.append(Space.of(block, n_dimensions).points(block))
            owner = OF_NO_MODEL if model == OF_NO_MODEL else np.searchsorted(there, model)
            owners.append(np.full(blocks[-1].shape[1], owner))
        columns, each_once = np.hstack(blocks), np.arange(len(there))
        return cls(columns, np.concatenate(owners), each_once, n_dimensions)

    @classmethod
    def of_points(cls, points: FloatArray) -> Self:
        """Take points as they are, of no model."""
        n_dimensions = points.shape[1]
        return cls(points, np.full(n_dimensions, OF_NO_MODEL), np.arange(0), None)

    def draw(self, rng: np.random.Generator) -> Self:
        """Draw among the models that were drawn before, as many, with replacement."""
        n_models = len(self.drawn)
        if not n_models:
            return self
        return self._replace(drawn=self.drawn[rng.integers(n_models, size=n_models)])

    def of_events(self, events: IntArray) -> Self:
        """Return the same of some of the events."""
        return self._replace(columns=self.columns[events])

    def points(self, events: IntArray) -> FloatArray:
        """Return all events in the space of the models that were drawn.

        Parameters
        ----------
        events : ndarray of int
            Those that the axes of the space are found for.

        Returns
        -------
        ndarray of shape (n_events, n_dimensions)
        """
        weights = np.ones(len(self.models))
        of_model = self.models != OF_NO_MODEL
        counts = np.bincount(self.drawn, minlength=int(self.models.max()) + 1)
        weights[of_model] = np.sqrt(counts[self.models[of_model]])
        weighted = (self.columns * weights)[:, weights > 0]
        return Space.of(weighted[events], self.n_dimensions).points(weighted)

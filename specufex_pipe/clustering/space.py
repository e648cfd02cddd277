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
    """The features of each of several models, reduced to their principal components.

    So another draw of the models is another space in a moment.

    Attributes
    ----------
    columns : ndarray of shape (n_events, n_columns)
        The blocks side by side.
    models : ndarray of int, shape (n_columns,)
        The model of each column, from 0; `OF_NO_MODEL` for those that stay in every draw.
    n_dimensions : int or None
        Of the spaces.
    """

    columns: FloatArray
    models: IntArray
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
        return cls(np.hstack(blocks), np.concatenate(owners), n_dimensions)

    def draw(self, events: IntArray, rng: np.random.Generator) -> FloatArray:
        """Return all events in the space of a draw of the models, with replacement.

        Parameters
        ----------
        events : ndarray of int
            Those that the axes of the space are found for.
        rng : numpy.random.Generator

        Returns
        -------
        ndarray of shape (n_events, n_dimensions)
        """
        weights = np.ones(len(self.models))
        if n_models := int(self.models.max()) + 1:
            counts = np.bincount(rng.integers(n_models, size=n_models), minlength=n_models)
            of_model = self.models != OF_NO_MODEL
            weights[of_model] = np.sqrt(counts[self.models[of_model]])
        drawn = (self.columns * weights)[:, weights > 0]
        return Space.of(drawn[events], self.n_dimensions).points(drawn)

"""How well features find the kinds of events whose kinds are known."""

from typing import NamedTuple

import numpy as np
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_rand_score
from sklearn.model_selection import cross_val_score
from sklearn.neighbors import KNeighborsClassifier

N_NEIGHBOURS = 5
_N_PRINCIPAL_COMPONENTS = 30


class Quality(NamedTuple):
    """How well features find the kinds of events.

    Attributes
    ----------
    rand_index : float
        Adjusted Rand index of k-means with the true number of kinds: 1 if the clusters are the
        kinds, 0 for chance.
    neighbours : float
        Share of the events whose five nearest neighbours say what kind they are, cross-validated.
    """

    rand_index: float
    neighbours: float


def quality(features, labels):
    """Hold features against kinds.

    Parameters
    ----------
    features : array_like of shape (n_events, ...)
    labels : array_like of shape (n_events,)
        Kinds; at least two, of five events or more each.

    Returns
    -------
    Quality
        Measured on 30 principal components, or as many as there are.
    """
    features = np.asarray(features, dtype=float).reshape(len(labels), -1)
    n_components = min(_N_PRINCIPAL_COMPONENTS, *features.shape)
    points = PCA(n_components, svd_solver="full").fit_transform(features)
    found = KMeans(len(np.unique(labels)), n_init=10, random_state=0).fit_predict(points)
    classifier = KNeighborsClassifier(N_NEIGHBOURS)
    accuracy = cross_val_score(classifier, points, labels, cv=N_NEIGHBOURS).mean()
    return Quality(float(adjusted_rand_score(labels, found)), float(accuracy))

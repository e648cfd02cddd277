"""How well features and clusters find labelled events, and how far two clusterings agree."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import (
    adjusted_mutual_info_score,
    adjusted_rand_score,
    homogeneity_completeness_v_measure,
)
from sklearn.model_selection import cross_val_score
from sklearn.neighbors import KNeighborsClassifier

from specufex_pipe.numerics.types import Array, IntArray

N_NEIGHBOURS = 5
_N_PRINCIPAL_COMPONENTS = 30


class Quality(NamedTuple):
    """How well features find labelled events.

    Attributes
    ----------
    rand_index : float
        Adjusted Rand index of k-means with the true number of labels: 1 if the clusters are the
        labels, 0 for chance.
    neighbours : float
        Share of the events whose five nearest neighbours tell their label, cross-validated.
    """

    rand_index: float
    neighbours: float


def quality(features: ArrayLike, labels: Sequence[str] | ArrayLike) -> Quality:
    """Hold features against labels.

    Parameters
    ----------
    features : array_like of shape (n_events, ...)
    labels : array_like of shape (n_events,)
        At least two different ones, of five events or more each.

    Returns
    -------
    Quality
        Measured on 30 principal components, or as many as there are.
    """
    labels = np.asarray(labels)
    features = np.asarray(features, dtype=float).reshape(len(labels), -1)
    n_components = min(_N_PRINCIPAL_COMPONENTS, *features.shape)
    points = PCA(n_components, svd_solver="full").fit_transform(features)
    found = KMeans(len(np.unique(labels)), n_init=10, random_state=0).fit_predict(points)
    classifier = KNeighborsClassifier(N_NEIGHBOURS)
    accuracy = cross_val_score(classifier, points, labels, cv=N_NEIGHBOURS).mean()
    return Quality(float(adjusted_rand_score(labels, found)), float(accuracy))


class LabelAgreement(NamedTuple):
    """How far clusters are labels.

    Attributes
    ----------
    labels : ndarray of str, shape (n_labels,)
        In the order of the alphabet.
    clusters : ndarray of int, shape (n_clusters,)
        Those that have labelled events, rising; 0 for no cluster.
    table : ndarray of int, shape (n_labels, n_clusters)
        Number of events of each label in each cluster.
    homogeneity : float
        1 if each cluster has events of one label alone; 0 if clusters tell nothing of labels.
    completeness : float
        1 if all events of a label are in one cluster.
    v_measure : float
        Harmonic mean of the two.
    rand_index : float
        Adjusted Rand index: 1 if the clusters are the labels, 0 for chance.
    """

    labels: Array
    clusters: IntArray
    table: IntArray
    homogeneity: float
    completeness: float
    v_measure: float
    rand_index: float

    @property
    def n_events(self) -> int:
        """Number of events that have a label."""
        return int(self.table.sum())


def hold_against_labels(clusters: IntArray, labels: Sequence[str]) -> LabelAgreement:
    """Hold clusters against the labels that some of their events have.

    Parameters
    ----------
    clusters : ndarray of int, shape (n_events,)
        The events in no cluster, 0, count as a group.
    labels : sequence of str
        Empty for an event without one.

    Raises
    ------
    ValueError
        If no event has a label.

    References
    ----------
    Rosenberg & Hirschberg, Proceedings of EMNLP-CoNLL (2007), 410-420 (homogeneity, completeness
    and V-measure); Hubert & Arabie, Journal of Classification 2 (1985), 193-218 (the index).
    """
    all_labels = np.asarray(labels, dtype=str)
    is_labelled = all_labels != ""
    if not is_labelled.any():
        raise ValueError("no event has a label")
    of_labels, of_clusters = all_labels[is_labelled], np.asarray(clusters)[is_labelled]
    homogeneity, completeness, v_measure = homogeneity_completeness_v_measure(
        of_labels, of_clusters
    )
    names, rows = np.unique(of_labels, return_inverse=True)
    numbers, columns = np.unique(of_clusters, return_inverse=True)
    table = np.zeros((len(names), len(numbers)), dtype=np.int64)
    np.add.at(table, (rows, columns), 1)
    index = adjusted_rand_score(of_labels, of_clusters)
    scores = map(float, (homogeneity, completeness, v_measure, index))
    return LabelAgreement(names, numbers, table, *scores)


class Agreement(NamedTuple):
    """How far two clusterings of the same events agree.

    Attributes
    ----------
    n_events : int
        Number of events that both have.
    rand_index, mutual_information : float
        Both adjusted: 1 if the clusters are the same but for their numbers, 0 for chance.
    first, second : ndarray of int
        Numbers of the clusters.
    table : ndarray of int, shape (len(first), len(second))
        Number of events in each pair of clusters.
    """

    n_events: int
    rand_index: float
    mutual_information: float
    first: IntArray
    second: IntArray
    table: IntArray


def agreement(first: Mapping[str, int], second: Mapping[str, int]) -> Agreement:
    """Compare two clusterings on the events that both have.

    Parameters
    ----------
    first, second : dict of int
        Cluster of each event, by its id.

    Returns
    -------
    Agreement

    Raises
    ------
    ValueError
        If they have no event in common.
    """
    common = [event for event in first if event in second]
    one, other = (np.array([clusters[event] for event in common]) for clusters in (first, second))
    return agreement_of(one, other)


def agreement_of(first: IntArray, second: IntArray) -> Agreement:
    """Compare two clusterings of the same events.

    Parameters
    ----------
    first, second : ndarray of int, shape (n_events,)
        Cluster of each event. All numbers are treated alike: where 0 stands for no cluster, its
        events count as a group.

    Returns
    -------
    Agreement

    Raises
    ------
    ValueError
        If there is no event.
    """
    if not len(first):
        raise ValueError("there is no event that both have")
    (rows, one), (columns, other) = (
        np.unique(each, return_inverse=True) for each in (first, second)
    )
    counts = np.bincount(one * len(columns) + other, minlength=len(rows) * len(columns))
    return Agreement(
        len(first),
        float(adjusted_rand_score(one, other)),
        float(adjusted_mutual_info_score(one, other)),
        rows,
        columns,
        counts.reshape(len(rows), len(columns)),
    )

"""Events with labels, and classifiers that take a moment."""

import numpy as np

from specufex_pipe.classification import EventClassifier


def labelled(sizes=(40, 30, 20), n_features=6, distance=4.0, seed=0):
    """Return features of events about a centre for each label, and their labels A, B, C, ..."""
    rng = np.random.default_rng(seed)
    codes = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    centers = rng.normal(0, distance, (len(sizes), n_features))
    features = centers[codes] + rng.normal(size=(len(codes), n_features))
    return features, np.array(list("ABCDEFGHIJ"))[codes]


def sequences(n_sequences=24, n_events=8, n_features=30, seed=0):
    """Return events of sequences, which have a shape of their own and labels by chance.

    Nothing but the sequence tells the label of an event: so nothing tells that of another sequence.

    Returns
    -------
    features, labels, times, families
    """
    rng = np.random.default_rng(seed)
    of = np.repeat(np.arange(n_sequences), n_events)
    labels = np.array(["A", "B"])[rng.permutation(np.arange(n_sequences) % 2)][of]
    shapes = rng.normal(0, 5, (n_sequences, n_features))
    features = shapes[of] + rng.normal(size=(len(of), n_features))
    return features, labels, 100.0 * of + rng.random(len(of)), of + 1


def fast(method="logistic_regression", **parameters):
    """Return a classifier with few folds."""
    return EventClassifier(method, **{"n_folds": 3, **parameters})

"""What a classifier chooses from: methods, each with a strength of its regularisation."""

import warnings
from typing import NamedTuple

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from specufex_pipe.classification.models import ForestModel, LinearModel, Model
from specufex_pipe.numerics.randomness import TREES, random_generator
from specufex_pipe.numerics.types import FloatArray, IntArray

_MOST_ITERATIONS = 1000
_N_TREES = 100
# So a forest of ten labels takes 3 MB in a file, whatever it was learned from.
_MOST_LEAVES = 256


class Candidate(NamedTuple):
    """A method and its parameter.

    Attributes
    ----------
    method : str
        "logistic_regression" or "random_forest".
    value : float
        C, the inverse strength of the penalty, for points whose dimensions have a mean variance of
        about 1; or the least number of events in a leaf.
    """

    method: str
    value: float


CANDIDATES = (
    *(Candidate(LinearModel.method, value) for value in (0.001, 0.01, 0.1, 1.0, 10.0)),
    Candidate(ForestModel.method, 2),
)
METHODS = tuple(dict.fromkeys(candidate.method for candidate in CANDIDATES))


def train(
    candidate: Candidate, points: FloatArray, codes: IntArray, n_labels: int, seed: int
) -> Model:
    """Learn labels.

    Labels count alike, however many events they have: else a forest hardly finds rare ones.

    Parameters
    ----------
    candidate : Candidate
    points : ndarray of shape (n_events, n_dimensions)
    codes : ndarray of int, shape (n_events,)
        Labels from 0. Those that no event has are impossible.
    n_labels : int
    seed : int

    Returns
    -------
    models.LinearModel or models.ForestModel
    """
    present, places = np.unique(codes, return_inverse=True)
    # One number for all dimensions: the first principal components are to count more. Trees, too,
    # need it: scikit-learn's take values to be alike that differ by less than 1e-7.
    scale = 2.0 ** np.round(np.log2(np.sqrt(points.var(axis=0).mean()) or 1.0))
    if len(present) == 1 or candidate.method == LinearModel.method:
        return _linear_model(candidate.value, points, places, present, n_labels, scale)
    forest = RandomForestClassifier(
        _N_TREES,
        min_samples_leaf=int(candidate.value),
        max_leaf_nodes=_MOST_LEAVES,
        class_weight="balanced",
        n_jobs=1,
        random_state=int(random_generator(seed, TREES).integers(2**32)),
    ).fit(points / scale, places)
    return ForestModel.of(forest, present, n_labels, scale)


def _linear_model(
    C: float,
    points: FloatArray,
    places: IntArray,
    present: IntArray,
    n_labels: int,
    scale: float,
) -> LinearModel:
    coefficients = np.zeros((n_labels, points.shape[1]))
    intercepts = np.full(n_labels, -np.inf)
    intercepts[present] = 0
    if len(present) > 1:
        regression = LogisticRegression(C=C, class_weight="balanced", max_iter=_MOST_ITERATIONS)
        with warnings.catch_warnings():
            # Where the penalty is next to none; what has come of it is measured on other events.
            warnings.simplefilter("ignore", ConvergenceWarning)
            regression.fit(points / scale, places)
        # Of two labels, the first is where the second is not.
        learned = present if len(present) > 2 else present[1:]
        coefficients[learned] = regression.coef_ / scale
        intercepts[learned] = regression.intercept_
    return LinearModel(coefficients, intercepts)

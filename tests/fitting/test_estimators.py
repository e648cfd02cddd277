"""The models behave as scikit-learn's own estimators do."""

import numpy as np
from sklearn.utils.estimator_checks import parametrize_with_checks
from sklearn.utils.validation import check_array, validate_data

from specufex_pipe import BayesianHMM, BayesianNMF
from specufex_pipe.factorizations import (
    FACTORIZATIONS,
    ReplicateNMF,
    SeqNMF,
    SmoothConvexNMF,
    SmoothNMF,
)


class _Samples:
    """Takes what scikit-learn's checks give, a matrix of samples: each is an event of one frame."""

    def fit(self, X, y=None):
        super().fit(self._events(X, reset=True))
        return self

    def transform(self, X):
        result = super().transform(self._events(X))
        return result.reshape(len(result), -1)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = True
        return tags

    def _events(self, X, reset=False):
        if reset:
            return validate_data(self, X, dtype=[np.float64, np.float32])[:, :, None]
        if not hasattr(self, "n_iter_"):
            return check_array(X)[:, :, None]
        return validate_data(self, X, dtype=[np.float64, np.float32], reset=False)[:, :, None]


class _StochasticSamples(_Samples):
    def partial_fit(self, X, y=None):
        return super().partial_fit(self._events(X, reset=not hasattr(self, "n_iter_")))

    def score(self, X, y=None):
        return super().score(self._events(X))


class NMFOfSamples(_StochasticSamples, BayesianNMF):
    pass


class HMMOfSamples(_StochasticSamples, BayesianHMM):
    pass


class SmoothOfSamples(_Samples, SmoothNMF):
    pass


class ConvexOfSamples(_Samples, SmoothConvexNMF):
    pass


class SeqOfSamples(_Samples, SeqNMF):
    pass


class ReplicatesOfSamples(_Samples, ReplicateNMF):
    pass


def expected_failures(estimator):
    reasons = {"check_positive_only_tag_during_fit": "the message says which event is negative"}
    if not getattr(estimator, "accepts_empty_rows", True):
        reasons["check_fit2d_1sample"] = "a sample with an entry of 0 is a row that is 0 throughout"
    return reasons


@parametrize_with_checks(
    [
        NMFOfSamples(3, max_iter=5),
        HMMOfSamples(2, max_iter=5),
        SmoothOfSamples(1, max_iter=5),
        ConvexOfSamples(1, max_iter=5),
        SeqOfSamples(1, length=1, max_iter=5),
        ReplicatesOfSamples(1, n_replicates=2, max_iter=5),
        BayesianHMM(2, max_iter=5),
        *(factorization(3, max_iter=5) for factorization in FACTORIZATIONS.values()),
        SmoothConvexNMF(3, max_iter=5, batch_size=4096),
    ],
    expected_failed_checks=expected_failures,
)
def test_scikit_learns_checks(estimator, check):
    check(estimator)

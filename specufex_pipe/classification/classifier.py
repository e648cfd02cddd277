"""`EventClassifier`: labels of events, learned from some of them, with scikit-learn's interface."""

from dataclasses import replace
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data
from threadpoolctl import threadpool_limits

from specufex_pipe.classification.candidates import METHODS
from specufex_pipe.classification.checks import (
    as_labels,
    divide_labels,
    is_labelled,
    labelled_events,
    left_out_in_words,
)
from specufex_pipe.classification.learned import Classified, LearnedLabels
from specufex_pipe.classification.learning import BEST, Demand, learn
from specufex_pipe.clustering.learned import MEGABYTES_OF_DISTANCES
from specufex_pipe.fitting.findings import ShowsFindings
from specufex_pipe.fitting.parameters import (
    RANDOM_STATE_RULE,
    Choice,
    Rule,
    check_parameters,
    shares,
    whole_numbers,
)
from specufex_pipe.numerics.types import Array, FloatArray
from specufex_pipe.words import counted

NONE_OF_THESE = "none of these"


class EventClassifier(ShowsFindings, ClassifierMixin, BaseEstimator):
    """A classifier of events, learned from the labels of some of them.

    Events are points in the space of the principal components of their features. Logistic
    regression and a random forest, each with several strengths of its regularisation, are compared
    on held-out events. Whole blocks of time and whole families are held out together, since events
    of one sequence or family have more in common than their label. The same held-out events
    calibrate the probabilities, and show how far an event with one of the labels may be from the
    labelled events.

    Events without a label, up to 5,000 of them, are used for the principal components alone.

    Parameters
    ----------
    method : {"best", "logistic_regression", "random_forest"}
        "best" takes the one with the smallest log loss.
    n_principal_components : int, optional
        Number of components of the features; None for all.
    n_folds : int
    novelty_rate : float
        Share of the events with one of the labels that are called "none of these" by mistake.
    none_label : str, optional
        Label of an event that is unlike all labelled events. With None, such events get the most
        probable label too.
    random_state : int
        Seed.

    Attributes
    ----------
    classes_ : ndarray, shape (n_labels,)
        The labels that were learned.
    left_out_ : dict of int
        Labels with fewer than five events, which were not learned, and their numbers of events.
    learned_ : learned.LearnedLabels
        All that was learned.

    Examples
    --------
    >>> import numpy as np
    >>> from specufex_pipe import EventClassifier
    >>> rng = np.random.default_rng(0)
    >>> is_long_period = rng.random(90) < 0.5
    >>> features = rng.normal(size=(90, 5)) + 4 * is_long_period[:, None]
    >>> labels = np.where(is_long_period, "LP", "VT").astype(object)
    >>> labels[::3] = ""  # not known
    >>> classifier = EventClassifier("logistic_regression").fit(features, labels)
    >>> classifier.classes_.tolist()
    ['LP', 'VT']
    >>> classifier.predict_proba(features[::3]).shape
    (30, 2)

    References
    ----------
    Guo et al., Proceedings of Machine Learning Research 70 (2017), 1321-1330 (calibration);
    Laxhammar & Falkman, Annals of Mathematics and Artificial Intelligence 74 (2015), 67-94
    (novelty).
    """

    _rules: ClassVar[tuple[Rule, ...]] = (
        whole_numbers(1, "n_principal_components"),
        whole_numbers(2, "n_folds"),
        shares("novelty_rate"),
        RANDOM_STATE_RULE,
    )

    def __init__(
        self,
        method: str = BEST,
        *,
        n_principal_components: int | None = 30,
        n_folds: int = 5,
        novelty_rate: float = 0.05,
        none_label: str | None = NONE_OF_THESE,
        random_state: int = 0,
    ) -> None:
        self.method = method
        self.n_principal_components = n_principal_components
        self.n_folds = n_folds
        self.novelty_rate = novelty_rate
        self.none_label = none_label
        self.random_state = random_state

    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        *,
        times: ArrayLike | None = None,
        families: ArrayLike | None = None,
    ) -> Self:
        """Learn labels.

        Parameters
        ----------
        X : array_like of shape (n_events, n_features)
        y : array_like of str, shape (n_events,)
            Labels; "" or None for an event without one. With `none_label=None` they may be numbers.
        times : array_like of float or of datetime64, shape (n_events,), optional
            Times of the events, in any unit.
        families : array_like of int, shape (n_events,), optional
            Events of one family have the same number; 0 for an event of none.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a parameter or an argument is not valid, or fewer than two labels have five events.
        """
        demand = self.demand()
        features, given = validate_data(self, X, y, dtype=np.float64)
        labels = as_labels(given)
        self.check_labels(labels)
        self.classes_, self.left_out_ = divide_labels(labels)
        events = labelled_events(
            features, labels, self.classes_, times, families, self.random_state
        )
        # One thread: sums over threads would come out in another order each time.
        with (
            threadpool_limits(1),
            config_context(
                working_memory=MEGABYTES_OF_DISTANCES,
                assume_finite=True,
                skip_parameter_validation=True,
            ),
        ):
            learned = learn(events, demand)
        self.learned_: LearnedLabels = replace(learned, warnings=self._warnings(learned))
        return self

    @property
    def warnings_(self) -> list[str]:
        """What to distrust of the fit."""
        check_is_fitted(self, "learned_")
        return list(self.learned_.warnings)

    def predict(self, X: ArrayLike) -> Array:
        """Return the most probable label of each event, or `none_label` if it is like none.

        Parameters
        ----------
        X : array_like of shape (n_events, n_features)

        Returns
        -------
        ndarray of str, shape (n_events,)
        """
        found = self._classified(X)
        labels = self.classes_[found.codes]
        if self.none_label is None:
            return labels
        return np.where(found.p_values <= self.novelty_rate, self.none_label, labels)

    def predict_proba(self, X: ArrayLike) -> FloatArray:
        """Return calibrated probabilities of the labels, given that events have one of them.

        They hold for events that are drawn as the labelled ones were. If half of the labelled
        events have a label, it has the probability 0.5 before anything is known of an event.

        Parameters
        ----------
        X : array_like of shape (n_events, n_features)

        Returns
        -------
        ndarray of shape (n_events, n_labels)
        """
        return self._classified(X).probabilities

    def novelty(self, X: ArrayLike) -> FloatArray:
        """Return the probability that a labelled event is as far from the others as each event.

        Parameters
        ----------
        X : array_like of shape (n_events, n_features)

        Returns
        -------
        ndarray of shape (n_events,)
            Events with `novelty_rate` or less are called "none of these"; see
            `novelty.Novelty.p_values`.
        """
        return self._classified(X).p_values

    def _findings(self) -> dict[str, str]:
        left_out = ", ".join(f"{label} ({count})" for label, count in self.left_out_.items())
        return self.learned_._summary() | {"left out": left_out or "none"}

    def demand(self) -> Demand:
        """Return what is asked of the classifier; a ValueError if a parameter is not valid."""
        methods = Choice("method", (BEST, *METHODS))
        check_parameters(self, self._rules, ("n_principal_components",), [methods])
        if self.none_label is not None and not isinstance(self.none_label, str):
            raise ValueError(f"none_label is {self.none_label!r}, expected text or None")
        return Demand(self.method, self.n_principal_components, self.n_folds, self.random_state)

    def check_labels(self, labels: Array) -> None:
        """Raise a ValueError unless labels, as `checks.as_labels` returns them, can be learned."""
        check_classification_targets(labels[is_labelled(labels)])
        is_text = labels.dtype.kind in "US"
        if self.none_label is not None and not is_text:
            raise ValueError(
                "y holds numbers, expected labels as text; with none_label=None numbers will do"
            )
        if is_text and self.none_label in labels:
            raise ValueError(
                f"y has the label {self.none_label!r}, which is what none_label calls events that "
                "are like none; call one of them otherwise"
            )

    def _warnings(self, learned: LearnedLabels) -> tuple[str, ...]:
        found = [*left_out_in_words(self.left_out_), *learned.warnings]
        n_held_out = len(learned.novelty.held_out_distances)
        if self.novelty_rate * (n_held_out + 1) < 1:
            found.append(
                f"no event is called none of these: with {counted(n_held_out, 'labelled event')}, "
                f"a rate of {self.novelty_rate:g} cannot be told; label more events"
            )
        return tuple(found)

    def _classified(self, X: ArrayLike) -> Classified:
        check_is_fitted(self, "learned_")
        features = validate_data(self, X, dtype=np.float64, reset=False)
        return self.learned_.classify([features])

"""`EventClusterer`: groups of events with similar features, with scikit-learn's interface."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn import config_context
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.utils.validation import check_is_fitted, validate_data
from threadpoolctl import threadpool_limits

from specufex_pipe.clustering.base import ClusteringMethod
from specufex_pipe.clustering.learned import MEGABYTES_OF_DISTANCES, LearnedClusters
from specufex_pipe.clustering.learning import Demand, learn
from specufex_pipe.clustering.number import NUMBER_RULES
from specufex_pipe.clustering.registry import CLUSTERINGS
from specufex_pipe.clustering.resamples import Recipe
from specufex_pipe.clustering.space import OF_NO_MODEL
from specufex_pipe.events.sampling import choose_events
from specufex_pipe.fitting.findings import ShowsFindings
from specufex_pipe.fitting.parameters import (
    RANDOM_STATE_RULE,
    Choice,
    Rule,
    check_parameters,
    whole_numbers,
)
from specufex_pipe.numerics.types import FloatArray, IntArray
from specufex_pipe.summaries import mean, sizes


class EventClusterer(ShowsFindings, ClusterMixin, BaseEstimator):
    """Groups of events with similar features: how many, which, and how sure they are.

    Events are points in the space of the principal components of their features. Most methods first
    average each event with its neighbours: events of one sort then draw together, whatever the
    shape of the sort, and noise between sorts fades. Resamples draw among the events and among the
    models that the features come from. They show how many clusters are found again, and how surely
    an event belongs to its cluster. The same is done for events drawn from one Gaussian with the
    same covariance, the null. By the rule "stability", clusters that are less steady than those of
    the null, or no clearer, are not taken.

    Parameters
    ----------
    method : str
        Name of the method in `registry.CLUSTERINGS`, such as "kmeans", "ward" or "hdbscan".
    n_clusters : int or {"stability", "silhouette", "calinski_harabasz"}
        Number of clusters, or the rule that chooses it; see `number.Tried.choose`. HDBSCAN finds
        the number itself: with a rule, its clusters are taken only if they beat the null.
    n_clusters_min, n_clusters_max : int
        Numbers to try.
    n_principal_components : int, optional
        Number of components in which distances are measured; None for all.
    n_neighbors : int
        Number of neighbours of an event; at most a tenth of the events.
    n_averages : int
        How often events are averaged over their neighbours; 0 for never.
    n_resamples : int
        Number of resamples of events and models.
    max_events : int
        Number of events to learn from, drawn at random; the others are assigned. Methods that
        need all distances at once take fewer.
    method_parameters : dict, optional
        Parameters of the method, such as {"n_init": 20}.
    random_state : int
        Seed.
    verbose : bool
        Show progress.

    Attributes
    ----------
    labels_ : ndarray of int, shape (n_events,)
        Clusters from 1, the largest first; 0 for an event that belongs to none.
    probabilities_ : ndarray of shape (n_events, n_clusters)
        Share of the resamples in which each event is in each cluster. A row sums to less than 1 if
        the event is in none of these clusters in some resamples.
    n_clusters_ : int
        0 if no clusters were found; `learned_.place` is None then, and all labels are 0.
    learned_ : learned.LearnedClusters
        All that was learned: how each number of clusters did, the stability of each cluster, the
        share of the events that another resample moves, centres, and the tree of a method that
        makes one.

    Examples
    --------
    >>> import numpy as np
    >>> from specufex_pipe import EventClusterer
    >>> rng = np.random.default_rng(0)
    >>> features = rng.normal(size=(60, 5)) + 4 * rng.integers(2, size=60)[:, None]
    >>> clusterer = EventClusterer(n_clusters_max=5, n_resamples=10).fit(features)
    >>> clusterer.n_clusters_
    2
    >>> clusterer.probabilities_.shape
    (60, 2)

    References
    ----------
    Ben-Hur, Elisseeff & Guyon, Pacific Symposium on Biocomputing 7 (2002), 6-17 (the number of
    clusters by stability); Hennig, Computational Statistics & Data Analysis 52 (2007), 258-271
    (the stability of a cluster).
    """

    _rules: ClassVar[tuple[Rule, ...]] = (
        whole_numbers(2, "n_clusters_min", "n_clusters_max", "n_resamples", "max_events"),
        whole_numbers(1, "n_principal_components", "n_neighbors"),
        whole_numbers(0, "n_averages"),
        RANDOM_STATE_RULE,
    )
    _optional: ClassVar[tuple[str, ...]] = ("n_principal_components",)

    def __init__(
        self,
        method: str = "kmeans",
        n_clusters: int | str = "stability",
        *,
        n_clusters_min: int = 2,
        n_clusters_max: int = 30,
        n_principal_components: int | None = 30,
        n_neighbors: int = 15,
        n_averages: int = 5,
        n_resamples: int = 20,
        max_events: int = 20_000,
        method_parameters: Mapping[str, Any] | None = None,
        random_state: int = 0,
        verbose: bool = False,
    ) -> None:
        self.method = method
        self.n_clusters = n_clusters
        self.n_clusters_min = n_clusters_min
        self.n_clusters_max = n_clusters_max
        self.n_principal_components = n_principal_components
        self.n_neighbors = n_neighbors
        self.n_averages = n_averages
        self.n_resamples = n_resamples
        self.max_events = max_events
        self.method_parameters = method_parameters
        self.random_state = random_state
        self.verbose = verbose

    def fit(self, X: ArrayLike, y: None = None, *, models: ArrayLike | None = None) -> Self:
        """Learn clusters.

        Parameters
        ----------
        X : array_like of shape (n_events, n_features)
        y : ignored
        models : array_like of int, shape (n_features,), optional
            Number of the model that each feature comes from, from 0, such as
            `EventFingerprinter.models_`; -1 for a feature of no model. Resamples draw among the
            models.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a parameter, X or `models` is not valid.
        """
        recipe, demand = self._recipe(), self._demand()
        features = validate_data(self, X, dtype=np.float64)
        owners = _checked_models(models, features.shape[1])
        most = min(self.max_events, recipe.method.most_events)
        chosen = choose_events(len(features), self.random_state, most)
        to_learn_from = features if len(chosen) == len(features) else features[chosen]
        # One thread: sums over threads would come out in another order each time.
        # Features are checked: checking them again takes a fifth of the time of k-means.
        with (
            threadpool_limits(1),
            config_context(
                working_memory=MEGABYTES_OF_DISTANCES,
                assume_finite=True,
                skip_parameter_validation=True,
            ),
        ):
            self.learned_: LearnedClusters = learn(recipe, to_learn_from, owners, demand)
        votes = self.learned_.votes_on(features)
        self.labels_, self.probabilities_ = votes.labels, votes.memberships[:, 1:]
        return self

    @property
    def n_clusters_(self) -> int:
        """Number of clusters; 0 if none were found."""
        check_is_fitted(self, "learned_")
        return self.learned_.n_clusters

    def predict(self, X: ArrayLike) -> IntArray:
        """Return the clusters of events, which may be new; 0 for none.

        Parameters
        ----------
        X : array_like of shape (n_events, n_features)

        Returns
        -------
        ndarray of int, shape (n_events,)
        """
        check_is_fitted(self, "learned_")
        features = validate_data(self, X, dtype=np.float64, reset=False)
        return self.learned_.votes_on(features).labels

    def predict_proba(self, X: ArrayLike) -> FloatArray:
        """Return the share of resamples in which events, or their neighbours, are in each cluster.

        Parameters
        ----------
        X : array_like of shape (n_events, n_features)

        Returns
        -------
        ndarray of shape (n_events, n_clusters)
        """
        check_is_fitted(self, "learned_")
        features = validate_data(self, X, dtype=np.float64, reset=False)
        return self.learned_.votes_on(features).memberships[:, 1:]

    def _findings(self) -> dict[str, str]:
        found = self.probabilities_.max(axis=1, initial=0)[self.labels_ > 0]
        return {
            "events": f"{len(self.labels_):,}",
            **sizes(self.labels_),
            "outcome": self.learned_.outcome(),
            "mean membership": mean(found),
        }

    def _recipe(self) -> Recipe:
        check_parameters(self, self._rules, self._optional, [Choice("method", tuple(CLUSTERINGS))])
        method: ClusteringMethod = _with_parameters(self.method, self.method_parameters)
        method.check()
        return Recipe(method, self.n_neighbors, self.n_averages)

    def _demand(self) -> Demand:
        given = self.n_clusters
        if isinstance(given, str) and given not in NUMBER_RULES:
            rules = ", ".join(map(repr, NUMBER_RULES))
            raise ValueError(f"n_clusters is {given!r}, expected a whole number >= 2 or {rules}")
        if not isinstance(given, str):
            check_parameters(self, [whole_numbers(2, "n_clusters")], (), ())
        if self.n_clusters_min > self.n_clusters_max:
            raise ValueError(
                f"n_clusters_min is {self.n_clusters_min}, expected at most n_clusters_max "
                f"{self.n_clusters_max}"
            )
        has_rule = isinstance(given, str)
        numbers = range(self.n_clusters_min, self.n_clusters_max + 1) if has_rule else [given]
        return Demand(
            list(map(int, numbers)),
            str(given) if has_rule else None,
            self.n_resamples,
            self.n_principal_components,
            self.random_state,
            self.verbose,
        )


def _with_parameters(name: str, parameters: Mapping[str, Any] | None) -> ClusteringMethod:
    known = CLUSTERINGS[name]().parameters()
    if parameters is None:
        return CLUSTERINGS[name]()
    if not isinstance(parameters, Mapping):
        raise ValueError(f"method_parameters is {parameters!r}, expected a dict or None")
    if unknown := sorted(map(str, parameters.keys() - known.keys())):
        raise ValueError(
            f"method_parameters has {', '.join(unknown)}, expected parameters of {name}: "
            f"{', '.join(known) or 'it has none'}"
        )
    return CLUSTERINGS[name](**parameters)


def _checked_models(models: ArrayLike | None, n_features: int) -> IntArray:
    if models is None:
        return np.full(n_features, OF_NO_MODEL)
    owners = np.asarray(models)
    is_valid = owners.shape == (n_features,) and np.issubdtype(owners.dtype, np.integer)
    if not is_valid or owners.min() < OF_NO_MODEL:
        raise ValueError(
            f"models has shape {owners.shape} and type {owners.dtype}, expected a whole number "
            f">= {OF_NO_MODEL} for each of the {n_features} features"
        )
    return owners

"""The interface of the methods of clustering: divide points into groups, for several numbers."""

import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from specufex_pipe.clustering.space import ModelBlocks
from specufex_pipe.clustering.trees import cuts
from specufex_pipe.fitting.parameters import Rule, check_parameters
from specufex_pipe.numerics.types import FloatArray, IntArray


class ClusteringMethod(ABC):
    """A way to divide points into groups; `EventClusterer` does all else.

    Its parameters are its own; those that all methods share are the clusterer's.
    """

    # What it is called in the methods section of a paper, with where it is from.
    in_words: ClassVar[str]
    # Of how many events it can make one partition in a minute and a gigabyte.
    most_events: ClassVar[int] = 20_000
    # Whether it is given events that are averaged over their neighbours.
    takes_averages: ClassVar[bool] = True
    # Whether it finds the number of clusters itself, and is given none.
    finds_number: ClassVar[bool] = False

    _rules: ClassVar[tuple[Rule, ...]] = ()
    _optional: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def partitions(
        self, points: FloatArray, numbers: Sequence[int], *, n_neighbors: int, seed: int
    ) -> list[IntArray]:
        """Divide points into groups, once for each number of groups.

        Parameters
        ----------
        points : ndarray of shape (n_events, n_dimensions)
        numbers : sequence of int
            Numbers of groups, at most that of the events. A method that finds the number itself
            makes as many as it finds, once.
        n_neighbors : int
            Of an event, where the method asks for its neighbours.
        seed : int

        Returns
        -------
        list of ndarray of int, shape (n_events,)
            Groups from 1, in any order; 0 for an event that is in none.
        """

    def parameters(self) -> dict[str, Any]:
        """Return its own parameters by name."""
        return dict(vars(self))

    def check(self) -> None:
        """Raise a ValueError if a parameter is not valid."""
        check_parameters(self, self._rules, self._optional, ())


@contextmanager
def fewer_groups_allowed() -> Iterator[None]:
    """Silence scikit-learn where points that are alike make fewer groups than asked for."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


class TreeMethod(ClusteringMethod):
    """A method whose clusters are the branches of a tree."""

    def partitions(
        self, points: FloatArray, numbers: Sequence[int], *, n_neighbors: int, seed: int
    ) -> list[IntArray]:
        """Divide points into groups; see `ClusteringMethod.partitions`."""
        return cuts(self.tree(points), numbers)

    @abstractmethod
    def tree(self, points: FloatArray) -> FloatArray:
        """Return the tree, as `scipy.cluster.hierarchy.linkage`.

        Parameters
        ----------
        points : ndarray of shape (n_events, n_dimensions)

        Returns
        -------
        ndarray of shape (n_events - 1, 4)
        """


class EnsembleMethod(ClusteringMethod):
    """A method that draws among events and models itself, and joins what it makes of the draws."""

    takes_averages = False

    def partitions(
        self, points: FloatArray, numbers: Sequence[int], *, n_neighbors: int, seed: int
    ) -> list[IntArray]:
        """Divide points that are of no model; see `ClusteringMethod.partitions`."""
        blocks = ModelBlocks.of_points(points)
        return self.partitions_of_models(blocks, numbers, n_neighbors=n_neighbors, seed=seed)

    @abstractmethod
    def partitions_of_models(
        self, blocks: ModelBlocks, numbers: Sequence[int], *, n_neighbors: int, seed: int
    ) -> list[IntArray]:
        """Divide events, once for each number of groups.

        Parameters
        ----------
        blocks : ModelBlocks
            Of the events.
        numbers, n_neighbors, seed : as for `ClusteringMethod.partitions`

        Returns
        -------
        list of ndarray of int, shape (n_events,)
        """


def by_size(labels: IntArray) -> IntArray:
    """Give groups numbers by falling size, from 1; 0 stays 0.

    Parameters
    ----------
    labels : ndarray of int, shape (n_events,)

    Returns
    -------
    ndarray of int, shape (n_events,)
    """
    groups, places, counts = np.unique(labels, return_inverse=True, return_counts=True)
    is_group = groups != 0
    order = np.argsort(-counts[is_group], kind="stable")
    numbers = np.zeros(len(groups), dtype=np.int64)
    numbers[np.flatnonzero(is_group)[order]] = np.arange(1, len(order) + 1)
    return numbers[places]

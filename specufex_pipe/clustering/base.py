"""The interface of the clusterings: learn groups of events, assign events to them, keep both."""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np

from specufex_pipe.numerics.types import Array, FloatArray, IntArray
from specufex_pipe.store import read_arrays, write_arrays

_KIND = "clusters"
_EVENTS_TO_LEARN_FROM = 20_000


class Assigned(NamedTuple):
    """What clusters events belong to.

    Attributes
    ----------
    labels : ndarray of int, shape (n_events,)
        From 1; 0 for an event that belongs to none.
    silhouettes : ndarray of shape (n_events,)
    distances : ndarray of shape (n_events,)
        To the centre of the own cluster.
    """

    labels: IntArray
    silhouettes: FloatArray
    distances: FloatArray


class Clustering(ABC):
    """Groups of events with similar features, to which any event can be assigned.

    Its parameters are `n_clusters_min`, `n_clusters_max`, `n_principal_components` and
    `random_state`, which all clusterings have, and its own, which its section of the settings has.

    Attributes
    ----------
    mean_ : ndarray of shape (n_features,)
        Of the events.
    principal_components_ : ndarray of shape (n_principal_components, n_features)
        Axes about the mean, in which distances are measured.
    numbers_ : ndarray of int
        Numbers of clusters tried ...
    scores_ : ndarray of float
        ... and how well each did, the most the best.
    """

    mean_: FloatArray
    principal_components_: FloatArray
    numbers_: IntArray
    scores_: FloatArray

    # What its arrays are called, in files and, with an underscore, as attributes.
    _arrays: ClassVar[tuple[str, ...]]

    @abstractmethod
    def fit(self, features: FloatArray) -> Self:
        """Learn clusters.

        Parameters
        ----------
        features : ndarray of shape (n_events, n_features)
        """

    @abstractmethod
    def assign(self, batches: Iterable[FloatArray]) -> Assigned:
        """Assign events to clusters, the largest of which has number 1.

        Parameters
        ----------
        batches : iterable of ndarray of shape (n_events_of_batch, n_features)
        """

    @abstractmethod
    def outcome(self) -> str:
        """Return how the fit ended, for a log line."""

    @abstractmethod
    def parameters(self) -> dict[str, Any]:
        """Return the parameters by name."""

    @property
    @abstractmethod
    def n_clusters_(self) -> int:
        """Number of clusters, that of events which belong to none not counted."""

    def save(
        self, path: str | Path, *, settings: Mapping[str, Any], inputs: Mapping[str, Any]
    ) -> None:
        """Write the clusters to an HDF5 file.

        Parameters
        ----------
        path : str or Path
        settings, inputs : dict
            The settings, and the digests of the data that made them.
        """
        arrays = {name: getattr(self, f"{name}_") for name in self._arrays}
        attributes = {
            "clustering": type(self).__name__,
            "parameters": json.dumps(self.parameters()),
        }
        write_arrays(path, _KIND, arrays, attributes=attributes, settings=settings, inputs=inputs)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read what `save` wrote.

        Raises
        ------
        OSError
            If the file is missing, damaged, of another kind or of another format.
        """
        arrays, attributes = read_arrays(path, _KIND)
        try:
            model = cls(**json.loads(attributes["parameters"]))
            model._take(arrays)
        except (KeyError, TypeError, ValueError) as error:
            raise OSError(f"{path}: not a whole file of {cls.__name__} ({error})") from error
        return model

    def _take(self, arrays: Mapping[str, Array]) -> None:
        for name in self._arrays:
            setattr(self, f"{name}_", arrays[name])


def choose_events(n_events: int, seed: int, most: int = _EVENTS_TO_LEARN_FROM) -> IntArray:
    """Choose the events that clusters are learned from: all, or a sample if there are many.

    Parameters
    ----------
    n_events : int
    seed : int
    most : int

    Returns
    -------
    ndarray of int, rising
    """
    if n_events <= most:
        return np.arange(n_events)
    return np.sort(np.random.default_rng(seed).choice(n_events, most, replace=False))

"""Which cluster each event belongs to, in full precision: assignments.h5."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from specufex_pipe.numerics.types import FloatArray, IntArray
from specufex_pipe.store.arrays import read_arrays, write_arrays
from specufex_pipe.store.columns import decode_text, encode_text
from specufex_pipe.summaries import mean, shows_itself, sizes

_KIND = "assignments"
# The columns that events.csv has beside those of the catalog.
MEASURES = (
    "cluster",
    "membership",
    "second_cluster",
    "second_membership",
    "silhouette",
    "distance_to_centre",
    "outside",
)
# One more, if clusters were given names.
NAME = "cluster_name"
_DATA_SETS = (*MEASURES, "new")


@shows_itself
class Assignments(NamedTuple):
    """Which cluster each event belongs to.

    Attributes
    ----------
    event_ids : list of str
    clusters : ndarray of int, shape (n_events,)
        From 1; 0 for an event that belongs to none.
    memberships : ndarray of shape (n_events,)
        Share of the resamples in which an event, or its neighbours, are in its cluster.
    second_clusters : ndarray of int, shape (n_events,)
        The cluster that it is in most often otherwise; 0 for none.
    second_memberships : ndarray of shape (n_events,)
    silhouettes : ndarray of shape (n_events,)
    distances : ndarray of shape (n_events,)
        To the centre of the own cluster, in the space of the principal components.
    are_outside : ndarray of bool, shape (n_events,)
        Whether an event is farther from all that were learned from than 99 % of those like them.
        It has a cluster all the same, unless it is far beyond that.
    are_new : ndarray of bool, shape (n_events,)
        Whether an event was not learned from. No other is outside.
    """

    event_ids: list[str]
    clusters: IntArray
    memberships: FloatArray
    second_clusters: IntArray
    second_memberships: FloatArray
    silhouettes: FloatArray
    distances: FloatArray
    are_outside: NDArray[np.bool_]
    are_new: NDArray[np.bool_]

    def _summary(self) -> dict[str, str]:
        return {
            "events": f"{len(self.event_ids):,}",
            **sizes(self.clusters),
            "mean membership": mean(self.memberships[self.clusters > 0]),
            "new": f"{self.are_new.sum():,}",
            "outside": f"{self.are_outside.sum():,}",
        }


def write_assignments(
    path: str | Path,
    assignments: Assignments,
    *,
    settings: Mapping[str, Any],
    inputs: Mapping[str, Any],
) -> None:
    """Write assignments, atomically.

    Parameters
    ----------
    path : str or Path
    assignments : Assignments
    settings, inputs : dict
        The settings, and the digests of the data that made them.
    """
    event_ids, *measures = assignments
    arrays = {"event_id": encode_text(event_ids)} | dict(zip(_DATA_SETS, measures, strict=True))
    write_arrays(path, _KIND, arrays, settings=settings, inputs=inputs)


def read_assignments(path: str | Path) -> Assignments:
    """Read what `write_assignments` wrote.

    Raises
    ------
    OSError
        If there is no such file, or it is damaged, of another kind or of another format.
    """
    arrays, _ = read_arrays(path, _KIND)
    return Assignments(decode_text(arrays["event_id"]), *(arrays[name] for name in _DATA_SETS))

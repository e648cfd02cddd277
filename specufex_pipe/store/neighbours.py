"""Which events are nearest to each event: neighbours.h5."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from specufex_pipe.numerics.types import FloatArray, IntArray
from specufex_pipe.store.arrays import read_arrays, write_arrays
from specufex_pipe.store.columns import decode_text, encode_text
from specufex_pipe.summaries import mean, shows_itself

_KIND = "neighbours"


@shows_itself
class NearestEvents(NamedTuple):
    """The nearest neighbours of every event by its features.

    Attributes
    ----------
    event_ids : list of str
    neighbours : ndarray of int, shape (n_events, n_neighbors)
        Places among `event_ids`, the nearest first.
    distances : ndarray of shape (n_events, n_neighbors)
        In the space of the principal components.
    is_exact : bool
        Whether all events were looked at.
    recall : float
        Share of the true neighbours that are among them.
    """

    event_ids: list[str]
    neighbours: IntArray
    distances: FloatArray
    is_exact: bool
    recall: float

    def _summary(self) -> dict[str, str]:
        nearest = self.distances[:, :1]
        return {
            "events": f"{len(self.event_ids):,}",
            "neighbours of each": str(self.neighbours.shape[1]),
            "mean distance of the nearest": mean(nearest),
            "search": "exact" if self.is_exact else f"finds {100 * self.recall:.1f} % of them",
        }


def write_neighbours(
    path: str | Path,
    found: NearestEvents,
    *,
    settings: Mapping[str, Any],
    inputs: Mapping[str, Any],
) -> None:
    """Write neighbours, atomically.

    Parameters
    ----------
    path : str or Path
    found : NearestEvents
    settings, inputs : dict
        The settings, and the digests of the data that made them.
    """
    arrays = {
        "event_id": encode_text(found.event_ids),
        "neighbours": found.neighbours,
        "distances": found.distances,
    }
    attributes = {"is_exact": found.is_exact, "recall": found.recall}
    write_arrays(path, _KIND, arrays, attributes=attributes, settings=settings, inputs=inputs)


def read_neighbours(path: str | Path) -> NearestEvents:
    """Read what `write_neighbours` wrote.

    Raises
    ------
    OSError
        If there is no such file, or it is damaged, of another kind or of another format.
    """
    arrays, attributes = read_arrays(path, _KIND)
    return NearestEvents(
        decode_text(arrays["event_id"]),
        arrays["neighbours"],
        arrays["distances"],
        bool(attributes["is_exact"]),
        float(attributes["recall"]),
    )

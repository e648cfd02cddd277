"""Which label each event has or is given, and how surely: labels.h5."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from specufex_pipe.numerics.types import FloatArray, IntArray
from specufex_pipe.store.arrays import read_arrays, write_arrays
from specufex_pipe.store.columns import decode_text, encode_text
from specufex_pipe.summaries import shows_itself

_KIND = "labels"
# The columns that events.csv has of them.
LABEL_COLUMNS = ("known_label", "predicted_label", "label_probability")


class Suggestion(NamedTuple):
    """An event that is worth to be labelled next.

    Attributes
    ----------
    event : int
        Its place.
    reason : str
    """

    event: int
    reason: str


@shows_itself
class EventLabels(NamedTuple):
    """Which label each event has or is given.

    Attributes
    ----------
    event_ids : list of str
    known : list of str
        The label that an event was given by people; empty for none.
    labels : list of str
        Those that were learned.
    predicted : ndarray of int, shape (n_events,)
        Place of the most probable of them.
    probabilities : ndarray of shape (n_events, n_labels)
        Of each label, if the event has one of them.
    p_values : ndarray of shape (n_events,)
        Small for an event that is like none that is labelled.
    are_none : ndarray of bool, shape (n_events,)
        Whether an event is so much unlike them that it is called none of these.
    suggestions : list of Suggestion
        The first is the most worthwhile.
    """

    event_ids: list[str]
    known: list[str]
    labels: list[str]
    predicted: IntArray
    probabilities: FloatArray
    p_values: FloatArray
    are_none: NDArray[np.bool_]
    suggestions: Sequence[Suggestion]

    def _summary(self) -> dict[str, str]:
        given = Counter(self.labels[code] for code in self.predicted[~self.are_none])
        return {
            "events": f"{len(self.event_ids):,}",
            "labelled before": f"{sum(map(bool, self.known)):,}",
            "labels": ", ".join(f"{label} ({given[label]:,})" for label in self.labels),
            "none of these": f"{self.are_none.sum():,}",
            "suggestions": f"{len(self.suggestions):,}",
        }


def write_event_labels(
    path: str | Path,
    found: EventLabels,
    *,
    settings: Mapping[str, Any],
    inputs: Mapping[str, Any],
) -> None:
    """Write the labels of events, atomically.

    Parameters
    ----------
    path : str or Path
    found : EventLabels
    settings, inputs : dict
        The settings, and the digests of the data that made them.
    """
    arrays = {
        "event_id": encode_text(found.event_ids),
        "known_label": encode_text(found.known),
        "predicted": found.predicted,
        "probabilities": found.probabilities,
        "p_values": found.p_values,
        "none_of_these": found.are_none,
    }
    attributes = {
        "labels": json.dumps(found.labels),
        "suggestions": json.dumps([list(each) for each in found.suggestions]),
    }
    write_arrays(path, _KIND, arrays, attributes=attributes, settings=settings, inputs=inputs)


def read_event_labels(path: str | Path) -> EventLabels:
    """Read what `write_event_labels` wrote.

    Raises
    ------
    OSError
        If there is no such file, or it is damaged, of another kind or of another format.
    """
    arrays, attributes = read_arrays(path, _KIND)
    return EventLabels(
        decode_text(arrays["event_id"]),
        decode_text(arrays["known_label"]),
        json.loads(attributes["labels"]),
        arrays["predicted"],
        arrays["probabilities"],
        arrays["p_values"],
        arrays["none_of_these"],
        [Suggestion(*each) for each in json.loads(attributes["suggestions"])],
    )

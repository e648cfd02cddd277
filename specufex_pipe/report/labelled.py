"""What the report shows of labels: how well they are found, and how far clusters are labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from specufex_pipe.classification.evaluation import Evaluation
from specufex_pipe.classification.results import read_evaluation
from specufex_pipe.clustering.evaluation import LabelAgreement, hold_against_labels
from specufex_pipe.errors import StageError
from specufex_pipe.numerics.types import IntArray
from specufex_pipe.store import Assignments, read_event_labels
from specufex_pipe.store.provenance import inputs_of, require_same_events


class GivenLabel(NamedTuple):
    """How many events have a label, and are given it.

    Attributes
    ----------
    label : str
    n_known : int
        Events that people have given it to.
    n_given : int
        Other events that are given it.
    """

    label: str
    n_known: int
    n_given: int


@dataclass(frozen=True)
class Labelled:
    """Labels of events.

    Attributes
    ----------
    rows : list of GivenLabel
    n_known : int
        Events with a label.
    n_none : int
        Others that are like none that is labelled.
    evaluation : classification.evaluation.Evaluation or None
    agreement : clustering.evaluation.LabelAgreement or None
        Clusters held against the labels; None where no event of the run has one.
    suggestions : sequence of (str, str)
        Ids of events that are worth to be labelled next, and why.
    """

    rows: list[GivenLabel]
    n_known: int
    n_none: int
    evaluation: Evaluation | None
    agreement: LabelAgreement | None
    suggestions: Sequence[tuple[str, str]]


def gather_labels(labels: Path, evaluation: Path | None, assignments: Assignments) -> Labelled:
    """Gather what there is to show of labels.

    Parameters
    ----------
    labels : Path
        labels.h5
    evaluation : Path or None
        evaluation.h5, of the same classifier.
    assignments : store.Assignments
        All events are in cluster 0 where no clusters were found.

    Raises
    ------
    StageError
        If the files were not made from each other.
    OSError
        If a file is missing, damaged or of another kind.
    """
    found = read_event_labels(labels)
    require_same_events(labels, found.event_ids, assignments.event_ids)
    if (
        evaluation is not None
        and inputs_of(evaluation)["classifier"] != inputs_of(labels)["classifier"]
    ):
        raise StageError(
            f"{evaluation} is of another classifier than the one that gave {labels}: they come "
            "from different runs"
        )
    known = np.array(found.known, dtype=str)
    is_open = (known == "") & ~found.are_none
    counts: IntArray = np.bincount(found.predicted[is_open], minlength=len(found.labels))
    return Labelled(
        [
            GivenLabel(label, int((known == label).sum()), int(count))
            for label, count in zip(found.labels, counts, strict=True)
        ],
        int((known != "").sum()),
        int(((known == "") & found.are_none).sum()),
        None if evaluation is None else read_evaluation(evaluation),
        hold_against_labels(assignments.clusters, found.known) if (known != "").any() else None,
        [(found.event_ids[each.event], each.reason) for each in found.suggestions],
    )

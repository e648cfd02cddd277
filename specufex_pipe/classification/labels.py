"""Labels that people give to events: a table, such as the one that the explorer saves."""

import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from specufex_pipe.catalogs.csv_files import iterate_rows, read_head
from specufex_pipe.errors import StageError
from specufex_pipe.numerics.types import Array

COLUMNS = ("event_id", "label")
# A label of fewer events is left out: with two or three folds nothing is told of it.
FEWEST_EVENTS = 5
# Of an event without a label.
NO_LABEL = ""
_MOST_CHARACTERS = 100

# Labels by the ids of events.
Labels = dict[str, str]


class MatchedLabels(NamedTuple):
    """Labels of the events of a run.

    Attributes
    ----------
    labels : ndarray of str, shape (n_events,)
        "" for an event without a label.
    unknown_ids : tuple of str
        Events that have labels, and are not of the run, in the order of the table.
    """

    labels: Array
    unknown_ids: tuple[str, ...]


def read_labels(path: str | Path) -> Labels:
    """Read a table of labels.

    White space around a label is taken out, and any within it is a single space. A row without a
    label, such as one with a note alone, says nothing.

    Parameters
    ----------
    path : str or Path
        CSV in UTF-8 with the columns event_id and label. Others, such as note, are left aside.

    Returns
    -------
    dict of str
        Labels by the ids of events, in the order of the table.

    Raises
    ------
    ValueError
        If it is not there, is no CSV file, or lacks a column.
    StageError
        If a row is not valid, an event has two labels, or two labels differ in their case alone;
        the message says in which lines.
    """
    columns, _ = read_head(path, COLUMNS)
    labels: Labels = {}
    lines: dict[str, int] = {}
    spellings: dict[str, tuple[str, int]] = {}
    for line, cells in iterate_rows(path):
        place = f"{path}, line {line}"
        if len(cells) != len(columns):
            raise StageError(f"{place} has {len(cells)} cells, expected {len(columns)}")
        of = dict(zip(columns, map(str.strip, cells), strict=True))
        event, label = of["event_id"], _tidy(of["label"])
        if not label:
            continue
        if not event:
            raise StageError(f"{place}: event_id is empty, and the label is {label!r}")
        _check_label(label, place)
        spelling, first = spellings.setdefault(label.casefold(), (label, line))
        if spelling != label:
            raise StageError(
                f"{place}: the label {label!r} is written {spelling!r} in line {first}; write them "
                "alike"
            )
        if labels.setdefault(event, label) != label:
            raise StageError(
                f"{place}: event {event} is {label!r}, and {labels[event]!r} in line "
                f"{lines[event]}; keep one of them"
            )
        lines.setdefault(event, line)
    return labels


def match_labels(labels: Mapping[str, str], event_ids: Sequence[str]) -> MatchedLabels:
    """Give events their labels.

    Parameters
    ----------
    labels : dict of str
        As `read_labels` returns them.
    event_ids : sequence of str
        Ids of the events of a run.

    Returns
    -------
    MatchedLabels
    """
    known = set(event_ids)
    return MatchedLabels(
        np.array([labels.get(event, NO_LABEL) for event in event_ids], dtype=np.str_),
        tuple(event for event in labels if event not in known),
    )


def _tidy(label: str) -> str:
    """Return a label with single spaces, and each letter with its accent as one character."""
    return unicodedata.normalize("NFC", " ".join(label.split()))


def _check_label(label: str, place: str) -> None:
    if len(label) > _MOST_CHARACTERS:
        raise StageError(
            f"{place}: the label has {len(label)} characters, expected at most {_MOST_CHARACTERS}"
        )
    if any(unicodedata.category(character) == "Cc" for character in label):
        raise StageError(f"{place}: the label {label!r} has control characters; take them out")

"""Checks of what a user hands to a classifier: labels, times and families of events."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from specufex_pipe.classification.labels import FEWEST_EVENTS, NO_LABEL
from specufex_pipe.classification.learning import LabelledEvents
from specufex_pipe.events.sampling import choose_events
from specufex_pipe.numerics.types import Array, BoolArray, FloatArray, IntArray
from specufex_pipe.words import counted

# Unlabelled ones that serve the principal components, which more of them would hardly change.
MOST_UNLABELLED = 5000


def as_labels(y: Array) -> Array:
    """Return labels as an array of text, or of numbers if they are; None becomes "".

    Parameters
    ----------
    y : ndarray, shape (n_events,)

    Raises
    ------
    ValueError
        If it has text and numbers.
    """
    if y.dtype.kind != "O":
        return y
    given = ["" if label is None else label for label in y]
    if all(isinstance(label, str) for label in given):
        return np.array(given, dtype=np.str_)
    if any(isinstance(label, str) for label in given):
        raise ValueError("y has text and numbers; expected labels that are all text")
    return np.array(given)


def is_labelled(labels: Array) -> BoolArray:
    """Return whether events have a label: all of them, where labels are numbers."""
    if labels.dtype.kind in "US":
        return np.asarray(labels != NO_LABEL)
    return np.ones(len(labels), dtype=np.bool_)


def divide_labels(labels: Array) -> tuple[Array, dict[Any, int]]:
    """Return the labels to learn, rising, and those of too few events with their numbers of events.

    Parameters
    ----------
    labels : ndarray, shape (n_events,)

    Raises
    ------
    ValueError
        If fewer than two labels have five events.
    """
    counts = Counter(labels[is_labelled(labels)].tolist())
    kept = sorted(label for label, number in counts.items() if number >= FEWEST_EVENTS)
    if len(kept) < 2:
        raise ValueError(
            f"{_counts_in_words(counts)}, expected two labels (classes) of {FEWEST_EVENTS} events "
            "or more each; label more events"
        )
    return np.array(kept), {
        label: number for label, number in sorted(counts.items()) if number < FEWEST_EVENTS
    }


def labelled_events(
    features: FloatArray,
    labels: Array,
    kept: Array,
    times: ArrayLike | None,
    families: ArrayLike | None,
    seed: int,
) -> LabelledEvents:
    """Return the events that have one of some labels, and of the others what serves them.

    Parameters
    ----------
    features : ndarray of shape (n_events, n_features)
    labels : ndarray, shape (n_events,)
    kept : ndarray, shape (n_labels,)
        Labels to learn, rising.
    times, families : array_like, shape (n_events,), or None
    seed : int
        Of the sample of unlabelled events.

    Raises
    ------
    ValueError
        If times or families are not valid.
    """
    chosen = np.flatnonzero(np.isin(labels, kept))
    others = np.setdiff1d(np.arange(len(labels)), chosen)
    sample = others[choose_events(len(others), seed, MOST_UNLABELLED)]
    return LabelledEvents(
        features=features[chosen],
        codes=np.searchsorted(kept, labels[chosen]),
        labels=tuple(map(str, kept.tolist())),
        unlabelled=features[sample],
        times=_checked_times(times, len(labels), chosen),
        families=_checked_families(families, len(labels), chosen),
    )


def left_out_in_words(left_out: Mapping[Any, int]) -> list[str]:
    """Return the warning that labels were left out; none where there are none."""
    if not left_out:
        return []
    return [
        f"{_counts_in_words(left_out)}: fewer than {FEWEST_EVENTS}, so they were left out; label "
        "more events, or give these another label"
    ]


def _checked_times(times: ArrayLike | None, n_events: int, chosen: IntArray) -> Array | None:
    if times is None:
        return None
    given = np.asarray(times)
    is_date = np.issubdtype(given.dtype, np.datetime64)
    is_number = given.dtype.kind in "iuf"
    if given.shape != (n_events,) or not (is_date or is_number):
        raise ValueError(
            f"times has shape {given.shape} and type {given.dtype}, expected a number or a "
            f"datetime64 for each of the {n_events} events"
        )
    missing = chosen[~np.isfinite(given[chosen])]
    if len(missing):
        raise ValueError(
            f"the time of event {missing[0]} is {given[missing[0]]}, expected one for each event "
            "with a label"
        )
    return given[chosen]


def _checked_families(
    families: ArrayLike | None, n_events: int, chosen: IntArray
) -> IntArray | None:
    if families is None:
        return None
    given = np.asarray(families)
    if given.shape != (n_events,) or given.dtype.kind not in "iu":
        raise ValueError(
            f"families has shape {given.shape} and type {given.dtype}, expected a whole number "
            f"for each of the {n_events} events, 0 for none"
        )
    if n_events and given.min() < 0:
        raise ValueError(
            f"families has {given.min()}, expected numbers from 1, and 0 for an event of none"
        )
    return given[chosen]


def _counts_in_words(counts: Mapping[Any, int]) -> str:
    """Return labels and their numbers of events, the most first, as a sentence begins."""
    ordered: Sequence[tuple[Any, int]] = sorted(counts.items(), key=lambda item: -item[1])
    if not ordered:
        return "there is no label"
    parts = ", ".join(f"{label!r} of {counted(number, 'event')}" for label, number in ordered)
    return f"there {'is the label' if len(ordered) == 1 else 'are the labels'} {parts}"

"""Folds of events for cross-validation, with what is alike for other reasons on one side."""

import warnings
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold

from specufex_pipe.numerics.types import Array, BoolArray, FloatArray, IntArray

# The number of the family of an event that is of none.
OF_NO_FAMILY = 0
# For each fold: several blocks, so that each label comes to lie in several folds, of ten events or
# more where there are enough.
_MOST_BLOCKS, _FEWEST_BLOCKS, _EVENTS_OF_BLOCK = 4, 2, 10
# Of the mean length of a block: how far a cut is moved to where no event is for long.
_REACH = 0.4


class Folds(NamedTuple):
    """Which events are held out together.

    Attributes
    ----------
    parts : ndarray of int, shape (n_events,)
        The fold of each event, from 0.
    groups : ndarray of int, shape (n_events,)
        Events of a group, from 0, are in one fold: a block of time; without times a family, or a
        single event.
    are_learnable : ndarray of bool, shape (n_events,)
        Whether other folds have the label of an event. Where they do not, all events of the label
        are of one group or of groups in one fold: nothing can tell how well they are found.
    blocked_by : str
        What was held out together, in words.
    """

    parts: IntArray
    groups: IntArray
    are_learnable: BoolArray
    blocked_by: str

    @property
    def n_folds(self) -> int:
        """Number of folds."""
        return int(self.parts.max()) + 1

    def sides(self) -> Iterator[tuple[IntArray, IntArray]]:
        """Iterate over the folds: the events that are learned from, and those held out."""
        for fold in range(self.n_folds):
            is_held_out = self.parts == fold
            yield np.flatnonzero(~is_held_out), np.flatnonzero(is_held_out)


def blocked_folds(
    labels: Array, n_folds: int, times: Array | None = None, families: IntArray | None = None
) -> Folds:
    """Divide events into folds, blocked in time and with families kept together.

    Events that follow each other share a source, a path and the noise of their day; those of a
    family share a waveform. With one of them learned from and another held out, a classifier is
    asked for what it has seen. So time is cut into contiguous blocks, about four for each fold,
    each cut where no event is for long, and all events of a block are held out together. An event
    of a family goes with the block that has most of its family. With a single block for each fold,
    a label that is seen in one season alone would never be learned from and held out; with many
    short ones, most events would have the next one on the other side. Blocks are dealt to folds
    so that each has about its share of each label.

    Without times, families are kept together and nothing else: the order in which events are
    given need not be one of time.

    Parameters
    ----------
    labels : ndarray, shape (n_events,)
    n_folds : int
        Fewer are made where there are fewer groups.
    times : ndarray of float or of datetime64, shape (n_events,), optional
    families : ndarray of int, shape (n_events,), optional
        0 for an event that is of no family.

    Returns
    -------
    Folds

    Raises
    ------
    ValueError
        If all events have to be held out together.

    References
    ----------
    Roberts et al., Ecography 40 (2017), 913-929 (cross-validation in blocks).
    """
    groups = _groups(len(labels), n_folds, times, families)
    n_made = min(n_folds, int(groups.max()) + 1)
    if n_made < 2:
        raise ValueError(
            f"the {len(labels)} labelled events are all of one family or of one time: none can be "
            "held out from the others; label events of other families and times, too"
        )
    codes = np.unique(labels, return_inverse=True)[1]
    if times is None and int(groups.max()) + 1 == len(labels):
        parts = _dealt_out(codes, n_made)
    else:
        parts = _shared_out(codes, n_made, groups)
    return Folds(parts, groups, _are_learnable(codes, parts), _in_words(times, families))


def _dealt_out(codes: IntArray, n_folds: int) -> IntArray:
    """Return the folds of events that have nothing in common, label by label."""
    parts = np.empty(len(codes), dtype=np.int64)
    parts[np.argsort(codes, kind="stable")] = np.arange(len(codes)) % n_folds
    return parts


def _shared_out(codes: IntArray, n_folds: int, groups: IntArray) -> IntArray:
    """Return the folds of events of groups, so that each has about its share of each label."""
    parts = np.zeros(len(codes), dtype=np.int64)
    splitter = StratifiedGroupKFold(min(n_folds, int(np.bincount(codes).max())))
    with warnings.catch_warnings():
        # That a label has fewer events than there are folds: `are_learnable` says what matters.
        warnings.simplefilter("ignore", UserWarning)
        for fold, (_, held_out) in enumerate(splitter.split(codes, codes, groups)):
            parts[held_out] = fold
    return np.unique(parts, return_inverse=True)[1]


def _groups(
    n_events: int, n_folds: int, times: Array | None, families: IntArray | None
) -> IntArray:
    """Return the group of each event, from 0 without gaps."""
    numbers = np.zeros(n_events, dtype=np.int64) if families is None else np.asarray(families)
    is_of_family = numbers != OF_NO_FAMILY
    if times is not None:
        groups = _blocks(_as_numbers(times), n_folds)
        for family in np.unique(numbers[is_of_family]):
            is_member = numbers == family
            groups[is_member] = np.bincount(groups[is_member]).argmax()
    else:
        groups = np.arange(n_events)
        _, firsts, places = np.unique(numbers, return_index=True, return_inverse=True)
        groups[is_of_family] = firsts[places[is_of_family]]
    return np.unique(groups, return_inverse=True)[1]


def _blocks(times: FloatArray, n_folds: int) -> IntArray:
    """Return the block of time of each event, from 0."""
    n_events = len(times)
    wanted = max(_FEWEST_BLOCKS * n_folds, n_events // _EVENTS_OF_BLOCK)
    n_blocks = min(wanted, _MOST_BLOCKS * n_folds, n_events)
    order = np.argsort(times, kind="stable")
    # Of the time before each event but the first.
    gaps = np.diff(times[order])
    length = n_events / n_blocks
    starts = np.zeros(n_events, dtype=np.int64)
    for place in np.arange(1, n_blocks) * length:
        first, last = round(place - _REACH * length), round(place + _REACH * length)
        near = gaps[first - 1 : last]
        # Events of one time are never cut apart.
        if near.max() > 0:
            starts[first + near.argmax()] = 1
    blocks = np.empty(n_events, dtype=np.int64)
    blocks[order] = np.cumsum(starts)
    return blocks


def _as_numbers(times: Array) -> FloatArray:
    times = np.asarray(times)
    if np.issubdtype(times.dtype, np.datetime64):
        # From the first one on, so that nanoseconds are not rounded away.
        return (times - times.min()).astype("timedelta64[ns]").astype(np.float64)
    return times.astype(np.float64)


def _are_learnable(codes: IntArray, parts: IntArray) -> BoolArray:
    counts = np.zeros((int(codes.max()) + 1, int(parts.max()) + 1), dtype=np.int64)
    np.add.at(counts, (codes, parts), 1)
    elsewhere = counts.sum(axis=1)[codes] - counts[codes, parts]
    return elsewhere > 0


def _in_words(times: Array | None, families: IntArray | None) -> str:
    parts = [
        *(["blocks of time"] if times is not None else []),
        *(["families"] if families is not None and np.any(families != OF_NO_FAMILY) else []),
    ]
    return " and ".join(parts) or "nothing: neither times nor families are given"

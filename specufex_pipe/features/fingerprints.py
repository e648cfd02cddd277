"""Fingerprints as features, a few thousand events at a time."""

from collections.abc import Iterator

import numpy as np

from specufex_pipe.events.frames import event_batches
from specufex_pipe.numerics.types import FloatArray, IntArray
from specufex_pipe.store import FrameStore

_EVENTS_AT_A_TIME = 4096


def feature_batches(store: FrameStore, chosen: IntArray | None = None) -> Iterator[FloatArray]:
    """Iterate over the fingerprints of a store as features, those of all HMMs side by side.

    Parameters
    ----------
    store : store.FrameStore
        Of fingerprints.
    chosen : ndarray of int, optional
        Numbers of the events to take, rising; all by default.

    Yields
    ------
    ndarray of shape (n_chosen_events_of_batch, n_models * n_states * n_states)
        In double precision.
    """
    for events in event_batches(store.n_events, _EVENTS_AT_A_TIME):
        prints = store.array("fingerprints", slice(events.start, events.stop))
        if chosen is not None:
            first, last = np.searchsorted(chosen, (events.start, events.stop))
            prints = prints[chosen[first:last] - events.start]
        # A batch may have none of the chosen events, so that -1 could be anything.
        yield prints.reshape(len(prints), np.prod(prints.shape[1:])).astype(np.float64)

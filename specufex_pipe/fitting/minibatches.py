"""Which events a step learns from, and which are held out to measure the fit."""

from collections.abc import Iterator
from itertools import count

import numpy as np

from specufex_pipe.numerics.randomness import HOLD_OUT, SHUFFLE, random_generator
from specufex_pipe.numerics.types import IntArray

_MOST_HELD_OUT = 128


def hold_out(n_events: int, share: float, seed: int) -> tuple[IntArray, IntArray]:
    """Choose the events that measure the fit and take no part in it.

    Parameters
    ----------
    n_events : int
    share : float
        Share of the events to hold out, of which one at least is left to learn from. More than
        128 are not held out, so that a check of them costs the same for any number of events.
    seed : int

    Returns
    -------
    learned, held_out : ndarray of int
        Numbers of events, rising. Where the share amounts to no event, `learned` is all events,
        and `held_out` is as many of them as may be held out.
    """
    order = random_generator(seed, HOLD_OUT).permutation(n_events)
    n_held_out = min(round(share * n_events), n_events - 1, _MOST_HELD_OUT)
    if n_held_out == 0:
        return np.arange(n_events), np.sort(order[:_MOST_HELD_OUT])
    return np.sort(order[n_held_out:]), np.sort(order[:n_held_out])


def minibatches(events: IntArray, size: int, seed: int, first: int = 0) -> Iterator[IntArray]:
    """Yield the events of each step: an epoch goes through all of them once, in a new order.

    Parameters
    ----------
    events : ndarray of int
    size : int
        Number of events in a minibatch; an epoch's minibatches differ by one event at most.
    seed : int
    first : int
        The step to begin at.

    Yields
    ------
    ndarray of int, rising
    """
    n_batches = -(-len(events) // size)
    epoch, number = divmod(first, n_batches)
    for later in count(epoch):
        order = random_generator(seed, SHUFFLE, later).permutation(len(events))
        for chosen in np.array_split(order, n_batches)[number:]:
            yield np.sort(events[chosen])
        number = 0

"""Samples of events, for what cannot or need not learn from all of them."""

import numpy as np

from specufex_pipe.events.frames import EventFrames
from specufex_pipe.events.views import Selection
from specufex_pipe.numerics.randomness import LEARN, SAMPLE, random_generator
from specufex_pipe.numerics.types import IntArray

EVENTS_TO_SCALE_BY = 20_000


def choose_events(n_events: int, seed: int, most: int = EVENTS_TO_SCALE_BY) -> IntArray:
    """Choose the events that scales and clusters are learned from: all, or a sample of many.

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
    rng = random_generator(seed, LEARN)
    return np.sort(rng.choice(n_events, most, replace=False))


def sample_events(frames: EventFrames, seed: int, most: int) -> EventFrames:
    """Return the events that a factorization is fitted to which has all of them in memory.

    Parameters
    ----------
    frames : EventFrames
    seed : int
    most : int
        All events if they are not more, else a random sample of so many.
    """
    if frames.n_events <= most:
        return frames
    rng = random_generator(seed, SAMPLE)
    return Selection(frames, np.sort(rng.choice(frames.n_events, most, replace=False)))

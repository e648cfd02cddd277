"""Synthetic sequences that recur in noise, to try `SeqNMF` on."""

from typing import NamedTuple

import numpy as np

from specufex_pipe.numerics.randomness import START, random_generator
from specufex_pipe.numerics.types import BoolArray, FloatArray, IntArray


class Sequences(NamedTuple):
    """Synthetic data in which sequences recur.

    Attributes
    ----------
    X : ndarray of shape (n_rows, n_frames)
    onsets : ndarray of bool, shape (n_sequences, n_frames)
        Where each sequence begins.
    members : ndarray of int, shape (n_rows,)
        The sequence that each row belongs to.
    """

    X: FloatArray
    onsets: BoolArray
    members: IntArray


def generate_sequences(
    n_frames: int = 3000,
    n_sequences: int = 3,
    *,
    n_members: int = 10,
    gap: int = 3,
    noise: float = 0.001,
    jitter: float = 0.0,
    participation: float = 1.0,
    decay: float = 10.0,
    random_state: int = 0,
) -> Sequences:
    """Generate rows that are active one after the other, in sequences that recur.

    Parameters
    ----------
    n_frames : int
    n_sequences : int
    n_members : int
        Number of rows of a sequence.
    gap : int
        Frames between the activity of a row and that of the next.
    noise : float
        Probability that a row is active in a frame on its own.
    jitter : float
        Standard deviation of the time of a row within a sequence, frames.
    participation : float
        Probability that a row takes part when its sequence comes.
    decay : float
        Frames in which activity falls to 1/e, as a calcium signal does; 0 for one frame alone.
    random_state : int

    Returns
    -------
    Sequences
    """
    rng = random_generator(random_state, START)
    n_rows, duration = n_sequences * n_members, n_members * gap
    pauses = duration + rng.integers(1, 101, size=n_frames)
    starts = np.cumsum(pauses)
    starts = starts[starts < n_frames - 2 * duration]
    kinds = rng.permutation(np.arange(len(starts)) % n_sequences)
    onsets = np.zeros((n_sequences, n_frames), dtype=bool)
    onsets[kinds, starts] = True
    X = np.zeros((n_rows, n_frames))
    for start, kind in zip(starts, kinds, strict=True):
        rows = kind * n_members + np.arange(n_members)
        delays = gap * np.arange(n_members) + np.rint(jitter * rng.standard_normal(n_members))
        times = np.clip(start + delays.astype(int), 0, n_frames - 1)
        takes_part = rng.random(n_members) < participation
        X[rows[takes_part], times[takes_part]] += 1
    X += rng.random(X.shape) < noise
    if decay > 0:
        kernel = np.exp(-np.arange(10 * decay) / decay)
        X = np.array([np.convolve(row, kernel)[:n_frames] for row in X])
    return Sequences(X, onsets, np.repeat(np.arange(n_sequences), n_members))

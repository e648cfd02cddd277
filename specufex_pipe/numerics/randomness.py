"""Random generators that depend on a seed and on counters alone."""

import numpy as np

# Every use of randomness has a number, so that none repeats the draws of another.
HOLD_OUT, SHUFFLE, START, SAMPLE, NULL = range(5)


def random_generator(seed: int, use: int, counter: int = 0) -> np.random.Generator:
    """Return the generator for one use of randomness at one point of a fit.

    It depends on the seed and on counters alone, so a fit that resumes after an interruption
    needs no saved state.

    Parameters
    ----------
    seed : int
    use : int
        `HOLD_OUT`, `SHUFFLE`, `START`, `SAMPLE` or `NULL`.
    counter : int
        Epoch, step or replicate.

    Returns
    -------
    numpy.random.Generator
    """
    return np.random.default_rng((seed, use, counter))

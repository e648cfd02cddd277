"""Random generators that depend on a seed and on counters alone."""

import numpy as np

# Every use of randomness has a number, so that none repeats the draws of another.
HOLD_OUT, SHUFFLE, START, SAMPLE, NULL, RESAMPLE, LEARN, COMPARE, WINDOW = range(9)
TREES, INTERVAL, DRAW, DENSITY = range(9, 13)


def random_generator(seed: int, use: int, counter: int = 0) -> np.random.Generator:
    """Return the generator for one use of randomness at one point of a fit.

    It depends on the seed and on counters alone, so a fit that resumes after an interruption
    needs no saved state.

    Parameters
    ----------
    seed : int
    use : int
        `HOLD_OUT`, `SHUFFLE`, `START`, `SAMPLE`, `NULL`, `RESAMPLE`, `LEARN`, `COMPARE`,
        `WINDOW`, `TREES`, `INTERVAL`, `DRAW` or `DENSITY`.
    counter : int
        Epoch, step or replicate.

    Returns
    -------
    numpy.random.Generator
    """
    return np.random.default_rng((seed, use, counter))


def seed_of_model(seed: int, number: int) -> int:
    """Return the seed of one of several models that differ in nothing but their seeds.

    It is no seed + number: models of one seed and those of the next would be the same but for one,
    and two runs that are meant to differ would hardly do so.

    Parameters
    ----------
    seed : int
        Of all of them.
    number : int
        Of the model, from 0.

    Returns
    -------
    int
        For the first model `seed` itself.
    """
    if number == 0:
        return seed
    return int(np.random.SeedSequence((seed, number)).generate_state(1)[0])

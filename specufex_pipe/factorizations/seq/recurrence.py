"""Whether the components of `SeqNMF` recur in data that they were not learned from.

Mackevicius, Bahle, et al., eLife 8 (2019), e38471, whose MATLAB code has the same test.
"""

from typing import NamedTuple

import numpy as np
from scipy.stats import skew

from specufex_pipe.events.checks import EventsLike, read_checked
from specufex_pipe.events.frames import Batch
from specufex_pipe.factorizations.seq.convolution import event_overlaps
from specufex_pipe.factorizations.seq.model import SeqNMF
from specufex_pipe.numerics.randomness import NULL, random_generator
from specufex_pipe.numerics.threads import one_blas_thread
from specufex_pipe.numerics.types import BoolArray, FloatArray

# A component with more than this share of its power in one row is no sequence.
_POWER_OF_ONE_ROW = 0.999


class Significance(NamedTuple):
    """Whether components recur in data that they were not learned from.

    Attributes
    ----------
    p_values : ndarray of shape (n_components,)
        Share of the nulls that are more skewed, and one more; infinite for a component that is
        empty or has one row.
    skewness : ndarray of shape (n_components,)
        Of the overlap of the component with the data; NaN for those.
    is_significant : ndarray of bool, shape (n_components,)
        With Bonferroni's correction for the number of components tested.
    """

    p_values: FloatArray
    skewness: FloatArray
    is_significant: BoolArray


@one_blas_thread
def significance(
    model: SeqNMF,
    X: EventsLike,
    *,
    level: float = 0.05,
    n_nulls: int | None = None,
    random_state: int = 0,
) -> Significance:
    """Test which components recur in data that they were not learned from.

    The overlap of a sequence with data in which it recurs is skewed: near 0 mostly, and large where
    it is. Nulls are components whose rows are each shifted by a random lag, which keeps what is in
    them and loses its order.

    Parameters
    ----------
    model : SeqNMF
    X : as for `SeqNMF.fit`
        Held-out data.
    level : float
        Level of the test, for all components together.
    n_nulls : int, optional
        By default 2 * n / level, rounded up, for n components that are tested; at least n / level,
        since no p-value is below 1 / n_nulls.
    random_state : int
        Seed of the shifts.

    Returns
    -------
    Significance
    """
    if not 0 < level < 1:
        raise ValueError(f"level is {level!r}, expected a number between 0 and 1")
    frames = model._frames_of(X)
    batch = read_checked(frames, range(frames.n_events))
    power = model.W_.sum(axis=2) ** 2
    tested = power.max(axis=0) < _POWER_OF_ONE_ROW * power.sum(axis=0)
    W = model.W_[:, tested]
    n_rows, n_tested, length = W.shape
    p_values, skewness = np.full(len(tested), np.inf), np.full(len(tested), np.nan)
    if n_tested:
        skewness[tested] = _skewness(batch, W)
        least = int(np.ceil(n_tested / level))
        n_nulls = 2 * least if n_nulls is None else n_nulls
        if n_nulls < least:
            raise ValueError(
                f"n_nulls is {n_nulls}, expected at least {least}: with fewer, none of {n_tested} "
                f"components could be significant at level {level:g}"
            )
        n_above = np.zeros(n_tested)
        for number in range(n_nulls):
            rng = random_generator(random_state, NULL, number)
            shifts = rng.integers(length, size=(n_rows, n_tested, 1))
            null = np.take_along_axis(W, (np.arange(length) - shifts) % length, axis=2)
            # Overlaps that do not vary have no skewness, and speak for no sequence.
            n_above += ~(_skewness(batch, null) <= skewness[tested])
        p_values[tested] = np.minimum((1 + n_above) / n_nulls, 1)
    return Significance(p_values, skewness, p_values <= level / max(n_tested, 1))


def _skewness(batch: Batch, W: FloatArray) -> FloatArray:
    """Return the skewness of the overlaps; as in the original, an event begins again at its end."""
    past = W.shape[2] - 1
    events = [event[np.arange(len(event) + past) % len(event)] for event in batch.events()]
    longer = Batch(np.concatenate(events), batch.offsets + past * np.arange(len(batch.offsets)))
    overlaps = Batch(event_overlaps(longer, W), longer.offsets).events()
    return skew(np.concatenate([each[: len(each) - past] for each in overlaps]), axis=0)

"""Choices and tests around `SeqNMF`: which lambda, how many components, are they sequences.

Mackevicius, Bahle, et al., eLife 8 (2019), e38471, whose MATLAB code has the same procedures.
"""

from itertools import combinations
from typing import NamedTuple

import numpy as np
from scipy.ndimage import uniform_filter1d
from scipy.stats import skew
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from specufex_pipe.events.frames import Batch, as_frames, read_checked
from specufex_pipe.factorizations.seq.convolution import BlockConvolution, window_sums
from specufex_pipe.fitting.estimator import NULL, START, one_blas_thread, random_generator

# A component with more than this share of its power in one row is no sequence.
_POWER_OF_ONE_ROW = 0.999
_EPSILON = np.finfo(float).eps


class Costs(NamedTuple):
    """What a fit with the cross-orthogonality penalty weighs against each other.

    Attributes
    ----------
    reconstruction : float
        Root of the sum of the squared residuals.
    correlation : float
        Sum over pairs of components of what they explain within a length of each other.
    """

    reconstruction: float
    correlation: float


class WeightChoice(NamedTuple):
    """Costs over a range of weights of the penalty.

    Attributes
    ----------
    weights : ndarray of shape (n_weights,)
        Rising.
    reconstruction, correlation : ndarray of shape (n_weights,)
        As of `Costs`.
    crossing : float or None
        The weight at which both, scaled to their range, are equal; None if they do not cross. One
        and a half times as much is a good start; the authors go from twice to five times.
    """

    weights: np.ndarray
    reconstruction: np.ndarray
    correlation: np.ndarray
    crossing: float | None


class NumberChoice(NamedTuple):
    """How unlike each other fits with the same number of components are.

    Attributes
    ----------
    numbers : ndarray of int, shape (n_numbers,)
        Numbers of components.
    dissimilarities : ndarray of shape (n_numbers, n_pairs)
        Of all pairs of fits with a number, from 0 (the same) to 1.
    best : int
        The number above 1 with the lowest mean; one component is always like itself.
    """

    numbers: np.ndarray
    dissimilarities: np.ndarray
    best: int


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

    p_values: np.ndarray
    skewness: np.ndarray
    is_significant: np.ndarray


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

    X: np.ndarray
    onsets: np.ndarray
    members: np.ndarray


@one_blas_thread
def costs(model, X):
    """Return the costs of a fit of the data that it was fitted to, `Costs`.

    Parameters
    ----------
    model : SeqNMF
    X : as for `SeqNMF.fit`
    """
    batch, activations = _batches(model, X)
    residual = batch.frames - model._reconstruction(activations)
    explained = _overlaps(batch, model.W_)
    smooth = np.concatenate(
        [window_sums(event, model.length - 1) for event in Batch(explained, batch.offsets).events()]
    )
    pairs = smooth.T @ activations.frames
    np.fill_diagonal(pairs, 0)
    return Costs(float(np.linalg.norm(residual)), float(np.abs(pairs).sum(axis=0).sum()))


def choose_cross_orthogonality(model, X, weights):
    """Fit with a range of weights of the penalty, and find where its costs cross.

    Parameters
    ----------
    model : SeqNMF
        Its parameters are used; it is left as it is.
    X : as for `SeqNMF.fit`
    weights : array_like of float
        Weights of the penalty, above 0, that begin well below the crossing and end well above it,
        since costs are scaled to their range; twenty from 1e-5 to 1e-1 are a start.

    Returns
    -------
    WeightChoice
    """
    weights = np.sort(np.asarray(weights, dtype=float))
    if len(weights) < 2 or not (weights > 0).all():
        raise ValueError("weights have to be two or more numbers above 0")
    found = [costs(clone(model).set_params(cross_orthogonality=w).fit(X), X) for w in weights]
    reconstruction, correlation = map(np.array, zip(*found, strict=True))
    return WeightChoice(
        weights, reconstruction, correlation, _crossing(weights, reconstruction, correlation)
    )


@one_blas_thread
def dissimilarity(first, second):
    """Return how unlike each other two fits of the same data are.

    Wu et al., PNAS 113 (2016), 4290-4295, with the correlation of what components explain.

    Parameters
    ----------
    first, second : SeqNMF
        Fitted to the same data, with the same number of components.

    Returns
    -------
    float
        0 if each component has its like in the other fit, up to 1.
    """
    one, other = (_unit_parts(model) for model in (first, second))
    if one.shape != other.shape:
        raise ValueError("the fits are of other data, or have other numbers of components")
    cosines = one @ other.T
    n_components = len(cosines)
    likes = cosines.max(axis=0).sum() + cosines.max(axis=1).sum()
    return float(1 - likes / (2 * n_components))


def choose_n_components(model, X, numbers, n_fits=3):
    """Fit several times with each number of components, and see which number gives like results.

    Parameters
    ----------
    model : SeqNMF
        Its parameters are used; it is left as it is. The authors set `cross_orthogonality` to 0.
    X : as for `SeqNMF.fit`
    numbers : sequence of int
        Numbers of components; at least one above 1.
    n_fits : int
        Fits with each, from starts of their own.

    Returns
    -------
    NumberChoice
    """
    numbers = np.asarray(numbers, dtype=int)
    if n_fits < 2 or not (numbers > 1).any():
        raise ValueError("numbers have to have one above 1, and n_fits to be 2 or more")
    dissimilarities = []
    for number in numbers:
        fits = [
            clone(model)
            .set_params(n_components=int(number), random_state=model.random_state + fit)
            .fit(X)
            for fit in range(n_fits)
        ]
        dissimilarities.append([dissimilarity(*pair) for pair in combinations(fits, 2)])
    dissimilarities = np.array(dissimilarities)
    means = np.where(numbers > 1, dissimilarities.mean(axis=1), np.inf)
    return NumberChoice(numbers, dissimilarities, int(numbers[means.argmin()]))


@one_blas_thread
def significance(model, X, *, level=0.05, n_nulls=None, random_state=0):
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


def generate_sequences(
    n_frames=3000,
    n_sequences=3,
    *,
    n_members=10,
    gap=3,
    noise=0.001,
    jitter=0.0,
    participation=1.0,
    decay=10.0,
    random_state=0,
):
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


def _batches(model, X):
    """Return data and activations of a fit, stacked."""
    frames = model._frames_of(X)
    batch = read_checked(frames, range(frames.n_events))
    activations = as_frames(model.activations_, n_rows=model.n_components_).whole()
    if not np.array_equal(activations.offsets, frames.offsets):
        raise ValueError("the model was fitted to other data")
    return batch, Batch(activations.frames, activations.offsets)


def _overlaps(batch, W):
    """Return the overlap of components with the frames that follow, (n_frames, n_components)."""
    W = np.ascontiguousarray(W.transpose(2, 0, 1))
    events = []
    for event in batch.events():
        sums = BlockConvolution(len(event), len(W))
        events.append(sums.correlate(sums.of_components(W), sums.of_frames(event)))
    return np.concatenate(events)


def _skewness(batch, W):
    """Return the skewness of the overlaps; as in the original, an event begins again at its end."""
    past = W.shape[2] - 1
    events = [event[np.arange(len(event) + past) % len(event)] for event in batch.events()]
    longer = Batch(np.concatenate(events), batch.offsets + past * np.arange(len(batch.offsets)))
    overlaps = Batch(_overlaps(longer, W), longer.offsets).events()
    return skew(np.concatenate([each[: len(each) - past] for each in overlaps]), axis=0)


def _unit_parts(model):
    """Return what each component explains, of norm 1, one row each."""
    check_is_fitted(model, "n_iter_")
    activations = as_frames(model.activations_, n_rows=model.n_components_).whole()
    parts = []
    for k in range(model.n_components_):
        alone = np.zeros_like(activations.frames)
        alone[:, k] = activations.frames[:, k]
        part = model._reconstruction(Batch(alone, activations.offsets)).ravel()
        parts.append(part / (np.linalg.norm(part) + _EPSILON))
    return np.array(parts)


def _crossing(weights, reconstruction, correlation):
    """Return where the falling and the rising cost are equal, on a logarithmic axis, or None."""
    difference = _scaled(correlation) - _scaled(reconstruction)
    (falls,) = np.nonzero((difference[:-1] >= 0) & (difference[1:] < 0))
    if len(falls) == 0:
        return None
    here = falls[0]
    share = difference[here] / (difference[here] - difference[here + 1])
    logs = np.log(weights[here : here + 2])
    return float(np.exp(logs[0] + share * (logs[1] - logs[0])))


def _scaled(cost):
    """Smooth a cost over its neighbours, and scale its range from 0 to 1."""
    smooth = uniform_filter1d(uniform_filter1d(cost, 3, mode="nearest"), 3, mode="nearest")
    low, high = np.percentile(cost, (10, 90))
    return (smooth - low) / max(high - low, _EPSILON)

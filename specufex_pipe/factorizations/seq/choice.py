"""Choices around `SeqNMF`: which weight of the penalty, how many components.

Mackevicius, Bahle, et al., eLife 8 (2019), e38471, whose MATLAB code has the same procedures.
"""

from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.ndimage import uniform_filter1d
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from specufex_pipe.events.checks import EventsLike, as_frames, read_checked
from specufex_pipe.events.frames import Batch
from specufex_pipe.factorizations.seq.convolution import event_overlaps, window_sums
from specufex_pipe.factorizations.seq.model import SeqNMF
from specufex_pipe.numerics.threads import one_blas_thread
from specufex_pipe.numerics.types import FloatArray, IntArray

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

    weights: FloatArray
    reconstruction: FloatArray
    correlation: FloatArray
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

    numbers: IntArray
    dissimilarities: FloatArray
    best: int


@one_blas_thread
def costs(model: SeqNMF, X: EventsLike) -> Costs:
    """Return the costs of a fit of the data that it was fitted to, `Costs`.

    Parameters
    ----------
    model : SeqNMF
    X : as for `SeqNMF.fit`
    """
    batch, activations = _batches(model, X)
    residual = batch.frames - model._reconstruction(activations)
    explained = event_overlaps(batch, model.W_)
    smooth = np.concatenate(
        [window_sums(event, model.length - 1) for event in Batch(explained, batch.offsets).events()]
    )
    pairs = smooth.T @ activations.frames
    np.fill_diagonal(pairs, 0)
    return Costs(float(np.linalg.norm(residual)), float(np.abs(pairs).sum(axis=0).sum()))


def choose_cross_orthogonality(model: SeqNMF, X: EventsLike, weights: ArrayLike) -> WeightChoice:
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
def dissimilarity(first: SeqNMF, second: SeqNMF) -> float:
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


def choose_n_components(
    model: SeqNMF, X: EventsLike, numbers: ArrayLike, n_fits: int = 3
) -> NumberChoice:
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
    found = []
    for number in numbers:
        fits = [
            clone(model)
            .set_params(n_components=int(number), random_state=model.random_state + fit)
            .fit(X)
            for fit in range(n_fits)
        ]
        found.append([dissimilarity(*pair) for pair in combinations(fits, 2)])
    dissimilarities = np.array(found)
    means = np.where(numbers > 1, dissimilarities.mean(axis=1), np.inf)
    return NumberChoice(numbers, dissimilarities, int(numbers[means.argmin()]))


def _batches(model: SeqNMF, X: EventsLike) -> tuple[Batch, Batch]:
    """Return data and activations of a fit, stacked."""
    frames = model._frames_of(X)
    batch = read_checked(frames, range(frames.n_events))
    activations = as_frames(model.activations_, n_rows=model.n_components_).whole()
    if not np.array_equal(activations.offsets, frames.offsets):
        raise ValueError("the model was fitted to other data")
    return batch, Batch(activations.frames, activations.offsets)


def _unit_parts(model: SeqNMF) -> FloatArray:
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


def _crossing(
    weights: FloatArray, reconstruction: FloatArray, correlation: FloatArray
) -> float | None:
    """Return where the falling and the rising cost are equal, on a logarithmic axis, or None."""
    difference = _scaled(correlation) - _scaled(reconstruction)
    (falls,) = np.nonzero((difference[:-1] >= 0) & (difference[1:] < 0))
    if len(falls) == 0:
        return None
    here = falls[0]
    share = difference[here] / (difference[here] - difference[here + 1])
    logs = np.log(weights[here : here + 2])
    return float(np.exp(logs[0] + share * (logs[1] - logs[0])))


def _scaled(cost: FloatArray) -> FloatArray:
    """Smooth a cost over its neighbours, and scale its range from 0 to 1."""
    smooth = uniform_filter1d(uniform_filter1d(cost, 3, mode="nearest"), 3, mode="nearest")
    low, high = np.percentile(cost, (10, 90))
    return (smooth - low) / max(high - low, _EPSILON)

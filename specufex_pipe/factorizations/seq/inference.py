"""The activations of SeqNMF: their update, and those of new events given the components."""

from functools import partial
from typing import NamedTuple

import numpy as np

from specufex_pipe.events.frames import Batch
from specufex_pipe.factorizations.seq.convolution import BlockConvolution, window_sums
from specufex_pipe.factorizations.seq.padded import inside_frames
from specufex_pipe.numerics.threads import map_threads
from specufex_pipe.numerics.types import BoolArray, ComplexArray, FloatArray

# The activations of an event are done when an iteration changes them by less than this share.
_SETTLED = 1e-4


def updated_activations(
    H: FloatArray,
    explained: FloatArray,
    model: FloatArray,
    rivals: FloatArray | float,
    sparse_activations: float,
    floor: float,
) -> FloatArray:
    """Return new activations, by the multiplicative update.

    Parameters
    ----------
    H : ndarray of shape (n_frames, n_components)
    explained, model : ndarray of the same shape
        What the components find in the data, and in the model's own frames.
    rivals : ndarray of the same shape, or 0
        The penalty on components that are active at the same time.
    sparse_activations : float
        Weight of the sum of all activations.
    floor : float
        Keeps from dividing by 0.
    """
    return H * explained / (model + rivals + sparse_activations + floor)


def of_others(H: FloatArray) -> FloatArray:
    """Return the sum over the other components, the last axis; of the shape of H."""
    return H @ (1 - np.eye(H.shape[-1]))


def rivals_of(H: FloatArray, length: int) -> FloatArray:
    """Return what the other components have less than a length before or after each frame.

    Parameters
    ----------
    H : ndarray of shape (n_frames, n_components)
        Activations.
    length : int
        Frames of a component.

    Returns
    -------
    ndarray of shape (n_frames, n_components)
    """
    return of_others(window_sums(H, length - 1))


def floor_of(scale: float) -> float:
    """Return what keeps from dividing by 0: the original's, and less for data in small units."""
    return max(np.finfo(float).eps * min(scale, 1), np.finfo(float).tiny)


class _Prepared(NamedTuple):
    """What depends on the components and the number of frames of an event alone."""

    inside: BoolArray
    sums: BlockConvolution
    components: ComplexArray
    gram: ComplexArray


def infer_activations(
    batch: Batch,
    W: FloatArray,
    *,
    cross_orthogonality: float,
    sparse_activations: float,
    orthogonal_activations: float,
    max_iter: int,
) -> FloatArray:
    """Return the activations of events, given the components.

    Those of an event are updated until they settle, and once more without the penalty.

    Parameters
    ----------
    batch : Batch
    W : ndarray of shape (length, n_frequencies, n_components)
    cross_orthogonality, sparse_activations, orthogonal_activations : float
        As for `SeqNMF`.
    max_iter : int
        Number of iterations at the most.

    Returns
    -------
    ndarray of shape (n_frames of all events, n_components)
    """
    events = list(batch.events())
    # Events of one length share what depends on the components alone.
    prepared = {n_frames: _prepare(n_frames, W) for n_frames in {len(event) for event in events}}

    def infer(frames: FloatArray) -> FloatArray:
        inside, sums, components, gram = prepared[len(frames)]
        X = np.zeros((len(inside), frames.shape[1]))
        X[inside] = frames
        explained = sums.correlate(components, sums.of_frames(X))
        update = partial(
            updated_activations, sparse_activations=sparse_activations, floor=floor_of(W.max() ** 2)
        )
        # What began before the event could not be kept, and so must not explain its first frames.
        H = np.repeat(inside[:, None], explained.shape[1], axis=1).astype(float)
        for _ in range(max_iter):
            before = H
            overlap = cross_orthogonality * explained + orthogonal_activations * H
            model = sums.correlate_model(gram, sums.of_frames(H))
            H = update(H, explained, model, rivals_of(overlap, len(W)))
            if np.abs(H - before).sum() <= _SETTLED * before.sum():
                break
        return update(H, explained, sums.correlate_model(gram, sums.of_frames(H)), 0.0)[inside]

    return np.concatenate(map_threads(infer, events))


def _prepare(n_frames: int, W: FloatArray) -> _Prepared:
    inside = inside_frames(np.array([0, n_frames]), len(W))
    sums = BlockConvolution(len(inside), len(W))
    components = sums.of_components(W)
    return _Prepared(inside, sums, components, sums.gram(components))

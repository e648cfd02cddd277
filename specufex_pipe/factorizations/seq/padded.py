"""What `SeqNMF` fits: events with frames of zeros around them, components and activations."""

import numpy as np

from specufex_pipe.events.checks import EventsLike
from specufex_pipe.events.frames import EventFrames
from specufex_pipe.factorizations.seq.convolution import BlockConvolution
from specufex_pipe.factorizations.start import Survey, frames_like
from specufex_pipe.numerics.types import Array, BoolArray, ComplexArray, FloatArray, IntArray

# Of the power of the data: a residual of less is not computed as a difference of sums.
_LEAST_RESIDUAL = 1e-5


class PaddedFrames:
    """The data of a fit: all events, with frames of zeros before, between and after them.

    Parameters
    ----------
    survey : factorizations.start.Survey
    length : int
        Number of frames of zeros.
    mask : ndarray of shape (n_frames, n_rows), optional
        0 where an entry takes no part; it always has the value that the model gives it.

    Attributes
    ----------
    X : ndarray of shape (n_padded_frames, n_rows)
    inside : ndarray of bool, shape (n_padded_frames,)
        Whether a frame is one of the data.
    sums : BlockConvolution
    """

    def __init__(self, survey: Survey, length: int, mask: FloatArray | None) -> None:
        self.inside = inside_frames(survey.offsets, length)
        self.X = self.pad(np.concatenate([X for _, X in survey.blocks]))
        self._masked: BoolArray | None = None if mask is None else self.pad(mask == 0)
        self.sums = BlockConvolution(len(self.X), length)
        self._spectra: ComplexArray | None = None
        self._power = float(np.vdot(self.X, self.X))

    @property
    def is_masked(self) -> bool:
        """Whether there is an entry that takes no part."""
        return self._masked is not None

    @property
    def largest(self) -> float:
        """The largest entry that takes part."""
        return self.X.max() if self._masked is None else self.X[~self._masked].max()

    def pad(self, values: Array) -> Array:
        """Put zeros between events: (n_frames, n_columns) becomes (n_padded_frames, n_columns)."""
        padded = np.zeros((len(self.inside), values.shape[1]), dtype=values.dtype)
        padded[self.inside] = values
        return padded

    def spectra(self) -> ComplexArray:
        """Return the FFT of the blocks of X."""
        if self._spectra is None:
            self._spectra = self.sums.of_frames(self.X)
        return self._spectra

    def convolve(self, W: FloatArray, H: FloatArray) -> FloatArray:
        """Return what components and activations explain, of the shape of X."""
        return self.sums.convolve(self.sums.of_components(W), self.sums.of_past(H))

    def cost(self, W: FloatArray, H: FloatArray, explained: FloatArray | None = None) -> float:
        """Return the root mean square residual, and put what the model gives where X is masked.

        Parameters
        ----------
        W, H : ndarray
            Components and activations.
        explained : ndarray of the shape of W, optional
            Sum over time of X and H, as `BlockConvolution.lagged` gives it. With it, and without a
            mask, the residual follows from products of sums, without the model's own frames.
        """
        if explained is None or self.is_masked:
            return self.take_model(W, H)
        sums = self.sums
        model = sums.lagged_model(sums.of_components(W), sums.of_frames(H), sums.of_past(H))
        squares = self._power + np.vdot(W, model - 2 * explained)
        # A difference of numbers that are nearly alike has lost its digits.
        if squares < _LEAST_RESIDUAL * self._power:
            return self.take_model(W, H)
        return float(np.sqrt(squares / self.X.size))

    def take_model(self, W: FloatArray, H: FloatArray) -> float:
        """Put what the model gives where X is masked; return the root mean square residual."""
        model = self.convolve(W, H)
        if self._masked is not None:
            self.X[self._masked] = model[self._masked]
            self._spectra = None
        residual = self.X - model
        return float(np.sqrt(np.mean(residual * residual)))


def inside_frames(offsets: IntArray, length: int) -> BoolArray:
    """Return which frames are data if there are `length` of zeros around each event.

    Parameters
    ----------
    offsets : ndarray of int, shape (n_events + 1,)
    length : int

    Returns
    -------
    ndarray of bool, shape (n_padded_frames,)
    """
    lengths = np.diff(offsets)
    starts = offsets[:-1] + length * np.arange(1, len(offsets))
    inside = np.zeros(offsets[-1] + length * len(offsets), dtype=bool)
    inside[np.arange(offsets[-1]) + np.repeat(starts - offsets[:-1], lengths)] = True
    return inside


def centred(W: FloatArray, H: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Move components to the middle of their lags, and their activations the other way.

    Parameters
    ----------
    W : ndarray of shape (length, n_rows, n_components)
    H : ndarray of shape (n_frames, n_components)

    Returns
    -------
    W, H : ndarray
    """
    length = len(W)
    W, H = W.copy(), H.copy()
    if length == 1:
        return W, H
    lags = np.arange(1, length + 1)
    weights = W.sum(axis=1)
    totals = weights.sum(axis=0)
    for k in np.flatnonzero(totals > 0):
        middle = max(int(weights[:, k] @ lags / totals[k]), 1)
        shift = max(length // 2, 1) - middle
        moved = np.zeros_like(W[..., k])
        if shift >= 0:
            moved[shift:] = W[: length - shift, :, k]
        else:
            moved[:shift] = W[-shift:, :, k]
        W[..., k] = moved
        H[:, k] = np.roll(H[:, k], -shift)
    return W, H


def mask_frames(mask: EventsLike, frames: EventFrames) -> FloatArray:
    """Return a mask that a user gave as numbers, shape (n_frames, n_rows), checked."""
    if isinstance(mask, np.ndarray):
        mask = mask.astype(float)
    elif not isinstance(mask, EventFrames):
        mask = [np.asarray(event, dtype=float) for event in mask]
    kept = frames_like(mask, frames.offsets, frames.n_rows, "mask")
    if not kept.any():
        raise ValueError("mask is 0 everywhere, expected entries that take part in the fit")
    return kept

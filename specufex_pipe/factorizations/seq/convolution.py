"""Convolutions and correlations of components that last several frames, by FFT in blocks.

With X (T, N), activations H (T, K) and components W (L, N, K), L lags long, and with zeros beyond
both ends, the sums that convolutive NMF needs are

    convolve     sum_l W_l H(t - l)           (T, N)
    correlate    sum_l W_l' X(t + l)          (T, K)
    lagged       sum_t X(t) H(t - l)'         (L, N, K)

Time is cut into blocks that overlap by what a component reaches over, as in overlap-add and
overlap-save; at each frequency of a block's FFT the sums are products of small matrices. Of the
model's own frames only the products of components with components, and of activations with
activations, are formed, K x K each (Gram matrices), and never its N rows.
"""

import numpy as np
from scipy import fft

from specufex_pipe.events.frames import Batch
from specufex_pipe.numerics.types import ComplexArray, FloatArray

# Of an FFT, in lengths of a component: shorter repeat too much, longer do too much at once.
_LENGTHS_IN_A_BLOCK = 6
_LEAST_BLOCK = 64


class BlockConvolution:
    """The sums over time of components of one length with data of one length.

    Methods take and return the FFT of blocks, so that one is computed once: `of_components`,
    `of_frames` and `of_past` make them.

    Parameters
    ----------
    n_frames : int
        T.
    length : int
        L, number of lags.
    """

    def __init__(self, n_frames: int, length: int) -> None:
        self.n_frames, self.length = n_frames, length
        size = max(_LENGTHS_IN_A_BLOCK * length, _LEAST_BLOCK)
        self._size = fft.next_fast_len(size, real=True)
        # What is left of a block when it is correlated twice.
        self._hop = self._size - 2 * length + 2
        self._n_blocks = -(-n_frames // self._hop)

    def of_components(self, W: FloatArray) -> ComplexArray:
        """Return the FFT of components, complex, shape (n_frequencies, N, K).

        Parameters
        ----------
        W : ndarray of shape (length, N, K)
        """
        return fft.rfft(W, n=self._size, axis=0)

    def of_frames(self, X: FloatArray) -> ComplexArray:
        """Return the FFT of blocks that are followed by zeros, shape (n_frequencies, N, n_blocks).

        Parameters
        ----------
        X : ndarray of shape (n_frames, N)
        """
        return fft.rfft(self._blocks(X), n=self._size, axis=0)

    def of_past(self, H: FloatArray) -> ComplexArray:
        """Return the FFT of blocks that end with the frames before them.

        Parameters
        ----------
        H : ndarray of shape (n_frames, K)

        Returns
        -------
        ndarray of complex, shape (n_frequencies, K, n_blocks)
        """
        blocks = np.zeros((self._size, H.shape[1], self._n_blocks))
        blocks[: self._hop] = self._blocks(H)
        past = self.length - 1
        if past:
            padded = np.concatenate([np.zeros((past, H.shape[1])), H])
            for number in range(self._n_blocks):
                before = padded[number * self._hop :][:past]
                blocks[self._size - past : self._size - past + len(before), :, number] = before
        return fft.rfft(blocks, axis=0)

    def convolve(self, components: ComplexArray, past: ComplexArray) -> FloatArray:
        """Return sum_l W_l H(t - l), shape (n_frames, N).

        Parameters
        ----------
        components : as `of_components` returns them
        past : as `of_past` returns it, of H
        """
        result = self._inverse(components @ past)[: self._hop]
        return np.maximum(self._frames(result), 0)

    def correlate(self, components: ComplexArray, frames: ComplexArray) -> FloatArray:
        """Return sum_l W_l' X(t + l), shape (n_frames, K).

        Parameters
        ----------
        components : as `of_components` returns them
        frames : as `of_frames` returns them, of X
        """
        return self._overlap_add(_adjoint(components) @ frames, ahead=0)

    def lagged(self, frames: ComplexArray, past: ComplexArray) -> FloatArray:
        """Return sum_t X(t) H(t - l)', shape (length, N, K).

        Parameters
        ----------
        frames : as `of_frames` returns them, of X
        past : as `of_past` returns it, of H
        """
        return np.maximum(self._inverse(frames @ _adjoint(past))[: self.length], 0)

    def gram(self, components: ComplexArray) -> ComplexArray:
        """Return the products of components with each other, for `correlate_model`.

        Parameters
        ----------
        components : as `of_components` returns them
        """
        return _adjoint(components) @ components

    def correlate_model(self, gram: ComplexArray, frames: ComplexArray) -> FloatArray:
        """Return sum_l W_l' Y(t + l) of the model's own frames Y, shape (n_frames, K).

        Parameters
        ----------
        gram : as `gram` returns it
        frames : as `of_frames` returns them, of H
        """
        return self._overlap_add(gram @ frames, ahead=self.length - 1)

    def lagged_model(
        self, components: ComplexArray, frames: ComplexArray, past: ComplexArray
    ) -> FloatArray:
        """Return sum_t Y(t) H(t - l)' of the model's own frames Y, shape (length, N, K).

        Parameters
        ----------
        components : as `of_components` returns them
        frames, past : as `of_frames` and `of_past` return them, of H
        """
        forward = self._inverse(frames @ _adjoint(past))[: self.length]
        gram = np.zeros((self._size, *forward.shape[1:]))
        gram[: self.length] = forward
        if self.length > 1:
            gram[1 - self.length :] = forward[:0:-1].transpose(0, 2, 1)
        sums = self._inverse(components @ fft.rfft(gram, axis=0))
        return np.maximum(sums[: self.length], 0)

    def _blocks(self, X: FloatArray) -> FloatArray:
        padded = np.zeros((self._n_blocks * self._hop, X.shape[1]))
        padded[: self.n_frames] = X
        blocks = padded.reshape(self._n_blocks, self._hop, -1)
        return np.ascontiguousarray(blocks.transpose(1, 2, 0))

    def _frames(self, blocks: FloatArray) -> FloatArray:
        return blocks.transpose(2, 0, 1).reshape(-1, blocks.shape[1])[: self.n_frames]

    def _overlap_add(self, spectra: ComplexArray, ahead: int) -> FloatArray:
        """Add up blocks that reach `length` - 1 frames back and some frames ahead."""
        back = self.length - 1
        blocks = self._inverse(spectra).transpose(2, 0, 1)
        total = np.zeros((self._n_blocks * self._hop + back + ahead, blocks.shape[2]))
        for number, block in enumerate(blocks):
            start = number * self._hop
            total[start + back : start + back + self._hop + ahead] += block[: self._hop + ahead]
            total[start : start + back] += block[self._size - back :]
        # Sums of products of numbers >= 0: what is below 0 is rounding.
        return np.maximum(total[back : back + self.n_frames], 0)

    def _inverse(self, spectra: ComplexArray) -> FloatArray:
        return fft.irfft(spectra, n=self._size, axis=0)


def _adjoint(spectra: ComplexArray) -> ComplexArray:
    return spectra.conj().transpose(0, 2, 1)


def window_sums(H: FloatArray, reach: int) -> FloatArray:
    """Return the sums over the frames up to `reach` before and after each frame.

    Windows of 2, 4, 8, ... frames are added up, since differences of cumulative sums would leave
    rounding where there is nothing.

    Parameters
    ----------
    H : ndarray of shape (n_frames, K)
    reach : int

    Returns
    -------
    ndarray of shape (n_frames, K)
    """
    n_frames, left = len(H), 2 * reach + 1
    window = np.zeros((n_frames + 2 * reach, H.shape[1]))
    window[reach : reach + n_frames] = H
    total, start, size = np.zeros_like(H), 0, 1
    while True:
        if left & size:
            total += window[start : start + n_frames]
            start += size
            left -= size
        if left == 0:
            return total
        window = window[:-size] + window[size:]
        size *= 2


def event_overlaps(batch: Batch, W: FloatArray) -> FloatArray:
    """Return the overlap of components with the frames that follow, for each event by itself.

    Parameters
    ----------
    batch : Batch
    W : ndarray of shape (n_rows, n_components, length)

    Returns
    -------
    ndarray of shape (n_frames, n_components)
    """
    W = np.ascontiguousarray(W.transpose(2, 0, 1))
    events = []
    for event in batch.events():
        sums = BlockConvolution(len(event), len(W))
        events.append(sums.correlate(sums.of_components(W), sums.of_frames(event)))
    return np.concatenate(events)

"""Factorizations that are fitted by iterations, each of which looks at all the data."""

import logging
from typing import NamedTuple

import numpy as np
from sklearn.cluster import kmeans_plusplus

from specufex_pipe.errors import FitInterrupted
from specufex_pipe.events.frames import Frames, as_frames, check_entries, read_checked
from specufex_pipe.factorizations.base import Factorization
from specufex_pipe.fitting.estimator import (
    RANDOM_STATE_RULE,
    START,
    History,
    one_blas_thread,
    random_generator,
    whole_numbers,
)
from specufex_pipe.progress import track

log = logging.getLogger(__name__)

_FRAMES_TO_START_FROM = 20_000
# Few enough for a core's cache, many enough for matrix products to be fast.
_FRAMES_AT_A_TIME = 1024


class FrameBlocks:
    """The frames of all events, a block at a time, in double precision.

    Parameters
    ----------
    frames : frames.Frames or store.FrameStore
    size : int or None
        Frames in a block, which are read anew each time; None reads all frames once and keeps them.
    """

    def __init__(self, frames, size=None):
        if size is None:
            whole = frames.whole()
            frames = Frames(whole.frames.astype(np.float64, copy=False), whole.offsets)
        self._frames, self._size = frames, size or _FRAMES_AT_A_TIME

    def __iter__(self):
        for start in range(0, self._frames.n_frames, self._size):
            here = slice(start, min(start + self._size, self._frames.n_frames))
            block = self._frames.read_range(here.start, here.stop)
            yield here, np.asarray(block, dtype=np.float64)


class Survey(NamedTuple):
    """The data of a fit, and what is known of them before it.

    Attributes
    ----------
    blocks : FrameBlocks
    offsets : ndarray of int, shape (n_events + 1,)
        Where events begin.
    row_sums : ndarray of shape (n_rows,)
    frame_sums : ndarray of shape (n_frames,)
    numbers : ndarray of int, shape (n_sample,)
        Numbers of some frames, drawn at random.
    sample : ndarray of shape (n_sample, n_rows)
        These frames.
    """

    blocks: FrameBlocks
    offsets: np.ndarray
    row_sums: np.ndarray
    frame_sums: np.ndarray
    numbers: np.ndarray
    sample: np.ndarray


def survey(frames, size, rng):
    """Look at all the data once, and make sure that they can be used.

    Parameters
    ----------
    frames : frames.Frames or store.FrameStore
    size : int or None
        As for `FrameBlocks`.
    rng : numpy.random.Generator

    Returns
    -------
    Survey

    Raises
    ------
    ValueError
        If an event has an entry that is negative, NaN or infinite.
    """
    blocks = FrameBlocks(frames, size)
    n_sample = min(_FRAMES_TO_START_FROM, frames.n_frames)
    numbers = np.sort(rng.choice(frames.n_frames, n_sample, replace=False))
    row_sums, frame_sums, sample = np.zeros(frames.n_rows), np.empty(frames.n_frames), []
    for here, X in blocks:
        if not (X.min() >= 0 and X.max() < np.inf):
            (bad,) = np.nonzero(~((X.min(axis=1) >= 0) & (X.max(axis=1) < np.inf)))
            event = np.searchsorted(frames.offsets, here.start + bad[0], side="right") - 1
            check_entries(event, X[bad[0]])
        row_sums += X.sum(axis=0)
        frame_sums[here] = X.sum(axis=1)
        first, last = np.searchsorted(numbers, (here.start, here.stop))
        sample.append(X[numbers[first:last] - here.start])
    return Survey(blocks, frames.offsets, row_sums, frame_sums, numbers, np.concatenate(sample))


class IterativeFactorization(Factorization):
    """The loop over iterations; a factorization adds what it does in one.

    It has the parameters n_components, max_iter, tol, random_state and verbose, the methods of
    `Factorization`, and `_begin` and `_iterate`; what it needs to go on after an interruption is in
    `_running_arrays` and `_from_running_arrays`.
    """

    _rules = (
        whole_numbers(1, "n_components", "max_iter"),
        RANDOM_STATE_RULE,
        (("tol",), lambda value: value >= 0, "a number >= 0"),
    )

    @property
    def history_(self):
        """How the fit went, `estimator.History`; the first cost is that of the start."""
        return History("Cost", "Iteration", list(range(len(self.cost_))), self.cost_)

    def outcome(self):
        """Return how the fit ended, for a log line."""
        return f"{self.n_iter_} iterations, cost {self.cost_[-1]:.6g}"

    @one_blas_thread
    def _fit(self, frames, start, checkpoint, should_stop):
        """Fit to frames, from start values in a dict; return the data as `_prepare` made them."""
        if checkpoint is not None:
            checkpoint = self._checkpoint(checkpoint, frames, start)
        rng = random_generator(self.random_state, START)
        data = self._prepare(frames, rng, start)
        self.n_features_in_ = frames.n_rows
        if checkpoint is not None and self._resume(checkpoint):
            self._go_on(data)
        else:
            self.n_iter_, self.cost_ = 0, []
            self._begin(data, rng, **start)
        self._take_iterations(data, checkpoint, should_stop)
        return data

    def _take_iterations(self, data, checkpoint, should_stop):
        numbers = range(self.n_iter_, self.max_iter)
        steps = track(numbers, type(self).__name__, "iterations", self.verbose)
        for number in steps:
            if self._has_settled():
                break
            self._iterate(data)
            self.n_iter_ = number + 1
            steps.set_postfix_str(f"cost {self.cost_[-1]:.6g}")
            ends = self.n_iter_ == self.max_iter or self._has_settled()
            stops = should_stop is not None and should_stop() and not ends
            if checkpoint is not None and (ends or stops or checkpoint.is_due()):
                arrays, attributes = self._state()
                checkpoint.write(arrays | self._running_arrays(), attributes)
            if stops:
                steps.close()
                raise FitInterrupted(f"stopped after iteration {self.n_iter_}")
        steps.close()
        if not self._has_settled():
            log.warning(
                "%s: the cost had not settled after max_iter = %d iterations",
                type(self).__name__, self.max_iter,
            )  # fmt: skip

    def _take_running_state(self, arrays, attributes):
        self._take_state(arrays, attributes)
        self._from_running_arrays(arrays)

    def _go_on(self, data):
        """Bring the data to where they were when the fit was interrupted."""

    def _has_settled(self):
        if len(self.cost_) < 2:
            return False
        before, now = self.cost_[-2:]
        return before - now <= self.tol * abs(before)

    def _prepare(self, frames, rng, start):
        """Return the data as iterations need them, a `Survey` or what is made from one."""
        return self._survey(frames, rng)

    def _survey(self, frames, rng):
        data = survey(frames, self._frames_at_a_time(), rng)
        n_usable = np.count_nonzero(data.sample.any(axis=1))
        require_possible(data.row_sums, n_usable, self.n_components, self._rows, self._n_lags())
        return data

    def _n_lags(self):
        """Return the number of frames of a component."""
        return 1

    def _frames_at_a_time(self):
        """Return the number of frames to read at a time; None for all."""
        return None


def require_possible(row_sums, n_frames, n_components, rows, n_lags=1):
    """Raise a ValueError if data cannot be factorized into so many components.

    Parameters
    ----------
    row_sums : ndarray of shape (n_rows,)
    n_frames : int
        Number of frames that are not 0.
    n_components : int
    rows : str
        What the rows are, for messages.
    n_lags : int
        Number of frames of a component.
    """
    (empty,) = np.nonzero(row_sums == 0)
    if len(empty):
        names = ", ".join(map(str, empty[:10])) + (", ..." if len(empty) > 10 else "")
        raise ValueError(
            f"rows that are 0 in all frames: {names}; expected an entry above 0 in each: leave out "
            f"these {rows}"
        )
    what = f"the number of {rows}" + (f" times that of lags, {n_lags}" if n_lags > 1 else "")
    most, limit = min(
        (n_lags * len(row_sums), what), (n_frames, "the number of frames that are not 0")
    )
    if n_components > most:
        raise ValueError(f"n_components is {n_components}, expected at most {most}, {limit}")


def diverse_frames(data, n_components, rng):
    """Choose frames of a sample that are far apart in shape (k-means++).

    Parameters
    ----------
    data : Survey
    n_components : int
        Number of frames to choose.
    rng : numpy.random.Generator

    Returns
    -------
    chosen : ndarray of int, shape (n_components,)
        Their numbers in the data.
    spectra : ndarray of shape (n_components, n_rows)
        Their entries, of sum 1.
    """
    sums = data.sample.sum(axis=1)
    (usable,) = np.nonzero(sums > 0)
    shapes = data.sample[usable] / sums[usable, None]
    seed = int(rng.integers(2**31))
    spectra, chosen = kmeans_plusplus(shapes, n_components, random_state=seed)
    return data.numbers[usable[chosen]], spectra


def start_values(values, shape, name):
    """Return start values that a user gave, checked.

    Parameters
    ----------
    values : array_like
    shape : tuple of int
    name : str

    Returns
    -------
    ndarray of float64

    Raises
    ------
    ValueError
        If they are of another shape, or have an entry that is negative, NaN or infinite.
    """
    values = np.array(values, dtype=np.float64)
    if values.shape != shape:
        raise ValueError(f"{name} are of shape {values.shape}, expected {shape}")
    if not (values.min() >= 0 and values.max() < np.inf):
        raise ValueError(f"{name} have an entry that is not a finite number >= 0")
    return values


def frames_like(values, offsets, n_rows, name):
    """Return values that a user gave for each frame, such as activations, checked.

    Parameters
    ----------
    values : as for `frames.as_frames`
    offsets : ndarray of int, shape (n_events + 1,)
        Of the data.
    n_rows : int
        Number of values a frame.
    name : str

    Returns
    -------
    ndarray of float64, shape (n_frames, n_rows)

    Raises
    ------
    ValueError
        If they have another number of rows, or other events.
    """
    try:
        frames = as_frames(values, n_rows=n_rows)
        batch = read_checked(frames, range(frames.n_events))
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error
    if not np.array_equal(frames.offsets, offsets):
        lengths, expected = (np.diff(each).tolist()[:10] for each in (frames.offsets, offsets))
        raise ValueError(
            f"{name} are of {frames.n_events} event(s) of {lengths} frames, expected "
            f"{len(offsets) - 1} of {expected}, as the data"
        )
    return batch.frames.astype(np.float64)

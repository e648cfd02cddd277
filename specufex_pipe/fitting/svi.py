"""Stochastic variational inference: the fitting loop that the NMF and the HMM share.

A model updates its global factors from one minibatch of events at a time, with step sizes that
fall; events that are held out give a bound that rises and then is flat, and that ends the fit.
Hoffman, Blei, Wang, Paisley, JMLR 14 (2013), 1303-1347.
"""

import logging
from itertools import count

import numpy as np

from specufex_pipe.errors import FitInterrupted
from specufex_pipe.events.frames import as_frames, read_ahead, read_checked
from specufex_pipe.fitting.estimator import (
    HOLD_OUT,
    RANDOM_STATE_RULE,
    SHUFFLE,
    EventEstimator,
    History,
    one_blas_thread,
    random_generator,
    whole_numbers,
)
from specufex_pipe.legacy import specufex
from specufex_pipe.progress import track
from specufex_pipe.store import read_foreign_arrays

log = logging.getLogger(__name__)

_MOST_HELD_OUT = 128


def hold_out(n_events, share, seed):
    """Choose the events that measure the fit and take no part in it.

    Parameters
    ----------
    n_events : int
    share : float
        Share of the events to hold out, of which one at least is left to learn from. More than
        128 are not held out, so that a look at them costs the same for any number of events.
    seed : int

    Returns
    -------
    learned, held_out : ndarray of int
        Numbers of events, rising. Where the share amounts to no event, `learned` is all events,
        and `held_out` is as many of them as may be held out.
    """
    order = random_generator(seed, HOLD_OUT).permutation(n_events)
    n_held_out = min(round(share * n_events), n_events - 1, _MOST_HELD_OUT)
    if n_held_out == 0:
        return np.arange(n_events), np.sort(order[:_MOST_HELD_OUT])
    return np.sort(order[n_held_out:]), np.sort(order[:n_held_out])


def minibatches(events, size, seed, first=0):
    """Yield the events of each step: an epoch goes through all of them once, in a new order.

    Parameters
    ----------
    events : ndarray of int
    size : int
        Number of events in a minibatch; an epoch's minibatches differ by one event at most.
    seed : int
    first : int
        The step to begin at.

    Yields
    ------
    ndarray of int, rising
    """
    n_batches = -(-len(events) // size)
    epoch, number = divmod(first, n_batches)
    for later in count(epoch):
        order = random_generator(seed, SHUFFLE, later).permutation(len(events))
        for chosen in np.array_split(order, n_batches)[number:]:
            yield np.sort(events[chosen])
        number = 0


def is_flat(bounds, tolerance, patience):
    """Tell whether a bound has stopped rising.

    Parameters
    ----------
    bounds : sequence of float
        The bound after each check.
    tolerance : float
        Rise, as a share of the bound, below which it counts as flat.
    patience : int
        Number of checks in a row without such a rise.
    """
    if len(bounds) <= patience:
        return False
    before, recent = max(bounds[:-patience]), max(bounds[-patience:])
    return recent - before <= tolerance * abs(before)


class StochasticVariationalModel(EventEstimator):
    """The fitting loop; a model adds its factors.

    A model has what `EventEstimator` asks for; the attribute `_foreign_data_sets` (what a file of
    SpecUFEx has); and the methods `_start`, `_update`, `_local_bound`, `_finish` and
    `_from_foreign`.
    """

    _rules = (
        whole_numbers(1, "batch_size", "max_iter", "check_every", "patience", "max_local_rounds"),
        RANDOM_STATE_RULE,
        (("delay",), lambda value: value >= 1, "a number >= 1"),
        (("evidence_weight",), lambda value: value > 0, "a number > 0"),
        (("tol", "local_tol"), lambda value: value >= 0, "a number >= 0"),
        (("held_out_share",), lambda value: 0 <= value < 1, "a number in [0, 1)"),
        (("forgetting",), lambda value: 0.5 < value <= 1, "a number in (0.5, 1]"),
    )

    @one_blas_thread
    def fit(self, X, y=None, *, checkpoint=None, should_stop=None):
        """Fit the model to events.

        Parameters
        ----------
        X : list of ndarray of shape (n_rows, n_frames_of_event), ndarray of shape \
(n_events, n_rows, n_frames), or ndarray of shape (n_rows, n_frames), a single event, or \
frames.Frames or store.FrameStore
            Entries >= 0. Events may differ in length.
        y : ignored
        checkpoint : str or Path, optional
            File that keeps the state of the fit: from time to time, when it is asked to stop, and
            at its end. A fit of the same data with the same parameters goes on from it, and ends
            as if it had never been interrupted, bit for bit; any other fit starts afresh. The
            file stays when the fit ends, and the state before it, under NAME.previous.h5.
        should_stop : callable, optional
            Asked after each step; when it returns True the fit keeps its state and stops.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a parameter or an event is not valid; the message names it.
        OSError
            If the checkpoint cannot be written.
        errors.FitInterrupted
            If `should_stop` asked for it.
        """
        self._check_parameters()
        continued = self.warm_start and hasattr(self, "n_iter_")
        # What was made with a model that goes on, such as an HMM, knows its factors by number.
        self._keeps_all_factors = continued
        frames = as_frames(X, n_rows=self.n_features_in_ if continued else None, rows=self._rows)
        learned, held_out = hold_out(frames.n_events, self.held_out_share, self.random_state)
        if checkpoint is not None:
            factors = self._to_arrays() if continued else {}
            checkpoint = self._checkpoint(checkpoint, frames, factors)
        first = self.n_iter_ if continued else 0
        if checkpoint is None or not self._resume(checkpoint):
            if continued:
                self.bound_, self.bound_steps_ = [], []
            else:
                self._begin(frames, learned)
        if not self._has_settled():
            last = first + self.max_iter
            self._take_steps(frames, learned, held_out, last, checkpoint, should_stop)
        if not self._has_settled():
            log.warning(
                "%s: the bound had not settled after max_iter = %d steps",
                type(self).__name__, self.max_iter,
            )  # fmt: skip
        if not continued:
            self._finish()
        return self

    @one_blas_thread
    def partial_fit(self, X, y=None, *, n_frames_total=None):
        """Take one step with a minibatch.

        Parameters
        ----------
        X : as for `fit`
        y : ignored
        n_frames_total : int, optional
            Number of frames in the whole data set that the minibatch stands for; by default the
            minibatch is the data set.

        Returns
        -------
        self
        """
        self._check_parameters()
        first = not hasattr(self, "n_iter_")
        self._keeps_all_factors = False
        frames = as_frames(X, n_rows=None if first else self.n_features_in_, rows=self._rows)
        if first:
            self._begin(frames, np.arange(frames.n_events))
        if n_frames_total is None:
            n_frames_total = frames.n_frames
        if not frames.n_frames <= n_frames_total < np.inf:
            raise ValueError(
                f"n_frames_total is {n_frames_total!r}, expected at least the number of frames of "
                f"the minibatch, {frames.n_frames}"
            )
        scale = n_frames_total / frames.n_frames
        self._update(read_checked(frames, range(frames.n_events)), scale, self.n_iter_)
        self.n_iter_ += 1
        self._finish()
        return self

    @one_blas_thread
    def score(self, X, y=None):
        """Return the bound on the log-likelihood of events, per frame, given the model.

        The events' own factors are inferred, the model's are left as they are.

        Parameters
        ----------
        X : as for `fit`
        y : ignored

        Returns
        -------
        float
            Nats per frame.
        """
        frames = self._frames_of(X)
        return self._score(frames, np.arange(frames.n_events))

    @classmethod
    def load(cls, path):
        """Read a model that `save`, or SpecUFEx 0.1.1, wrote.

        One of SpecUFEx has the parameters with which it works as there; for what is inferred of
        events see docs/nmf.md and docs/hmm.md.

        Parameters
        ----------
        path : str or Path

        Raises
        ------
        OSError
            If the file is missing, damaged, of another kind or of a newer format.
        """
        foreign = read_foreign_arrays(path, cls._foreign_data_sets)
        if foreign is None:
            return super().load(path)
        try:
            model = cls._from_foreign(foreign)
            model.n_iter_ = specufex.steps(foreign)
        except (KeyError, TypeError, ValueError) as error:
            raise OSError(f"{path}: not a whole {cls._kind} file of SpecUFEx ({error})") from error
        model.bound_, model.bound_steps_ = [], []
        return model

    @property
    def history_(self):
        """How the fit went, `estimator.History`."""
        return History("Held-out bound (nats per frame)", "Step", self.bound_steps_, self.bound_)

    def outcome(self):
        """Return how the fit ended, for a log line."""
        return f"{self.n_iter_} steps, held-out bound {self.bound_[-1]:.3f} nats per frame"

    def _state(self):
        arrays, attributes = super()._state()
        steps = np.array(self.bound_steps_, dtype=np.int64)
        return arrays | {"bound": np.array(self.bound_), "bound_steps": steps}, attributes

    def _take_state(self, arrays, attributes):
        super()._take_state(arrays, attributes)
        self.bound_ = arrays["bound"].tolist()
        self.bound_steps_ = arrays["bound_steps"].tolist()

    def _begin(self, frames, events):
        self._start(frames, events)
        self.n_features_in_, self.n_iter_ = frames.n_rows, 0
        self.bound_, self.bound_steps_ = [], []

    def _has_settled(self):
        return is_flat(self.bound_, self.tol, self.patience)

    def _score(self, frames, events):
        total = n_frames = 0
        for start in range(0, len(events), self.batch_size):
            batch = read_checked(frames, events[start : start + self.batch_size])
            total += self._local_bound(batch)
            n_frames += len(batch.frames)
        return total / n_frames

    def _take_steps(self, frames, learned, held_out, last, checkpoint, should_stop):
        """Go on from the step that was reached, to where the bound is flat or steps are used up."""
        lengths = np.diff(frames.offsets)
        n_frames = int(lengths[learned].sum())
        numbers = range(self.n_iter_, last)
        steps = track(numbers, type(self).__name__, "steps", self.verbose)
        batches = minibatches(learned, self.batch_size, self.random_state, self.n_iter_)
        for step, (events, batch) in zip(steps, read_ahead(frames, batches), strict=False):
            self._update(batch, n_frames / lengths[events].sum(), step)
            self.n_iter_ = step + 1
            is_check = self.n_iter_ % self.check_every == 0 or self.n_iter_ == last
            if is_check:
                self._check_bound(frames, held_out, steps)
            ends = self.n_iter_ == last or (is_check and self._has_settled())
            stops = should_stop is not None and should_stop() and not ends
            if checkpoint is not None and (ends or stops or checkpoint.is_due()):
                checkpoint.write(*self._state())
            if stops:
                steps.close()
                raise FitInterrupted(f"stopped after step {self.n_iter_}")
            if ends:
                break
        steps.close()

    def _check_bound(self, frames, held_out, steps):
        self.bound_.append(self._score(frames, held_out))
        self.bound_steps_.append(self.n_iter_)
        message = f"held-out bound {self.bound_[-1]:.4f} nats per frame"
        log.debug("step %d: %s", self.n_iter_, message)
        steps.set_postfix_str(message)

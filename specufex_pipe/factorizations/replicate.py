"""`ReplicateNMF`: scikit-learn's NMF from several random starts, of which the best is kept."""

import warnings
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Self

import numba
import numpy as np
from scipy import sparse
from scipy.optimize import linear_sum_assignment
from sklearn.decomposition import NMF, MiniBatchNMF, non_negative_factorization
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted

from specufex_pipe.events.checks import EventsLike, as_frames, in_form_of, read_checked
from specufex_pipe.events.frames import Batch, EventFrames, Frames
from specufex_pipe.factorizations.base import Factorization, peak_order
from specufex_pipe.factorizations.sparse import SparseFrames
from specufex_pipe.factorizations.start import require_possible
from specufex_pipe.fitting.driver import drive
from specufex_pipe.fitting.estimator import Arrays, Attributes, History, ShouldStop
from specufex_pipe.fitting.parameters import (
    RANDOM_STATE_RULE,
    Choice,
    at_least,
    whole_numbers,
)
from specufex_pipe.numerics.randomness import START, random_generator
from specufex_pipe.numerics.threads import one_blas_thread
from specufex_pipe.numerics.types import FloatArray
from specufex_pipe.words import counted

# Components, activations, cost and iterations of a replicate.
Replicate = tuple[FloatArray, FloatArray, float, int]

_TINY = np.finfo(float).tiny
_LOSSES = ("frobenius", "kullback-leibler", "itakura-saito")


class ReplicateNMF(Factorization):
    """NMF from several random starts.

    An NMF has many local minima. The fit is repeated from random starts, that of the lowest cost is
    kept, and how much the others differ from it says how far its components can be trusted.

    The scale between components and activations is arbitrary. Here the largest activation that
    each component has in the data that were fitted is 1, so that activations read as shares of the
    loudest, from 0 to 1, and components have the unit of the data. Other data may go beyond 1.

    Parameters
    ----------
    n_components : int
    n_replicates : int
        Number of starts.
    loss : {"frobenius", "kullback-leibler", "itakura-saito"}
        The last needs entries above 0.
    batch_size : int or None
        Number of frames in a minibatch of scikit-learn's MiniBatchNMF; None for its NMF.
    max_iter : int
        Number of iterations of a replicate at the most; also of those that infer activations.
    tol : float
        scikit-learn's tolerance.
    random_state : int
        Seed of all starts.
    verbose : bool
        Show progress.

    Attributes
    ----------
    components_ : ndarray of shape (n_components, n_frequencies)
        By rising peak frequency.
    activations_ : in the form of the data that were fitted
        (n_components, n_frames) of each event; not kept in files.
    gain_ : ndarray of shape (n_components,)
        Energy that one unit of activation stands for.
    costs_ : ndarray of shape (n_replicates,)
        scikit-learn's reconstruction error of each replicate.
    similarity_ : ndarray of shape (n_replicates, n_components)
        Cosine between each component and its like in each replicate, 1 for the best replicate.
        Components are paired so that the sum is largest.
    n_iter_ : int
        Iterations that the best replicate took.

    Examples
    --------
    >>> import numpy as np
    >>> from specufex_pipe.factorizations import ReplicateNMF
    >>> X = np.random.default_rng(0).random((12, 1000))  # features, samples
    >>> model = ReplicateNMF(3, n_replicates=2).fit(X)
    >>> sample = model.inverse_transform(model.transform(X[:, [7]]))  # what it makes of one sample
    >>> sample.shape
    (12, 1)
    """

    _rules = (
        whole_numbers(1, "n_components", "n_replicates", "max_iter", "batch_size"),
        RANDOM_STATE_RULE,
        at_least(0, "tol"),
    )
    _optional = ("batch_size",)
    _choices = (Choice("loss", _LOSSES),)
    activations_: EventsLike

    def __init__(
        self,
        n_components: int = 10,
        *,
        n_replicates: int = 10,
        loss: str = "kullback-leibler",
        batch_size: int | None = None,
        max_iter: int = 500,
        tol: float = 1e-4,
        random_state: int = 0,
        verbose: bool = False,
    ) -> None:
        self.n_components = n_components
        self.n_replicates = n_replicates
        self.loss = loss
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.tol = tol
        self.random_state = random_state
        self.verbose = verbose

    @property
    def in_words(self) -> str:
        """What it is called in the methods section of a paper."""
        loss = {
            "frobenius": "squared error",
            "kullback-leibler": "Kullback-Leibler divergence",
            "itakura-saito": "Itakura-Saito divergence",
        }[self.loss]
        starts = counted(self.n_replicates, "random start")
        best = f", the best of {starts}" if self.n_replicates > 1 else ""
        return f"non-negative matrix factorization (NMF) with the {loss}{best} (scikit-learn)"

    @property
    def history_(self) -> History:
        """Costs of the replicates."""
        return History(
            "Cost",
            "Replicate",
            list(range(1, len(self.costs_) + 1)),
            self.costs_.tolist(),
            "scikit-learn's reconstruction error of each replicate, of which the lowest is kept",
        )

    def outcome(self) -> str:
        """Return how the fit ended, for a log line."""
        others = np.delete(self.similarity_, self.costs_.argmin(), axis=0)
        spread = f", mean similarity to the others {others.mean():.3f}" if len(others) else ""
        return (
            f"best of {len(self.costs_)} replicates, {self.n_iter_} iterations, cost "
            f"{self.costs_.min():.6g} to {self.costs_.max():.6g}{spread}"
        )

    def _progress(self) -> str:
        return f"cost {min(self._errors):.6g}"

    @one_blas_thread
    def fit(
        self,
        X: EventsLike | Any,
        y: None = None,
        *,
        checkpoint: str | Path | None = None,
        should_stop: ShouldStop | None = None,
    ) -> Self:
        """Fit all replicates, and keep the best.

        Parameters
        ----------
        X : ndarray of shape (n_frequencies, n_frames), or list of such, or ndarray of shape \
(n_events, n_frequencies, n_frames), or EventFrames, or sparse matrix of shape \
 (n_frequencies, n_frames)
            Entries >= 0.
        y : ignored
        checkpoint, should_stop : as for `BayesianNMF.fit`
            The state of a fit is that of the replicates that are done.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a parameter or an event is not valid, or a frequency is 0 in all frames; the message
            says which.
        """
        self._check_parameters()
        frames = _frames_or_sparse(X, self._rows)
        matrix = self._matrix(frames)
        n_usable = int(np.count_nonzero(matrix.sum(axis=1)))
        require_possible(matrix.sum(axis=0), n_usable, self.n_components, self._rows)
        self._runs: list[FloatArray] = []
        self._errors: list[float] = []
        kept = self._checkpoint(checkpoint, frames, {})
        self._resume(kept)
        numbers = range(len(self._errors), self.n_replicates)
        # The filters of warnings are those of all threads. What did not converge is told below.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            drive(
                self,
                self._replicates(matrix, numbers),
                numbers,
                unit="replicate",
                checkpoint=kept,
                should_stop=should_stop,
            )
        self._compare()
        self.n_features_in_ = matrix.shape[1]
        if sparse.issparse(X):
            self.activations_ = self._H.T
        else:
            self.activations_ = in_form_of(X, Frames(self._H, frames.offsets))
        return self

    def transform(self, X: EventsLike | Any) -> EventsLike:  # type: ignore[override]
        """Infer the activations of events; `X` may be sparse, which gives one array.

        As `Factorization.transform`.
        """
        if not sparse.issparse(X):
            return super().transform(X)
        check_is_fitted(self, "n_iter_")
        self._check_parameters()
        frames = SparseFrames(X, self._rows)
        if frames.n_rows != self.n_features_in_:
            raise ValueError(f"X has {frames.n_rows} {self._rows}, the model {self.n_features_in_}")
        return self._activations_of_matrix(self._checked(frames.matrix)).T

    def _matrix(self, frames: EventFrames | SparseFrames) -> Any:
        if isinstance(frames, SparseFrames):
            return self._checked(frames.matrix)
        return self._checked(read_checked(frames, range(frames.n_events)).frames)

    def _checked(self, matrix: Any) -> Any:
        """Return frames in double precision, if the loss is defined for them."""
        is_sparse = sparse.issparse(matrix)
        if self.loss == "itakura-saito":
            n_entries = matrix.count_nonzero() if is_sparse else np.count_nonzero(matrix)
            n_zeros = np.prod(matrix.shape) - n_entries
            if n_zeros:
                raise ValueError(
                    f"{n_zeros} entries are 0, for which the Itakura-Saito divergence is not "
                    "defined: expected all above 0; add a floor, or choose another loss"
                )
        return matrix.astype(np.float64, copy=False)

    def _replicates(self, matrix: Any, numbers: range) -> Generator[bool, None, None]:
        """Take the result of a replicate each time, in their order; none of them is the last."""
        # Threads, since NumPy's and scikit-learn's loops leave Python's lock alone.
        pool = ThreadPoolExecutor(numba.get_num_threads())
        try:
            for replicate in pool.map(partial(self._replicate, matrix), numbers):
                self._take(*replicate)
                yield False
        finally:
            pool.shutdown(cancel_futures=True)

    def _take(self, components: FloatArray, H: FloatArray, error: float, n_iter: int) -> None:
        if error < min(self._errors, default=np.inf):
            self._H, self._n_iter = H, n_iter
        self._runs.append(components)
        self._errors.append(error)

    def _replicate(self, matrix: Any, number: int) -> Replicate:
        seed = random_generator(self.random_state, START, number).integers(2**31)
        options = self._options() | {"random_state": int(seed), "init": "random"}
        if self.batch_size is None:
            model = NMF(self.n_components, solver=self._solver(), **options)
        else:
            # By default scikit-learn gives up within an epoch if ten minibatches bring nothing.
            n_batches = -(-matrix.shape[0] // self.batch_size)
            model = MiniBatchNMF(
                self.n_components,
                batch_size=self.batch_size,
                max_no_improvement=max(10, n_batches),
                **options,
            )
        H = model.fit_transform(matrix)
        return model.components_, H, float(model.reconstruction_err_), model.n_iter_

    def _options(self) -> dict[str, Any]:
        return {"beta_loss": self.loss, "max_iter": self.max_iter, "tol": self.tol}

    def _solver(self) -> str:
        # Coordinate descent is scikit-learn's faster one, and knows the squared error alone.
        return "cd" if self.loss == "frobenius" else "mu"

    def _compare(self) -> None:
        """Take over the best replicate, bring it to scale, and see how like it the others are."""
        self.costs_, self.n_iter_ = np.array(self._errors), self._n_iter
        best = self._runs[int(self.costs_.argmin())]
        largest = self._H.max(axis=0)
        largest[largest == 0] = 1
        order = peak_order(best)
        self.components_ = (best * largest[:, None])[order]
        self._H = (self._H / largest)[:, order]
        self.similarity_ = np.array([_cosines(self.components_, run) for run in self._runs])
        self._log_warnings()

    @property
    def warnings_(self) -> list[str]:
        """What to distrust of the fit: a best replicate that has not settled."""
        if self.n_iter_ < self.max_iter or self.batch_size is not None:
            return []
        return [f"the best replicate had not settled after max_iter = {self.max_iter} iterations"]

    def _infer_activations(self, batch: Batch) -> FloatArray:
        return np.concatenate(
            [self._activations_of_matrix(self._checked(event)) for event in batch.events()]
        )

    def _activations_of_matrix(self, matrix: Any) -> FloatArray:
        if matrix.sum() == 0:  # nothing that scikit-learn could compare with
            return np.zeros((matrix.shape[0], self.n_components_))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            H, _, _ = non_negative_factorization(
                matrix,
                H=self.components_,
                n_components=self.n_components_,
                update_H=False,
                solver=self._solver(),
                **self._options(),
            )
        return H

    def _to_arrays(self) -> Arrays:
        return {
            "components": self.components_,
            "gain": self.gain_,
            "costs": self.costs_,
            "similarity": self.similarity_,
        }

    def _from_arrays(self, arrays: Arrays) -> None:
        self.components_, self.costs_ = arrays["components"], arrays["costs"]
        self.similarity_ = arrays["similarity"]
        self.n_features_in_ = self.components_.shape[1]

    def _running_state(self) -> tuple[Arrays, Attributes]:
        arrays = {
            "runs": np.array(self._runs),
            "errors": np.array(self._errors),
            "activations": self._H,
            "n_iter_of_best": np.array(self._n_iter),
        }
        return arrays, {"n_iter": len(self._errors)}

    def _take_running_state(self, arrays: Arrays, attributes: Attributes) -> None:
        self._runs, self._errors = list(arrays["runs"]), arrays["errors"].tolist()
        self._H, self._n_iter = arrays["activations"], int(arrays["n_iter_of_best"])


def _frames_or_sparse(X: Any, rows: str) -> EventFrames | SparseFrames:
    return SparseFrames(X, rows) if sparse.issparse(X) else as_frames(X, rows=rows)


def _cosines(components: FloatArray, others: FloatArray) -> FloatArray:
    """Return the cosine between each component and its like among others."""
    units = [
        each / np.maximum(np.linalg.norm(each, axis=1, keepdims=True), _TINY)
        for each in (components, others)
    ]
    cosines = units[0] @ units[1].T
    # Empty components are alike.
    empty = [~each.any(axis=1) for each in (components, others)]
    cosines[np.ix_(*empty)] = 1
    rows, columns = linear_sum_assignment(cosines, maximize=True)
    return cosines[rows, columns]

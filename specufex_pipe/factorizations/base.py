"""The interface of the factorizations: what the pipeline asks of each of them."""

from abc import abstractmethod
from typing import ClassVar, overload

import numpy as np
from sklearn.base import TransformerMixin
from sklearn.utils.validation import check_is_fitted

from specufex_pipe.events.checks import EventsLike, as_frames, in_form_of, read_checked
from specufex_pipe.events.frames import Batch, EventFrames, Frames, event_batches
from specufex_pipe.events.views import ScaledFrames
from specufex_pipe.fitting.estimator import EventEstimator
from specufex_pipe.numerics.threads import one_blas_thread
from specufex_pipe.numerics.types import FloatArray, IntArray

# Of the energy; a component that explains less counts as empty.
LEAST_SHARE = 1e-4
_EVENTS_AT_A_TIME = 256


class Factorization(TransformerMixin, EventEstimator):
    """A model of spectrograms as sums of components, each with its activations over time.

    What a factorization can do stands in its class attributes, so that nobody asks for its name.

    Attributes
    ----------
    components_ : ndarray, its first axis that of the components
    reads_minibatches : bool
        Whether a fit reads its events a minibatch at a time; others have all of them in memory, so
        that the workflow gives them a sample.
    can_be_updated : bool
        Whether a fit can start from an earlier one (`warm_start`).
    accepts_empty_rows : bool
        Whether a frequency may be 0 in all frames.
    order_ : str
        The order of the components, in words.
    in_words : str
        What it is called in the methods section of a paper, with where it is from.
    """

    _rows = "frequencies"
    _kind = "nmf"

    reads_minibatches: ClassVar[bool] = False
    can_be_updated: ClassVar[bool] = False
    accepts_empty_rows: ClassVar[bool] = False
    order_: ClassVar[str] = "rising peak frequency"

    components_: FloatArray
    n_components: int

    @property
    @abstractmethod
    def in_words(self) -> str:
        """What it is called in the methods section of a paper, with where it is from."""

    @abstractmethod
    def _infer_activations(self, batch: Batch) -> FloatArray:
        """Return the activations of events, shape (n_frames, n_components_)."""

    @property
    def n_components_(self) -> int:
        """Number of components."""
        return len(self.gain_)

    def _findings(self) -> dict[str, str]:
        components = f"{self.n_components_} of {self.n_components} in use"
        return {"components": components} | super()._findings()

    @property
    def gain_(self) -> FloatArray:
        """Energy that one unit of activation stands for, shape (n_components_,)."""
        return self.components_.sum(axis=1)

    @property
    def spectra_(self) -> FloatArray:
        """Spectrum of each component, shape (n_components_, n_frequencies)."""
        return self.components_

    @overload
    def transform(self, X: EventFrames) -> Frames: ...

    @overload
    def transform(self, X: EventsLike) -> EventsLike: ...

    @one_blas_thread
    def transform(self, X: EventsLike) -> EventsLike:
        """Infer the activations of events.

        An event's activations depend on the model and on that event alone.

        Parameters
        ----------
        X : as for `fit`

        Returns
        -------
        list of ndarray of shape (n_components_, n_frames_of_event)
            One array if `X` is one, `Frames` if `X` is frames or a store.

        Raises
        ------
        ValueError
            If an event has another number of frequencies than the model, or an entry that is
            negative, NaN or infinite.
        """
        frames = self._frames_of(X)
        batch = read_checked(frames, range(frames.n_events))
        activations = self._infer_activations(batch).astype(frames.dtype, copy=False)
        return in_form_of(X, Frames(activations, batch.offsets))

    @overload
    def energies(self, activations: EventFrames) -> EventFrames: ...

    @overload
    def energies(self, activations: EventsLike) -> EventsLike: ...

    def energies(self, activations: EventsLike) -> EventsLike:
        """Return the energy of each frame that each component explains.

        Parameters
        ----------
        activations : as returned by `transform`, or a store of activations

        Returns
        -------
        The same kind; for frames or a store, frames that are computed when they are read.
        """
        frames = self._activations_of(activations)
        energies = self._energies(frames)
        return energies if frames is activations else in_form_of(activations, energies.whole())

    def energy_shares(self, activations: EventFrames) -> FloatArray:
        """Return the share of each component in the energy of all events.

        Parameters
        ----------
        activations : EventFrames
            As returned by `transform`; read a few hundred events at a time.

        Returns
        -------
        ndarray of shape (n_components_,)
            They add up to 1.
        """
        energies = self.energies(activations)
        sums = np.zeros(self.n_components_)
        for events in event_batches(energies.n_events, _EVENTS_AT_A_TIME):
            sums += energies.read(events).frames.sum(axis=0, dtype=np.float64)
        return sums / sums.sum()

    @overload
    def inverse_transform(self, activations: EventFrames) -> Frames: ...

    @overload
    def inverse_transform(self, activations: EventsLike) -> EventsLike: ...

    @one_blas_thread
    def inverse_transform(self, activations: EventsLike) -> EventsLike:
        """Return the spectrograms that activations stand for.

        Parameters
        ----------
        activations : as returned by `transform`

        Returns
        -------
        The same kind, with frequencies in the place of components.
        """
        frames = self._activations_of(activations)
        batch = read_checked(frames, range(frames.n_events))
        reconstruction = self._reconstruction(batch).astype(frames.dtype, copy=False)
        return in_form_of(activations, Frames(reconstruction, batch.offsets))

    def _energies(self, activations: EventFrames) -> EventFrames:
        return ScaledFrames(activations, self.gain_)

    def _reconstruction(self, batch: Batch) -> FloatArray:
        return batch.frames @ self.components_.astype(batch.frames.dtype)

    def _activations_of(self, activations: EventsLike) -> EventFrames:
        check_is_fitted(self, "n_iter_")
        return as_frames(activations, n_rows=self.n_components_, rows="components")


def peak_order(spectra: FloatArray) -> IntArray:
    """Return the order of spectra by rising peak frequency.

    Parameters
    ----------
    spectra : ndarray of shape (n_components, n_frequencies)

    Returns
    -------
    ndarray of int, shape (n_components,)
    """
    return np.argsort(spectra.argmax(axis=1), kind="stable")

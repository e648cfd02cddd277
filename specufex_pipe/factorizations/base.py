"""The seam of the factorizations: what the pipeline asks of each of them."""

import numpy as np
from sklearn.base import TransformerMixin
from sklearn.utils.validation import check_is_fitted

from specufex_pipe.events.frames import (
    Frames,
    ScaledFrames,
    as_frames,
    event_batches,
    in_form_of,
    read_checked,
)
from specufex_pipe.fitting.estimator import EventEstimator, one_blas_thread

# Of the energy; a component that explains less counts as empty.
LEAST_SHARE = 1e-4
_EVENTS_AT_A_TIME = 256


class Factorization(TransformerMixin, EventEstimator):
    """A model of spectrograms as sums of components, each with its activations over time.

    A factorization has `components_`, the first axis of which is that of the components,
    `history_` and `outcome`, and the method `_infer_activations` of a batch. One that is more than
    components times activations has its own `gain_`, `spectra_`, `_energies` and `_reconstruction`.
    """

    _rows = "frequencies"
    _kind = "nmf"
    order_ = "rising peak frequency"

    @property
    def n_components_(self):
        """Number of components."""
        return len(self.gain_)

    @property
    def gain_(self):
        """Energy that one unit of activation stands for, shape (n_components_,)."""
        return self.components_.sum(axis=1)

    @property
    def spectra_(self):
        """Spectrum of each component, shape (n_components_, n_frequencies)."""
        return self.components_

    @one_blas_thread
    def transform(self, X):
        """Infer the activations of events.

        An event's activations depend on the model and on that event alone.

        Parameters
        ----------
        X : as for `fit`

        Returns
        -------
        list of ndarray of shape (n_components_, n_frames_of_event)
            One array if `X` is one, `frames.Frames` if `X` is frames or a store.

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

    def energies(self, activations):
        """Return the energy that each component explains of each frame.

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

    def energy_shares(self, activations):
        """Return the share of each component in the energy of all events.

        Parameters
        ----------
        activations : frames.Frames or store.FrameStore
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

    @one_blas_thread
    def inverse_transform(self, activations):
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

    def _energies(self, activations):
        return ScaledFrames(activations, self.gain_)

    def _reconstruction(self, batch):
        return batch.frames @ self.components_.astype(batch.frames.dtype)

    def _activations_of(self, activations):
        check_is_fitted(self, "n_iter_")
        return as_frames(activations, n_rows=self.n_components_, rows="patterns")


def peak_order(spectra):
    """Return the order of spectra by rising peak frequency."""
    return np.argsort(spectra.argmax(axis=1), kind="stable")

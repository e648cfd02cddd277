"""Mean spectrograms and spectra of the clusters, read in one pass over all events."""

from typing import NamedTuple

import numpy as np

from specufex_pipe.events.frames import event_batches
from specufex_pipe.events.sampling import choose_events
from specufex_pipe.numerics.types import FloatArray, IntArray
from specufex_pipe.progress import track
from specufex_pipe.store import FrameStore

_EVENTS_AT_A_TIME = 256
# Of a cluster, whose spectra are kept in memory for the median.
MOST_OF_A_MEDIAN = 2_000


class Averages(NamedTuple):
    """Averages over the events of each cluster.

    Attributes
    ----------
    spectrograms : ndarray of shape (n_clusters, n_frames, n_frequencies)
        Means; NaN where no event of a cluster has a frame.
    spectra, median_spectra : ndarray of shape (n_clusters, n_frequencies)
        Mean and median of the mean spectra of the events; the median is of a random sample of 2000
        events if a cluster has more.
    """

    spectrograms: FloatArray
    spectra: FloatArray
    median_spectra: FloatArray


def average_spectrograms(spectrograms: FrameStore, places: IntArray, n_clusters: int) -> Averages:
    """Average spectrograms and spectra over the events of each cluster.

    Parameters
    ----------
    spectrograms : store.FrameStore
    places : ndarray of int, shape (n_events,)
        Cluster of each event, from 0.
    n_clusters : int
        Each of them has an event.

    Returns
    -------
    Averages
    """
    longest = int(np.diff(spectrograms.offsets).max())
    sums = np.zeros((n_clusters, longest, spectrograms.n_rows))
    counts = np.zeros((n_clusters, longest, 1))
    sums_of_spectra = np.zeros((n_clusters, spectrograms.n_rows))
    kept = _kept_for_medians(places, n_clusters)
    spectra: list[list[FloatArray]] = [[] for _ in range(n_clusters)]
    batches = event_batches(spectrograms.n_events, _EVENTS_AT_A_TIME)
    for events in track(batches, "mean spectrograms", "batches"):
        for event, frames in zip(events, spectrograms.read(events).events(), strict=True):
            place, spectrum = places[event], frames.mean(axis=0)
            sums[place, : len(frames)] += frames
            counts[place, : len(frames)] += 1
            sums_of_spectra[place] += spectrum
            if event in kept:
                spectra[place].append(spectrum)
    means = np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0)
    return Averages(
        means,
        sums_of_spectra / np.bincount(places, minlength=n_clusters)[:, None],
        np.array([np.median(of_cluster, axis=0) for of_cluster in spectra]),
    )


def rebuild_spectra(
    occupancies: FloatArray, state_spectra: FloatArray, means: FloatArray
) -> FloatArray:
    """Return what the states make of clusters: the spectrum of each, as often as it occurs.

    Parameters
    ----------
    occupancies : ndarray of shape (n_clusters, n_states)
        Share of the frames.
    state_spectra : ndarray of shape (n_states, n_frequencies)
        Of energies as the HMM has them, which are not in the scale of spectrograms.
    means : ndarray of shape (n_clusters, n_frequencies)
        Mean spectra, to whose sums those that are rebuilt are scaled.
    """
    rebuilt = occupancies @ state_spectra
    sums = np.maximum(rebuilt.sum(axis=1, keepdims=True), np.finfo(float).tiny)
    return rebuilt * means.sum(axis=1, keepdims=True) / sums


def _kept_for_medians(places: IntArray, n_clusters: int) -> set[int]:
    members = [np.flatnonzero(places == place) for place in range(n_clusters)]
    chosen = [each[choose_events(len(each), 0, MOST_OF_A_MEDIAN)] for each in members]
    return set(np.concatenate(chosen).tolist())

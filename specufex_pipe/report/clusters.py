"""What the report shows of each cluster: means over its events, and examples."""

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from specufex_pipe.clustering.learned import LearnedClusters
from specufex_pipe.events.frames import event_batches
from specufex_pipe.factorizations.base import Factorization
from specufex_pipe.features.files import load_joiner
from specufex_pipe.features.reading import block_batches
from specufex_pipe.numerics.types import Array, FloatArray, IntArray
from specufex_pipe.plotting.views import Cluster, Example, Plane
from specufex_pipe.report.files import ReportFiles
from specufex_pipe.report.spectra import average_spectrograms
from specufex_pipe.store import Assignments, FrameStore

_EVENTS_AT_A_TIME = 256

# Samples, spectrogram, energies and state probabilities of an event.
TimeSeries = tuple[Array, Array, Array, Array]


class ChosenExamples(NamedTuple):
    """Which events of a cluster are shown.

    Attributes
    ----------
    representative : ndarray of int
        Those of the highest silhouettes; of equal ones, the nearest to the centre.
    uncertain : ndarray of int
        Those of the lowest memberships; of equal ones, those of the lowest silhouettes.
    """

    representative: IntArray
    uncertain: IntArray


class GatheredClusters(NamedTuple):
    """What there is to show of the clusters of a variant.

    Attributes
    ----------
    clusters : list of plotting.views.Cluster
        By their numbers; last the events that are in none.
    plane : plotting.views.Plane
    occupancy : ndarray of shape (n_states,)
        Mean share of the frames of an event, in the states of the first HMM.
    """

    clusters: list[Cluster]
    plane: Plane
    occupancy: FloatArray


def gather_clusters(
    files: ReportFiles,
    assignments: Assignments,
    times: NDArray[np.datetime64],
    learned: LearnedClusters,
    nmf: Factorization,
    examples_per_cluster: int,
    uncertain_per_cluster: int,
) -> GatheredClusters:
    """Gather what there is to show of each cluster.

    Parameters
    ----------
    files : files.ReportFiles
    assignments : store.Assignments
    times : ndarray of datetime64, shape (n_events,)
        Of the events.
    learned : clustering.learned.LearnedClusters
    nmf : Factorization
    examples_per_cluster, uncertain_per_cluster : int
        Events that represent a cluster, and that are least certain to be in it.
    """
    # A model that was learned from other events may have clusters without any of these.
    numbers, places = _numbers_and_places(assignments.clusters)
    members = [np.flatnonzero(places == place) for place in range(len(numbers))]
    examples = [
        choose_examples(events, assignments, examples_per_cluster, uncertain_per_cluster)
        for events in members
    ]
    chosen = np.concatenate([np.concatenate(each) for each in examples])
    with FrameStore(files.spectrograms, "spectrograms") as spectrograms:
        means = average_spectrograms(spectrograms, places, len(numbers))
        series = _time_series(chosen, spectrograms, files, nmf)
    with FrameStore(files.fingerprints, "fingerprints") as store:
        # States have numbers within an HMM alone: what is shown is of the first.
        prints = [store.array("fingerprints", slice(event, event + 1))[0, 0] for event in chosen]
        mean_prints = _means(store, "fingerprints", places, len(numbers))
        mean_occupancies = _means(store, "occupancy", places, len(numbers))
        plane = project(files, learned, 2)
    shown = iter(_examples(chosen, series, prints, assignments, times))
    clusters = [
        Cluster(
            number=int(number),
            size=len(members[place]),
            stability=float(learned.cluster_stabilities[number - 1]) if number else 0.0,
            median_membership=float(np.median(assignments.memberships[members[place]])),
            median_silhouette=float(np.median(assignments.silhouettes[members[place]])),
            mean_spectrogram=means.spectrograms[place],
            mean_fingerprint=mean_prints[place],
            occupancy=mean_occupancies[place],
            mean_spectrum=means.spectra[place],
            median_spectrum=means.median_spectra[place],
            examples=list(islice(shown, len(examples[place].representative))),
            uncertain=list(islice(shown, len(examples[place].uncertain))),
        )
        for place, number in enumerate(numbers)
    ]
    sizes = np.array([len(events) for events in members])
    return GatheredClusters(clusters, plane, sizes @ mean_occupancies / sizes.sum())


def choose_examples(
    events: IntArray, assignments: Assignments, n_representative: int, n_uncertain: int
) -> ChosenExamples:
    """Choose which events of a cluster are shown.

    Parameters
    ----------
    events : ndarray of int, shape (n_members,)
        The events of a cluster, or those that are in none.
    assignments : store.Assignments
    n_representative, n_uncertain : int

    Returns
    -------
    ChosenExamples
        Fewer where the cluster has fewer; those that represent it come first. Events in no
        cluster have no silhouettes: the nearest to a centre represent them, and none is uncertain.
    """
    distances = assignments.distances[events]
    if (assignments.clusters[events] == 0).all():
        return ChosenExamples(events[np.lexsort((distances,))[:n_representative]], events[:0])
    silhouettes = assignments.silhouettes[events]
    representative = events[np.lexsort((distances, -silhouettes))[:n_representative]]
    others = np.setdiff1d(events, representative)
    order = np.lexsort((
        -assignments.distances[others],
        assignments.silhouettes[others],
        assignments.memberships[others],
    ))  # fmt: skip
    return ChosenExamples(representative, others[order[:n_uncertain]])


def _numbers_and_places(labels: IntArray) -> tuple[IntArray, IntArray]:
    """Return the numbers of the clusters, 0 last, and the place of each event's among them."""
    numbers, places = np.unique(labels, return_inverse=True)
    if numbers[0] == 0:
        return np.roll(numbers, -1), (places - 1) % len(numbers)
    return numbers, places


def _means(store: FrameStore, name: str, places: IntArray, n_clusters: int) -> FloatArray:
    """Return the mean over the events of each cluster of what a data set has of the first HMM."""
    sums: FloatArray | None = None
    for events in event_batches(store.n_events, _EVENTS_AT_A_TIME):
        here = slice(events.start, events.stop)
        one_hot = np.eye(n_clusters)[places[here]]
        sum_of_batch = np.tensordot(one_hot, store.array(name, here)[:, 0], axes=(0, 0))
        sums = sum_of_batch if sums is None else sums + sum_of_batch
    assert sums is not None, "there is at least one event"  # noqa: S101
    counts = np.bincount(places, minlength=n_clusters)
    return sums / counts.reshape(-1, *[1] * (sums.ndim - 1))


def _time_series(
    events: IntArray, spectrograms: FrameStore, files: ReportFiles, nmf: Factorization
) -> list[TimeSeries]:
    """Return samples, spectrogram, energies and state probabilities of some events."""
    with FrameStore(files.waveforms, "waveforms") as store:
        # Spectrograms may have rejected some of the waveforms.
        position = {event_id: number for number, event_id in enumerate(store.event_ids)}
        event_ids = spectrograms.event_ids
        traces = store.read([position[event_ids[event]] for event in events])
    with FrameStore(files.activations, "activations") as store:
        energies = nmf.energies(store).read(events)
    with FrameStore(files.fingerprints, "fingerprints") as store:
        state_probabilities = store.read(events)
    frames = spectrograms.read(events).events()
    return list(
        zip(traces.events(), frames, energies.events(), state_probabilities.events(), strict=True)
    )


def _examples(
    events: IntArray,
    series: list[TimeSeries],
    prints: list[FloatArray],
    assignments: Assignments,
    times: NDArray[np.datetime64],
) -> list[Example]:
    return [
        Example(
            event_id=assignments.event_ids[event],
            time=times[event],
            distance=float(assignments.distances[event]),
            silhouette=float(assignments.silhouettes[event]),
            membership=float(assignments.memberships[event]),
            second_cluster=int(assignments.second_clusters[event]),
            second_membership=float(assignments.second_memberships[event]),
            samples=samples,
            frames=frames,
            energies=energies,
            state_probabilities=state_probabilities,
            fingerprint=fingerprint,
        )
        for event, fingerprint, (samples, frames, energies, state_probabilities) in zip(
            events, prints, series, strict=True
        )
    ]


def project(files: ReportFiles, learned: LearnedClusters, most: int) -> Plane:
    """Return events along the first axes of the space in which they are clustered.

    Parameters
    ----------
    files : files.ReportFiles
    learned : clustering.learned.LearnedClusters
    most : int
        Number of axes.

    Returns
    -------
    plotting.views.Plane
        Of as many dimensions as there are axes, but two at least: one principal component alone is
        a line.
    """
    axes = learned.space.axes[:most]
    if len(axes) < 2:
        axes = np.vstack([axes, np.zeros_like(axes)])
    points, variance = [], 0.0
    for deviations in _deviations(files, learned):
        points.append(deviations @ axes.T)
        variance += float((deviations**2).sum())
    along = (np.concatenate(points) ** 2).sum(axis=0)
    return Plane(np.concatenate(points), along / variance if variance else along)


def _deviations(files: ReportFiles, learned: LearnedClusters) -> Iterator[FloatArray]:
    """Yield the features of a batch of events about the mean of those that were learned from."""
    joiner, mean = load_joiner(files.clusters), learned.space.mean
    with ExitStack() as opened:
        stores = [
            opened.enter_context(FrameStore(each.fingerprints, "fingerprints"))
            for each in files.models
        ]
        for blocks in block_batches(
            joiner.weights, fingerprints=stores, waveforms=files.waveforms, catalog=files.catalog
        ):
            yield joiner.transform(blocks) - mean

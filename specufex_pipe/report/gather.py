"""What the report shows, gathered from the files of a channel, a batch of events at a time."""

import csv
import json
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from specufex_pipe import factorizations
from specufex_pipe.catalogs.csv import parse_time
from specufex_pipe.clustering.kmeans import Assignment, ClusterModel
from specufex_pipe.errors import StageError
from specufex_pipe.events.frames import event_batches
from specufex_pipe.factorizations.base import LEAST_SHARE, Factorization
from specufex_pipe.hmm import BayesianHMM
from specufex_pipe.plotting.comparison import Comparison, read_comparison
from specufex_pipe.progress import track
from specufex_pipe.store import FrameStore, read_arrays, read_attributes

MODEL_FILES = ("waveforms", "spectrograms", "nmf", "activations", "hmm", "fingerprints", "model")
_FILE_NAMES = {"model": "clusters.h5", "clusters": "clusters.csv", "rejected": "rejected.csv"}
_EVENTS_AT_A_TIME = 256
_REJECTED_ROWS = 200


@dataclass(frozen=True)
class Clock:
    """When samples and frames are, in seconds after the catalog time of their event.

    Attributes
    ----------
    before : float
        Time from the first sample to the catalog time, s.
    sampling_rate : float
        Hz.
    first_frame, frame_interval : float
        Time from the first sample to the middle of the first frame, and between frames, s.
    """

    before: float
    sampling_rate: float
    first_frame: float
    frame_interval: float

    def samples(self, n_samples):
        """Return the times of samples, ndarray of shape (n_samples,), s."""
        return np.arange(n_samples) / self.sampling_rate - self.before

    def frames(self, n_frames):
        """Return the times of the middles of frames, ndarray of shape (n_frames,), s."""
        return self.first_frame - self.before + self.frame_interval * np.arange(n_frames)


@dataclass(frozen=True)
class Example:
    """An event near the centre of its cluster.

    Attributes
    ----------
    event_id : str
    time : numpy.datetime64
        Catalog time, UTC.
    distance, silhouette : float
    samples : ndarray of shape (n_samples,)
        In the unit of the archive.
    frames : ndarray of shape (n_frames, n_frequencies)
        dB.
    energies : ndarray of shape (n_frames, n_patterns)
        What each pattern explains of a frame, in dB summed over the frequencies.
    state_probabilities : ndarray of shape (n_frames, n_states)
        From 0 to 1.
    fingerprint : ndarray of shape (n_states, n_states)
        From the state of the row to that of the column.
    """

    event_id: str
    time: np.datetime64
    distance: float
    silhouette: float
    samples: np.ndarray
    frames: np.ndarray
    energies: np.ndarray
    state_probabilities: np.ndarray
    fingerprint: np.ndarray


@dataclass(frozen=True)
class Cluster:
    """A cluster and the means over its events.

    Attributes
    ----------
    number : int
        From 1.
    size : int
        Number of events.
    median_silhouette : float
    mean_spectrogram : ndarray of shape (n_frames, n_frequencies)
        dB.
    mean_fingerprint : ndarray of shape (n_states, n_states)
    occupancy : ndarray of shape (n_states,)
        Mean share of the frames of an event.
    examples : list of Example
        The nearest to the centre first.
    """

    number: int
    size: int
    median_silhouette: float
    mean_spectrogram: np.ndarray
    mean_fingerprint: np.ndarray
    occupancy: np.ndarray
    examples: list


@dataclass(frozen=True)
class Rejections:
    """Events that went no further.

    Attributes
    ----------
    count : int
    kinds : list of (str, str, int)
        Stage, kind of reason, number of events; the most frequent first.
    rows : list of (str, str, str)
        Event id, stage and reason of the first ones.
    """

    count: int
    kinds: list
    rows: list


@dataclass(frozen=True)
class Plane:
    """Events in the plane of the first two principal components of their fingerprints.

    Attributes
    ----------
    points : ndarray of shape (n_events, 2)
    shares : ndarray of shape (2,)
        Share of the variance along each.
    """

    points: np.ndarray
    shares: np.ndarray


@dataclass(frozen=True)
class Summary:
    """All that the report shows.

    Attributes
    ----------
    channel : str
    clock : Clock
    frequencies : ndarray of shape (n_frequencies,)
        Hz.
    times : ndarray of datetime64, shape (n_events,)
        Catalog times, UTC.
    labels : ndarray of int, shape (n_events,)
        Clusters, from 1.
    clusters : list of Cluster
    plane : Plane
    mean_silhouette : float
    numbers, scores : ndarray
        Numbers of clusters tried, and the mean silhouette of each.
    nmf : one of the factorizations of specufex_pipe.factorizations
    hmm : BayesianHMM
    pattern_shares : ndarray of shape (n_patterns,)
        Share of each pattern in the energy of all events.
    occupancy : ndarray of shape (n_states,)
        Mean share of the frames of an event.
    rejections : Rejections
    comparison : Comparison or None
        Of factorizations, if any were compared.
    attributes : dict of dict
        Attributes of each HDF5 file, by the name of the file.
    """

    channel: str
    clock: Clock
    frequencies: np.ndarray
    times: np.ndarray
    labels: np.ndarray
    clusters: list
    plane: Plane
    mean_silhouette: float
    numbers: np.ndarray
    scores: np.ndarray
    nmf: Factorization
    hmm: BayesianHMM
    pattern_shares: np.ndarray
    occupancy: np.ndarray
    rejections: Rejections
    comparison: Comparison | None
    attributes: dict

    @property
    def method(self):
        """The factorization, as the setting nmf.method names it."""
        return factorizations.method_of(self.nmf)

    @property
    def n_patterns(self):
        """Number of patterns that are not as good as empty."""
        return int(np.count_nonzero(self.pattern_shares >= LEAST_SHARE))

    @property
    def examples(self):
        """The examples of all clusters, list of Example."""
        return [example for cluster in self.clusters for example in cluster.examples]

    @cached_property
    def decibel_limit(self):
        """Upper end of the colour scale that the spectrograms of the examples share, dB."""
        return _round_up(np.percentile(np.concatenate([e.frames for e in self.examples]), 98))

    @cached_property
    def energy_limit(self):
        """Upper end of the colour scale that the energies of the examples share, dB summed."""
        return _round_up(np.percentile(np.concatenate([e.energies for e in self.examples]), 99))

    @cached_property
    def mean_decibel_limit(self):
        """Upper end of the colour scale that the mean spectrograms share, dB."""
        means = [cluster.mean_spectrogram for cluster in self.clusters]
        return _round_up(np.nanpercentile(np.concatenate(means), 96))

    @property
    def fingerprint_limit(self):
        """Upper end of the colour scale that all fingerprints share, of clusters and examples."""
        means = [cluster.mean_fingerprint for cluster in self.clusters]
        return max(matrix.max() for matrix in (*means, *(e.fingerprint for e in self.examples)))

    @property
    def state_spectra(self):
        """Mean spectrum of each state, ndarray of shape (n_states, n_frequencies), dB."""
        spectra = self.nmf.spectra_
        # A component that a factorization has left empty has no spectrum.
        sums = np.maximum(spectra.sum(axis=1, keepdims=True), np.finfo(float).tiny)
        return self.hmm.emissions_ @ (spectra / sums)

    def settings(self, name):
        """Return the settings that made a file, as a dict."""
        return json.loads(self.attributes[name]["settings"])


def _round_up(decibels):
    return max(5.0, 5 * np.ceil(decibels / 5))


def result_paths(folder):
    """Return the paths of the files of a channel, as `summarize` takes them.

    Parameters
    ----------
    folder : str or Path
        The folder with the results of the channel.

    Returns
    -------
    dict of Path
    """
    names = (*MODEL_FILES, "clusters", "rejected")
    return {name: Path(folder) / _FILE_NAMES.get(name, f"{name}.h5") for name in names}


def summarize(paths, examples_per_cluster=4, comparison=None):
    """Gather what the report shows.

    Parameters
    ----------
    paths : dict of str or Path
        Of waveforms, spectrograms, nmf, activations, hmm, fingerprints, clusters (the table),
        model (of the clusters) and rejected.
    examples_per_cluster : int
    comparison : str or Path, optional
        comparison.h5

    Returns
    -------
    Summary

    Raises
    ------
    StageError
        If the files do not hold the same events and frames.
    OSError
        If a file is missing, damaged or of another kind.
    """
    model = ClusterModel(**read_arrays(paths["model"], "clusters")[0])
    nmf, hmm = factorizations.load(paths["nmf"]), BayesianHMM.load(paths["hmm"])
    times, groups = _read_clusters(paths["clusters"])
    with FrameStore(paths["spectrograms"], "spectrograms") as spectrograms:
        _require_same_events(spectrograms, paths, len(times))
        frequencies = spectrograms.array("frequencies")
        clusters, plane, occupancy = _clusters(
            spectrograms, paths, model, groups, nmf, times, examples_per_cluster
        )
        clock = _clock(paths["waveforms"], spectrograms.attributes)
    with FrameStore(paths["activations"], "activations") as activations:
        pattern_shares = nmf.energy_shares(activations)
    return Summary(
        channel=str(read_attributes(paths["waveforms"])["channel"]),
        clock=clock,
        frequencies=frequencies,
        times=times,
        labels=groups.labels,
        clusters=clusters,
        plane=plane,
        mean_silhouette=float(groups.silhouettes.mean()),
        numbers=model.numbers,
        scores=model.scores,
        nmf=nmf,
        hmm=hmm,
        pattern_shares=pattern_shares,
        occupancy=occupancy,
        rejections=_read_rejections(paths["rejected"]),
        comparison=None if comparison is None else read_comparison(comparison),
        attributes={Path(paths[n]).name: read_attributes(paths[n]) for n in MODEL_FILES},
    )


def _clock(waveforms, spectrogram_attributes):
    attributes = read_attributes(waveforms) | spectrogram_attributes
    names = ("before", "sampling_rate", "first_frame", "frame_interval")
    return Clock(**{name: float(attributes[name]) for name in names})


def _read_clusters(path):
    """Return times and `Assignment` of the events in clusters.csv."""
    with Path(path).open(newline="", encoding="utf-8") as file:
        rows = [
            (
                parse_time(row["time"]).datetime,
                int(row["cluster"]),
                float(row["silhouette"]),
                float(row["distance_to_centre"]),
            )
            for row in csv.DictReader(file)
        ]
    times, *measures = zip(*rows, strict=True)
    return np.array(times, dtype="datetime64[us]"), Assignment(*map(np.array, measures))


def _require_same_events(spectrograms, paths, n_clustered):
    same = n_clustered == spectrograms.n_events
    for name in ("activations", "fingerprints"):
        with FrameStore(paths[name], name) as store:
            same &= store.event_ids == spectrograms.event_ids
            same &= np.array_equal(store.offsets, spectrograms.offsets)
    if not same:
        raise StageError(
            "spectrograms, activations, fingerprints and clusters do not hold the same events "
            "and frames: they come from different runs"
        )


def _clusters(spectrograms, paths, model, groups, nmf, times, examples_per_cluster):
    # A model that was learned from other events may have clusters without any of these.
    numbers, places = np.unique(groups.labels, return_inverse=True)
    mean_spectrograms = _mean_spectrograms(spectrograms, places, len(numbers))
    members = [np.flatnonzero(places == place) for place in range(len(numbers))]
    nearest = [
        events[np.argsort(groups.distances[events], kind="stable")[:examples_per_cluster]]
        for events in members
    ]
    chosen = np.concatenate(nearest)
    series = _time_series(chosen, spectrograms, paths, nmf)
    with FrameStore(paths["fingerprints"], "fingerprints") as store:
        prints = [store.array("fingerprints", slice(event, event + 1))[0] for event in chosen]
        mean_prints = _means(store, "fingerprints", places, len(numbers))
        mean_occupancies = _means(store, "occupancy", places, len(numbers))
        plane = _plane(store, model)
    examples = _examples(chosen, spectrograms.event_ids, series, prints, groups, times)
    clusters = [
        Cluster(
            number=int(number),
            size=len(members[place]),
            median_silhouette=float(np.median(groups.silhouettes[members[place]])),
            mean_spectrogram=mean_spectrograms[place],
            mean_fingerprint=mean_prints[place],
            occupancy=mean_occupancies[place],
            examples=[examples.pop(0) for _ in nearest[place]],
        )
        for place, number in enumerate(numbers)
    ]
    sizes = np.array([len(events) for events in members])
    return clusters, plane, sizes @ mean_occupancies / sizes.sum()


def _means(store, name, places, n_clusters):
    """Return the mean over the events of each cluster of a data set with an entry an event."""
    sums = 0.0
    for events in event_batches(store.n_events, _EVENTS_AT_A_TIME):
        here = slice(events.start, events.stop)
        one_hot = np.eye(n_clusters)[places[here]]
        sums += np.tensordot(one_hot, store.array(name, here), axes=(0, 0))
    counts = np.bincount(places, minlength=n_clusters)
    return sums / counts.reshape(-1, *[1] * (sums.ndim - 1))


def _mean_spectrograms(spectrograms, places, n_clusters):
    """Return the mean over each cluster, NaN where it has no frame."""
    longest = int(np.diff(spectrograms.offsets).max())
    sums = np.zeros((n_clusters, longest, spectrograms.n_rows))
    counts = np.zeros((n_clusters, longest, 1))
    batches = event_batches(spectrograms.n_events, _EVENTS_AT_A_TIME)
    for events in track(batches, "mean spectrograms", "batches"):
        for event, frames in zip(events, spectrograms.read(events).events(), strict=True):
            sums[places[event], : len(frames)] += frames
            counts[places[event], : len(frames)] += 1
    return np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0)


def _time_series(events, spectrograms, paths, nmf):
    """Iterate over samples, spectrogram, energies and state probabilities of some events."""
    with FrameStore(paths["waveforms"], "waveforms") as store:
        # Spectrograms may have rejected some of the waveforms.
        position = {event_id: number for number, event_id in enumerate(store.event_ids)}
        event_ids = spectrograms.event_ids
        traces = store.read([position[event_ids[event]] for event in events])
    with FrameStore(paths["activations"], "activations") as store:
        energies = nmf.energies(store).read(events)
    with FrameStore(paths["fingerprints"], "fingerprints") as store:
        state_probabilities = store.read(events)
    return zip(
        traces.events(),
        spectrograms.read(events).events(),
        energies.events(),
        state_probabilities.events(),
        strict=True,
    )


def _examples(events, event_ids, series, prints, groups, times):
    return [
        Example(
            event_id=event_ids[event],
            time=times[event],
            distance=float(groups.distances[event]),
            silhouette=float(groups.silhouettes[event]),
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


def _plane(store, model):
    axes = model.principal_components[:2]
    if len(axes) < 2:  # one principal component alone is a line
        axes = np.vstack([axes, np.zeros_like(axes)])
    points, variance = np.empty((store.n_events, 2)), 0.0
    for events in event_batches(store.n_events, _EVENTS_AT_A_TIME):
        here = slice(events.start, events.stop)
        deviations = store.array("fingerprints", here).reshape(len(events), -1) - model.mean
        points[here] = deviations @ axes.T
        variance += float((deviations**2).sum())
    along = (points**2).sum(axis=0)
    return Plane(points, along / variance if variance else along)


def _read_rejections(path):
    kinds, rows, count = Counter(), [], 0
    with Path(path).open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            count += 1
            kinds[row["stage"], row["reason"].split(":")[0]] += 1
            if len(rows) < _REJECTED_ROWS:
                rows.append((row["event_id"], row["stage"], row["reason"]))
    return Rejections(count, [(*key, number) for key, number in kinds.most_common()], rows)

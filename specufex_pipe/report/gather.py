"""What the report shows, gathered from the files of a variant, a batch of events at a time."""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specufex_pipe.catalogs.table import read_times
from specufex_pipe.clustering.files import load as load_clusters
from specufex_pipe.clustering.learned import LearnedClusters
from specufex_pipe.errors import StageError
from specufex_pipe.factorizations.base import LEAST_SHARE, Factorization
from specufex_pipe.factorizations.files import load as load_nmf
from specufex_pipe.hmm.files import load as load_hmms
from specufex_pipe.hmm.model import BayesianHMM
from specufex_pipe.numerics.types import FloatArray, IntArray
from specufex_pipe.plotting.views import (
    Clock,
    Cluster,
    Level,
    Limits,
    Places,
    Plane,
    Quantity,
    Station,
)
from specufex_pipe.rejections import Rejection
from specufex_pipe.report.certainty import are_found
from specufex_pipe.report.clusters import gather_clusters
from specufex_pipe.report.comparison import Comparison, read_comparison
from specufex_pipe.report.files import ReportFiles
from specufex_pipe.report.places import (
    DEPTH,
    LATITUDE,
    LONGITUDE,
    Surroundings,
    places_of,
    read_columns_of,
    stations_of,
)
from specufex_pipe.report.quantities import DISTANCE, MAGNITUDE, gather_quantities
from specufex_pipe.report.warnings import RunWarning, all_rejections, find_warnings
from specufex_pipe.store import (
    Background,
    FrameStore,
    read_assignments,
    read_attributes,
    read_background,
)
from specufex_pipe.store.provenance import require_made_with, require_made_with_all

_REJECTED_ROWS = 200
# Of the catalog, that are shown where it has them.
_COLUMNS = (LATITUDE, LONGITUDE, DEPTH, MAGNITUDE, DISTANCE)


@dataclass(frozen=True)
class Rejections:
    """Events that went no further.

    Attributes
    ----------
    count : int
    kinds : list of (str, str, int)
        Stage, kind, number of events; the most frequent first.
    rows : list of Rejection
        The first ones.
    """

    count: int
    kinds: list[tuple[str, str, int]]
    rows: list[Rejection]


@dataclass(frozen=True)
class Summary:
    """All that the report shows.

    Attributes
    ----------
    unit : str
        The channel.
    variant : str
    clock : plotting.views.Clock
    frequencies : ndarray of shape (n_frequencies,)
        Hz.
    times : ndarray of datetime64, shape (n_events,)
        Catalog times, UTC.
    labels : ndarray of int, shape (n_events,)
        Clusters, from 1; 0 for none, as of all events where no clusters were found.
    clusters : list of plotting.views.Cluster
    plane : plotting.views.Plane
    learned : clustering.learned.LearnedClusters
    nmf : Factorization
        The first of the NMFs; all that is shown of components is of this one.
    hmm : BayesianHMM
        The first of the HMMs; what is shown of states and fingerprints is of this one.
    n_nmfs : int
        Number of NMFs that the features of events are of.
    n_hmms : int
        Number of HMMs of each NMF.
    stations : list of plotting.views.Station
        That stood while there were events, as far as it is known.
    places : plotting.views.Places or None
        Where events are, if the catalog tells of any.
    quantities : list of plotting.views.Quantity
        What separates the clusters, the most first.
    component_shares : ndarray of shape (n_components,)
        Share of each component in the energy of all events.
    occupancy : ndarray of shape (n_states,)
        Mean share of the frames of an event.
    rejections : Rejections
    warnings : list of RunWarning
        What to distrust.
    background : store.Background or None
        What windows without events fall into, if any were drawn.
    comparison : Comparison or None
        Of variants, if there are any or labels.
    attributes : dict of dict
        Attributes of each HDF5 file, by the name of the file.
    """

    unit: str
    variant: str
    clock: Clock
    frequencies: FloatArray
    times: NDArray[np.datetime64]
    labels: IntArray
    clusters: list[Cluster]
    plane: Plane
    learned: LearnedClusters
    nmf: Factorization
    hmm: BayesianHMM
    n_nmfs: int
    n_hmms: int
    stations: list[Station]
    places: Places | None
    quantities: list[Quantity]
    component_shares: FloatArray
    occupancy: FloatArray
    rejections: Rejections
    warnings: list[RunWarning]
    background: Background | None
    comparison: Comparison | None
    attributes: dict[str, dict[str, Any]]

    @property
    def n_components(self) -> int:
        """Number of components that are not as good as empty."""
        return int(np.count_nonzero(self.component_shares >= LEAST_SHARE))

    @property
    def n_clusters(self) -> int:
        """Number of clusters that were found; 0 for none."""
        return self.learned.n_clusters if are_found(self.learned) else 0

    @property
    def are_learned_here(self) -> bool:
        """Whether the clusters were learned from these events, and not kept from an earlier run."""
        return self.inputs("clusters")["fingerprints"] == self.inputs("assignments")["fingerprints"]

    @property
    def span(self) -> np.timedelta64:
        """Time from the first to the last event."""
        return np.timedelta64(self.times.max() - self.times.min())

    @property
    def limits(self) -> Limits:
        """Upper ends of the colour scales that all figures share."""
        return Limits.of(self.clusters, self.level)

    @property
    def level(self) -> Level:
        """What the values of spectrograms are."""
        attributes = self.attributes["spectrograms"]
        return Level.of(attributes["scale"], attributes["unit"])

    @property
    def state_spectra(self) -> FloatArray:
        """Mean spectrum of each state, ndarray of shape (n_states, n_frequencies)."""
        spectra = self.nmf.spectra_
        # A component that a factorization has left empty has no spectrum.
        sums = np.maximum(spectra.sum(axis=1, keepdims=True), np.finfo(float).tiny)
        return self.hmm.emissions_ @ (spectra / sums)

    def settings(self, name: str) -> dict[str, Any]:
        """Return the settings that made a file."""
        return json.loads(self.attributes[name]["settings"])

    def inputs(self, name: str) -> dict[str, Any]:
        """Return what a file was made from."""
        return json.loads(self.attributes[name]["inputs"])


def gather(
    files: ReportFiles,
    *,
    variant: str = "main",
    examples_per_cluster: int = 4,
    uncertain_per_cluster: int = 2,
    surroundings: Surroundings = Surroundings(),  # noqa: B008, which never changes
    background: Path | None = None,
    comparison: Path | None = None,
) -> Summary:
    """Gather what the report shows.

    Parameters
    ----------
    files : files.ReportFiles
    variant : str
    examples_per_cluster, uncertain_per_cluster : int
        Events that represent a cluster, and that are least certain to be in it.
    surroundings : places.Surroundings
        What the map shows beside the events.
    background : Path, optional
        background.h5
    comparison : Path, optional
        comparison.h5

    Returns
    -------
    Summary

    Raises
    ------
    StageError
        If the files do not hold the same events and frames, or the relief cannot be read.
    OSError
        If a file is missing, damaged or of another kind.
    """
    learned, nmf, hmms = load_clusters(files.clusters), load_nmf(files.nmf), load_hmms(files.hmm)
    assignments = read_assignments(files.assignments)
    if not are_found(learned):  # all are in one, which is none
        assignments = assignments._replace(clusters=np.zeros_like(assignments.clusters))
    _require_made_from_each_other(files)
    _require_same_events(files, assignments.event_ids)
    times = _times(files, assignments.event_ids)
    gathered = gather_clusters(
        files, assignments, times, learned, nmf, examples_per_cluster, uncertain_per_cluster
    )
    with FrameStore(files.spectrograms, "spectrograms") as spectrograms:
        frequencies = spectrograms.array("frequencies")
    with FrameStore(files.activations, "activations") as activations:
        component_shares = nmf.energy_shares(activations)
    attributes = files.attributes()
    columns = read_columns_of(files.catalog, _COLUMNS, assignments.event_ids)
    unit = str(attributes["waveforms"]["channel"])
    stations = stations_of(surroundings.inventory, unit, times)
    if background is not None:
        require_made_with(background, "clusters", files.clusters)
        attributes["background"] = read_attributes(background)
    return Summary(
        unit=unit,
        variant=variant,
        clock=_clock(attributes),
        frequencies=frequencies,
        times=times,
        labels=assignments.clusters,
        clusters=gathered.clusters,
        plane=gathered.plane,
        learned=learned,
        nmf=nmf,
        hmm=hmms.models[0],
        n_nmfs=len(files.models),
        n_hmms=len(hmms.models),
        stations=stations,
        places=places_of(columns, surroundings, stations),
        quantities=gather_quantities(
            files.waveforms,
            columns,
            assignments.event_ids,
            assignments.clusters,
            json.loads(attributes["clusters"]["settings"])["features"],
            stations,
        ),
        component_shares=component_shares,
        occupancy=gathered.occupancy,
        rejections=_read_rejections(files),
        warnings=_find_warnings(files),
        background=None if background is None else read_background(background),
        comparison=None if comparison is None else read_comparison(comparison),
        attributes=attributes,
    )


def _find_warnings(files: ReportFiles) -> list[RunWarning]:
    return find_warnings(
        catalog=files.catalog,
        waveforms=files.waveforms,
        spectrograms=files.spectrograms,
        nmfs=[of_nmf.nmf for of_nmf in files.models],
        hmms=[of_nmf.hmm for of_nmf in files.models],
        clusters=files.clusters,
        assignments=files.assignments,
    )


def _clock(attributes: dict[str, dict[str, Any]]) -> Clock:
    values = attributes["waveforms"] | attributes["spectrograms"]
    names = ("before", "sampling_rate", "first_frame", "frame_interval")
    times = {name: float(values[name]) for name in names}
    return Clock(**times, reference=str(values["reference"]))


def _require_made_from_each_other(files: ReportFiles) -> None:
    require_made_with(files.activations, "nmf", files.nmf)
    for of_nmf in files.models:
        require_made_with(of_nmf.hmm, "nmf", of_nmf.nmf)
        require_made_with(of_nmf.fingerprints, "hmm", of_nmf.hmm)
    fingerprints = [of_nmf.fingerprints for of_nmf in files.models]
    require_made_with_all(files.assignments, "fingerprints", fingerprints)
    require_made_with(files.assignments, "clusters", files.clusters)


def _require_same_events(files: ReportFiles, event_ids: list[str]) -> None:
    with FrameStore(files.spectrograms, "spectrograms") as spectrograms:
        same = event_ids == spectrograms.event_ids
        for name in ("activations", "fingerprints"):
            with FrameStore(getattr(files, name), name) as store:
                same &= store.event_ids == event_ids
                same &= np.array_equal(store.offsets, spectrograms.offsets)
    if not same:
        raise StageError(
            "spectrograms, activations, fingerprints and assignments do not hold the same events "
            "and frames: they come from different runs"
        )


def _times(files: ReportFiles, event_ids: list[str]) -> NDArray[np.datetime64]:
    times = read_times(files.catalog)
    if missing := [event_id for event_id in event_ids if event_id not in times]:
        raise StageError(
            f"{files.assignments} has events that are not in {files.catalog}, such as "
            f"{missing[0]!r}: assign the events again"
        )
    return np.array([times[event_id] for event_id in event_ids])


def _read_rejections(files: ReportFiles) -> Rejections:
    rows = all_rejections(files.waveforms, files.spectrograms)
    counts = Counter((row.stage, str(row.kind)) for row in rows)
    kinds = [(*key, count) for key, count in counts.most_common()]
    return Rejections(len(rows), kinds, rows[:_REJECTED_ROWS])

"""The events of a variant, their clusters, and where they are: what all its pages show."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specufex_pipe.catalogs.table import read_times
from specufex_pipe.clustering.files import load as load_clusters
from specufex_pipe.clustering.learned import LearnedClusters
from specufex_pipe.errors import StageError
from specufex_pipe.hmm.files import load as load_hmms
from specufex_pipe.hmm.model import BayesianHMM
from specufex_pipe.numerics.types import FloatArray, IntArray
from specufex_pipe.plotting.views import Clock, Level, Places, Quantity, Station
from specufex_pipe.report.certainty import are_found, said_of, said_of_background
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
from specufex_pipe.store import (
    Assignments,
    Background,
    FrameStore,
    read_assignments,
    read_attributes,
    read_background,
)
from specufex_pipe.store.provenance import require_made_with, require_made_with_all

# Of the catalog, that are shown where it has them.
_COLUMNS = (LATITUDE, LONGITUDE, DEPTH, MAGNITUDE, DISTANCE)


@dataclass(frozen=True)
class ClusteredEvents:
    """The events of a variant, and their clusters.

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
    assignments : store.Assignments
        All events are in cluster 0 where no clusters were found.
    learned : clustering.learned.LearnedClusters
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
    background : store.Background or None
        What windows without events fall into, if any were drawn.
    attributes : dict of dict
        Attributes of each HDF5 file, by the name of the file.
    """

    unit: str
    variant: str
    clock: Clock
    frequencies: FloatArray
    times: NDArray[np.datetime64]
    assignments: Assignments
    learned: LearnedClusters
    hmm: BayesianHMM
    n_nmfs: int
    n_hmms: int
    stations: list[Station]
    places: Places | None
    quantities: list[Quantity]
    background: Background | None
    attributes: dict[str, dict[str, Any]]

    @property
    def labels(self) -> IntArray:
        """Clusters of the events, from 1; 0 for none."""
        return self.assignments.clusters

    @property
    def n_clusters(self) -> int:
        """Number of clusters that were found; 0 for none."""
        return self.learned.n_clusters if are_found(self.learned) else 0

    @property
    def are_learned_here(self) -> bool:
        """Whether the clusters were learned from these events, and not kept from an earlier run."""
        return self.inputs("clusters")["fingerprints"] == self.inputs("assignments")["fingerprints"]

    @property
    def certainty(self) -> list[str]:
        """How many clusters there are and how sure that is, in sentences; the number first."""
        n_kept_for = None if self.are_learned_here else len(self.labels)
        said = said_of(self.learned, self.n_nmfs, self.n_hmms, n_kept_for)
        if self.background is None or not self.n_clusters:
            return said
        return said + said_of_background(self.background, self.labels)

    @property
    def span(self) -> np.timedelta64:
        """Time from the first to the last event."""
        return np.timedelta64(self.times.max() - self.times.min())

    @property
    def level(self) -> Level:
        """What the values of spectrograms are."""
        attributes = self.attributes["spectrograms"]
        return Level.of(attributes["scale"], attributes["unit"])

    def settings(self, name: str) -> dict[str, Any]:
        """Return the settings that made a file."""
        return json.loads(self.attributes[name]["settings"])

    def inputs(self, name: str) -> dict[str, Any]:
        """Return what a file was made from."""
        return json.loads(self.attributes[name]["inputs"])


def gather_events(
    files: ReportFiles,
    *,
    variant: str = "main",
    surroundings: Surroundings = Surroundings(),  # noqa: B008, which never changes
    background: Path | None = None,
) -> ClusteredEvents:
    """Gather the events of a variant and their clusters.

    Parameters
    ----------
    files : files.ReportFiles
    variant : str
    surroundings : places.Surroundings
        What the map shows beside the events.
    background : Path, optional
        background.h5

    Returns
    -------
    ClusteredEvents

    Raises
    ------
    StageError
        If the files do not hold the same events and frames, or the relief cannot be read.
    OSError
        If a file is missing, damaged or of another kind.
    """
    learned, hmms = load_clusters(files.clusters), load_hmms(files.hmm)
    assignments = read_assignments(files.assignments)
    if not are_found(learned):  # all are in one, which is none
        assignments = assignments._replace(clusters=np.zeros_like(assignments.clusters))
    _require_made_from_each_other(files)
    _require_same_events(files, assignments.event_ids)
    times = _times(files, assignments.event_ids)
    with FrameStore(files.spectrograms, "spectrograms") as spectrograms:
        frequencies = spectrograms.array("frequencies")
    attributes = files.attributes()
    columns = read_columns_of(files.catalog, _COLUMNS, assignments.event_ids)
    unit = str(attributes["waveforms"]["channel"])
    stations = stations_of(surroundings.inventory, unit, times)
    if background is not None:
        require_made_with(background, "clusters", files.clusters)
        attributes["background"] = read_attributes(background)
    return ClusteredEvents(
        unit=unit,
        variant=variant,
        clock=_clock(attributes),
        frequencies=frequencies,
        times=times,
        assignments=assignments,
        learned=learned,
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
        background=None if background is None else read_background(background),
        attributes=attributes,
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

"""Runs that are compared: what each is of, what came out, and what made it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specufex_pipe.catalogs.table import read_times
from specufex_pipe.clustering.files import load as load_clusters
from specufex_pipe.clustering.learned import LearnedClusters
from specufex_pipe.errors import StageError
from specufex_pipe.events.sampling import choose_events
from specufex_pipe.numerics.types import FloatArray, IntArray
from specufex_pipe.report.certainty import are_found, said_of, word_of
from specufex_pipe.report.files import ReportFiles, files_of_runs
from specufex_pipe.report.record import flat
from specufex_pipe.report.warnings import all_rejections
from specufex_pipe.store import FrameStore, read_assignments, read_attributes

# Of a cluster, that its mean spectrum is taken from.
MOST_FOR_SPECTRA = 100
# Whose settings are compared.
_MADE = ("catalog", "waveforms", "spectrograms", "nmf", "hmm", "fingerprints", "clusters")
_NOTES = "events.csv-metadata.json"


@dataclass(frozen=True)
class Run:
    """A result: a variant of a unit, of some folder of results.

    Attributes
    ----------
    letter : str
        What it is called in tables: A, B, ...
    name : str
        The end of its folder, UNIT/VARIANT or more of it, that tells it from the others.
    folder : Path
    unit, variant : str
    files : files.ReportFiles
    event_ids : list of str
    labels : ndarray of int, shape (n_events,)
        Clusters, from 1; 0 for none, as of all events where no clusters were found.
    start, end : datetime64
        Times of the first and of the last event, UTC.
    n_rejected : int
    n_warnings : int or None
        None where there is no list of them.
    learned : clustering.learned.LearnedClusters
    are_kept : bool
        Whether the clusters were not learned from these events, but kept from an earlier run.
    n_nmfs, n_hmms : int
        Number of NMFs, and of HMMs of each.
    attributes : dict of dict
        Attributes of each HDF5 file, by its name.
    """

    letter: str
    name: str
    folder: Path
    unit: str
    variant: str
    files: ReportFiles
    event_ids: list[str]
    labels: IntArray
    start: np.datetime64
    end: np.datetime64
    n_rejected: int
    n_warnings: int | None
    learned: LearnedClusters
    are_kept: bool
    n_nmfs: int
    n_hmms: int
    attributes: dict[str, dict[str, Any]]

    @property
    def n_clusters(self) -> int:
        """Number of clusters that were found; 0 for none."""
        return self.learned.n_clusters if are_found(self.learned) else 0

    @property
    def sizes(self) -> IntArray:
        """Number of events in no cluster, and in each cluster."""
        return np.bincount(self.labels, minlength=self.n_clusters + 1)

    @property
    def word(self) -> str:
        """How steady the least stable cluster is, in a word."""
        return word_of(self.learned.cluster_stabilities.min()) if self.n_clusters else "no clusters"

    @property
    def said(self) -> list[str]:
        """How many clusters there are and how sure that is, in sentences."""
        n_kept_for = len(self.labels) if self.are_kept else None
        return said_of(self.learned, self.n_nmfs, self.n_hmms, n_kept_for)

    @property
    def agreement_of_resamples(self) -> float | None:
        """Mean adjusted Rand index of pairs of resamples; None where there are no clusters."""
        tried, place = self.learned.tried, self.learned.place
        return None if tried is None or place is None else float(tried.agreements[place])

    @property
    def method(self) -> str:
        """Name of the factorization."""
        return str(self.settings("nmf").get("method", "unknown"))

    @property
    def clusters_digest(self) -> str:
        """Digest of the clusters, which tells whether those of two runs are the same."""
        return str(self.attributes["clusters"]["digest"])

    @property
    def frequencies(self) -> FloatArray:
        """Of the spectrograms, Hz, ndarray of shape (n_frequencies,)."""
        with FrameStore(self.files.spectrograms, "spectrograms") as store:
            return store.array("frequencies")

    @property
    def scale(self) -> tuple[str, str]:
        """What the values of the spectrograms are, and their unit."""
        attributes = self.attributes["spectrograms"]
        return str(attributes["scale"]), str(attributes["unit"])

    def settings(self, name: str) -> dict[str, Any]:
        """Return the settings that made a file."""
        return json.loads(self.attributes[name]["settings"])

    def all_settings(self) -> dict[str, Any]:
        """Return the settings of all stages, by their keys with dots."""
        return flat({name: self.settings(name) for name in _MADE})

    def mean_spectra(self) -> dict[int, FloatArray]:
        """Return the mean spectrum of each cluster, from a sample of its events.

        Returns
        -------
        dict of ndarray of shape (n_frequencies,)
            By the number of the cluster. Of a cluster with more than 100 events, these are a random
            sample.
        """
        chosen = {}
        for number in np.unique(self.labels[self.labels > 0]).tolist():
            members = np.flatnonzero(self.labels == number)
            chosen[number] = members[choose_events(len(members), 0, MOST_FOR_SPECTRA)]
        with FrameStore(self.files.spectrograms, "spectrograms") as store:
            if store.event_ids != self.event_ids:
                raise StageError(
                    f"{self.files.spectrograms} does not hold the events of "
                    f"{self.files.assignments}: they come from different runs"
                )
            return {
                number: np.mean(
                    [frames.mean(axis=0) for frames in store.read(each).events()], axis=0
                )
                for number, each in chosen.items()
            }


def gather_runs(folders: Sequence[Path], models: Path | None = None) -> list[Run]:
    """Gather what is known of several runs.

    Parameters
    ----------
    folders : sequence of Path
        results/UNIT/VARIANT of each.
    models : Path, optional
        Folder of the results whose models runs have kept, where that is another.

    Raises
    ------
    StageError
        If a folder is not that of a finished run.
    OSError
        If a file is damaged, of another kind or of another format.
    """
    times: dict[Path, dict[str, np.datetime64]] = {}
    runs = []
    names = distinct_names(folders)
    for number, files in enumerate(files_of_runs(folders, models)):
        if files.catalog not in times:
            times[files.catalog] = read_times(files.catalog)
        place = folders[number].resolve()
        runs.append(_gather_run(letters(number), names[number], place, files, times[files.catalog]))
    return runs


def _gather_run(
    letter: str, name: str, folder: Path, files: ReportFiles, times: dict[str, np.datetime64]
) -> Run:
    learned, found, attributes = (
        load_clusters(files.clusters),
        read_assignments(files.assignments),
        _attributes(files),
    )
    labels = found.clusters if are_found(learned) else np.zeros_like(found.clusters)
    of_events = _times_of(files, found.event_ids, times)
    inputs = {name: json.loads(attributes[name]["inputs"]) for name in ("clusters", "assignments")}
    return Run(
        letter=letter,
        name=name,
        folder=folder,
        unit=str(attributes["waveforms"]["channel"]),
        variant=folder.name,
        files=files,
        event_ids=found.event_ids,
        labels=labels,
        start=of_events.min(),
        end=of_events.max(),
        n_rejected=len(all_rejections(files.waveforms, files.spectrograms)),
        n_warnings=_count_warnings(folder / _NOTES),
        learned=learned,
        are_kept=inputs["clusters"]["fingerprints"] != inputs["assignments"]["fingerprints"],
        n_nmfs=len(files.models),
        n_hmms=int(json.loads(attributes["hmm"]["settings"]).get("n_models", 1)),
        attributes=attributes,
    )


def _attributes(files: ReportFiles) -> dict[str, dict[str, Any]]:
    paths = files._asdict()
    return {name: read_attributes(paths[name]) for name in (*_MADE, "assignments")}


def _times_of(
    files: ReportFiles, event_ids: list[str], times: dict[str, np.datetime64]
) -> NDArray[np.datetime64]:
    if missing := [event_id for event_id in event_ids if event_id not in times]:
        raise StageError(
            f"{files.assignments} has events that are not in {files.catalog}, such as "
            f"{missing[0]!r}: assign the events again"
        )
    return np.array([times[event_id] for event_id in event_ids])


def _count_warnings(path: Path) -> int | None:
    """Return how many warnings the description of the events' table lists."""
    if not path.exists():
        return None
    try:
        return len(json.loads(path.read_text(encoding="utf-8"))["notes"])
    except (ValueError, KeyError, TypeError) as error:
        raise StageError(f"{path}: damaged ({error}); remove the file, and run again") from error


def letters(number: int) -> str:
    """Return what a run is called: A to Z, then AA, AB and so on.

    Parameters
    ----------
    number : int
        From 0.
    """
    turn, place = divmod(number, 26)
    return (letters(turn - 1) if turn else "") + chr(ord("A") + place)


def distinct_names(folders: Sequence[Path]) -> list[str]:
    """Return the ends of paths, of two parts or as many as tell them apart.

    Parameters
    ----------
    folders : sequence of Path
        The same one more than once stays the same.
    """
    parts = [folder.resolve().parts for folder in folders]
    n_different = len(set(parts))
    for length in range(2, max(map(len, parts))):
        if len({each[-length:] for each in parts}) == n_different:
            return ["/".join(each[-length:]) for each in parts]
    return ["/".join(each) for each in parts]

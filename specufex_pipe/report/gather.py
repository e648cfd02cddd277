"""What the report shows, gathered from the files of a variant, a batch of events at a time."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from specufex_pipe.factorizations.base import LEAST_SHARE, Factorization
from specufex_pipe.factorizations.files import load as load_nmf
from specufex_pipe.numerics.types import FloatArray
from specufex_pipe.plotting.views import Cluster, Limits, Plane
from specufex_pipe.rejections import Rejection
from specufex_pipe.report.clusters import gather_clusters
from specufex_pipe.report.comparison import Comparison, read_comparison
from specufex_pipe.report.events import ClusteredEvents, gather_events
from specufex_pipe.report.files import ReportFiles
from specufex_pipe.report.labelled import Labelled, gather_labels
from specufex_pipe.report.places import Surroundings
from specufex_pipe.report.repeaters import Repeaters, gather_repeaters
from specufex_pipe.report.warnings import RunWarning, all_rejections, find_warnings
from specufex_pipe.store import FrameStore

_REJECTED_ROWS = 200


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
class Summary(ClusteredEvents):
    """All that the report shows: the events and their clusters, and what is drawn of these.

    Attributes
    ----------
    nmf : Factorization
        The first of the NMFs; all that is shown of components is of this one.
    clusters : list of plotting.views.Cluster
    plane : plotting.views.Plane
    component_shares : ndarray of shape (n_components,)
        Share of each component in the energy of all events.
    occupancy : ndarray of shape (n_states,)
        Mean share of the frames of an event.
    rejections : Rejections
    warnings : list of RunWarning
        What to distrust.
    comparison : Comparison or None
        Of variants, if there are any or labels.
    repeaters : repeaters.Repeaters or None
        Families of repeating events, if they were looked for.
    labelled : labelled.Labelled or None
        Labels of events, if they were learned.
    """

    nmf: Factorization
    clusters: list[Cluster]
    plane: Plane
    component_shares: FloatArray
    occupancy: FloatArray
    rejections: Rejections
    warnings: list[RunWarning]
    comparison: Comparison | None
    repeaters: Repeaters | None
    labelled: Labelled | None

    @property
    def n_components(self) -> int:
        """Number of components that are not as good as empty."""
        return int(np.count_nonzero(self.component_shares >= LEAST_SHARE))

    @property
    def limits(self) -> Limits:
        """Upper ends of the colour scales that all figures share."""
        return Limits.of(self.clusters, self.level)

    @property
    def state_spectra(self) -> FloatArray:
        """Mean spectrum of each state, ndarray of shape (n_states, n_frequencies)."""
        spectra = self.nmf.spectra_
        # A component that a factorization has left empty has no spectrum.
        sums = np.maximum(spectra.sum(axis=1, keepdims=True), np.finfo(float).tiny)
        return self.hmm.emissions_ @ (spectra / sums)


def gather(
    files: ReportFiles,
    *,
    variant: str = "main",
    examples_per_cluster: int = 4,
    uncertain_per_cluster: int = 2,
    surroundings: Surroundings = Surroundings(),  # noqa: B008, which never changes
    background: Path | None = None,
    comparison: Path | None = None,
    families: Path | None = None,
    labels: Path | None = None,
    evaluation: Path | None = None,
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
    families : Path, optional
        families.h5
    labels, evaluation : Path, optional
        labels.h5 and evaluation.h5

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
    events = gather_events(files, variant=variant, surroundings=surroundings, background=background)
    nmf = load_nmf(files.nmf)
    gathered = gather_clusters(
        files, events.assignments, events.times, events.learned, nmf, examples_per_cluster,
        uncertain_per_cluster,
    )  # fmt: skip
    with FrameStore(files.activations, "activations") as activations:
        component_shares = nmf.energy_shares(activations)
    return Summary(
        **vars(events),
        nmf=nmf,
        clusters=gathered.clusters,
        plane=gathered.plane,
        component_shares=component_shares,
        occupancy=gathered.occupancy,
        rejections=_read_rejections(files),
        warnings=_find_warnings(files),
        comparison=None if comparison is None else read_comparison(comparison),
        repeaters=(
            None if families is None else gather_repeaters(families, files.catalog, events.unit)
        ),
        labelled=None if labels is None else gather_labels(labels, evaluation, events.assignments),
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


def _read_rejections(files: ReportFiles) -> Rejections:
    rows = all_rejections(files.waveforms, files.spectrograms)
    counts = Counter((row.stage, str(row.kind)) for row in rows)
    kinds = [(*key, count) for key, count in counts.most_common()]
    return Rejections(len(rows), kinds, rows[:_REJECTED_ROWS])

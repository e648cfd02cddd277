"""Find the events that are nearest to each event."""

import logging
import time
from pathlib import Path

import numpy as np

from specufex_pipe.clustering.files import load
from specufex_pipe.clustering.neighbor_search import find_neighbors
from specufex_pipe.progress import per_second
from specufex_pipe.settings import NeighbourSettings
from specufex_pipe.stages.clustered import features_of_clusters
from specufex_pipe.store import NearestEvents, write_neighbours
from specufex_pipe.words import counted

log = logging.getLogger(__name__)


def run(
    settings: NeighbourSettings,
    output: Path,
    *,
    clusters: Path,
    fingerprints: list[Path],
    waveforms: Path | None = None,
    catalog: Path | None = None,
) -> None:
    """Find the nearest neighbours of every event by its features.

    Distances are those of the clusters: in the space of the principal components that these were
    learned in.

    Parameters
    ----------
    settings : settings.NeighbourSettings
    output : Path
        neighbours.h5, an entry an event.
    clusters : Path
        clusters.h5
    fingerprints : list of Path
        fingerprints.h5 of each NMF, in the order in which the clusters were learned from them.
    waveforms : Path, optional
        waveforms.h5, where attributes are among the features of the clusters.
    catalog : Path, optional
        catalog.h5, where columns of the catalog are among them.

    Raises
    ------
    StageError
        If the clusters are of fingerprints that other HMMs made, or with other settings, or a
        feature cannot be had.
    """
    clock, space = time.monotonic(), load(clusters).space
    with features_of_clusters(clusters, fingerprints, waveforms, catalog) as of_clusters:
        event_ids, batches, inputs = of_clusters
        points = np.concatenate([space.points(features) for features in batches])
    found = find_neighbors(points, settings.n_neighbors)
    write_neighbours(
        output,
        NearestEvents(event_ids, *found),
        settings=settings.relevant(),
        inputs=inputs,
    )
    how = "exact" if found.is_exact else f"{100 * found.recall:.1f} % of those that are nearest"
    log.info(
        "%s of each of %s, %s, %s",
        counted(found.indices.shape[1], "neighbour"), counted(len(event_ids), "event"), how,
        per_second(len(event_ids), clock),
    )  # fmt: skip

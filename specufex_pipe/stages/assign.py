"""Assign each event to a cluster."""

import logging
import time
from pathlib import Path

import numpy as np

from specufex_pipe.clustering.files import load
from specufex_pipe.progress import per_second
from specufex_pipe.stages.clustered import features_of_clusters
from specufex_pipe.store import Assignments, write_assignments
from specufex_pipe.words import counted

log = logging.getLogger(__name__)


def run(
    output: Path,
    *,
    clusters: Path,
    fingerprints: list[Path],
    waveforms: Path | None = None,
    catalog: Path | None = None,
) -> None:
    """Assign events to clusters.

    Parameters
    ----------
    output : Path
        assignments.h5, an entry an event: cluster, and how surely it belongs to it.
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
    learned = load(clusters)
    clock = time.monotonic()
    with features_of_clusters(clusters, fingerprints, waveforms, catalog) as of_clusters:
        event_ids, batches, inputs = of_clusters
        found = learned.assign(batches)
    write_assignments(output, Assignments(event_ids, *found), settings={}, inputs=inputs)
    log.info(
        "%s assigned, clusters: %d, mean membership %.3f, %s",
        counted(len(event_ids), "event"), len(set(found.labels.tolist()) - {0}),
        found.memberships.mean(), per_second(len(event_ids), clock),
    )  # fmt: skip
    if n_new := int(np.count_nonzero(found.are_new)):
        log.info(
            "%s not learned from, of which %s outside",
            counted(n_new, "event was", "events were"),
            counted(int(np.count_nonzero(found.are_outside)), "is", "are"),
        )

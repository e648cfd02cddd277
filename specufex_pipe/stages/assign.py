"""Assign each event to a cluster."""

import csv
import logging
import time

import numpy as np

from specufex_pipe.clustering.kmeans import ClusterModel, assign
from specufex_pipe.errors import StageError
from specufex_pipe.progress import per_second
from specufex_pipe.stages.clusters import feature_batches
from specufex_pipe.stages.provenance import inputs_of
from specufex_pipe.store import FrameStore, atomic_path, read_arrays

log = logging.getLogger(__name__)
_MEASURES = ("cluster", "silhouette", "distance_to_centre")


def run(output, *, clusters, fingerprints, waveforms, random_state=0):
    """Assign events to the clusters whose centres are nearest.

    Parameters
    ----------
    output : str or Path
        clusters.csv, a row an event: the catalog's columns, cluster, silhouette, and distance to
        the centre of the cluster.
    clusters : str or Path
        clusters.h5
    fingerprints : str or Path
        fingerprints.h5
    waveforms : str or Path
        waveforms.h5, which holds the rows of the catalog.
    random_state : int
        Seed of the sample that silhouettes are measured against where there are many events.

    Raises
    ------
    StageError
        If the clusters are of fingerprints that another HMM made.
    """
    arrays, _ = read_arrays(clusters, "clusters")
    model = ClusterModel(**arrays)
    if inputs_of(clusters)["hmm"] != inputs_of(fingerprints)["hmm"]:
        raise StageError(
            f"{clusters} are clusters of fingerprints that another HMM made than those in "
            f"{fingerprints}: learn them again"
        )
    clock = time.monotonic()
    with FrameStore(fingerprints, "fingerprints") as store:
        event_ids = store.event_ids
        points = np.concatenate([model.project(features) for _, features in feature_batches(store)])
    result = assign(points, model, random_state)
    with FrameStore(waveforms, "waveforms") as store:
        columns, rows = store.table("events")
        rows = dict(zip(store.event_ids, rows, strict=True))
    with atomic_path(output) as temporary, temporary.open("w", newline="", encoding="utf-8") as f:
        table = csv.writer(f)
        table.writerow([*columns, *_MEASURES])
        for event_id, label, silhouette, distance in zip(event_ids, *result, strict=True):
            table.writerow([*rows[event_id], label, f"{silhouette:.6f}", f"{distance:.6f}"])
    log.info(
        "%d events in %d clusters, mean silhouette %.3f, %s",
        len(event_ids), len(model.centers), result.silhouettes.mean(),
        per_second(len(event_ids), clock),
    )  # fmt: skip

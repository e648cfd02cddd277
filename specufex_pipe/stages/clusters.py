"""Group events with similar fingerprints."""

import csv
import logging

import numpy as np

from specufex_pipe.clustering import cluster
from specufex_pipe.store import FrameStore, atomic_path, write_arrays

log = logging.getLogger(__name__)


def run(settings, output, *, model, fingerprints, waveforms):
    """Cluster fingerprints.

    Parameters
    ----------
    settings : config.ClusterSettings
    output : str or Path
        clusters.csv, a row an event: the catalog's columns, cluster, silhouette, and distance to
        the centre of the cluster.
    model : str or Path
        clusters.h5, the centres and the silhouettes of all numbers tried.
    fingerprints : str or Path
        fingerprints.h5
    waveforms : str or Path
        waveforms.h5, which holds the rows of the catalog.
    """
    with FrameStore(fingerprints, "fingerprints") as store:
        event_ids, prints = store.event_ids, store.array("fingerprints")
        inputs = {"fingerprints": store.digest}
    with FrameStore(waveforms, "waveforms") as store:
        columns, rows = store.table("events")
        rows = dict(zip(store.event_ids, rows, strict=True))
    result = cluster(prints.reshape(len(prints), -1), settings)
    measures = ("cluster", "silhouette", "distance_to_centre")
    with atomic_path(output) as temporary, temporary.open("w", newline="", encoding="utf-8") as f:
        table = csv.writer(f)
        table.writerow([*columns, *measures])
        for event_id, label, silhouette, distance in zip(
            event_ids, result.labels, result.silhouettes, result.distances, strict=True
        ):
            table.writerow([*rows[event_id], label, f"{silhouette:.6f}", f"{distance:.6f}"])
    arrays = result._asdict() | {"labels": result.labels.astype(np.int32)}
    write_arrays(model, "clusters", arrays, settings=settings.model_dump(), inputs=inputs)
    log.info(
        "%d clusters of %d events, mean silhouette %.3f",
        len(result.centers), len(event_ids), result.scores.max(),
    )  # fmt: skip

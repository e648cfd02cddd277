"""Compare runs of the same events with different factorizations."""

import csv
import json
import logging
from collections import Counter
from pathlib import Path

import numpy as np
from sklearn.metrics import adjusted_rand_score

from specufex_pipe import factorizations
from specufex_pipe.clustering.evaluation import N_NEIGHBOURS, quality
from specufex_pipe.errors import StageError
from specufex_pipe.events.frames import Frames, event_batches
from specufex_pipe.factorizations.base import LEAST_SHARE
from specufex_pipe.stages.provenance import require_made_with
from specufex_pipe.store import FrameStore, atomic_path, read_attributes, write_arrays

log = logging.getLogger(__name__)
_EVENTS_AT_A_TIME = 256
_MEASURES = ("method", "patterns", "power_explained", "clusters", "silhouette", "agreement")


def run(
    output,
    *,
    table,
    spectrograms,
    models,
    activation_files,
    fingerprint_files,
    cluster_files,
    labels=None,
):
    """Compare runs; each list of files has one of each run, in the same order.

    Parameters
    ----------
    output : str or Path
        comparison.h5, the measures and the components of each run, for the report.
    table : str or Path
        comparison.csv, a row a run: the method; the number of patterns that explain a
        ten-thousandth of the energy or more; the share of the spectrograms' power that all explain;
        the number of clusters, their mean silhouette, and their agreement with those of the first
        run (adjusted Rand index); and, where labels are given, how well fingerprints find the kinds
        (`quality.Quality`).
    spectrograms : str or Path
        spectrograms.h5
    models, activation_files, fingerprint_files, cluster_files : list of str or Path
        nmf.h5, activations.h5, fingerprints.h5 and clusters.csv of each run.
    labels : str or Path, optional
        CSV with the columns event_id and label.

    Raises
    ------
    StageError
        If files were not made from each other, or the labels are of too few events.
    """
    files = zip(models, activation_files, fingerprint_files, cluster_files, strict=True)
    kinds = None if labels is None else _read_labels(labels)
    rows, arrays, records, first = [], {}, {}, None
    for nmf, activations, fingerprints, clusters in files:
        require_made_with(activations, "nmf", nmf)
        settings = json.loads(read_attributes(nmf)["settings"])
        model = factorizations.load(nmf)
        method = factorizations.method_of(model)
        if method in records:
            raise StageError(f"{nmf} is of the method {method}, as another of the runs is")
        power, shares = _explained(spectrograms, activations, model)
        found, silhouettes = _read_clusters(clusters)
        first = first or found
        if found.keys() != first.keys():
            raise StageError(f"{clusters} has other events than {cluster_files[0]}: run both again")
        agreement = adjusted_rand_score(list(first.values()), [found[event] for event in first])
        n_patterns = int(np.count_nonzero(shares >= LEAST_SHARE))
        measures = [n_patterns, power, len(set(found.values())), np.mean(silhouettes)]
        row = dict(zip(_MEASURES, (method, *measures, agreement), strict=True))
        if kinds is not None:
            row |= _quality(fingerprints, kinds, labels)._asdict()
        rows.append(row)
        records[method] = settings
        arrays[f"{method}.components"], arrays[f"{method}.shares"] = model.components_, shares
        log.info(", ".join(f"{name} {_text(value)}" for name, value in row.items()))
    _write_table(table, rows)
    attributes = {"rows": json.dumps(rows, default=float), "records": json.dumps(records)}
    write_arrays(output, "comparison", arrays, attributes=attributes)


def _explained(spectrograms, activations, model):
    """Return the share of the power that is explained, and each pattern's share of the energy."""
    power = residual = 0.0
    with (
        FrameStore(spectrograms, "spectrograms") as data,
        FrameStore(activations, "activations") as store,
    ):
        if store.event_ids != data.event_ids or not np.array_equal(store.offsets, data.offsets):
            raise StageError(f"{activations} was made from other spectrograms than {spectrograms}")
        for events in event_batches(data.n_events, _EVENTS_AT_A_TIME):
            X = data.read(events).frames.astype(np.float64)
            explained = model.inverse_transform(Frames(*store.read(events))).frames
            power += float(np.einsum("td,td->", X, X))
            residual += float(np.sum((X - explained) ** 2))
        return 1 - residual / power, model.energy_shares(store)


def _read_clusters(path):
    """Return the cluster of each event by its id, and the silhouettes."""
    with Path(path).open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    clusters = {row["event_id"]: int(row["cluster"]) for row in rows}
    return clusters, [float(row["silhouette"]) for row in rows]


def _read_labels(path):
    """Return the kinds of events by their ids, those left empty excepted."""
    kinds = {}
    with Path(path).open(newline="", encoding="utf-8-sig") as file:
        header, *rows = csv.reader(file, skipinitialspace=True)
    columns = [name.strip() for name in header]
    for row in rows:
        cells = dict(zip(columns, (cell.strip() for cell in row), strict=False))
        event, label = cells.get("event_id"), cells.get("label")
        if label and kinds.setdefault(event, label) != label:
            raise StageError(f"{path}: event {event} is both {kinds[event]} and {label}")
    return kinds


def _quality(fingerprints, kinds, path):
    with FrameStore(fingerprints, "fingerprints") as store:
        event_ids = store.event_ids
        counts = Counter(kinds[event] for event in event_ids if event in kinds)
        chosen = [
            number
            for number, event in enumerate(event_ids)
            if counts[kinds.get(event)] >= N_NEIGHBOURS
        ]
        if sum(count >= N_NEIGHBOURS for count in counts.values()) < 2:
            raise StageError(
                f"{path}: the events of {fingerprints} have the kinds {dict(counts)}, expected two "
                f"kinds of {N_NEIGHBOURS} events or more each"
            )
        prints = store.array("fingerprints")[chosen]
    return quality(prints, [kinds[event_ids[number]] for number in chosen])


def _text(value):
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _write_table(path, rows):
    with atomic_path(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        for row in rows:
            table.writerow({name: _text(value) for name, value in row.items()})

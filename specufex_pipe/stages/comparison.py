"""Compare the variants of a unit, and hold them against labels."""

import json
import logging
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from specufex_pipe.clustering.evaluation import N_NEIGHBOURS, Quality, agreement, quality
from specufex_pipe.errors import StageError
from specufex_pipe.events.frames import Frames, event_batches
from specufex_pipe.events.sampling import choose_events
from specufex_pipe.factorizations.base import LEAST_SHARE, Factorization
from specufex_pipe.factorizations.files import load
from specufex_pipe.features.blocks import FINGERPRINTS
from specufex_pipe.features.joining import FeatureJoiner
from specufex_pipe.features.reading import block_batches
from specufex_pipe.numerics.types import Array, FloatArray
from specufex_pipe.plotting.comparison import comparison_figure
from specufex_pipe.plotting.style import png
from specufex_pipe.report.comparison import read_comparison
from specufex_pipe.stages.labels import labels_in
from specufex_pipe.store import (
    Assignments,
    FrameStore,
    atomic_path,
    read_assignments,
    read_attributes,
    write_arrays,
    write_csv,
)
from specufex_pipe.store.provenance import require_made_with

log = logging.getLogger(__name__)
_EVENTS_AT_A_TIME = 256


def run(
    output: Path,
    *,
    table: Path,
    variants: list[str],
    spectrogram_files: list[Path],
    models: list[Path],
    activation_files: list[Path],
    fingerprint_files: list[Path],
    assignment_files: list[Path],
    labels: Path | None = None,
    figure: Path | None = None,
) -> None:
    """Compare variants; each list of files has one of each variant, in the same order.

    Parameters
    ----------
    output : Path
        comparison.h5, the measures and the components of each variant, for the report.
    table : Path
        comparison.csv, a row a variant: its name; the factorization; the number of components that
        explain a ten-thousandth of the energy or more; the share of the spectrograms' power that
        all explain; the number of clusters, the mean silhouette of the events in them, and their
        agreement with those of the first variant (adjusted Rand index, on the events that both
        have); and, where labels are given, how well fingerprints find them
        (`clustering.evaluation.Quality`).
    variants : list of str
        Their names.
    spectrogram_files : list of Path
        spectrograms.h5 of each variant.
    models : list of Path
        nmf.h5 of each variant.
    activation_files : list of Path
        activations.h5 of each variant.
    fingerprint_files : list of Path
        fingerprints.h5 of the first NMF of each variant.
    assignment_files : list of Path
        assignments.h5 of each variant.
    labels : Path, optional
        CSV file with the columns event_id and label.
    figure : Path, optional
        PNG file for the components of the variants.

    Raises
    ------
    StageError
        If files were not made from each other, or the labels are of too few events.
    """
    label_of = {} if labels is None else labels_in(labels)
    files = zip(
        variants, spectrogram_files, models, activation_files, fingerprint_files, assignment_files,
        strict=True,
    )  # fmt: skip
    rows: list[dict[str, Any]] = []
    arrays: dict[str, Array] = {}
    records: dict[str, Any] = {}
    first: dict[str, int] = {}
    for variant, spectrograms, nmf, activations, fingerprints, assignments in files:
        require_made_with(activations, "nmf", nmf)
        model, record = load(nmf), json.loads(read_attributes(nmf)["settings"])
        power, shares = _explained(spectrograms, activations, model)
        found = read_assignments(assignments)
        clusters = dict(zip(found.event_ids, found.clusters.tolist(), strict=True))
        first = first or clusters
        row = {
            "variant": variant,
            "method": record["method"],
            "components": int(np.count_nonzero(shares >= LEAST_SHARE)),
            "power_explained": power,
            "clusters": len(set(clusters.values()) - {0}),
            "silhouette": _mean_silhouette(found),
            "agreement": _agreement(first, clusters, assignments),
        }
        if labels is not None:
            row |= _quality(fingerprints, label_of, labels)._asdict()
        rows.append(row)
        records[variant] = record
        arrays[f"{variant}.components"], arrays[f"{variant}.shares"] = model.components_, shares
        with FrameStore(spectrograms, "spectrograms") as store:
            arrays[f"{variant}.frequencies"] = store.array("frequencies")
        log.info(", ".join(f"{name} {_text(value)}" for name, value in row.items()))
    write_csv(table, list(rows[0]), ([_text(value) for value in row.values()] for row in rows))
    attributes = {"rows": json.dumps(rows), "records": json.dumps(records)}
    write_arrays(output, "comparison", arrays, attributes=attributes)
    if figure is not None:
        picture = png(comparison_figure(read_comparison(output).components))
        with atomic_path(figure) as temporary:
            temporary.write_bytes(picture)


def _explained(
    spectrograms: Path, activations: Path, model: Factorization
) -> tuple[float, FloatArray]:
    """Return the share of the power that is explained, and each component's share of the energy."""
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


def _mean_silhouette(found: Assignments) -> float:
    """Return the mean silhouette of the events that are in a cluster; 0 where there is none."""
    inside = found.clusters > 0
    return float(found.silhouettes[inside].mean()) if inside.any() else 0.0


def _agreement(first: dict[str, int], clusters: dict[str, int], path: Path) -> float:
    try:
        return agreement(first, clusters).rand_index
    except ValueError as error:
        raise StageError(f"{path}: {error}, this one and the first variant") from error


def _quality(fingerprints: Path, labels: dict[str, str], path: Path) -> Quality:
    with FrameStore(fingerprints, "fingerprints") as store:
        event_ids = store.event_ids
        counts = Counter(labels[event] for event in event_ids if event in labels)
        labelled = [
            number
            for number, event in enumerate(event_ids)
            if counts[labels.get(event, "")] >= N_NEIGHBOURS
        ]
        if sum(count >= N_NEIGHBOURS for count in counts.values()) < 2:
            raise StageError(
                f"{path}: the events of {fingerprints} have the labels {dict(counts)}, expected "
                f"two labels of {N_NEIGHBOURS} events or more each"
            )
        chosen = np.array(labelled)[choose_events(len(labelled), seed=0)]
        batches = block_batches([FINGERPRINTS], fingerprints=[store], chosen=chosen)
        blocks = {FINGERPRINTS: np.concatenate([each[FINGERPRINTS] for (each,) in batches])}
    features = FeatureJoiner({FINGERPRINTS: 1.0}).fit(blocks).transform(blocks)
    return quality(features, [labels[event_ids[number]] for number in chosen])


def _text(value: Any) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)

"""Write matrices of distances between events."""

import logging
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from specufex_pipe.clustering.files import load
from specufex_pipe.errors import StageError
from specufex_pipe.events.sampling import choose_events
from specufex_pipe.numerics.types import FloatArray, IntArray
from specufex_pipe.progress import per_second
from specufex_pipe.repeaters.matrices import (
    feature_distances,
    spectrogram_distances,
    waveform_distances,
)
from specufex_pipe.settings import DistanceSettings
from specufex_pipe.stages.clustered import features_of_clusters
from specufex_pipe.stages.recordings import read_recorded, stations_of
from specufex_pipe.store import FrameStore, encode_text, write_arrays
from specufex_pipe.words import counted

log = logging.getLogger(__name__)

# From which on coefficients are those between the samples, to more than three digits.
_ALIKE = 0.9


def run(
    settings: DistanceSettings,
    output: Path,
    *,
    clusters: Path,
    fingerprints: list[Path],
    waveforms: Path,
    spectrograms: Path,
    catalog: Path | None = None,
) -> None:
    """Write the distances between all pairs of events, or of a sample of them.

    Parameters
    ----------
    settings : settings.DistanceSettings
    output : Path
        distances.h5: a matrix of each kind, and the ids of the events.
    clusters : Path
        clusters.h5, which tells how features are made, and the space that they are compared in.
    fingerprints : list of Path
        fingerprints.h5 of each NMF, in the order in which the clusters were learned from them.
    waveforms : Path
        waveforms.h5
    spectrograms : Path
        spectrograms.h5
    catalog : Path, optional
        catalog.h5, where columns of the catalog are among the features.

    Raises
    ------
    StageError
        If the files do not hold the same events, or a feature cannot be had.
    """
    clock = time.monotonic()
    with FrameStore(fingerprints[0], "fingerprints") as store:
        event_ids = store.event_ids
    chosen = choose_events(len(event_ids), settings.random_state, settings.max_events)
    ids = [event_ids[event] for event in chosen]
    arrays: dict[str, FloatArray] = {}
    inputs: dict[str, Any] = {}
    if "features" in settings.of:
        space = load(clusters).space
        with features_of_clusters(clusters, fingerprints, waveforms, catalog, chosen) as made:
            points = np.concatenate([space.points(features) for features in made.batches])
            inputs |= made.inputs
        arrays["features"] = feature_distances(points)
    if "spectrograms" in settings.of:
        with FrameStore(spectrograms, "spectrograms") as store:
            arrays["spectrograms"] = spectrogram_distances(store, _places(store, ids))
            inputs["spectrograms"] = store.digest
    if "waveforms" in settings.of:
        arrays["waveforms"], inputs["waveforms"] = _of_waveforms(waveforms, ids, settings)
    write_arrays(
        output,
        "distances",
        {"event_id": encode_text(ids)} | arrays,
        settings=settings.relevant(),
        inputs=inputs,
    )
    n_pairs = len(ids) * (len(ids) - 1) // 2
    log.info(
        "distances of %s between %s, %s",
        ", ".join(settings.of), counted(len(ids), "event"), per_second(n_pairs, clock, "pairs"),
    )  # fmt: skip


def _of_waveforms(path: Path, ids: list[str], settings: DistanceSettings) -> tuple[FloatArray, str]:
    with ExitStack() as opened:
        store = opened.enter_context(FrameStore(path, "waveforms"))
        numbers = {event_id: number for number, event_id in enumerate(store.event_ids)}
        (placed,) = stations_of([read_recorded(store, numbers)])
        try:
            distances = waveform_distances(
                _places(store, ids),
                [placed.station],
                max_shift=settings.max_shift,
                threshold=_ALIKE,
            )
        except ValueError as error:
            raise StageError(f"distances: {error}") from error
        return distances, store.digest


def _places(store: FrameStore, ids: list[str]) -> IntArray:
    """Return where events are in a store."""
    places = {event_id: place for place, event_id in enumerate(store.event_ids)}
    if missing := [event_id for event_id in ids if event_id not in places]:
        raise StageError(
            f"event {missing[0]!r} has a fingerprint, but is not in {store.path}: they come from "
            "different runs"
        )
    return np.array([places[event_id] for event_id in ids], dtype=np.int64)

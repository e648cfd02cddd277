"""Assign each event to a cluster."""

import logging
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from specufex_pipe.clustering.files import load
from specufex_pipe.errors import StageError
from specufex_pipe.features.files import load_joiner
from specufex_pipe.features.reading import block_batches
from specufex_pipe.progress import per_second
from specufex_pipe.store import Assignments, FrameStore, read_attributes, write_assignments
from specufex_pipe.store.provenance import inputs_of, make_of
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
    learned, joiner = load(clusters), load_joiner(clusters)
    _require_same_make(clusters, fingerprints)
    clock = time.monotonic()
    with ExitStack() as opened:
        stores = [opened.enter_context(FrameStore(path, "fingerprints")) for path in fingerprints]
        event_ids = stores[0].event_ids
        batches = block_batches(
            joiner.weights, fingerprints=stores, waveforms=waveforms, catalog=catalog
        )
        try:
            found = learned.assign(joiner.transform(blocks) for blocks in batches)
        except ValueError as error:
            raise StageError(f"{', '.join(map(str, fingerprints))}: {error}") from error
        inputs = {
            "fingerprints": [store.digest for store in stores],
            "clusters": read_attributes(clusters)["digest"],
        }
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


def _require_same_make(clusters: Path, fingerprints: list[Path]) -> None:
    learned, given = inputs_of(clusters), make_of(fingerprints)
    if len(learned["hmm"]) != len(given["hmm"]):
        raise StageError(
            f"{clusters} are clusters of fingerprints of {len(learned['hmm'])} NMFs, and those of "
            f"{len(given['hmm'])} were given: learn them again, or give as many"
        )
    for path, of_learned, of_given in zip(fingerprints, learned["hmm"], given["hmm"], strict=True):
        if of_learned != of_given:
            raise StageError(
                f"{clusters} are clusters of fingerprints that other HMMs made than those in "
                f"{path}: learn them again"
            )
    if learned["fingerprint_settings"] != given["fingerprint_settings"]:
        raise StageError(
            f"{clusters} are clusters of fingerprints made with "
            f"{_as_text(learned['fingerprint_settings'])}, and those in {fingerprints[0]} were "
            f"made with {_as_text(given['fingerprint_settings'])}: learn them again, or set the "
            "same under fingerprints"
        )


def _as_text(settings: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in settings.items())

"""Learn groups of events with similar fingerprints."""

import logging
import time
from pathlib import Path

import numpy as np

from specufex_pipe.clustering.base import choose_events
from specufex_pipe.clustering.registry import CLUSTERINGS
from specufex_pipe.features.fingerprints import feature_batches
from specufex_pipe.progress import per_second
from specufex_pipe.settings import ClusterSettings
from specufex_pipe.store import FrameStore
from specufex_pipe.store.provenance import make_of

log = logging.getLogger(__name__)


def run(settings: ClusterSettings, output: Path, *, fingerprints: Path) -> None:
    """Learn clusters of fingerprints.

    Parameters
    ----------
    settings : settings.ClusterSettings
    output : Path
        clusters.h5
    fingerprints : Path
        fingerprints.h5
    """
    clock = time.monotonic()
    with FrameStore(fingerprints, "fingerprints") as store:
        chosen = choose_events(store.n_events, settings.random_state)
        features = np.concatenate(list(feature_batches(store, chosen)))
        inputs = {"fingerprints": store.digest, **make_of(fingerprints)}
    model = CLUSTERINGS[settings.method](**settings.parameters()).fit(features)
    model.save(output, settings=settings.record(), inputs=inputs)
    log.info(
        "%d clusters learned from %d events, %s, %s",
        model.n_clusters_, len(chosen), model.outcome(), per_second(len(chosen), clock),
    )  # fmt: skip

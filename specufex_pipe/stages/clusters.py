"""Learn groups of events with similar fingerprints."""

import logging
import time

import numpy as np

from specufex_pipe.clustering.kmeans import choose_events, fit_clusters
from specufex_pipe.events.frames import event_batches
from specufex_pipe.progress import per_second
from specufex_pipe.stages.provenance import inputs_of
from specufex_pipe.store import FrameStore, write_arrays

log = logging.getLogger(__name__)
_EVENTS_AT_A_TIME = 4096


def run(settings, output, *, fingerprints):
    """Learn clusters of fingerprints.

    Parameters
    ----------
    settings : config.ClusterSettings
    output : str or Path
        clusters.h5, the centres, and the silhouettes of all numbers tried.
    fingerprints : str or Path
        fingerprints.h5
    """
    clock = time.monotonic()
    with FrameStore(fingerprints, "fingerprints") as store:
        chosen = choose_events(store.n_events, settings.random_state)
        features = np.concatenate([prints for _, prints in feature_batches(store, chosen)])
        inputs = {"fingerprints": store.digest, "hmm": inputs_of(fingerprints)["hmm"]}
    model = fit_clusters(features, settings)
    write_arrays(output, "clusters", model._asdict(), settings=settings.model_dump(), inputs=inputs)
    log.info(
        "%d clusters learned from %d events, mean silhouette %.3f, %s",
        len(model.centers), len(chosen), model.scores.max(), per_second(len(chosen), clock),
    )  # fmt: skip


def feature_batches(store, chosen=None):
    """Iterate over the fingerprints of a store as features, a few thousand events at a time.

    Parameters
    ----------
    store : store.FrameStore
        Of fingerprints.
    chosen : ndarray of int, optional
        Numbers of the events to take, rising; all by default.

    Yields
    ------
    events : range
        Of the batch.
    features : ndarray of shape (n_chosen_events, n_states * n_states)
        Of those events of the batch that are chosen.
    """
    for events in event_batches(store.n_events, _EVENTS_AT_A_TIME):
        prints = store.array("fingerprints", slice(events.start, events.stop))
        if chosen is not None:
            first, last = np.searchsorted(chosen, (events.start, events.stop))
            prints = prints[chosen[first:last] - events.start]
        yield events, prints.reshape(len(prints), -1)

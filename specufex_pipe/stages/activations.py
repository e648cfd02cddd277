"""Infer how strong each component is in each frame of each event."""

import json
import logging
import time
from pathlib import Path

import numpy as np

from specufex_pipe.events.frames import Frames, event_batches
from specufex_pipe.factorizations.files import load
from specufex_pipe.progress import per_second, track
from specufex_pipe.store import FrameStore, read_attributes, write_events
from specufex_pipe.store.provenance import require_same_processing
from specufex_pipe.words import counted

log = logging.getLogger(__name__)
STAGE = "activations"
_EVENTS_AT_A_TIME = 256


def run(output: Path, *, spectrograms: Path, nmf: Path) -> None:
    """Transform spectrograms into activations.

    Parameters
    ----------
    output : Path
        activations.h5
    spectrograms : Path
        spectrograms.h5
    nmf : Path
        nmf.h5

    Raises
    ------
    StageError
        If the NMF was fitted to spectrograms that were made in another way.
    """
    model = load(nmf)
    clock = time.monotonic()
    with FrameStore(spectrograms, "spectrograms") as source:
        require_same_processing(spectrograms, json.loads(source.attributes["processing"]), nmf)
        inputs = {"spectrograms": source.digest, "nmf": read_attributes(nmf)["digest"]}
        event_ids = source.event_ids
        with write_events(output, STAGE, settings={}, inputs=inputs) as store:
            batches = event_batches(source.n_events, _EVENTS_AT_A_TIME)
            for events in track(batches, "activations", "batches"):
                activations = model.transform(Frames(*source.read(events)))
                store.append(
                    [event_ids[event] for event in events],
                    np.diff(activations.offsets).tolist(),
                    activations.frames,
                )
            log.info(
                "activations of %s in %s, %s",
                counted(model.n_components_, "component"), counted(store.n_events, "event"),
                per_second(store.n_events, clock),
            )  # fmt: skip

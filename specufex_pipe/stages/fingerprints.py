"""Infer the states of each event and draw its fingerprint."""

import logging
import time
from pathlib import Path

import numpy as np

from specufex_pipe.events.frames import Frames, event_batches
from specufex_pipe.factorizations.files import load as load_nmf
from specufex_pipe.features.models import features_of_models
from specufex_pipe.hmm.files import load as load_hmms
from specufex_pipe.progress import per_second, track
from specufex_pipe.settings import FingerprintSettings
from specufex_pipe.store import FrameStore, read_attributes, write_events
from specufex_pipe.store.provenance import require_made_with
from specufex_pipe.words import counted

log = logging.getLogger(__name__)
STAGE = "fingerprints"
_EVENTS_AT_A_TIME = 256


def run(
    settings: FingerprintSettings, output: Path, *, activations: Path, nmf: Path, hmm: Path
) -> None:
    """Transform activations into fingerprints.

    Parameters
    ----------
    settings : settings.FingerprintSettings
    output : Path
        fingerprints.h5: the fingerprints and occupancy of each HMM, in single precision; the mean
        energy of each component; and the states of the first HMM, frame by frame.
    activations : Path
        activations.h5
    nmf : Path
        nmf.h5, which tells the energy that an activation stands for.
    hmm : Path
        hmm.h5

    Raises
    ------
    StageError
        If activations, NMF and HMM were not made with each other.
    """
    require_made_with(activations, "nmf", nmf)
    require_made_with(hmm, "nmf", nmf)
    clock = time.monotonic()
    models, factorization = load_hmms(hmm), load_nmf(nmf)
    models = models.with_fingerprints(**settings.parameters())
    with FrameStore(activations, "activations") as source:
        inputs = {"activations": source.digest, "hmm": read_attributes(hmm)["digest"]}
        event_ids = source.event_ids
        with write_events(output, STAGE, settings=settings.model_dump(), inputs=inputs) as store:
            batches = event_batches(source.n_events, _EVENTS_AT_A_TIME)
            for events in track(batches, "fingerprints", "batches"):
                found = features_of_models(Frames(*source.read(events)), factorization, models)
                store.append(
                    [event_ids[event] for event in events],
                    [len(event) for event in found.states],
                    np.concatenate(found.states),
                    fingerprints=found.fingerprints,
                    occupancy=found.occupancy,
                    mean_energies=found.mean_energies,
                )
            rate = per_second(store.n_events, clock)
            log.info("fingerprints of %s, %s", counted(store.n_events, "event"), rate)

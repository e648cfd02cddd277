"""Infer the states of each event and draw its fingerprint."""

import logging
import time
from pathlib import Path

import numpy as np

from specufex_pipe.events.frames import Frames, event_batches
from specufex_pipe.factorizations.files import load as load_nmf
from specufex_pipe.hmm.files import load as load_hmm
from specufex_pipe.progress import per_second, track
from specufex_pipe.store import FrameStore, read_attributes, write_events
from specufex_pipe.store.provenance import require_made_with

log = logging.getLogger(__name__)
STAGE = "fingerprints"
_EVENTS_AT_A_TIME = 256


def run(output: Path, *, activations: Path, nmf: Path, hmm: Path) -> None:
    """Transform activations into fingerprints.

    Parameters
    ----------
    output : Path
        fingerprints.h5
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
    model, factorization = load_hmm(hmm), load_nmf(nmf)
    with FrameStore(activations, "activations") as source:
        inputs = {"activations": source.digest, "hmm": read_attributes(hmm)["digest"]}
        event_ids = source.event_ids
        with write_events(output, STAGE, settings={}, inputs=inputs) as store:
            batches = event_batches(source.n_events, _EVENTS_AT_A_TIME)
            for events in track(batches, "fingerprints", "batches"):
                # Event by event, as all events of a shard may have been rejected.
                energies = factorization.energies(Frames(*source.read(events)))
                posterior = model.posterior(energies)
                states = [event.T for event in posterior.state_probabilities]
                store.append(
                    [event_ids[event] for event in events],
                    [len(event) for event in states],
                    np.concatenate(states),
                    fingerprints=posterior.fingerprints,
                    occupancy=np.stack([event.mean(axis=0) for event in states]),
                )
            rate = per_second(store.n_events, clock)
            log.info("fingerprints of %d events, %s", store.n_events, rate)

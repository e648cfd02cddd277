"""A made-up archive of continuous noise with events in it, and a catalog of them."""

import numpy as np

from helpers.waveforms import CHANNEL, START, trace, write_file, write_rows
from helpers.workflow import small_settings

RATE, SPACING = 50, 60  # Hz, s
# Frequencies of two kinds of events, Hz, and of noise that a detector has taken for an event.
KINDS = {"low": 4.0, "high": 15.0, "false": None}
WINDOWS = {"sampling_rate": RATE, "before": 2.0, "duration": 10.0, "margin": 1.0}


def write_archive(folder, n_events=60, seed=0):
    """Write catalog.csv, whose event ids begin with their kind, and source/ of continuous data."""
    rng = np.random.default_rng(seed)
    samples = rng.normal(0, 100, (n_events + 1) * SPACING * RATE)
    time = np.arange(8 * RATE) / RATE
    rows = []
    for number in range(n_events):
        kind = list(KINDS)[number % len(KINDS)]
        onset = number * SPACING + 30 + int(rng.integers(10))
        if KINDS[kind]:
            wave = 3000 * np.exp(-time / 2) * np.sin(2 * np.pi * KINDS[kind] * time)
            samples[onset * RATE : onset * RATE + len(time)] += wave
        rows.append(f"{kind} {number},{START + onset},{START + onset},{3 + number % 4},0,0.1")
    write_rows(folder / "catalog.csv", rows, "event_id,time,start,duration,latitude,longitude")
    for number, part in enumerate(np.array_split(samples, 4)):
        start = START + number * len(part) / RATE
        record = trace(part.astype(np.int32), start, RATE)
        write_file(folder / f"source/{number}.mseed", record)


def settings_of_archive(**changes):
    """Return the settings of a run on the archive that is over in a moment."""
    of_archive = {
        "channels": [CHANNEL],
        "source": {"path": "source"},
        "waveforms": WINDOWS,
        "spectrograms": {"fmin": 1.0, "fmax": 24.0},
        "nmf": {"n_components": 8, "bayesian": {"max_iter": 30}},
        "hmm": {"n_models": 2, "n_states": 4, "max_iter": 30},
        "clusters": {"n_nmfs": 2, "n_clusters": 3, "n_clusters_max": 4, "n_resamples": 4},
        "background": {"n_windows": 60},
    }
    return small_settings(**of_archive | changes)

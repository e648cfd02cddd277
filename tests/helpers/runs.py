"""Results of runs, as small files, for what compares them."""

import json

import numpy as np

from helpers.clusters import learned_of
from helpers.waveforms import write_events_of
from specufex_pipe.clustering import files as cluster_files
from specufex_pipe.clustering.number import Tried
from specufex_pipe.store import (
    Assignments,
    read_attributes,
    write_arrays,
    write_assignments,
    write_events,
)

N_FRAMES = 3
FREQUENCIES = np.arange(1.0, 9.0)


def spectra_of(n_clusters, seed=0):
    """Return a mean spectrum for each cluster, and for events in none."""
    return np.random.default_rng(seed).gamma(1, 10, (n_clusters + 1, len(FREQUENCIES)))


def write_result(
    folder, clusters, *, agreement=0.8, found=True, spectra=None, frequencies=FREQUENCIES,
    settings=None, clusters_of=None, n_warnings=2, scale="median",
):  # fmt: skip
    """Write a result, results/UNIT/VARIANT, of events by id; return its folder.

    `settings` are of the NMF, and `clusters_of` is a result whose clusters are kept.
    """
    folder.mkdir(parents=True)
    event_ids, labels = list(clusters), np.array([*clusters.values()])
    n_clusters = max(1, int(labels.max()))
    spectra = spectra_of(n_clusters) if spectra is None else spectra
    quoted = [event_id.replace('"', '""') for event_id in event_ids]
    rows = [f'"{name}",2020-01-01T00:{i % 60:02}:00Z' for i, name in enumerate(quoted)]
    write_events_of(folder.parents[1], rows)
    with write_events(folder / "waveforms.h5", "waveforms", settings={}, inputs={}) as store:
        store.append(event_ids, [1] * len(event_ids), np.zeros(len(event_ids), np.float32))
        store.attributes(channel=folder.parent.name)
    with write_events(folder / "spectrograms.h5", "spectrograms", settings={}, inputs={}) as store:
        frames = np.repeat(spectra[labels], N_FRAMES, axis=0).astype(np.float32)
        store.append(event_ids, [N_FRAMES] * len(event_ids), frames)
        store.array("frequencies", frequencies)
        store.attributes(scale=scale, unit="dB")
    made = {"nmf": {"method": "bayesian"} | (settings or {}), "hmm": {"n_models": 2}}
    for name, values in (made | {"fingerprints": {}}).items():
        write_arrays(folder / f"{name}.h5", name, {}, settings=values)
    fingerprints = [read_attributes(folder / "fingerprints.h5")["digest"]]
    if clusters_of is None:
        numbers = np.array([n_clusters])
        learned = learned_of(
            [0.9] * n_clusters,
            tried=Tried(numbers, *[np.array([each]) for each in (0.9, 0.9, agreement, *[0.5] * 4)]),
            place=0 if found else None,
        )
        cluster_files.save(
            folder / "clusters.h5", learned, parameters={}, features={}, description="",
            settings={"seed": str(folder)}, inputs={"fingerprints": fingerprints, "hmm": ["h"]},
        )  # fmt: skip
    made_with = read_attributes((clusters_of or folder) / "clusters.h5")["digest"]
    zeros = np.zeros(len(labels))
    assignments = Assignments(
        event_ids, clusters=labels, memberships=zeros, second_clusters=np.zeros_like(labels),
        second_memberships=zeros, silhouettes=zeros, distances=zeros, are_outside=labels == 0,
        are_new=labels == 0,
    )  # fmt: skip
    inputs = {"clusters": made_with, "fingerprints": fingerprints if clusters_of is None else ["f"]}
    write_assignments(folder / "assignments.h5", assignments, settings={}, inputs=inputs)
    notes = {"notes": ["x"] * n_warnings}
    (folder / "events.csv-metadata.json").write_text(json.dumps(notes), encoding="utf-8")
    return folder


def labelled(labels, first=0):
    """Return clusters by the ids of events, which are numbered."""
    return {f"event {first + i}": int(label) for i, label in enumerate(labels)}

"""The stages from spectrograms to clusters, run on made-up events."""

import json

import numpy as np

from specufex_pipe.settings import ClusterSettings, FingerprintSettings, HMMSettings, NMFSettings
from specufex_pipe.stages import activations, assign, clusters, fingerprints, hmm, nmf
from specufex_pipe.store import read_attributes, write_events

NMF = NMFSettings(n_components=3, bayesian={"max_iter": 20, "batch_size": 8, "tol": 0})
HMM = HMMSettings(n_models=2, n_states=3, max_iter=20, batch_size=8, tol=0)
CLUSTERS = ClusterSettings(n_clusters_min=2, n_clusters_max=3, kmeans={"n_init": 2})
N_FREQUENCIES = 12


def write_spectrograms(folder, n_events=24, seed=0, fmax=45.0, lengths=None):
    """Write spectrograms of made-up events, of 20 frames or of other lengths."""
    rng = np.random.default_rng(seed)
    lengths = [20] * n_events if lengths is None else lengths
    with write_events(
        folder / "spectrograms.h5", "spectrograms", settings={}, inputs={"waveforms": "w"}
    ) as store:
        spectra = rng.gamma(0.5, 10, (3, N_FREQUENCIES))
        for number, length in enumerate(lengths):
            frames = rng.gamma(1, 1, (length, 3)) @ spectra
            store.append([f"event {number}"], [length], frames.astype(np.float32))
        store.array("frequencies", np.arange(1.0, N_FREQUENCIES + 1))
        store.attributes(processing=json.dumps({"spectrograms.fmax": fmax}))


def run_nmf(folder, settings=NMF, **options):
    nmf.run(settings, folder / "nmf.h5", spectrograms=folder / "spectrograms.h5", **options)


def run_activations(folder):
    paths = {name: folder / f"{name}.h5" for name in ("spectrograms", "nmf")}
    activations.run(folder / "activations.h5", **paths)


def run_all(folder, settings=NMF, **options):
    paths = {name: folder / f"{name}.h5" for name in ("activations", "nmf")}
    run_nmf(folder, settings, **options)
    run_activations(folder)
    hmm.run(HMM, folder / "hmm.h5", **paths, **options)
    run_fingerprints(folder)


def run_fingerprints(folder, **settings):
    paths = {name: folder / f"{name}.h5" for name in ("activations", "nmf", "hmm")}
    fingerprints.run(FingerprintSettings(**settings), folder / "fingerprints.h5", **paths)


def run_clusters(folder):
    clusters.run(CLUSTERS, folder / "clusters.h5", fingerprints=[folder / "fingerprints.h5"])


def run_assign(folder, model):
    assign.run(folder / "assignments.h5", clusters=model, fingerprints=[folder / "fingerprints.h5"])


def digest(path):
    return read_attributes(path)["digest"]

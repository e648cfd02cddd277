"""Several NMFs in the workflow: each in a folder of its own, and no more of them than are asked."""

import json

import pytest
from helpers.workflow import CHANNELS, clusters_of, jobs, snakemake, write_run

from specufex_pipe.store import read_attributes

pytestmark = [pytest.mark.endurance, pytest.mark.soak]
CHANNEL = CHANNELS[0]
FOLDERS = ("main", "main.2")
OF_CLUSTERS = {"n_nmfs": 2, "n_clusters": 3, "n_clusters_max": 4, "n_resamples": 4}
OF_AN_NMF = ("nmf", "activations", "hmm", "fingerprints")


def run(folder, *options):
    found = snakemake(folder, *options)
    assert found.returncode == 0, found.stdout


def inputs_of_clusters(results):
    return json.loads(read_attributes(results / "main/clusters.h5")["inputs"])


def test_nmfs_have_folders_of_their_own_and_are_added_and_kept_one_by_one(tmp_path):
    write_run(tmp_path, channels=[CHANNEL], clusters=OF_CLUSTERS)
    run(tmp_path)
    results = tmp_path / "results" / CHANNEL
    digests = {
        name: [read_attributes(results / folder / f"{name}.h5")["digest"] for folder in FOLDERS]
        for name in OF_AN_NMF
    }
    assert all(len(set(each)) == 2 for each in digests.values())
    inputs = inputs_of_clusters(results)
    assert (inputs["hmm"], inputs["fingerprints"]) == (digests["hmm"], digests["fingerprints"])
    assert not (results / "main.2/waveforms.h5").exists()
    assert not list(results.glob("*/*.checkpoint.h5"))
    assert jobs(tmp_path) == {}

    # One NMF more is all that is fitted for it; one less leaves its files where they are.
    more = jobs(tmp_path, "--config", "clusters={n_nmfs: 3}")
    assert {rule: more[rule] for rule in ("nmf", "hmm")} == {"nmf": 1, "hmm": 1}
    less = jobs(tmp_path, "--config", "clusters={n_nmfs: 1}")
    assert set(less) == {"clusters", "assign", "events", "background", "report"}

    # A variant shares both NMFs with main where its changes do not touch them.
    of_variant = jobs(tmp_path, "--config", "variants={other: {hmm.n_states: 5}}")
    assert "nmf" not in of_variant
    assert (of_variant["hmm"], of_variant["clusters"]) == (2, 1)

    before = clusters_of(results / "main")
    run(tmp_path, "--config", "model=frozen", "--forcerun", "assign")
    assert clusters_of(results / "main") == before
    assert inputs_of_clusters(results) == inputs

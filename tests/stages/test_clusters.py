"""The stages clusters and assign: features from three files, and events that are new."""

import json
import logging

import numpy as np
import pytest
from helpers.clusters import blobs, quick
from helpers.stages import (
    CLUSTERS,
    run_activations,
    run_all,
    run_fingerprints,
    write_spectrograms,
)
from helpers.waveforms import write_events_of

from specufex_pipe import EventClusterer, progress
from specufex_pipe.clustering.files import load, load_parameters
from specufex_pipe.errors import StageError
from specufex_pipe.features.ensemble import EnsembleJoiner
from specufex_pipe.features.files import load_joiner
from specufex_pipe.features.reading import block_batches
from specufex_pipe.settings import ClusterSettings
from specufex_pipe.stages import assign, clusters
from specufex_pipe.store import FrameStore, read_assignments, read_attributes, write_events

N_EVENTS = 24
WEIGHTS = {"fingerprints": 1.0, "kurtosis": 0.5, "catalog.magnitude": 3.0}
OF_FILES = CLUSTERS.model_copy(update={"features": WEIGHTS})
# Two kinds of events that differ in their magnitude.
MAGNITUDES = np.repeat([1.0, 5.0], N_EVENTS // 2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Fingerprints of events, and waveforms and a catalog that have them too."""
    folder = tmp_path_factory.mktemp("run")
    write_spectrograms(folder, N_EVENTS)
    run_all(folder)
    ids = [f"event {number}" for number in range(N_EVENTS)]
    rng = np.random.default_rng(0)
    with write_events(folder / "waveforms.h5", "waveforms", settings={}, inputs={}) as store:
        store.append(
            ids, [1] * N_EVENTS, np.zeros(N_EVENTS), may_be_nan=["attributes"],
            attributes=rng.gamma(2, 1, (N_EVENTS, 1)),
        )  # fmt: skip
        store.describe("attributes", names=["kurtosis"], units=[""])
    rows = [f"{event},2020-01-01,{size}" for event, size in zip(ids, MAGNITUDES, strict=True)]
    write_events_of(folder, rows, "event_id,time,magnitude").replace(folder / "catalog.h5")
    return folder


def files(folder, *names):
    paths = {name: folder / f"{name}.h5" for name in names}
    return {"fingerprints": [folder / "fingerprints.h5"]} | paths


def run_both(folder, output, settings, *names):
    paths = files(folder, *names)
    clusters.run(settings, output / "clusters.h5", **paths)
    assign.run(output / "assignments.h5", clusters=output / "clusters.h5", **paths)
    return read_assignments(output / "assignments.h5")


def test_clusters_are_those_of_a_clusterer_of_the_joined_features_bit_for_bit(folder, tmp_path):
    found = run_both(folder, tmp_path, OF_FILES, "waveforms", "catalog")
    with FrameStore(folder / "fingerprints.h5", "fingerprints") as store:
        paths = files(folder, "waveforms", "catalog") | {"fingerprints": [store]}
        (blocks,) = block_batches(WEIGHTS, **paths)
    joiner = EnsembleJoiner(WEIGHTS).fit(blocks)
    features = joiner.transform(blocks)
    model = EventClusterer(**OF_FILES.parameters()).fit(features, models=joiner.models_)
    for one, other in zip(found[1:], model.learned_.assign([features]), strict=True):
        np.testing.assert_array_equal(one, other)
    assert found.event_ids == [f"event {number}" for number in range(N_EVENTS)]


def test_a_column_of_the_catalog_that_tells_events_apart_makes_clusters(folder, tmp_path):
    of_catalog = ClusterSettings(features={"catalog.magnitude": 1.0}, n_clusters_max=3)
    found = run_both(folder, tmp_path, of_catalog, "catalog")
    assert len(set(zip(found.clusters.tolist(), MAGNITUDES.tolist(), strict=True))) == 2
    assert set(found.clusters) == {1, 2}


def test_the_file_tells_of_settings_features_and_inputs(folder, tmp_path):
    run_both(folder, tmp_path, OF_FILES, "waveforms", "catalog")
    path = tmp_path / "clusters.h5"
    attributes = read_attributes(path)
    assert json.loads(attributes["settings"]) == OF_FILES.record()
    assert load_parameters(path) == OF_FILES.parameters()
    assert load_joiner(path).weights == WEIGHTS
    fingerprints = read_attributes(folder / "fingerprints.h5")["digest"]
    inputs = [json.loads(read_attributes(tmp_path / name)["inputs"]) for name in (
        "clusters.h5", "assignments.h5",
    )]  # fmt: skip
    assert [each["fingerprints"] for each in inputs] == [[fingerprints]] * 2
    assert inputs[1]["clusters"] == attributes["digest"]


@pytest.mark.parametrize(
    ("feature", "given", "message"),
    [
        ("catalog.size", ["catalog"], "size"),
        ("catalog.magnitude", [], "catalog.magnitude is in catalog.h5, which was not given"),
        ("kurtosis", [], "kurtosis is in waveforms.h5, which was not given"),
        ("energy", ["waveforms"], r"waveforms\.h5 has no energy, only kurtosis"),
    ],
)
def test_a_feature_that_cannot_be_had_is_named(folder, tmp_path, feature, given, message):
    settings = CLUSTERS.model_copy(update={"features": {feature: 1.0}})
    with pytest.raises(StageError, match=message):
        clusters.run(settings, tmp_path / "clusters.h5", **files(folder, *given))
    assert not (tmp_path / "clusters.h5").exists()


def test_assigning_asks_for_the_files_that_the_clusters_features_are_in(folder, tmp_path):
    run_both(folder, tmp_path, OF_FILES, "waveforms", "catalog")
    with pytest.raises(StageError, match=r"the feature kurtosis is in waveforms\.h5"):
        assign.run(
            tmp_path / "again.h5", clusters=tmp_path / "clusters.h5", **files(folder, "catalog")
        )


@pytest.fixture
def later(folder, tmp_path):
    """Make other events with the models of the folder, and return the clusters that were before."""

    def make(n_events, seed, lengths=None):
        for name in ("nmf", "hmm"):
            (tmp_path / f"{name}.h5").write_bytes((folder / f"{name}.h5").read_bytes())
        write_spectrograms(tmp_path, n_events, seed=seed, lengths=lengths)
        run_activations(tmp_path)
        run_fingerprints(tmp_path)
        return tmp_path

    return make


def test_events_that_were_learned_from_keep_their_clusters_among_new_ones(folder, later, tmp_path):
    settings = CLUSTERS.model_copy(update={"n_clusters": 3})
    clusters.run(settings, tmp_path / "frozen.h5", **files(folder))
    made = later(30, 0)
    assign.run(tmp_path / "a.h5", clusters=tmp_path / "frozen.h5", **files(made))
    found = read_assignments(tmp_path / "a.h5")
    assert len(found.clusters) == 30
    # The first events are the same: the generator of the helper goes on where it was.
    learned = load(tmp_path / "frozen.h5")
    np.testing.assert_array_equal(found.clusters[:N_EVENTS], learned.labels)
    assert set(found.clusters) <= set(range(learned.n_clusters + 1))


def test_new_events_that_are_unlike_all_others_are_outside_and_in_none(later, tmp_path, caplog):
    settings = CLUSTERS.model_copy(update={"features": {"duration": 1.0}})
    lengths = np.random.default_rng(0).integers(18, 23, N_EVENTS)
    before = later(N_EVENTS, 0, lengths)
    clusters.run(settings, tmp_path / "frozen.h5", **files(before))
    made = later(3, 1, [20, 20, 4000])
    with caplog.at_level(logging.INFO):
        assign.run(tmp_path / "a.h5", clusters=tmp_path / "frozen.h5", **files(made))
    found = read_assignments(tmp_path / "a.h5")
    assert found.are_outside.tolist() == [False, False, True]
    assert found.clusters[2] == 0
    n_new = np.count_nonzero(found.are_new)
    assert n_new in (1, 2, 3)
    assert "not learned from, of which 1 is outside" in caplog.text


def test_the_log_says_how_far_clusters_are_where_they_take_long(
    folder, tmp_path, caplog, monkeypatch
):
    monkeypatch.setattr(progress, "_SECONDS_BETWEEN_LINES", -1)
    settings = CLUSTERS.model_copy(update={"n_resamples": 12})
    with caplog.at_level(logging.INFO):
        clusters.run(settings, tmp_path / "clusters.h5", **files(folder))
    assert "clusters: 11 of 12 resamples" in caplog.messages
    assert "clusters of one Gaussian: 3 of 4 draws" in caplog.messages
    caplog.clear()
    # From Python it says nothing unless it is asked to.
    with caplog.at_level(logging.INFO):
        quick().fit(blobs()[0])
    assert not caplog.messages


def test_a_file_without_its_features_is_refused(folder, tmp_path):
    run_both(folder, tmp_path, CLUSTERS.model_copy(update={"features": {"duration": 1.0}}))
    assert load_joiner(tmp_path / "clusters.h5").weights == {"duration": 1.0}
    with pytest.raises(OSError, match=r"fingerprints\.h5"):
        load_joiner(folder / "fingerprints.h5")

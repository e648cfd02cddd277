"""Models that are kept or updated: what fits together is used, and nothing else."""

import json
import logging

import numpy as np
import pytest
from helpers.stages import (
    HMM,
    N_FREQUENCIES,
    digest,
    run_activations,
    run_all,
    run_assign,
    run_clusters,
    run_fingerprints,
    run_nmf,
    write_spectrograms,
)

from specufex_pipe import BayesianNMF
from specufex_pipe.errors import FitInterrupted, StageError
from specufex_pipe.hmm.files import load as load_hmms
from specufex_pipe.settings import NMFSettings
from specufex_pipe.stages import hmm
from specufex_pipe.store import FrameStore, read_arrays, read_attributes, write_events


def test_an_update_starts_from_the_saved_models_and_keeps_their_factors(tmp_path, caplog):
    write_spectrograms(tmp_path)
    run_all(tmp_path)
    first = read_arrays(tmp_path / "nmf.h5", "nmf")[0]
    write_spectrograms(tmp_path, n_events=40)
    caplog.set_level(logging.INFO)
    run_all(tmp_path, update=True)
    arrays, attributes = read_arrays(tmp_path / "nmf.h5", "nmf")
    assert attributes["n_iter"] == 40
    assert "updates " in caplog.text
    # Components keep their numbers: each is nearest to itself.
    for component, spectrum in enumerate(arrays["components"]):
        distances = np.linalg.norm(first["components"] - spectrum, axis=1)
        assert distances.argmin() == component
    with FrameStore(tmp_path / "fingerprints.h5", "fingerprints") as store:
        assert store.n_events == 40


def test_an_update_is_not_made_twice_on_the_same_data(tmp_path):
    write_spectrograms(tmp_path)
    run_all(tmp_path, update=True)
    before = {name: digest(tmp_path / f"{name}.h5") for name in ("nmf", "hmm")}
    run_all(tmp_path, update=True)
    assert {name: digest(tmp_path / f"{name}.h5") for name in ("nmf", "hmm")} == before


@pytest.mark.parametrize("name", ["nmf", "hmm"])
def test_a_model_that_is_lost_is_there_again_without_a_step(name, tmp_path, caplog):
    caplog.set_level(logging.INFO)
    write_spectrograms(tmp_path)
    run_all(tmp_path)
    expected = digest(tmp_path / f"{name}.h5")

    def run():
        if name == "nmf":
            run_nmf(tmp_path, checkpoint=tmp_path / "checkpoint.h5")
        else:
            run_hmm(tmp_path, checkpoint=tmp_path / "checkpoint.h5")

    run()
    (tmp_path / f"{name}.h5").unlink()
    caplog.clear()
    run()
    assert ", 0 steps/s" in caplog.text
    assert digest(tmp_path / f"{name}.h5") == expected


def run_hmm(folder, settings=HMM, **options):
    paths = {name: folder / f"{name}.h5" for name in ("activations", "nmf")}
    hmm.run(settings, folder / "hmm.h5", **paths, **options)


def test_hmms_that_are_stopped_again_and_again_end_with_the_same_bits(tmp_path):
    write_spectrograms(tmp_path)
    run_all(tmp_path)
    expected = digest(tmp_path / "hmm.h5")
    (tmp_path / "hmm.h5").unlink()
    limits = {"checkpoint": tmp_path / "hmm.checkpoint.h5", "time_budget": 1e-9}
    n_jobs, stopped = 0, []
    while not (tmp_path / "hmm.h5").exists():
        n_jobs += 1
        try:
            run_hmm(tmp_path, **limits)
        except FitInterrupted as error:
            stopped.append(str(error).split(":")[0])
    # A job a step, and the last step of an HMM does not stop the next one.
    assert n_jobs == 2 * (HMM.max_iter - 1) + 1
    assert sorted(set(stopped)) == ["HMM 1 of 2", "HMM 2 of 2"]
    assert digest(tmp_path / "hmm.h5") == expected
    assert (tmp_path / "hmm.1.checkpoint.h5").exists()


def test_an_update_fits_the_hmms_that_are_new_and_drops_those_that_are_too_many(tmp_path):
    write_spectrograms(tmp_path)
    run_all(tmp_path)
    updates = [HMM.model_copy(update={"n_models": n_models}) for n_models in (3, 1)]
    write_spectrograms(tmp_path, n_events=30)
    run_nmf(tmp_path, update=True)
    run_activations(tmp_path)
    for settings, expected in zip(updates, ([40, 40, 20], [60]), strict=True):
        run_hmm(tmp_path, settings, update=True)
        assert read_attributes(tmp_path / "hmm.h5")["n_iter"].tolist() == expected


def test_an_update_that_is_stopped_ends_with_the_same_bits(tmp_path):
    write_spectrograms(tmp_path)
    run_all(tmp_path)
    write_spectrograms(tmp_path, n_events=30)
    run_nmf(tmp_path, update=True)
    run_activations(tmp_path)
    before = (tmp_path / "hmm.h5").read_bytes()
    more = HMM.model_copy(update={"n_models": 3})
    run_hmm(tmp_path, more, update=True)
    expected = digest(tmp_path / "hmm.h5")
    (tmp_path / "hmm.h5").write_bytes(before)
    limits = {"checkpoint": tmp_path / "hmm.checkpoint.h5", "time_budget": 1e-9}
    n_stopped = 0
    while digest(tmp_path / "hmm.h5") != expected:
        try:
            run_hmm(tmp_path, more, update=True, **limits)
        except FitInterrupted:
            n_stopped += 1
        assert n_stopped < 100
    assert n_stopped == 3 * (HMM.max_iter - 1)


def test_fingerprints_of_all_hmms_are_kept_and_say_how_they_were_made(tmp_path):
    write_spectrograms(tmp_path)
    run_all(tmp_path)
    run_fingerprints(tmp_path, method="transitions", horizon=7)
    models = load_hmms(tmp_path / "hmm.h5").models
    with (
        FrameStore(tmp_path / "activations.h5", "activations") as activations,
        FrameStore(tmp_path / "fingerprints.h5", "fingerprints") as store,
    ):
        energies = BayesianNMF.load(tmp_path / "nmf.h5").energies(activations).whole()
        assert json.loads(store.attributes["settings"]) == {"method": "transitions", "horizon": 7}
        prints = store.array("fingerprints")
        assert (prints.dtype, prints.shape) == (np.float32, (24, 2, 3, 3))
        for number, model in enumerate(models):
            model.set_params(fingerprint="transitions", horizon=7)
            expected = model.transform(energies)
            np.testing.assert_array_equal(prints[:, number], expected.astype(np.float32))
        occupancy = store.array("occupancy")
        assert occupancy.shape == (24, 2, 3)
        np.testing.assert_allclose(occupancy.sum(axis=2), 1, rtol=1e-6)
        events = list(energies.read(range(24)).events())
        states = list(store.read(range(24)).events())
    means = [event.mean(axis=0) for event in events]
    with FrameStore(tmp_path / "fingerprints.h5", "fingerprints") as store:
        np.testing.assert_allclose(store.array("mean_energies"), means, rtol=1e-5)
    first = models[0].posterior(energies).state_probabilities
    for one, other in zip(states, first, strict=True):
        np.testing.assert_array_equal(one, other.T)


def test_clusters_of_fingerprints_made_in_another_way_are_refused(tmp_path):
    write_spectrograms(tmp_path)
    run_all(tmp_path)
    run_clusters(tmp_path)
    run_assign(tmp_path, tmp_path / "clusters.h5")
    run_fingerprints(tmp_path, horizon=7)
    with pytest.raises(
        StageError, match=r"made with horizon 20, method sequence, and those .* horizon 7, method"
    ):
        run_assign(tmp_path, tmp_path / "clusters.h5")


def test_an_update_with_another_number_of_states_says_to_fit_again(tmp_path):
    write_spectrograms(tmp_path)
    run_all(tmp_path)
    other = HMM.model_copy(update={"n_states": 4})
    with pytest.raises(StageError, match="n_states is 4, and the model was fitted with 3"):
        run_hmm(tmp_path, other, update=True)


def test_spectrograms_made_in_another_way_are_refused_by_a_model(tmp_path):
    write_spectrograms(tmp_path)
    run_nmf(tmp_path)
    write_spectrograms(tmp_path, fmax=40.0)
    message = r"spectrograms\.fmax is 40\.0, and was 45\.0 for the model"
    with pytest.raises(StageError, match=message):
        run_activations(tmp_path)
    with pytest.raises(StageError, match=message):
        run_nmf(tmp_path, update=True)


def test_files_of_different_runs_are_not_mixed(tmp_path):
    runs = [tmp_path / "one", tmp_path / "other"]
    for seed, folder in enumerate(runs):
        folder.mkdir()
        write_spectrograms(folder, seed=seed)
        run_all(folder)
        run_clusters(folder)
    with pytest.raises(StageError, match="are clusters of fingerprints that other HMMs made"):
        run_assign(runs[0], runs[1] / "clusters.h5")
    run_assign(runs[0], runs[0] / "clusters.h5")
    (runs[1] / "nmf.h5").replace(runs[0] / "nmf.h5")
    with pytest.raises(StageError, match="was made with another nmf"):
        run_fingerprints(runs[0])


def test_an_update_never_starts_from_states_of_other_components(tmp_path, caplog):
    write_spectrograms(tmp_path)
    run_all(tmp_path)
    # A new fit of the NMF, after which the run was stopped.
    write_spectrograms(tmp_path, seed=1)
    run_nmf(tmp_path)
    run_all(tmp_path, update=True)
    assert "starts afresh" in caplog.text
    assert read_attributes(tmp_path / "hmm.h5")["n_iter"].tolist() == [HMM.max_iter] * 2


def test_a_shard_without_events_goes_through_all_stages(tmp_path):
    write_spectrograms(tmp_path)
    run_all(tmp_path)
    write_spectrograms(tmp_path, n_events=0)
    run_activations(tmp_path)
    run_fingerprints(tmp_path)
    with FrameStore(tmp_path / "fingerprints.h5", "fingerprints") as store:
        assert store.n_events == 0


def test_a_frequency_of_which_nothing_can_be_learned_is_named(tmp_path):
    with write_events(
        tmp_path / "spectrograms.h5", "spectrograms", settings={}, inputs={"waveforms": "w"}
    ) as store:
        frames = np.ones((20, N_FREQUENCIES), dtype=np.float32)
        frames[:, [3, 11]] = 0
        store.append(["event"], [20], frames)
        store.array("frequencies", np.arange(1.0, N_FREQUENCIES + 1))
        store.attributes(processing="{}")
    with pytest.raises(StageError, match=r"are 0 in all frames at 4, 12 Hz, .*fmin and .*fmax"):
        run_nmf(tmp_path, NMFSettings(method="smooth", n_components=3))


def test_a_model_that_does_not_say_what_it_was_made_from_is_refused(tmp_path):
    write_spectrograms(tmp_path)
    BayesianNMF(3, max_iter=2).fit([np.ones((N_FREQUENCIES, 4))]).save(tmp_path / "nmf.h5")
    with pytest.raises(StageError, match="does not say what processing it was made with"):
        run_activations(tmp_path)

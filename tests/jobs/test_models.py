"""Models that are kept: those of the variant that owns them, and a word where one is missing."""

import os

import pytest

from specufex_pipe.errors import SettingsError
from specufex_pipe.jobs.models import (
    check_models,
    checkpoint_of,
    remove_checkpoints,
    settings_without_effect,
)
from specufex_pipe.settings import Settings
from specufex_pipe.store import write_arrays

UNIT = "XX.STA..HHZ"
SETTINGS = Settings(
    channels=[UNIT],
    catalog={"path": "c"},
    source={"path": "s"},
    model="frozen",
    clusters={"n_nmfs": 2},
    variants={"states": {"hmm": {"n_states": 5}}},
)


def write_models(folder, *names, n_nmfs=2):
    for name in names:
        path = folder / UNIT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.name == "clusters.h5":
            write_arrays(path, "clusters", {}, inputs={"hmm": ["digest"] * n_nmfs})
        else:
            path.write_bytes(b"")


MAIN = (
    "main/nmf.h5", "main.2/nmf.h5", "main/hmm.h5", "main.2/hmm.h5", "main/clusters.h5",
)  # fmt: skip


def test_a_variant_needs_its_own_models_where_its_changes_touch_them(tmp_path):
    write_models(tmp_path, *MAIN, "states/hmm.h5", "states.2/hmm.h5", "states/clusters.h5")
    check_models(SETTINGS, tmp_path, [UNIT])


def test_a_variant_never_takes_the_models_of_main_for_its_own(tmp_path):
    write_models(tmp_path, *MAIN, "states/clusters.h5")
    with pytest.raises(SettingsError, match=rf"needs .*{UNIT}/states/hmm\.h5: there is no such"):
        check_models(SETTINGS, tmp_path, [UNIT])


def test_an_nmf_that_is_missing_is_named(tmp_path):
    write_models(tmp_path, *(name for name in MAIN if name != "main.2/nmf.h5"))
    with pytest.raises(SettingsError, match=r"needs .*main\.2/nmf\.h5: there is no such file"):
        check_models(SETTINGS, tmp_path, [UNIT])


@pytest.mark.parametrize("n_nmfs", [1, 3])
def test_clusters_of_another_number_of_nmfs_name_the_setting(tmp_path, n_nmfs):
    write_models(tmp_path, *MAIN, "states/clusters.h5", n_nmfs=n_nmfs)
    with pytest.raises(SettingsError, match=rf"n_nmfs is 2: set it to {n_nmfs}, or learn"):
        check_models(SETTINGS, tmp_path, [UNIT])


def write_recorded(folder, variant="main", **sections):
    for stage in ("nmf", "hmm", "clusters"):
        path = folder / UNIT / variant / f"{stage}.h5"
        path.parent.mkdir(parents=True, exist_ok=True)
        recorded = getattr(SETTINGS, stage).record() | sections.get(stage, {})
        write_arrays(path, stage, {}, settings=recorded, inputs={})


def test_settings_that_kept_models_were_not_made_with_are_named_once_with_the_model(tmp_path):
    write_recorded(tmp_path)
    alone = SETTINGS.model_copy(update={"variants": {}})
    assert settings_without_effect(alone, tmp_path, [UNIT]) == []
    write_recorded(tmp_path, clusters={"n_clusters": 7, "method": "ward"}, hmm={"n_states": 9})
    hmm, clusters = settings_without_effect(alone, tmp_path, [UNIT])
    assert hmm.startswith(f"{tmp_path / UNIT}/main/hmm.h5 is kept (model is 'frozen'), ")
    assert hmm.endswith("changed under hmm has no effect: n_states is 15, and was 9")
    assert "method is 'kmeans', and was 'ward'; n_clusters is 'stability', and was 7" in clusters
    # A variant shares what it does not change.
    shared = SETTINGS.model_copy(update={"variants": {"steps": {"clusters": {"n_neighbors": 9}}}})
    write_recorded(tmp_path, "steps", clusters={"n_neighbors": 8})
    found = settings_without_effect(shared, tmp_path, [UNIT])
    assert len(found) == 3
    assert "steps/clusters.h5" in found[2]
    assert found[2].endswith("n_neighbors is 9, and was 8")


def test_all_settings_have_an_effect_on_models_that_are_fitted(tmp_path):
    write_recorded(tmp_path, clusters={"n_clusters": 7})
    fitted = SETTINGS.model_copy(update={"model": "fit"})
    assert settings_without_effect(fitted, tmp_path, [UNIT]) == []


def test_checkpoints_of_fits_that_have_ended_are_removed_and_nothing_else(tmp_path):
    # The fit of the states' NMF has not ended, and their HMM is fitted anew.
    checkpoints = [f"states/{name}.checkpoint.h5" for name in ("nmf", "hmm", "hmm.1", "hmm.12")]
    kept = (*MAIN, "states/hmm.h5", *checkpoints)
    ended = [f"main/{name}.h5" for name in ("nmf.checkpoint", "nmf.checkpoint.previous")]
    ended += [f"main/hmm.{name}.h5" for name in ("checkpoint", "1.checkpoint", "12.checkpoint")]
    ended.append("main/hmm.1.checkpoint.previous.h5")
    write_models(tmp_path, *ended, *kept)
    for number, name in enumerate(kept):
        os.utime(tmp_path / UNIT / name, (2e9 + number, 2e9 + number))
    assert checkpoint_of("a/nmf.h5").name == "nmf.checkpoint.h5"
    remove_checkpoints(tmp_path)
    left = {str(path.relative_to(tmp_path / UNIT)) for path in tmp_path.rglob("*.h5")}
    assert left == set(kept)


def test_models_of_the_earlier_layout_are_told_of(tmp_path):
    write_models(tmp_path, "nmf.h5", "hmm.h5", "clusters.h5")
    with pytest.raises(SettingsError, match=r"has models of an earlier version \(format 2\)"):
        check_models(SETTINGS, tmp_path, [UNIT])

"""A variant shares with main what its changes do not touch."""

import pytest

from specufex_pipe.jobs.variants import owner_of
from specufex_pipe.settings import Settings
from specufex_pipe.stages.registry import STAGES

SETTINGS = Settings(
    channels=["XX.STA..HHZ"],
    catalog={"path": "c"},
    source={"path": "s"},
    variants={
        "window": {"waveforms": {"before": 10.0}},
        "band": {"spectrograms": {"fmax": 40.0}},
        "method": {"nmf": {"method": "seq"}},
        "unused_key": {"nmf": {"seq": {"length": 20}}},
        "states": {"hmm": {"n_states": 5}},
        "horizon": {"fingerprints": {"horizon": 5}},
        "seed": {"clusters": {"random_state": 1}},
        "weights": {"clusters": {"features": {"duration": 2.0}}},
        "unused_method": {"clusters": {"consensus": {"n_partitions": 9}}},
        "other_nmf": {"nmf": {"random_state": 1}},
        "more": {"clusters": {"n_nmfs": 5}},
        "nothing": {},
    },
)
PIPELINE = (
    "waveforms", "spectrograms", "nmf", "activations", "hmm", "fingerprints", "clusters", "assign",
)  # fmt: skip


@pytest.mark.parametrize(("variant", "first"), [
    ("window", "waveforms"),
    ("band", "spectrograms"),
    ("method", "nmf"),
    ("states", "hmm"),
    ("horizon", "fingerprints"),
    ("seed", "clusters"),
    ("weights", "clusters"),
    ("nothing", None),
    ("unused_key", None),
    ("unused_method", None),
])  # fmt: skip
def test_files_from_the_first_that_is_touched_are_the_variants_own(variant, first):
    settings = SETTINGS.model_copy(update={"variants": {variant: SETTINGS.variants[variant]}})
    owners = [owner_of(stage, variant, settings) for stage in PIPELINE]
    n_shared = PIPELINE.index(first) if first else len(PIPELINE)
    assert owners == ["main"] * n_shared + [variant] * (len(PIPELINE) - n_shared)


@pytest.mark.parametrize(("variant", "owners"), [
    ("main", ["main.2"] * 4),
    ("states", ["main.2", "main.2", "states.2", "states.2"]),
    ("method", ["method.2"] * 4),
    ("seed", ["main.2"] * 4),
    ("other_nmf", ["other_nmf.2"] * 4),
])  # fmt: skip
def test_other_nmfs_of_a_variant_are_shared_as_its_files_are(variant, owners):
    name = f"{variant}.2"
    of_nmf = [owner_of(stage, name, SETTINGS) for stage in PIPELINE[2:6]]
    assert of_nmf == owners
    assert {owner_of(stage, name, SETTINGS) for stage in PIPELINE[:2]} == {"main"}


def test_what_owns_files_is_always_made():
    for name in SETTINGS.all_names:
        for stage in PIPELINE[:6]:
            assert owner_of(stage, name, SETTINGS) in SETTINGS.all_names
    assert owner_of("nmf", "more.3", SETTINGS) == "main.3"
    assert owner_of("nmf", "more.5", SETTINGS) == "more.5"


def test_the_nmfs_of_a_variant_differ_in_nothing_but_their_seeds():
    names = SETTINGS.nmf_names("states")
    assert names == ["states", "states.2", "states.3"]
    first, *others = map(SETTINGS.variant, names)
    seeds = {each.nmf.random_state for each in (first, *others)}
    assert len(seeds | {SETTINGS.variant("other_nmf.2").nmf.random_state}) == 4
    for other in others:
        nmf = other.nmf.model_copy(update={"random_state": first.nmf.random_state})
        assert other.model_copy(update={"nmf": nmf}) == first


def test_main_owns_all_of_its_files():
    assert {owner_of(stage, "main", SETTINGS) for stage in STAGES} == {"main"}

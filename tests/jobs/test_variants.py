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


def test_main_owns_all_of_its_files():
    assert {owner_of(stage, "main", SETTINGS) for stage in STAGES} == {"main"}

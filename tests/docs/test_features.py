"""The examples of docs/features.md run, on waveforms and on the files of a run."""

import re

import numpy as np
import pytest
from helpers.paths import REPOSITORY
from helpers.stages import run_all, write_spectrograms
from helpers.waveforms import write_events_of

from specufex_pipe.features.blocks import DEFAULT_WEIGHTS, OF_MODELS
from specufex_pipe.store import FrameStore, write_events
from specufex_pipe.waveforms.attributes import ATTRIBUTES

PAGE = (REPOSITORY / "docs/features.md").read_text(encoding="utf-8")
TRANSFORMER, FROZEN, FILES = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
N_EVENTS = 24


@pytest.fixture
def run_of_events(tmp_path, monkeypatch):
    """Work in the folder of a run."""
    monkeypatch.chdir(tmp_path)
    write_spectrograms(tmp_path, n_events=N_EVENTS)
    run_all(tmp_path)
    return tmp_path


def run_example(text, **names):
    exec(text, names)  # noqa: S102  the example is ours
    return names


def test_from_waveforms_to_features_and_clusters():
    rng = np.random.default_rng(0)
    waveforms = [rng.normal(size=400) for _ in range(6)]
    found = run_example(TRANSFORMER, waveforms=waveforms)
    assert found["features"].shape == (6, len(found["names"]))
    names = found["names"].tolist()
    assert "nmf_2_fingerprint_1_3_10" in names
    of_first = [name for name in names if name.startswith("nmf_1_")]
    assert found["of_first"].shape == (6, len(of_first))
    assert len(found["labels"]) == 6


def test_models_of_a_run_are_used_as_they_are(run_of_events):
    with FrameStore(run_of_events / "spectrograms.h5", "spectrograms") as store:
        found = run_example(FROZEN, spectrograms=store)
    assert len(found["features"]) == N_EVENTS


def test_blocks_of_a_run_are_joined(run_of_events):
    ids = [f"event {number}" for number in range(N_EVENTS)]
    rows = [f"{event_id},2020-01-01,{number}" for number, event_id in enumerate(ids)]
    write_events_of(run_of_events, rows, "event_id,time,magnitude")
    with write_events(run_of_events / "waveforms.h5", "waveforms", settings={}, inputs={}) as store:
        attributes = np.arange(1.0, N_EVENTS + 1)[:, None]
        store.append(ids, [1] * N_EVENTS, np.ones(N_EVENTS), attributes=attributes)
        store.describe("attributes", names=["energy"], units=["counts^2 s"])
    found = run_example(FILES)
    assert found["features"].shape == (N_EVENTS, 2 * 3 * 3 + 2)


def test_the_page_names_all_blocks_and_which_have_logarithms():
    assert all(f"| `{name}` |" in PAGE for name in OF_MODELS)
    rows = re.findall(r"^\| (`[a-z_`, ]+) \| (yes|no) \|", PAGE, re.MULTILINE)
    told = {name: said == "yes" for names, said in rows for name in re.findall("[a-z_]+", names)}
    assert told == {attribute.name: attribute.is_logarithmic for attribute in ATTRIBUTES}


def test_the_page_has_the_default_weights():
    assert "`fingerprints` with the weight 1, `mean_energies` and `duration` with 0.25 each" in PAGE
    assert DEFAULT_WEIGHTS == {"fingerprints": 1.0, "mean_energies": 0.25, "duration": 0.25}

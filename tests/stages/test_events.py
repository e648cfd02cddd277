"""The table of the events, and what is told of it."""

import json
import logging

import numpy as np
import pytest
from helpers.stages import run_all, run_assign, run_clusters, write_spectrograms
from helpers.waveforms import write_events_of

from specufex_pipe.rejections import Kind, Rejection
from specufex_pipe.stages import events
from specufex_pipe.store import read_csv, write_events

NAMES = ("waveforms", "spectrograms", "nmf", "hmm", "clusters", "assignments")


@pytest.fixture
def files(tmp_path):
    """The files of a run of two events, and of three that were rejected."""
    write_spectrograms(tmp_path, n_events=2)
    run_all(tmp_path)
    run_clusters(tmp_path)
    run_assign(tmp_path, tmp_path / "clusters.h5")
    with write_events(tmp_path / "waveforms.h5", "waveforms", settings={}, inputs={}) as store:
        for number in range(3):
            store.reject(Rejection(f"gone {number}", "waveforms", Kind.GAP, "1 s is missing"))
        store.append(["event 0"], [3], np.ones(3))
    rows = [f"event {number},2020-01-01,{number}" for number in range(2)]
    catalog = write_events_of(tmp_path, rows, "event_id,time,duration")
    return {"catalog": catalog} | {name: tmp_path / f"{name}.h5" for name in NAMES}


def test_the_table_has_a_description_of_its_columns_and_of_what_to_distrust(
    files, tmp_path, caplog
):
    caplog.set_level(logging.INFO)
    description = tmp_path / "events.csv-metadata.json"
    events.run(tmp_path / "events.csv", description=description, **files)
    rows = read_csv(tmp_path / "events.csv")
    told = json.loads(description.read_text(encoding="utf-8"))
    assert [column["name"] for column in told["tableSchema"]["columns"]] == list(rows[0])
    assert told["url"] == "events.csv"
    kinds = [note.split(":")[0] for note in told["notes"]]
    assert kinds[:3] == ["most events rejected", "few events", "unused column"]
    for note in told["notes"]:
        assert note in caplog.text

"""The table of the events, and what is told of it."""

import json
import logging

import numpy as np
import obspy
import pytest
from helpers.report import options_of, write_results
from helpers.stages import run_all, run_assign, run_clusters, write_spectrograms
from helpers.waveforms import write_events_of

from specufex_pipe.errors import StageError
from specufex_pipe.rejections import Kind, Rejection
from specufex_pipe.stages import events
from specufex_pipe.store import (
    read_assignments,
    read_attributes,
    read_csv,
    write_assignments,
    write_events,
)
from specufex_pipe.store.assignments import MEASURES

NAMES = ("waveforms", "spectrograms", "nmf", "hmm", "clusters", "assignments")


ATTRIBUTES = np.array([[1234567.89, np.nan], [1.23456789e-9, 3.0]])


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
        for number, rate in enumerate((100.0, 200.0)):
            store.append(
                [f"event {number}"], [3], np.ones(3), may_be_nan=["attributes"],
                recorded_rate=np.array([rate]), attributes=ATTRIBUTES[number : number + 1],
            )  # fmt: skip
        store.describe("attributes", names=["energy", "kurtosis"], units=["counts^2 s", ""])
    # The order of the catalog need not be that of the store.
    rows = [f"event {number},2020-01-01,{number},1.5,2,x" for number in (1, 0)]
    header = "event_id,time,duration,depth,latitude,place"
    catalog = write_events_of(tmp_path, rows, header)
    paths = {name: tmp_path / f"{name}.h5" for name in NAMES}
    return {"catalog": catalog} | paths | {name: [paths[name]] for name in ("nmf", "hmm")}


def test_the_table_has_a_description_of_its_columns_and_of_what_to_distrust(
    files, tmp_path, caplog
):
    caplog.set_level(logging.INFO)
    description = tmp_path / "events.csv-metadata.json"
    events.run(
        tmp_path / "events.csv", description=description, quakeml=tmp_path / "events.xml", **files
    )
    rows = read_csv(tmp_path / "events.csv")
    told = json.loads(description.read_text(encoding="utf-8"))
    assert [column["name"] for column in told["tableSchema"]["columns"]] == list(rows[0])
    assert told["url"] == "events.csv"
    kinds = [note.split(":")[0] for note in told["notes"]]
    assert kinds[:4] == [
        "most events rejected", "few events", "unused column", "recorded rates"
    ]  # fmt: skip
    for note in told["notes"]:
        assert note in caplog.text


def test_attributes_have_six_digits_a_unit_and_a_meaning(files, tmp_path):
    description = tmp_path / "events.csv-metadata.json"
    events.run(
        tmp_path / "events.csv", description=description, quakeml=tmp_path / "events.xml", **files
    )
    second, first = read_csv(tmp_path / "events.csv")
    assert (first["energy"], first["kurtosis"]) == ("1.23457e+06", "")
    assert (second["energy"], second["kurtosis"]) == ("1.23457e-09", "3")
    assert list(first)[6:] == ["energy", "kurtosis", *MEASURES]
    told = json.loads(description.read_text(encoding="utf-8"))
    energy, kurtosis = told["tableSchema"]["columns"][6:8]
    assert energy["schema:unitText"] == "counts^2 s"
    assert "sum of the squares" in energy["dc:description"]
    assert "schema:unitText" not in kurtosis


def test_names_of_clusters_are_a_column_of_their_own(tmp_path):
    paths, *_ = write_results(tmp_path, [1, 1, 2, 0])
    files = {name: path for name, path in options_of(paths).items() if name in (*NAMES, "catalog")}
    description = tmp_path / "events.csv-metadata.json"
    events.run(
        tmp_path / "events.csv", description=description, quakeml=tmp_path / "events.xml",
        names=json.dumps({2: "=long, period"}), **files,
    )  # fmt: skip
    rows = read_csv(tmp_path / "events.csv")
    assert [row["cluster_name"] for row in rows] == ["", "", "=long, period", ""]
    told = json.loads(description.read_text(encoding="utf-8"))["tableSchema"]["columns"]
    assert [column["name"] for column in told] == list(rows[0])
    assert told[-1]["dc:description"].startswith("name that the cluster was given")


def test_waveforms_of_other_events_are_refused(files, tmp_path):
    with write_events(files["waveforms"], "waveforms", settings={}, inputs={}) as store:
        store.append(["other"], [3], np.ones(3), attributes=ATTRIBUTES[1:])
    with pytest.raises(StageError, match="'event 0' has a cluster, but no waveform in"):
        events.run(
            tmp_path / "events.csv",
            description=tmp_path / "about.json",
            quakeml=tmp_path / "events.xml",
            **files,
        )


def test_columns_are_described_by_what_is_in_them(files, tmp_path):
    description = tmp_path / "events.csv-metadata.json"
    events.run(
        tmp_path / "events.csv", description=description, quakeml=tmp_path / "events.xml", **files
    )
    told = json.loads(description.read_text(encoding="utf-8"))["tableSchema"]["columns"]
    assert {column["name"]: column["datatype"] for column in told} == {
        "event_id": "string", "time": "dateTime", "duration": "number", "depth": "number",
        "latitude": "number", "place": "string", "energy": "number", "kurtosis": "number",
        "cluster": "integer", "membership": "number", "second_cluster": "integer",
        "second_membership": "number", "silhouette": "number", "distance_to_centre": "number",
        "outside": "boolean",
    }  # fmt: skip
    meanings = {column["name"]: column["dc:description"] for column in told}
    assert meanings["depth"].endswith("km")
    assert meanings["latitude"].endswith("degrees north")
    assert "share of the resamples" in meanings["membership"]


def test_an_event_in_no_cluster_has_no_silhouette_and_one_learned_from_cannot_be_outside(
    files, tmp_path
):
    found = read_assignments(files["assignments"])
    changed = found._replace(
        clusters=np.array([0, 2]),
        memberships=np.array([0.75, 0.9]),
        second_clusters=np.array([2, 0]),
        second_memberships=np.array([0.2, 0.0]),
        silhouettes=np.array([0.0, 0.5]),
        distances=np.array([3.0, 1.0]),
        are_outside=np.array([True, False]),
        are_new=np.array([True, False]),
    )
    inputs = json.loads(read_attributes(files["assignments"])["inputs"])
    write_assignments(files["assignments"], changed, settings={}, inputs=inputs)
    quakeml = tmp_path / "events.xml"
    events.run(tmp_path / "events.csv", description=tmp_path / "d.json", quakeml=quakeml, **files)
    second, first = ([row[name] for name in MEASURES] for row in read_csv(tmp_path / "events.csv"))
    assert first == ["0", "0.750", "2", "0.200", "", "3.000000", "true"]
    assert second == ["2", "0.900", "0", "0.000", "0.500000", "1.000000", ""]
    comments = [event.comments[0].text for event in obspy.read_events(str(quakeml))]
    assert comments == ["cluster 2, membership 0.900", "cluster 0, membership 0.750"]


def test_the_events_are_written_as_quakeml_too(files, tmp_path, caplog):
    caplog.set_level(logging.INFO)
    path = tmp_path / "events.xml"
    events.run(tmp_path / "events.csv", description=tmp_path / "d.json", quakeml=path, **files)
    clusters = {row["event_id"]: row["cluster"] for row in read_csv(tmp_path / "events.csv")}
    told = {
        event.resource_id.id.removeprefix("smi:local/").replace("~20", " "): event.comments[0].text
        for event in obspy.read_events(str(path), format="QUAKEML")
    }
    assert {name: text.split()[1].strip(",") for name, text in told.items()} == clusters
    assert "2 events have no latitude and longitude" in caplog.text


def test_an_event_that_is_not_in_the_catalog_is_named(files, tmp_path):
    write_events_of(tmp_path, ["event 1,2020-01-01"])
    with pytest.raises(StageError, match=r"not all in .*catalog.h5, such as 'event 0'"):
        events.run(
            tmp_path / "events.csv",
            description=tmp_path / "d.json",
            quakeml=tmp_path / "events.xml",
            **files,
        )
    assert not (tmp_path / "events.csv").exists()

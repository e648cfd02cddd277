"""Windows without events go the way of events, and show which cluster is noise."""

import json

import numpy as np
import pytest
from helpers.archive import WINDOWS, settings_of_archive, write_archive
from helpers.stations import write_stations
from helpers.waveforms import CHANNEL

from specufex_pipe.__main__ import main
from specufex_pipe.catalogs.table import read_times
from specufex_pipe.stages import background
from specufex_pipe.store import read_assignments, read_attributes, read_background

# What each stage is given: sections of the settings, and files.
STAGES = {
    "catalog": (["catalog"], []),
    "waveforms": (["waveforms", "source"], ["catalog"]),
    "spectrograms": (["spectrograms"], ["waveforms"]),
    "nmf": (["nmf"], ["spectrograms"]),
    "activations": ([], ["spectrograms", "nmf"]),
    "hmm": (["hmm"], ["activations", "nmf"]),
    "fingerprints": (["fingerprints"], ["activations", "nmf", "hmm"]),
    "clusters": (["clusters"], ["fingerprints", "waveforms", "catalog"]),
    "assign": ([], ["fingerprints", "clusters", "waveforms", "catalog"]),
    "background": (
        ["background", "waveforms", "source", "spectrograms", "fingerprints"],
        ["catalog", "nmf", "hmm", "clusters"],
    ),
}


def run_stage(name, output=None, files=None, **changes):
    """Run a stage in the folder at hand."""
    sections, inputs = STAGES[name]
    settings = settings_of_archive(**changes)
    given = [name, "--output", output or f"{name}.h5"]
    if sections:
        given += ["--settings", json.dumps({key: settings.get(key, {}) for key in sections})]
    if name in ("waveforms", "background"):
        given += ["--channel", CHANNEL]
    paths = {option: f"{option}.h5" for option in inputs} | (files or {})
    for option, path in paths.items():
        given += [f"--{option}", path]
    assert main(given) == 0


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """A folder with a run on an archive of events of two kinds and of false detections."""
    folder = tmp_path_factory.mktemp("archive")
    write_archive(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name in STAGES:
            run_stage(name)
    return folder


@pytest.fixture
def folder(archive, monkeypatch):
    monkeypatch.chdir(archive)
    return archive


def run_background(tmp_path, files=None, **changes):
    run_stage("background", str(tmp_path / "background.h5"), files, **changes)
    return read_background(tmp_path / "background.h5")


def test_background_falls_into_the_cluster_of_false_detections(folder):
    events = read_assignments("assign.h5")
    kinds = np.array([event_id.split()[0] for event_id in events.event_ids])
    (false,) = set(events.clusters[kinds == "false"].tolist())
    assert false not in events.clusters[kinds != "false"]
    found = read_background("background.h5")
    assert len(found.times) == found.n_tried == 60
    assert np.mean(found.clusters == false) >= 0.9
    assert np.all((found.memberships > 0) & (found.memberships <= 1))
    assert found.why_none == ""


def test_windows_of_background_are_clear_of_all_events(folder):
    times = read_background("background.h5").times / 1e9
    events = np.array(list(read_times("catalog.h5").values())).astype("datetime64[us]").astype(int)
    # Windows of 10 s begin 2 s before the event, and there are 10 s between any two.
    distances = times[:, None] - (events / 1e6 - WINDOWS["before"])
    assert np.all(np.abs(distances) >= 2 * WINDOWS["duration"] - 1e-6)
    assert np.all((distances.min(axis=1) < 0) & (distances.max(axis=1) > 0))


def test_the_same_seed_gives_the_same_bits_and_another_other_windows(folder, tmp_path):
    before = read_attributes("background.h5")["digest"]
    run_background(tmp_path)
    assert read_attributes(tmp_path / "background.h5")["digest"] == before
    other = run_background(tmp_path, background={"n_windows": 60, "random_state": 1})
    assert not np.array_equal(other.times, read_background("background.h5").times)


@pytest.fixture
def asked(monkeypatch):
    """The windows that are asked for, as events."""
    found = []
    write = background.write_waveforms

    def noted(settings, output, **given):
        found.extend(given["events"])
        write(settings, output, **given)

    monkeypatch.setattr(background, "write_waveforms", noted)
    return found


def test_windows_are_as_long_as_those_of_events_of_any_length(folder, tmp_path, asked):
    windows = WINDOWS | {"length": "duration", "reference": "start", "after": 2.0}
    found = run_background(tmp_path, waveforms=windows)
    assert len(found.times) == 60
    # From 3 to 6 s in the catalog, and 2 s after.
    assert {float(event.cells["duration"]) for event in asked} == {5.0, 6.0, 7.0, 8.0}


def test_windows_have_what_the_processing_needs_of_an_event(folder, tmp_path, asked):
    windows = WINDOWS | {"processing": [{"type": "rotate", "to": "ZRT"}]}
    found = run_background(tmp_path, {"stations": str(write_stations(tmp_path))}, waveforms=windows)
    assert len(asked) == found.n_tried == 60
    assert all((e.cells["latitude"], e.cells["longitude"]) == ("0", "0.1") for e in asked)


def test_an_archive_of_cut_windows_has_no_background_and_no_fuss_is_made(folder, tmp_path, capsys):
    (tmp_path / "source").mkdir()
    (tmp_path / "source/0.mseed").write_bytes((folder / "source/0.mseed").read_bytes())
    found = run_background(
        tmp_path,
        source={"path": str(tmp_path / "source")},
        background={"n_windows": 40},
    )
    assert (len(found.times), found.n_tried) == (0, 40)
    assert found.why_none == (
        "40 windows have a place between events, and fewer than 20 of them have complete data "
        "that pass the checks"
    )
    (line,) = capsys.readouterr().err.splitlines()
    assert "0 of 40 windows of background assigned: 40 windows have a place" in line


def test_clusters_of_columns_of_the_catalog_have_no_background(folder, tmp_path):
    clusters = {"n_clusters": 2, "features": {"fingerprints": 1.0, "catalog.duration": 1.0}}
    path = str(tmp_path / "clusters.h5")
    run_stage("clusters", path, clusters=clusters)
    found = run_background(tmp_path, {"clusters": path})
    assert found.n_tried == 0
    assert "learned from columns of the catalog" in found.why_none


def test_windows_that_are_whole_files_have_no_background(folder, tmp_path):
    found = run_background(tmp_path, waveforms=WINDOWS | {"length": "file"})
    assert (found.n_tried, found.why_none) == (0, "the windows of events are whole files")

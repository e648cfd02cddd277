"""The workflow on real data: complete, repeatable, and re-run only where something changed."""

import csv
import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from specufex_pipe.store import read_attributes

REPOSITORY = Path(__file__).parents[1]
CHANNELS = ["YA.UV05.00.HHZ", "YA.UV10.00.HHZ"]
ODD_ID = '<script>alert("5 > 4 & more")</script>'
STORES = ("waveforms", "spectrograms", "nmf", "activations", "hmm", "fingerprints", "clusters")
pytestmark = pytest.mark.slow


def command(folder, *options):
    return [
        sys.executable, "-m", "snakemake", "--snakefile", REPOSITORY / "workflow/Snakefile",
        "--directory", folder, "--cores", "2", *options,
    ]  # fmt: skip


def snakemake(folder, *options):
    # Snakemake writes some of its messages here and some there.
    return subprocess.run(
        command(folder, *options),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def jobs(folder, *options):
    """Return the rules that a run would execute."""
    dry = snakemake(folder, "--dry-run", *options)
    assert dry.returncode == 0, dry.stdout
    if "Nothing to be done" in dry.stdout:
        return set()
    table = dry.stdout.split("Job stats:")[1].split("total")[0]
    return set(re.findall(r"^(\w+) +\d+$", table, re.MULTILINE)) - {"all"}


def demo_settings(folder, n_events=60, n_first=60):
    """Write the settings and the catalog of a small run; return the settings."""
    with (REPOSITORY / "resources/demo/catalog.csv").open(encoding="utf-8") as file:
        columns, *rows = csv.reader(file)
    rows = rows[:n_events]
    rows[0][0] = ODD_ID
    late = ["late", "2010-09-02T12:00:00Z", *rows[0][2:]]
    odd = [late, ["no time", "noon", *rows[0][2:]], rows[1]]
    rows = [*rows[:n_first], *odd, *rows[n_first:]]
    with (folder / "catalog.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([columns, *rows])
    settings = yaml.safe_load((REPOSITORY / "config.yaml").read_text(encoding="utf-8"))
    settings["channels"] = CHANNELS
    settings["shard_size"] = 40
    settings["waveforms"]["catalog"] = "catalog.csv"
    settings["waveforms"]["archive"] = str(REPOSITORY / "resources/demo/waveforms")
    settings["nmf"] |= {"n_components": 10, "max_iter": 20}
    settings["hmm"] |= {"n_states": 4, "max_iter": 20}
    settings["clusters"] |= {"n_clusters_min": 2, "n_clusters_max": 4, "n_init": 2}
    (folder / "config.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    return settings


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A folder in which the workflow has run on two channels, and what it printed."""
    folder = tmp_path_factory.mktemp("run")
    demo_settings(folder)
    run = snakemake(folder)
    assert run.returncode == 0, run.stdout
    return folder, run


def read_csv(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def digests(folder, channel):
    results = folder / "results" / channel
    return {name: read_attributes(results / f"{name}.h5")["digest"] for name in STORES}


@pytest.mark.parametrize("channel", CHANNELS)
def test_every_event_ends_in_a_cluster_or_in_the_list_of_the_rejected(finished, channel):
    results = finished[0] / "results" / channel
    clustered, rejected = read_csv(results / "clusters.csv"), read_csv(results / "rejected.csv")
    assert len(clustered) == 60
    assert {"event_id", "time", "band", "cluster", "silhouette", "distance_to_centre"} <= set(
        clustered[0]
    )
    reasons = {row["event_id"]: row["reason"] for row in rejected}
    assert len(rejected) == 3
    assert reasons["late"].startswith("no data")
    assert reasons["no time"].startswith("catalog time")
    assert any(reason.startswith("duplicate event_id") for reason in reasons.values())


def test_the_run_ends_by_naming_the_reports(finished):
    _, run = finished
    for channel in CHANNELS:
        assert f"The report: results/{channel}/report.html" in run.stdout


def test_the_report_escapes_what_stands_in_the_catalog(finished):
    for channel in CHANNELS:
        page = (finished[0] / "results" / channel / "report.html").read_text(encoding="utf-8")
        assert ODD_ID not in page


def test_a_second_run_has_nothing_to_do(finished):
    again = snakemake(finished[0])
    assert again.returncode == 0
    assert "Nothing to be done" in again.stdout


FROM_CLUSTERS = {"clusters", "assign", "report"}
FROM_HMM = FROM_CLUSTERS | {"hmm", "fingerprints", "join"}
FROM_NMF = FROM_HMM | {"nmf", "activations"}
FROM_SPECTROGRAMS = FROM_NMF | {"spectrograms", "rejected"}


@pytest.mark.parametrize(("change", "expected"), [
    ("report={examples_per_cluster: 2}", {"report"}),
    ("clusters={n_clusters_max: 3}", FROM_CLUSTERS),
    ("hmm={n_states: 5}", FROM_HMM),
    ("nmf={random_state: 1}", FROM_NMF),
    ("nmf={method: seq}", FROM_NMF),
    ("nmf={smooth: {smoothness: 1}}", set()),
    ("compare={methods: [smooth]}", FROM_NMF | {"compare"}),
    ("spectrograms={fmax: 40.0}", FROM_SPECTROGRAMS),
    ("time_budget=5 model=update", set()),
    ("model=frozen", set()),
    # What follows is known when the shards have been looked at.
    ("waveforms={max_gap: 0.1}", {"shards"}),
])  # fmt: skip
def test_a_changed_setting_reruns_the_stages_that_it_feeds(finished, change, expected):
    assert jobs(finished[0], "--config", *re.split(" (?=\\w+=)", change)) == expected


def test_a_changed_archive_is_indexed_again(finished, tmp_path):
    (tmp_path / "new.mseed").write_bytes(b"")
    change = f"waveforms={{archive: {tmp_path}}}"
    assert jobs(finished[0], "--config", change) == {"shards"}


def test_a_configfile_of_ones_own_changes_what_it_names(finished, tmp_path):
    (tmp_path / "mine.yaml").write_text("clusters:\n  n_clusters_max: 3\n", encoding="utf-8")
    assert jobs(finished[0], "--configfile", str(tmp_path / "mine.yaml")) == FROM_CLUSTERS


@pytest.mark.parametrize(("change", "message"), [
    ("hmm={n_state: 5}", "hmm.n_state is no setting; did you mean n_states?"),
    ("spectrograms={fmax: 60}", "spectrograms.fmax is 60 Hz, expected at most the Nyquist"),
    ("waveforms={catalog: none.csv}", "waveforms.catalog is 'none.csv': there is no such file"),
])  # fmt: skip
def test_a_wrong_setting_stops_before_the_graph_is_built(finished, change, message):
    run = snakemake(finished[0], "--dry-run", "--config", change)
    assert run.returncode == 1
    assert message in run.stdout
    assert "Traceback" not in run.stdout


def test_no_event_left_stops_with_the_counted_reasons(tmp_path):
    demo_settings(tmp_path, n_events=3)
    run = snakemake(tmp_path, "--config", "waveforms={sampling_rate: 200}")
    assert run.returncode == 1
    assert "no event is left" in run.stdout
    assert "x sampling rate, the first: event" in run.stdout
    assert "Traceback" not in run.stdout


def test_a_stage_by_hand_gives_what_the_rule_gave(finished, tmp_path):
    results = finished[0] / "results" / CHANNELS[0]
    stage = [sys.executable, "-m", "specufex_pipe", "clusters", "--configfile", "config.yaml"]
    stage += ["--fingerprints", results / "fingerprints.h5"]
    stage += ["--output", tmp_path / "clusters.h5"]
    subprocess.run(stage, cwd=finished[0], check=True, capture_output=True)
    expected = read_attributes(results / "clusters.h5")["digest"]
    assert read_attributes(tmp_path / "clusters.h5")["digest"] == expected


def test_new_events_change_only_their_shard_and_join_the_clusters_of_models_that_are_kept(
    finished, tmp_path
):
    folder = tmp_path / "run"
    shutil.copytree(finished[0], folder)
    channel = folder / "results" / CHANNELS[0]
    before = {path: path.stat().st_mtime_ns for path in channel.rglob("*.h5")}
    clusters = {row["event_id"]: row["cluster"] for row in read_csv(channel / "clusters.csv")}
    demo_settings(folder, n_events=70)
    run = snakemake(folder, "--config", f"channels=[{CHANNELS[0]}]", "model=frozen")
    assert run.returncode == 0, run.stdout
    kept = {path for path, time in before.items() if path.stat().st_mtime_ns == time}
    assert kept >= {channel / name for name in ("nmf.h5", "hmm.h5", "clusters.h5")}
    assert kept >= set((channel / "shards/00000").iterdir())
    assert not kept & set((channel / "shards/00001").iterdir())
    grown = {row["event_id"]: row["cluster"] for row in read_csv(channel / "clusters.csv")}
    assert len(grown) == 70
    assert {event_id: grown[event_id] for event_id in clusters} == clusters


def test_models_that_are_missing_cannot_be_kept(finished):
    run = snakemake(finished[0], "-n", "--config", "model=frozn")
    assert run.returncode == 1
    assert "model is 'frozn', which needs frozn/" in run.stdout
    assert "nmf.h5: there is no such file; expected" in run.stdout


def test_a_folder_of_results_on_a_disk_that_is_not_there_is_named(finished):
    run = snakemake(finished[0], "-n", "--config", "results=/no/such/disk")
    assert run.returncode == 1
    assert "results is '/no/such/disk': there is no folder /no/such;" in run.stdout


def test_files_know_their_settings_and_inputs(finished):
    results = finished[0] / "results" / CHANNELS[0]
    attributes = read_attributes(results / "hmm.h5")
    assert json.loads(attributes["settings"])["n_states"] == 4
    expected = read_attributes(results / "activations.h5")["digest"]
    assert json.loads(attributes["inputs"])["activations"] == expected


def test_the_conda_environment_has_what_the_package_needs():
    environment = yaml.safe_load((REPOSITORY / "workflow/envs/specufex_pipe.yaml").read_text())
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    # Snakemake runs the rules, and is not run by them.
    needed = {name for name in project["dependencies"] if not name.startswith("snakemake")}
    assert set(environment["dependencies"]) - {"python>=3.11"} == needed

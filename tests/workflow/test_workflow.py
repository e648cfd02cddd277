"""The workflow on real data: complete, repeatable, and re-run only where something changed."""

import json
import re
import shutil
import subprocess
import sys
import zipfile

import pytest
from helpers.workflow import (
    CHANNELS,
    ODD_ID,
    clusters_of,
    jobs,
    read_csv,
    snakemake,
    write_catalog,
    write_run,
)

from specufex_pipe.stages.shards import COLUMNS
from specufex_pipe.store import read_attributes, read_sealed_csv

pytestmark = pytest.mark.slow

CHANNEL = CHANNELS[0]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A folder in which the workflow has run, and what it printed."""
    folder = tmp_path_factory.mktemp("run")
    write_run(
        folder, channels=[CHANNEL], report={"examples_per_cluster": 1},
        neighbours={"n_neighbors": 5},
        repeaters={"threshold": 0.4, "start": -1.0, "end": 3.0, "phase": "P"},
    )  # fmt: skip
    run = snakemake(folder)
    assert run.returncode == 0, run.stdout
    return folder, run


def write_labels(folder):
    """Label the first events of the catalog by turns."""
    rows = [f"{row['event_id']},{'ab'[place % 2]}" for place, row in enumerate(events_of(folder))]
    (folder / "labels.csv").write_text(
        "\n".join(["event_id,label", *rows[1:31]]) + "\n", encoding="utf-8"
    )


def events_of(folder):
    return read_csv(folder / "results" / CHANNEL / "main/events.csv")


def test_every_event_ends_in_a_cluster_or_in_the_list_of_the_rejected(finished):
    results = finished[0] / "results" / CHANNEL / "main"
    events, rejected = read_csv(results / "events.csv"), read_csv(results / "rejected.csv")
    assert len(events) == 60
    assert {"event_id", "time", "band", "cluster", "silhouette", "distance_to_centre"} <= set(
        events[0]
    )
    kinds = {row["event_id"]: (row["stage"], row["kind"]) for row in rejected}
    assert len(rejected) == 3
    assert kinds["late"] == ("waveforms", "no data")
    assert kinds["no time"] == ("catalog", "catalog time")
    assert ("catalog", "duplicate event_id") in kinds.values()


def test_the_table_of_the_events_has_the_clusters_that_are_kept_in_full_precision(finished):
    results = finished[0] / "results" / CHANNEL / "main"
    table = {row["event_id"]: int(row["cluster"]) for row in read_csv(results / "events.csv")}
    assert table == clusters_of(results)


def test_families_have_their_tables_and_lists_of_times(finished):
    folder = finished[0] / "results/repeaters/main"
    assert {path.name for path in folder.iterdir()} == {
        "families.h5", "families.csv", "recurrence.csv", "dt.cc", "xcordata.txt",
        "event_numbers.csv", "station_labels.csv",
    }  # fmt: skip
    families = {row["event_id"]: row["family"] for row in read_csv(folder / "families.csv")}
    assert len(families) > 1
    assert {row["event_id"]: row["repeater_family"] for row in events_of(finished[0])} == {
        row["event_id"]: families.get(row["event_id"], "") for row in events_of(finished[0])
    }


def test_the_run_ends_by_naming_the_report(finished):
    assert f"The report: results/{CHANNEL}/main/report.html" in finished[1].stdout


def test_a_single_result_has_nothing_to_be_compared_with(finished):
    results = finished[0] / "results"
    assert not (results / "compared.html").exists()
    assert not (results / "index.html").exists()


def test_the_report_escapes_what_stands_in_the_catalog(finished):
    page = finished[0] / "results" / CHANNEL / "main/report.html"
    assert ODD_ID not in page.read_text(encoding="utf-8")


def test_snakemakes_report_has_the_page_and_each_figure_with_a_caption(finished, tmp_path):
    assert snakemake(finished[0], "--report", str(tmp_path / "report.zip")).returncode == 0
    with zipfile.ZipFile(tmp_path / "report.zip") as report:
        (page,) = [name for name in report.namelist() if name.count("/") == 1]
        text = report.read(page).decode()
    start = re.search(r'<script id="results">\s*var results = ', text).end()
    found, _ = json.JSONDecoder().raw_decode(text[start:])
    captions = {each["name"]: each["caption"] for each in found.values()}
    figures = {path.name for path in (finished[0] / "results").rglob("figures/*.png")}
    assert set(captions) == figures | {"report.html"}
    assert all(CHANNEL in caption for caption in captions.values())


def test_a_second_run_has_nothing_to_do(finished):
    again = snakemake(finished[0])
    assert again.returncode == 0
    assert "Nothing to be done" in again.stdout


SHOWN = {"explorer", "figures", "report"}
FROM_FAMILIES = {"events", "differential_times"} | SHOWN
FROM_CLUSTERS = {"clusters", "assign", "background", "neighbours", "repeaters"} | FROM_FAMILIES
FROM_FINGERPRINTS = FROM_CLUSTERS | {"fingerprints", "join"}
FROM_HMM = FROM_FINGERPRINTS | {"hmm"}
FROM_NMF = FROM_HMM | {"nmf", "activations"}
FROM_SPECTROGRAMS = FROM_NMF | {"spectrograms", "rejected"}


@pytest.mark.parametrize(("change", "expected"), [
    ("report={examples_per_cluster: 2}", SHOWN),
    ("background={n_windows: 30}", {"background"} | SHOWN),
    ("background={n_windows: 0}", SHOWN),
    ("clusters={n_clusters_max: 3}", FROM_CLUSTERS),
    ("clusters={names: {1: long-period}}", {"events", "explorer", "report"}),
    ("clusters={names: names.csv}", {"events", "explorer", "report"}),
    ("clusters={n_nmfs: 2}", FROM_NMF),
    ("fingerprints={horizon: 5}", FROM_FINGERPRINTS),
    ("hmm={n_models: 3}", FROM_HMM),
    ("hmm={n_states: 5}", FROM_HMM),
    ("nmf={random_state: 1}", FROM_NMF),
    ("nmf={method: seq}", FROM_NMF),
    ("nmf={smooth: {smoothness: 1}}", set()),
    ("nmf={max_events: 30}", set()),
    ("spectrograms={fmax: 40.0}", FROM_SPECTROGRAMS),
    ("time_budget=5 model=update", set()),
    ("model=frozen", set()),
    ("labels=labels.csv", {"comparison", "classifier", "classify", "events", "figures", "report"}),
    ("classifier={n_folds: 3}", set()),
    ("neighbours={n_neighbors: 4}", {"neighbours", "repeaters"} | FROM_FAMILIES),
    ("neighbours={n_neighbors: 0}", {"repeaters"} | FROM_FAMILIES),
    ("repeaters={max_shift: 0.5}", {"repeaters"} | FROM_FAMILIES),
    ("repeaters={phase: S}", {"repeaters"} | FROM_FAMILIES),
    ("repeaters={find: false}", {"events"} | SHOWN),
])  # fmt: skip
def test_a_changed_setting_reruns_the_stages_that_it_feeds(finished, change, expected):
    write_labels(finished[0])
    (finished[0] / "names.csv").write_text("cluster,name,clusters_digest\n", encoding="utf-8")
    assert set(jobs(finished[0], "--config", *re.split(" (?=\\w+=)", change))) == expected


def test_without_figures_for_papers_none_are_drawn(finished):
    assert set(jobs(finished[0], "--config", "report={figures: false}")) == {"explorer", "report"}


def test_without_the_explorer_none_is_written(finished):
    assert set(jobs(finished[0], "--config", "report={explorer: false}")) == {"figures", "report"}


def test_the_explorer_of_a_small_run_holds_all_of_it(finished):
    results = finished[0] / "results" / CHANNEL / "main"
    assert 'data-part="record/0"' in (results / "explorer.html").read_text(encoding="utf-8")
    assert 'href="explorer.html"' in (results / "report.html").read_text(encoding="utf-8")
    assert not (results / "explorer_data").exists()


def test_series_are_inputs_of_what_is_shown_alone(finished):
    rain = finished[0] / "rain.csv"
    rain.write_text("time,rain\n2010-09-01,1\n", encoding="utf-8")
    options = ("--config", "report={series: {Rain: rain.csv}}")
    assert set(jobs(finished[0], *options)) == SHOWN
    files = snakemake(finished[0], "--filegraph", *options).stdout
    assert str(rain.absolute()) in files


def test_a_missing_series_is_named_before_anything_runs(finished):
    run = snakemake(finished[0], "-n", "--config", "report={series: {Rain: none.csv}}")
    assert run.returncode == 1
    assert "report.series.Rain: path is 'none.csv': there is no such file" in run.stdout


@pytest.mark.parametrize(("changes", "expected"), [
    ("{hmm.n_states: 5}", FROM_HMM),
    ("{nmf: {method: seq}}", FROM_NMF),
    ("{clusters.random_state: 3}", FROM_CLUSTERS),
    ("{fingerprints.method: transitions}", FROM_FINGERPRINTS),
    ("{spectrograms.fmax: 40.0}", FROM_SPECTROGRAMS),
])  # fmt: skip
def test_a_variant_makes_the_files_that_its_changes_touch_and_no_others(
    finished, changes, expected
):
    found = jobs(finished[0], "--config", f"variants={{other: {changes}}}")
    assert set(found) == expected | {"comparison", "compared"}
    # The page of the variant, and that of main, on which they are compared.
    assert (found["clusters"], found["report"], found["compared"]) == (1, 2, 1)


def test_a_file_that_a_variant_shares_with_main_is_not_made_for_the_variant(finished):
    variants = ["--config", "variants={other: {hmm.n_states: 5}}"]
    for name in ("nmf.h5", "spectrograms.h5", "shards/00000/waveforms.h5"):
        run = snakemake(finished[0], "-n", f"results/{CHANNEL}/other/{name}", *variants)
        assert run.returncode == 1
        assert "MissingRuleException" in run.stdout or "shares that of main" in run.stdout


def test_models_that_a_variant_lacks_are_not_those_of_main(finished):
    options = ("model=frozen", "variants={other: {hmm.n_states: 5}}")
    run = snakemake(finished[0], "-n", "--config", *options)
    assert run.returncode == 1
    assert f"needs results/{CHANNEL}/other/hmm.h5: there is no such file" in run.stdout


def test_a_channel_that_is_added_has_files_of_its_own(finished):
    found = jobs(finished[0], "--config", f"channels=[{', '.join(CHANNELS)}]")
    # Its shards are known when its waveforms have been looked for.
    assert set(found) == {"index", "shards"}


def test_a_changed_source_is_indexed_again(finished, tmp_path):
    (tmp_path / "new.mseed").write_bytes(b"")
    # What follows is known when the shards have been looked at.
    found = jobs(finished[0], "--config", f"source={{path: {tmp_path}}}")
    assert set(found) == {"index", "shards"}


@pytest.mark.endurance
def test_files_that_the_catalog_names_are_read_again_when_they_have_changed(tmp_path):
    write_run(tmp_path, channels=[CHANNEL], source={"path": "waveforms"}, shard_size=1)
    (tmp_path / "waveforms").mkdir()
    for name in ("a", "b"):
        (tmp_path / f"waveforms/{name}.mseed").write_bytes(b"1")
    rows = "a,2010-09-01T00:03:20,a.mseed\nb,2010-09-01T00:11:39,b.mseed\n"
    (tmp_path / "catalog.csv").write_text(f"event_id,time,file\n{rows}")
    table = tmp_path / "results/shards/main.csv"
    assert snakemake(tmp_path, "results/shards/main.csv").returncode == 0
    before = [row["state"] for row in read_sealed_csv(table, COLUMNS)]
    (tmp_path / "waveforms/b.mseed").write_bytes(b"22")
    assert snakemake(tmp_path, "results/shards/main.csv").returncode == 0
    after = [row["state"] for row in read_sealed_csv(table, COLUMNS)]
    # The last is of all data that headers tell of, which nobody has read.
    same = [one == other for one, other in zip(before, after, strict=True)]
    assert same == [True, False, True]


def test_a_configfile_of_ones_own_changes_what_it_names(finished, tmp_path):
    (tmp_path / "mine.yaml").write_text("clusters.n_clusters_max: 3\n", encoding="utf-8")
    message = "clusters.n_clusters_max is given twice, as 3 in the key with dots and as 4"
    run = snakemake(finished[0], "-n", "--configfile", str(tmp_path / "mine.yaml"))
    assert message in run.stdout
    (tmp_path / "mine.yaml").write_text("clusters:\n  n_clusters_max: 3\n", encoding="utf-8")
    assert set(jobs(finished[0], "--configfile", str(tmp_path / "mine.yaml"))) == FROM_CLUSTERS


@pytest.mark.parametrize(("change", "message"), [
    ("hmm={n_state: 5}", "hmm.n_state is not a setting; did you mean n_states?"),
    ("spectrograms={fmax: 60}", "spectrograms.fmax is 60 Hz, expected at most the Nyquist"),
    ("catalog={path: none.csv}", "catalog.path is 'none.csv': there is no such file"),
    ("variants={a: {hmm.n_state: 5}}", "variants.a: hmm.n_state is not a setting"),
])  # fmt: skip
def test_a_wrong_setting_stops_before_the_graph_is_built(finished, change, message):
    run = snakemake(finished[0], "--dry-run", "--config", change)
    assert run.returncode == 1
    assert message in run.stdout
    assert "Traceback" not in run.stdout


def test_a_folder_whose_path_has_braces_is_refused_by_name(tmp_path):
    folder = tmp_path / "{a}"
    folder.mkdir()
    write_run(folder, n_events=3, channels=[CHANNEL])
    run = snakemake(folder, "--dry-run")
    assert run.returncode == 1
    assert f"{folder}: Snakemake takes braces for wildcards" in run.stdout
    assert "Traceback" not in run.stdout


@pytest.mark.endurance
def test_where_no_event_is_left_the_rejected_are_written_and_counted(tmp_path):
    write_run(tmp_path, n_events=3, channels=[CHANNEL], waveforms={"sampling_rate": 200})
    run = snakemake(tmp_path)
    assert run.returncode == 1
    # Last, where it is seen, after all that Snakemake says of a failed job.
    last = run.stdout.rsplit("What went wrong:")[1]
    assert "error: join: no event is left" in last
    assert "x sampling rate, the first: event" in last
    assert "Traceback" not in run.stdout
    rejected = read_csv(tmp_path / "results" / CHANNEL / "main/rejected.csv")
    assert len(rejected) == 6
    assert {row["kind"] for row in rejected} == {
        "sampling rate", "no data", "catalog time", "duplicate event_id",
    }  # fmt: skip


def test_a_stage_by_hand_gives_what_the_rule_gave(finished, tmp_path):
    results = finished[0] / "results" / CHANNEL / "main"
    stage = [sys.executable, "-m", "specufex_pipe", "clusters", "--configfile", "config.yaml"]
    stage += ["--fingerprints", results / "fingerprints.h5"]
    stage += ["--output", tmp_path / "clusters.h5"]
    subprocess.run(stage, cwd=finished[0], check=True, capture_output=True)
    expected = read_attributes(results / "clusters.h5")["digest"]
    assert read_attributes(tmp_path / "clusters.h5")["digest"] == expected


@pytest.mark.endurance
def test_new_events_change_only_their_shard_and_join_the_clusters_of_models_that_are_kept(
    finished, tmp_path
):
    folder = tmp_path / "run"
    shutil.copytree(finished[0], folder)
    results = folder / "results" / CHANNEL / "main"
    before = {path: path.stat().st_mtime_ns for path in results.rglob("*.h5")}
    clusters = clusters_of(results)
    write_catalog(folder, n_events=70)
    run = snakemake(folder, "--config", "model=frozen", "clusters={n_clusters: 3}")
    assert run.returncode == 0, run.stdout
    assert "changed under clusters has no effect: n_clusters is 3, and was " in run.stdout
    kept = {path for path, time in before.items() if path.stat().st_mtime_ns == time}
    assert kept >= {results / name for name in ("nmf.h5", "hmm.h5", "clusters.h5")}
    assert kept >= set((results / "shards/00000").iterdir())
    assert not kept & set((results / "shards/00001").iterdir())
    grown = clusters_of(results)
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
    results = finished[0] / "results" / CHANNEL / "main"
    attributes = read_attributes(results / "hmm.h5")
    assert json.loads(attributes["settings"])["n_states"] == 4
    expected = read_attributes(results / "activations.h5")["digest"]
    assert json.loads(attributes["inputs"])["activations"] == expected


@pytest.mark.endurance
def test_results_of_the_earlier_layout_are_told_of_and_left_alone(finished, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(finished[0], folder)
    old = folder / "results" / CHANNEL / "nmf.h5"
    old.write_bytes(b"format 2")
    run = snakemake(folder, "--force", f"results/{CHANNEL}/main/events.csv")
    assert run.returncode == 0, run.stdout
    assert "has results of an earlier version (format 2), which are not used" in run.stdout
    assert old.read_bytes() == b"format 2"

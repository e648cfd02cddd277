"""Run times are those of the files that a report shows, wherever variants share them."""

import re
from math import isnan
from pathlib import Path

import pytest
from helpers.benchmarks import write_benchmark
from helpers.paths import REPOSITORY

from specufex_pipe.report.files import ModelFiles, ReportFiles
from specufex_pipe.report.page.render import _duration
from specufex_pipe.report.run_times import read_run_times
from specufex_pipe.stages.registry import STAGES

# Written by the page itself, beside or after it, or of all variants.
NOT_SHOWN = {"report", "figures", "explorer", "comparison", "compared"}


def files_of(results, variant="main", models=None):
    """Return the files of a variant with two NMFs that has its own HMMs."""
    unit = results / "unit"
    models = models or unit
    shared = ("waveforms", "spectrograms", "activations")
    places = {name: unit / "main" / f"{name}.h5" for name in shared}
    places |= {"nmf": models / "main/nmf.h5", "hmm": models / variant / "hmm.h5"}
    own = ("fingerprints", "clusters", "assignments")
    places |= {name: unit / variant / f"{name}.h5" for name in own}
    second = ModelFiles(
        models / "main.2/nmf.h5", models / f"{variant}.2/hmm.h5",
        unit / f"{variant}.2/fingerprints.h5",
    )  # fmt: skip
    return ReportFiles(catalog=results / "catalog.h5", **places, others=(second,))


def times_of(*arguments):
    return {each.stage: each for each in read_run_times(*arguments).stages}


def test_jobs_of_a_stage_are_summed_over_shards_and_nmfs(tmp_path):
    for shard, seconds in enumerate(("1.5", "2")):
        folder = tmp_path / f"unit/main/benchmarks/shards/0000{shard}"
        write_benchmark(folder / "waveforms.tsv", s=seconds, max_rss="10", cpu_time="-")
        folder = tmp_path / f"unit/main.2/benchmarks/shards/0000{shard}"
        write_benchmark(folder / "activations.tsv", s=seconds, max_rss="NA", cpu_time="3")
    write_benchmark(tmp_path / "unit/main/benchmarks/nmf.tsv", s="60", max_rss="9", cpu_time="100")
    write_benchmark(tmp_path / "unit/main.2/benchmarks/nmf.tsv", s="30", max_rss="12")
    found = times_of(files_of(tmp_path))
    assert list(found) == ["waveforms", "nmf", "activations"]
    assert found["nmf"] == ("nmf", 2, 90, 100, 12)
    assert found["waveforms"][:3] == ("waveforms", 2, 3.5)
    assert isnan(found["waveforms"].cpu_seconds)
    assert found["activations"].cpu_seconds == 6
    assert isnan(found["activations"].megabytes)


def test_a_variant_has_the_times_of_what_it_shares_and_not_of_what_it_replaces(tmp_path):
    for variant, seconds in (("main", "1"), ("main.2", "2"), ("ten", "10"), ("ten.2", "20")):
        for stage in ("nmf", "hmm", "clusters", "shards/00000/fingerprints"):
            write_benchmark(tmp_path / f"unit/{variant}/benchmarks/{stage}.tsv", s=seconds)
    found = times_of(files_of(tmp_path, "ten"))
    assert {stage: each.seconds for stage, each in found.items()} == {
        "nmf": 3, "hmm": 30, "fingerprints": 30, "clusters": 10,
    }  # fmt: skip


def test_models_of_another_run_have_their_times_and_activations_those_of_this_one(tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    for results, seconds in ((here, "1"), (there, "5")):
        for stage in ("nmf", "shards/00000/activations"):
            write_benchmark(results / f"unit/main/benchmarks/{stage}.tsv", s=seconds)
    found = times_of(files_of(here, models=there / "unit"))
    assert (found["nmf"].seconds, found["activations"].seconds) == (5, 1)


def test_of_repetitions_the_last_counts_and_other_files_are_named(tmp_path):
    path = tmp_path / "benchmarks/catalog.tsv"
    write_benchmark(path, s="9", cpu_time="8")
    path.write_text(path.read_text(encoding="utf-8").replace("8\n", "8\n7\t-\n"), encoding="utf-8")
    (tmp_path / "benchmarks/index.tsv").write_bytes(b"\xff\xfe")
    (tmp_path / "benchmarks/shards").mkdir()
    (tmp_path / "benchmarks/shards/main.tsv").write_text("", encoding="utf-8")
    found = read_run_times(files_of(tmp_path))
    assert [(each.stage, each.seconds) for each in found.stages] == [("catalog", 7)]
    assert found.unreadable == ["index.tsv", "main.tsv"]


def test_without_benchmarks_there_are_no_times(tmp_path):
    assert read_run_times(files_of(tmp_path), tmp_path / "background.h5") == ([], [])


@pytest.mark.parametrize("stage", [name for name in STAGES if name not in NOT_SHOWN])
def test_each_rule_writes_its_benchmark_where_it_is_looked_for(tmp_path, stage):
    rule = (REPOSITORY / f"workflow/rules/{stage}.smk").read_text(encoding="utf-8")
    (pattern,) = re.findall(r"benchmark:\n +f\"(.+)\"", rule)
    for name, value in {
        "{UNIT}": "unit/main", "{CHANNEL}": "unit/main", "{RESULTS}/": "", "{{shard}}": "00003",
        "{{variant}}": "main", "{{kind}}": "waveforms",
    }.items():  # fmt: skip
        pattern = pattern.replace(name, value)
    write_benchmark(tmp_path / pattern, s="5")
    found = times_of(files_of(tmp_path), tmp_path / "unit/main/background.h5")
    assert {stage: each.seconds for stage, each in found.items()} == {stage: 5}


@pytest.mark.parametrize(
    "seconds, said",
    [
        (0.04, "0.0 s"),
        (9.96, "10 s"),
        (59.6, "1 min 0 s"),
        (3599.7, "1 h 0 min"),
        (9000, "2 h 30 min"),
    ],
)
def test_durations_are_told_in_the_units_that_they_have(seconds, said):
    assert _duration(seconds) == said
    assert _duration(float("nan")) == "\N{EN DASH}"


def test_files_in_the_folder_where_one_is_have_their_times(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_benchmark(tmp_path / "benchmarks/nmf.tsv", s="5")
    names = [name for name in ReportFiles._fields if name != "others"]
    files = ReportFiles(*(Path(f"{name}.h5") for name in names))
    assert {stage: each.seconds for stage, each in times_of(files).items()} == {"nmf": 5}

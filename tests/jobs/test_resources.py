"""What jobs ask for follows from the size of the data, and the documentation says so."""

import re
import subprocess
import sys

import pytest
from helpers.paths import REPOSITORY

from specufex_pipe.factorizations.registry import FACTORIZATIONS, job_costs
from specufex_pipe.jobs.resources import job_needs
from specufex_pipe.settings import HMMSettings, Settings
from specufex_pipe.stages.registry import STAGES as REGISTRY

DOCUMENTATION = REPOSITORY / "docs/cluster.md"
# Those that run as jobs of a cluster.
STAGES = [name for name, stage in REGISTRY.items() if stage.cost or stage.threads.name != "ONE"]


def settings(nmf=None, **waveforms):
    return Settings(
        channels=["XX.STA..HHZ"],
        catalog={"path": "c"},
        source={"path": "s"},
        waveforms=waveforms,
        nmf=nmf or {},
    )


def test_a_job_of_a_shard_asks_for_the_same_however_many_there_are():
    for stage in ("waveforms", "spectrograms", "activations", "fingerprints"):
        one, many = (job_needs(stage, settings(), n_rows) for n_rows in (10**5, 10**7))
        assert one == many


def test_few_shards_use_all_cores_and_many_one_each():
    threads = [job_needs("activations", settings(), n).threads for n in (900, 20_000, 10**6)]
    assert threads == [8, 4, 1]


def test_jobs_for_all_events_ask_for_more_when_there_are_more():
    for stage in ("assign", "report"):
        small, large = (job_needs(stage, settings(), n_rows) for n_rows in (10**4, 10**6))
        assert large.mem_mb > small.mem_mb
        assert large.runtime > small.runtime


def test_jobs_ask_for_the_time_of_all_hmms():
    one, five = (
        settings().model_copy(update={"hmm": HMMSettings(n_models=n_models)}) for n_models in (1, 5)
    )
    assert job_needs("hmm", five, 10**5).runtime == 5 * job_needs("hmm", one, 10**5).runtime
    start = 10  # minutes, for any number of them
    of_one, of_five = (
        job_needs("fingerprints", each, 10**5).runtime - start for each in (one, five)
    )
    assert of_five == 5 * of_one
    for stage in ("nmf", "activations", "clusters"):
        assert job_needs(stage, five, 10**5) == job_needs(stage, one, 10**5)


def test_longer_windows_ask_for_more():
    for stage in STAGES:
        short, long = (job_needs(stage, settings(duration=t), 10**5) for t in (20.0, 80.0))
        assert long.mem_mb > short.mem_mb
        assert long.runtime > short.runtime


def test_other_factorizations_ask_for_memory_for_the_events_that_they_learn_from():
    few, many = (
        settings(nmf={"method": "smooth", "max_events": max_events})
        for max_events in (1000, 10_000)
    )
    assert job_needs("nmf", few, 10**6).mem_mb == 3500
    assert job_needs("nmf", many, 10**6).mem_mb == 17_000
    assert job_needs("nmf", many, 2000).mem_mb == 5000
    for stage in ("activations", "nmf"):
        assert job_needs(stage, few, 10**6).mem_mb >= job_needs(stage, settings(), 10**6).mem_mb
    slow, fast = (job_needs("activations", each, 10**6).runtime for each in (few, settings()))
    assert slow > fast


@pytest.mark.parametrize("name", FACTORIZATIONS)
def test_jobs_ask_for_the_memory_of_all_events_where_the_fit_has_them_in_memory(name):
    assert job_costs(name).in_memory is not FACTORIZATIONS[name].reads_minibatches


def test_rules_are_read_without_loading_a_model():
    code = (
        "import sys; from specufex_pipe.jobs.resources import job_needs\n"
        "from specufex_pipe.settings import read_settings_file\n"
        f"settings = read_settings_file({str(REPOSITORY / 'config.yaml')!r})\n"
        "job_needs('nmf', settings, 1000), job_needs('activations', settings, 1000)\n"
        "print(sorted({'sklearn', 'numba', 'matplotlib'} & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPOSITORY
    )
    assert run.stdout == "[]\n"


@pytest.mark.parametrize("stage", STAGES)
def test_the_table_in_the_documentation_is_what_jobs_ask_for(stage):
    text = DOCUMENTATION.read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([^|]*) \| ([^|]*) \| ([^|]*) \| ([^|]*) \|$", text, re.MULTILINE)
    (row,) = [row for row in rows if stage in row[0].split(", ")]
    few, many = (job_needs(stage, settings(), n_rows) for n_rows in (100_000, 1_100_000))
    for cell, before, after in (
        (row[1], few.mem_mb, many.mem_mb),
        (row[2], few.runtime, many.runtime),
    ):
        # "1000 + 4 N / 1000" for N events.
        fixed, per_thousand = re.fullmatch(r"(\d+)(?: \+ ([\d.]+) N / 1000)?", cell).groups()
        for need, n_events in ((before, 100_000), (after, 1_100_000)):
            expected = float(fixed) + float(per_thousand or 0) * n_events / 1000
            assert need == pytest.approx(expected, abs=1)
    assert str(many.threads) == row[3]

"""The whole workflow, killed at random moments, ends with the same bits; so do other shards."""

import os
import re
import shutil
import signal
import subprocess
import time

import numpy as np
import pytest
from helpers.workflow import CHANNELS, command, digests, snakemake, write_run

N_KILLS = 8
MOMENTS = (2.0, 12.0)  # seconds; Snakemake starts in two or three, a whole run takes a minute
CHANNEL = CHANNELS[0]
pytestmark = pytest.mark.endurance
MAIN = f"{CHANNEL}/main"
# The log of a job of each stage, and what it writes, in the order in which they run.
JOBS = {
    f"{place}logs/{log}.log": f"{place}{output}"
    for place, log, output in [
        ("", "catalog", "catalog.h5"),
        ("", "index", "index.csv"),
        ("", "shards/main", "shards/main.csv"),
        (f"{MAIN}/", "shards/00001/waveforms", "shards/00001/waveforms.h5"),
        (f"{MAIN}/", "shards/00001/spectrograms", "shards/00001/spectrograms.h5"),
        (f"{MAIN}/", "rejected", "rejected.csv"),
        (f"{MAIN}/", "spectrograms", "spectrograms.h5"),
        (f"{MAIN}/", "nmf", "nmf.h5"),
        (f"{MAIN}/", "shards/00001/activations", "shards/00001/activations.h5"),
        (f"{MAIN}/", "activations", "activations.h5"),
        (f"{MAIN}/", "hmm", "hmm.h5"),
        (f"{MAIN}/", "shards/00001/fingerprints", "shards/00001/fingerprints.h5"),
        (f"{MAIN}/", "fingerprints", "fingerprints.h5"),
        (f"{MAIN}/", "clusters", "clusters.h5"),
        (f"{MAIN}/", "assign", "assignments.h5"),
        (f"{MAIN}/", "events", "events.csv"),
        (f"{MAIN}/", "report", "report.html"),
    ]
}


def write_settings(folder, shard_size=14, n_events=24, model="fit"):
    write_run(
        folder,
        n_events,
        n_first=24,
        channels=[CHANNEL],
        shard_size=shard_size,
        model=model,
        nmf={"n_components": 10, "bayesian": {"max_iter": 200, "tol": 0}},
        hmm={"n_models": 3, "n_states": 4, "max_iter": 100, "tol": 0},
        background={"n_windows": 0},
        clusters={"n_clusters_min": 2, "n_clusters_max": 2, "kmeans": {"n_init": 2}},
        report={
            "examples_per_cluster": 1,
            "uncertain_per_cluster": 0,
            "figures": False,
            "explorer": False,
        },
    )


def results(folder):
    """Return all that a run ends with, but for the report, which names versions and digests."""
    tables = [
        (folder / "results" / CHANNEL / "main" / name).read_text(encoding="utf-8")
        for name in ("events.csv", "rejected.csv")
    ]
    return digests(folder, CHANNEL), tables


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    """A run that nobody interrupts: its results, the seconds that it takes, its folder."""
    folder = tmp_path_factory.mktemp("uninterrupted")
    write_settings(folder)
    start = time.monotonic()
    run = snakemake(folder)
    assert run.returncode == 0, run.stdout
    return results(folder), time.monotonic() - start, folder


def start_and_signal(folder, number, seconds):
    """Start a run, send a signal to all its processes after a while; return its exit status."""
    run = start(folder)
    try:
        run.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(run.pid, number)
    return run.wait(300)


def start(folder):
    """Start a run in a process group of its own."""
    return subprocess.Popen(
        command(folder),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def start_until(folder, path):
    """Start a run, and return it when a file has appeared."""
    run = start(folder)
    while not path.exists():
        assert run.poll() is None, "the run ended before it could be killed"
        time.sleep(0.05)
    return run


def kill_when(folder, path):
    """Start a run, and kill all its processes at once when a file has appeared."""
    run = start_until(folder, path)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()


def unlock(folder):
    """Do what --unlock does, which Snakemake asks for after it was killed, without its start."""
    for lock in folder.glob(".snakemake/locks/*"):
        lock.unlink()


def copy_without(run, folder, first):
    """Copy a finished run but for a model and all that comes after it."""
    shutil.copytree(run, folder)
    outputs = list(JOBS.values())
    for path in outputs[outputs.index(f"{MAIN}/{first}.h5") :]:
        for found in (folder / "results").glob(path.replace("00001", "*")):
            found.unlink()


def leftovers(folder):
    return [path.name for path in (folder / "results").rglob("*.part")]


@pytest.mark.soak
def test_runs_killed_at_random_moments_end_with_the_same_bits(uninterrupted, tmp_path):
    expected, _, _ = uninterrupted
    moments = np.random.default_rng(0)
    n_kills, n_ends = 0, 0
    while n_kills < N_KILLS:
        folder = tmp_path / str(n_ends)
        write_settings(folder)
        status = start_and_signal(folder, signal.SIGKILL, moments.uniform(*MOMENTS))
        if status == -signal.SIGKILL:
            n_kills += 1
            unlock(folder)
            continue
        assert status == 0
        assert results(folder) == expected
        n_ends += 1
    run = snakemake(folder)
    assert run.returncode == 0, run.stdout
    assert results(folder) == expected
    assert leftovers(folder) == []


def test_runs_killed_in_each_of_their_stages_end_with_the_same_bits(uninterrupted, tmp_path):
    write_settings(tmp_path)
    moments, n_kills = np.random.default_rng(1), 0
    for log, output in JOBS.items():
        if (tmp_path / "results" / output).exists():  # two jobs run at once
            continue
        n_kills += kill_in_job(tmp_path, tmp_path / "results" / log, moments.uniform(0, 0.4))
    assert n_kills >= 10
    run = snakemake(tmp_path)
    assert run.returncode == 0, run.stdout
    assert results(tmp_path) == uninterrupted[0]
    assert leftovers(tmp_path) == []


def kill_in_job(folder, log, seconds):
    """Start a run, and kill it so long after a job has begun its log; tell whether it was there."""
    log.unlink(missing_ok=True)
    run = start(folder)
    while not log.exists() and run.poll() is None:
        time.sleep(0.02)
    time.sleep(seconds)
    if run.poll() is not None:
        return False
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    unlock(folder)
    return True


def test_a_run_that_is_asked_to_end_resumes_to_the_same_bits(uninterrupted, tmp_path):
    expected, longest, _ = uninterrupted
    folder = tmp_path / "run"
    copy_without(uninterrupted[2], folder, "nmf")
    for number in (signal.SIGTERM, signal.SIGINT):
        start_and_signal(folder, number, longest / 4)
        assert leftovers(folder) == []
    run = snakemake(folder)
    assert run.returncode == 0, run.stdout
    assert results(folder) == expected


@pytest.mark.soak
@pytest.mark.parametrize("model", ["nmf", "hmm"])
def test_a_fit_whose_model_is_deleted_after_its_end_is_not_made_again(
    model, uninterrupted, tmp_path
):
    """SIGINT to Snakemake alone: the job is told nothing, and its output is deleted."""
    folder = tmp_path / "run"
    copy_without(uninterrupted[2], folder, model)
    variant = folder / "results" / CHANNEL / "main"
    run = start_until(folder, variant / f"{model}.checkpoint.h5")
    run.send_signal(signal.SIGINT)
    assert run.wait(300) == 1
    run = snakemake(folder)
    assert run.returncode == 0, run.stdout
    assert re.search(f"{model.upper()}.* 0 steps/s", run.stdout)
    assert results(folder) == uninterrupted[0]
    assert list(variant.glob("*checkpoint*")) == []


def test_hmms_that_were_fitted_before_a_kill_are_not_fitted_again(uninterrupted, tmp_path):
    folder = tmp_path / "run"
    copy_without(uninterrupted[2], folder, "hmm")
    variant = folder / "results" / CHANNEL / "main"
    kill_when(folder, variant / "hmm.2.checkpoint.h5")
    unlock(folder)
    checkpoints = [variant / name for name in ("hmm.checkpoint.h5", "hmm.1.checkpoint.h5")]
    before = [path.stat().st_mtime_ns for path in checkpoints]
    run = start_until(folder, variant / "hmm.h5")
    assert [path.stat().st_mtime_ns for path in checkpoints] == before
    assert run.wait(300) == 0
    assert results(folder) == uninterrupted[0]
    assert list(variant.glob("*checkpoint*")) == []


def test_results_do_not_depend_on_the_number_of_shards(uninterrupted, tmp_path):
    """The uninterrupted run has two shards, this one four."""
    write_settings(tmp_path, shard_size=7)
    run = snakemake(tmp_path)
    assert run.returncode == 0, run.stdout
    n_shards = len(list((tmp_path / "results" / CHANNEL / "main/shards").iterdir()))
    assert n_shards == 4
    assert results(tmp_path) == uninterrupted[0]


@pytest.mark.soak
def test_an_update_that_is_killed_ends_with_the_same_bits(uninterrupted, tmp_path):
    found = []
    for name in ("whole", "killed"):
        folder = tmp_path / name
        shutil.copytree(uninterrupted[2], folder)
        write_settings(folder, n_events=30, model="update")
        if name == "killed":
            kill_when(folder, folder / "results" / CHANNEL / "main/nmf.checkpoint.h5")
            assert snakemake(folder, "--unlock").returncode == 0
        run = snakemake(folder)
        assert run.returncode == 0, run.stdout
        assert "/nmf.h5, which took" in run.stdout
        found.append(results(folder))
    assert found[0] == found[1]
    assert found[0] != uninterrupted[0]

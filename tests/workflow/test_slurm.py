"""The workflow on a real Slurm of two nodes: time limits, a cancelled job, a node that dies.

By Snakemake's executor for Slurm, and by the one for any scheduler.
"""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import numba
import pytest
from helpers.paths import REPOSITORY
from helpers.workflow import CHANNELS, command, digests, snakemake, write_run

from specufex_pipe import BayesianNMF
from specufex_pipe.settings import NMFSettings
from specufex_pipe.store import FrameStore

CLUSTER = REPOSITORY / "tests/slurm/local_cluster.sh"
CHANNEL = CHANNELS[0]
PATIENCE = 900
pytestmark = pytest.mark.endurance


def reason_to_skip():
    if os.geteuid() != 0:
        return "starting a Slurm cluster needs root"
    missing = [name for name in ("slurmctld", "slurmd", "munged") if not shutil.which(name)]
    if missing:
        return f"no {' and no '.join(missing)}: apt-get install slurm-wlm munge"
    if Path("/etc/slurm/slurm.conf").exists():
        return "this machine has a Slurm of its own (/etc/slurm/slurm.conf)"
    return None


@pytest.fixture(scope="module")
def cluster():
    if reason := reason_to_skip():
        pytest.skip(reason)
    subprocess.run(["bash", CLUSTER, "up"], check=True)
    yield
    subprocess.run(["bash", CLUSTER, "down"], check=True)


def write_settings(folder, time_budget=None):
    return write_run(
        folder,
        channels=[CHANNEL],
        n_events=30,
        n_first=30,
        shard_size=17,
        time_budget=time_budget,
        background={"n_windows": 0},
        nmf={"n_components": 20, "bayesian": {"max_iter": 300, "tol": 0}},
        hmm={"n_models": 2, "n_states": 4, "max_iter": 40, "tol": 0},
    )


@pytest.fixture(scope="module")
def local_run(tmp_path_factory):
    """A run on this machine, and the seconds that its NMF takes."""
    folder = tmp_path_factory.mktemp("local")
    settings = write_settings(folder)
    run = snakemake(folder)
    assert run.returncode == 0, run.stdout
    model = BayesianNMF(**NMFSettings(**settings["nmf"]).parameters())
    before = numba.get_num_threads()
    numba.set_num_threads(1)  # as a job on the cluster has
    with FrameStore(folder / "results" / CHANNEL / "main/spectrograms.h5", "spectrograms") as store:
        start = time.monotonic()
        model.fit(store)
    seconds = time.monotonic() - start
    numba.set_num_threads(before)
    return folder, seconds


# There is no accounting here, and each node has two cores.
SLURM = [
    "--workflow-profile", REPOSITORY / "profiles/slurm",
    "--default-resources", "slurm_partition=main", "slurm_account=root", "runtime=10",
    "--slurm-status-command", "squeue", "--max-threads", "1",
    "--slurm-init-seconds-before-status-checks", "1",
    "--seconds-between-status-checks", "1", "--latency-wait", "10",
]  # fmt: skip
GENERIC = [
    "--workflow-profile", REPOSITORY / "profiles/cluster-generic",
    "--max-threads", "1", "--seconds-between-status-checks", "1", "--latency-wait", "10",
]  # fmt: skip


class SlurmRun:
    """A run of the workflow on the cluster, in the background."""

    def __init__(self, folder, options):
        self.log = folder / "run.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(command(folder, *options), stdout=log, stderr=log)

    def running(self, *rules):
        """Wait until a job of one of the rules runs; return its number and its node."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            assert self.process.poll() is None, self.log.read_text()
            queue = subprocess.run(
                ["squeue", "-h", "-t", "R", "-o", "%i|%N|%j|%k"],
                check=True, capture_output=True, text=True,
            )  # fmt: skip
            for line in queue.stdout.splitlines():
                job, node, name, comment = line.split("|")
                # One executor writes the rule into the comment, the other's jobs are called so.
                if name in rules or comment.startswith(tuple(f"rule_{rule}" for rule in rules)):
                    return job, node
            time.sleep(0.2)
        raise TimeoutError(f"no job of {rules} ran")

    def started(self, message):
        """Return how often a job with a message has been submitted."""
        return self.log.read_text().count(message)

    def finish(self):
        self.process.wait(PATIENCE)
        assert self.process.returncode == 0, self.log.read_text()


def pull_the_plug(node):
    """Kill the daemon of a node, and all that runs on it."""
    os.kill(int(Path(f"/run/slurmd.{node}.pid").read_text()), signal.SIGKILL)
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes().split(b"\0")
        except OSError:  # it ended meanwhile
            continue
        if f"SLURMD_NODENAME={node}".encode() in environment:
            os.kill(int(process.name), signal.SIGKILL)


def plug_in(node):
    subprocess.run(["slurmd", "-N", node], check=True)


def test_time_limits_a_cancelled_fit_and_a_dead_node_change_no_result(cluster, local_run, tmp_path):
    expected, seconds = local_run
    write_settings(tmp_path, time_budget=seconds / 2 / 60)
    run = SlurmRun(tmp_path, SLURM)
    _, node = run.running("waveforms", "spectrograms")
    pull_the_plug(node)
    job, _ = run.running("nmf")
    time.sleep(5)
    subprocess.run(["scancel", job], check=True)
    run.finish()
    plug_in(node)
    assert digests(tmp_path, CHANNEL) == digests(expected, CHANNEL)
    clusters = [
        (folder / "results" / CHANNEL / "main/events.csv").read_text()
        for folder in (tmp_path, expected)
    ]
    assert clusters[0] == clusters[1]
    # At first, after it was cancelled, and after its time was over.
    assert run.started("main: learning components (NMF)") >= 3


@pytest.mark.soak
def test_a_run_that_is_interrupted_cancels_its_jobs(cluster, local_run, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(local_run[0], folder)
    (folder / "results" / CHANNEL / "main/nmf.h5").unlink()
    run = SlurmRun(folder, GENERIC)
    job, _ = run.running("nmf")
    run.process.send_signal(signal.SIGINT)
    run.process.wait(PATIENCE)
    told = subprocess.run(["scontrol", "show", "job", job], capture_output=True, text=True)
    assert "JobState=CANCELLED" in told.stdout

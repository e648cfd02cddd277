"""No stage goes on in silence on a damaged file, on a full disk, or without a home."""

import os
import subprocess
import sys

import pytest
from helpers import stage_attacks
from helpers.paths import REPOSITORY

from specufex_pipe.stages.registry import STAGES

pytestmark = pytest.mark.endurance
PROGRAM = REPOSITORY / "tests/helpers/stage_attacks.py"
# The package beside the tests, whichever is installed.
CODE = f"{REPOSITORY}{os.pathsep}{REPOSITORY / 'tests'}"
COMMANDS = stage_attacks.commands()
# These take seconds, and a bit in any of their files is found in a moment.
N_FLIPS = {"report": 12, "explorer": 12, "classifier": 12}
SECONDS = 900
# Not even root can make it.
NOWHERE = "/proc/nowhere"


def program(*arguments, environment=None):
    """Run the attacks in a process of their own: HDF5 may crash on a file, or never let go."""
    return subprocess.run(
        [sys.executable, "-X", "faulthandler", PROGRAM, *map(str, arguments)],
        capture_output=True, text=True, timeout=SECONDS, check=False,
        env=environment or os.environ | {"PYTHONPATH": CODE},
    )  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The files of a small run."""
    folder = tmp_path_factory.mktemp("attacks")
    run = program("make", folder)
    assert run.returncode == 0, run.stderr
    return folder


def test_every_stage_is_attacked():
    # The others read nothing that a report does not, and downloads no more than a catalog.
    others = {
        "comparison", "figures", "compared",
        "download_events", "download_stations", "download_waveforms",
    }  # fmt: skip
    assert {command.stage for command in COMMANDS} == set(STAGES) - others


@pytest.mark.parametrize("share", [0.25, pytest.param(1, marks=pytest.mark.soak)])
@pytest.mark.parametrize(
    "stage", list(dict.fromkeys(c.stage for c in COMMANDS if c.reads or c.behind))
)
def test_a_changed_bit_is_found_by_the_stage_that_reads_the_file(stage, share, folder):
    run = program("flip", folder, stage, int(share * N_FLIPS.get(stage, 80)))
    assert run.returncode == 0, run.stderr
    assert run.stdout == ""


@pytest.mark.soak
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
@pytest.mark.parametrize("number", range(len(COMMANDS)))
def test_a_full_disk_is_one_line_of_any_stage(number, folder, tmp_path):
    mount = ["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", tmp_path]
    if subprocess.run(mount, check=False).returncode:
        pytest.skip("a disk cannot be mounted here")
    try:
        command = COMMANDS[number]
        run = program("write_to", folder, number, tmp_path)
        assert list(tmp_path.rglob("*.part")) == []
    finally:
        subprocess.run(["umount", tmp_path], check=True)
    if run.returncode == 0:  # what it writes is small
        assert command.stage in ("catalog", "index", "shards", "rejected", "events")
        return
    assert run.returncode == 1
    (line,) = [line for line in run.stderr.splitlines() if " error: " in line]
    assert "the disk is full" in line
    assert "Traceback" not in run.stderr
    assert "HDF5" not in run.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody without a home")
def test_without_a_home_that_can_be_written_all_stages_run(folder, tmp_path):
    environment = os.environ | {
        "PYTHONPATH": CODE, "HOME": NOWHERE, "XDG_CACHE_HOME": NOWHERE,
        "NUMBA_CACHE_DIR": NOWHERE, "MPLCONFIGDIR": NOWHERE,
    }  # fmt: skip
    run = program("make", tmp_path, environment=environment)
    assert run.returncode == 0, run.stderr
    for name in ("assignments.h5", "events.csv"):
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()

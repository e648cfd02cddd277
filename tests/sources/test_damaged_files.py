"""Damaged files: no crash, no hang, bounded memory, and no event that is not accounted for."""

import os
import subprocess
import sys

import pytest
from helpers.paths import REPOSITORY

PROGRAM = REPOSITORY / "tests/helpers/damaged_files.py"
ONE_OF_EACH_DAMAGE = 14  # the seed chooses; most of the time goes into starting Python
FORMATS = ("MSEED", "SAC", "GSE2")
SECONDS = 120


def attack(folder, file_format, first, last):
    run = subprocess.run(
        [sys.executable, "-X", "faulthandler", PROGRAM, folder, file_format, str(first), str(last)],
        capture_output=True, text=True, timeout=SECONDS, check=False,
        env=os.environ | {"PYTHONPATH": f"{REPOSITORY}{os.pathsep}{REPOSITORY / 'tests'}"},
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert run.stdout == ""


@pytest.mark.parametrize("file_format", FORMATS)
def test_damaged_files_reject_their_events_and_no_others(tmp_path, file_format):
    attack(tmp_path, file_format, 0, ONE_OF_EACH_DAMAGE)


@pytest.mark.endurance
@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("part", range(7))
def test_two_thousand_damaged_files(tmp_path, file_format, part):
    attack(tmp_path, file_format, 1000 + 100 * part, 1100 + 100 * part)

"""`specufex-pipe`: Snakemake with the workflow of the installation."""

import os
import subprocess
import sys

import pytest
from helpers.paths import REPOSITORY
from helpers.workflow import CHANNELS, write_run

from specufex_pipe.commands.program import main
from specufex_pipe.commands.shipped import shipped


class Replaced(Exception):
    """What Snakemake was started with, in place of this process."""


@pytest.fixture
def started(monkeypatch, tmp_path):
    """Return the arguments that a command starts Snakemake with in a project."""

    def replace(program, arguments):
        raise Replaced(arguments[arguments.index("snakemake") + 1 :])

    def start(*arguments):
        with pytest.raises(Replaced) as replaced:
            main(list(arguments))
        (found,) = replaced.value.args
        return found

    monkeypatch.setattr(os, "execv", replace)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text("", encoding="utf-8")
    return start


SNAKEFILE = ["--snakefile", str(REPOSITORY / "workflow/Snakefile")]
PROFILE = ["--workflow-profile", str(REPOSITORY / "profiles/default")]


def test_options_are_those_of_snakemake(started):
    options = ["--cores", "2", "results/rejected.csv", "--config", "model=frozen"]
    assert started("run", *options) == [*SNAKEFILE, *PROFILE, *options]


def test_the_profile_is_that_of_the_project_where_it_has_one(started, tmp_path):
    (tmp_path / "profiles/default").mkdir(parents=True)
    assert started("run") == SNAKEFILE


def test_the_profile_is_the_one_that_is_named(started):
    assert started("run", "--workflow-profile=slurm") == [*SNAKEFILE, "--workflow-profile=slurm"]


def test_report_is_that_of_snakemake(started):
    expected = [*SNAKEFILE, *PROFILE, "--report", "mine.zip"]
    assert started("report", "--output", "mine.zip") == expected


def test_settings_may_have_another_name(started, tmp_path):
    (tmp_path / "config.yaml").unlink()
    assert started("run", "--configfile", "mine.yaml")[-1] == "mine.yaml"


@pytest.mark.parametrize("command", ["check", "compare"])
def test_commands_that_are_also_stages_explain_themselves_by_this_name(command, capsys):
    with pytest.raises(SystemExit):
        main([command, "--help"])
    assert capsys.readouterr().out.startswith(f"usage: specufex-pipe {command}")


def test_a_project_is_run_from_its_folder(tmp_path):
    """Two files of a real run; the default profile lets it do with all cores."""
    write_run(tmp_path, n_events=3, channels=CHANNELS[:1])
    program = [sys.executable, "-m", "specufex_pipe.commands.program", "run"]
    run = subprocess.run(
        [*program, "results/shards/main.csv"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "results/catalog.h5").exists()


def test_what_is_not_in_an_installation_is_named():
    with pytest.raises(FileNotFoundError, match=r"workflow/none is neither in .* nor beside it"):
        shipped("workflow/none")

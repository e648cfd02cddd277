"""What made a report: versions, the commit of the code, the machine, and steps in words."""

import re
import subprocess

import pytest
import yaml
from helpers.paths import REPOSITORY

from specufex_pipe import __version__
from specufex_pipe.report import environment
from specufex_pipe.report.environment import commit_of, machine, versions
from specufex_pipe.waveforms.steps.registry import STEPS


def git(folder, *arguments):
    identity = ["-c", "user.name=A", "-c", "user.email=a@b"]
    done = subprocess.run(
        ["git", "-C", folder, *identity, *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def package(tmp_path):
    """A package in a repository of its own, committed."""
    folder = tmp_path / "package"
    folder.mkdir()
    (folder / "__init__.py").write_text("", encoding="utf-8")
    (tmp_path / "config.yaml").write_text("a: 1\n", encoding="utf-8")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "a")
    return folder


def test_the_commit_is_that_of_the_repository(package):
    assert commit_of(package) == (git(package, "rev-parse", "HEAD"), False)


def test_changed_code_is_told_and_changed_settings_are_not(package):
    (package.parent / "config.yaml").write_text("a: 2\n", encoding="utf-8")
    assert not commit_of(package).is_changed
    (package / "new.py").write_text("", encoding="utf-8")
    assert commit_of(package).is_changed
    (package / "new.py").unlink()
    (package.parent / "workflow").mkdir()
    (package.parent / "workflow/Snakefile").write_text("", encoding="utf-8")
    assert commit_of(package).is_changed


def test_there_is_no_commit_without_a_repository_git_or_the_package_in_it(
    package, tmp_path, monkeypatch
):
    installed = tmp_path / "environment/package"
    installed.mkdir(parents=True)
    (installed / "__init__.py").write_text("", encoding="utf-8")
    assert commit_of(installed) is None  # in a repository, which is of something else
    assert commit_of(tmp_path / "nowhere") is None
    monkeypatch.setattr(environment.shutil, "which", lambda name: None)
    assert commit_of(package) is None


def test_versions_leave_out_what_is_not_installed(monkeypatch):
    assert {"specufex_pipe", "python", "numba", "numpy", "h5py"} <= set(versions())
    monkeypatch.setattr(environment, "_LIBRARIES", ("numpy", "no-such-library"))
    assert list(versions()) == ["specufex_pipe", "python", "numpy"]


def test_the_machine_has_a_name_cores_and_a_blas():
    found = machine()
    assert found.processor
    assert found.n_cores >= 1
    assert found.blas


def test_the_citation_is_of_the_last_release():
    cited = yaml.safe_load((REPOSITORY / "CITATION.cff").read_text(encoding="utf-8"))
    changes = (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")
    assert cited["version"] == re.findall(r"^## (\d[\d.]*)", changes, re.MULTILINE)[0]


def test_the_version_is_that_of_the_installation():
    assert re.match(r"\d+\.\d+", __version__)


@pytest.mark.parametrize(("name", "parameters", "expected"), [
    ("filter", {"kind": "lowpass", "fmax": 8}, "low-pass filter at 8 Hz (order 4, applied forward "
     "and backward)"),
    ("filter", {"kind": "bandpass", "fmin": 1, "fmax": 20, "zero_phase": False, "corners": 2},
     "band-pass filter from 1 to 20 Hz (order 2, applied forward)"),
    ("taper", {"seconds": 2.5}, "a cosine taper of 2.5 s at both ends"),
    ("remove_response", {"output": "DISP", "pre_filter": [0.1, 0.2, 8, 10]},
     "to displacement (water level 60 dB; cosine filter with corners at 0.1, 0.2, 8, 10 Hz)"),
    ("remove_response", {"water_level": None}, "removal of the instrument response to velocity"),
    ("rotate", {"to": "ZRT"}, "vertical, radial and transverse"),
    ("normalize", {"by": "rms"}, "division by the root-mean-square amplitude of the window"),
])  # fmt: skip
def test_a_step_is_told_with_its_parameters(name, parameters, expected):
    assert expected in STEPS[name](**parameters).in_words


def test_every_step_is_told_in_words_of_its_own():
    required = {"filter": {"kind": "highpass", "fmin": 1.0}}
    told = [STEPS[name](**required.get(name, {})).in_words for name in STEPS]
    assert all(told)
    assert len(set(told)) == len(STEPS)

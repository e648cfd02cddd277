"""What runs here: versions of the software, the commit of its repository, the processor."""

import os
import platform
import shutil
import subprocess
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

from threadpoolctl import threadpool_info

from specufex_pipe import __version__

_LIBRARIES = (
    "numpy",
    "scipy",
    "numba",
    "scikit-learn",
    "obspy",
    "h5py",
    "matplotlib",
    "snakemake",
)
# What results depend on: the package itself, and the workflow beside it.
_SOURCES = (".", "../workflow", "../Snakefile")
_GIT_SECONDS = 20


class Commit(NamedTuple):
    """The state of a repository.

    Attributes
    ----------
    digest : str
        Of the commit.
    is_changed : bool
        Whether the package or the workflow differ from it.
    """

    digest: str
    is_changed: bool


class Machine(NamedTuple):
    """A processor, and how matrices are multiplied on it.

    Attributes
    ----------
    processor : str
        Name of the model.
    n_cores : int
    blas : list of str
        Libraries of BLAS that are loaded, with their versions and kernels.
    """

    processor: str
    n_cores: int
    blas: list[str]


def versions() -> dict[str, str]:
    """Return the versions of the package, of Python and of the libraries that are installed."""
    found = {"specufex_pipe": __version__, "python": platform.python_version()}
    return found | dict(_installed(_LIBRARIES))


def _installed(names: Iterable[str]) -> Iterable[tuple[str, str]]:
    for name in names:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            continue  # Snakemake runs the stages, but no stage needs it


def commit_of(folder: Path) -> Commit | None:
    """Return the commit of the repository that a package is run from.

    Parameters
    ----------
    folder : Path
        Of the package.

    Returns
    -------
    Commit or None
        None where there is no git, or where no repository has the package: one that is installed
        may lie within the repository of something else.
    """
    if _git(folder, "ls-files", "--error-unmatch", "__init__.py") is None:
        return None
    digest = _git(folder, "rev-parse", "HEAD")
    changes = _git(folder, "--no-optional-locks", "status", "--porcelain", "--", *_SOURCES)
    if digest is None or changes is None:
        return None
    return Commit(digest, is_changed=bool(changes))


def _git(folder: Path, *arguments: str) -> str | None:
    """Return what git says; None if there is no git, or it fails."""
    program = shutil.which("git")
    if program is None:
        return None
    command = [program, "-C", str(folder), *arguments]
    try:
        done = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, check=False, timeout=_GIT_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def machine() -> Machine:
    """Return what this process runs on."""
    blas = [
        " ".join(
            str(part)
            for part in (each["internal_api"], each["version"], each.get("architecture"))
            if part
        )
        for each in threadpool_info()
        if each["user_api"] == "blas"
    ]
    return Machine(_processor(), os.cpu_count() or 1, sorted(set(blas)))


def _processor() -> str:
    """Return the name of the processor, or the architecture where the system does not tell it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:  # there is no such file but on Linux
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()

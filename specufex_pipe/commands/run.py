"""`specufex-pipe run` and `report`: Snakemake with the workflow of this installation."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from specufex_pipe.commands.shipped import shipped
from specufex_pipe.errors import SettingsError

# Where Snakemake, Numba and matplotlib keep theirs if the home cannot be written.
_CACHES = ".snakemake/cache"


def run(options: Sequence[str]) -> NoReturn:
    """Run the workflow in the current folder.

    Snakemake takes the place of this process, so that signals and the exit status are its own.

    Parameters
    ----------
    options : sequence of str
        Options of Snakemake. The profile sets all others.

    Raises
    ------
    SettingsError
        If the current folder has no settings and the options name none.
    """
    is_named = any(option.startswith("--configfile") for option in options)
    if not (is_named or Path("config.yaml").exists() or {"-h", "--help"} & set(options)):
        raise SettingsError(
            f"there is no config.yaml in {Path.cwd()}; go to the folder of a project, or make one "
            "with specufex-pipe init FOLDER"
        )
    snakefile = ["--snakefile", str(shipped("workflow/Snakefile"))]
    command = [sys.executable, "-m", "snakemake", *snakefile, *_profile(options), *options]
    if not _can_keep_caches():
        caches = Path(_CACHES).absolute()
        os.environ["XDG_CACHE_HOME"] = str(caches)
        os.environ.setdefault("MPLCONFIGDIR", str(caches / "matplotlib"))
    sys.stdout.flush()
    os.execv(sys.executable, command)  # noqa: S606 - no shell is wanted


def _can_keep_caches() -> bool:
    """Tell whether the user has a folder for caches, without which Snakemake does not start."""
    try:
        caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        caches.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError):  # the latter if there is no home at all
        return False
    return os.access(caches, os.W_OK | os.X_OK)


def _profile(options: Sequence[str]) -> list[str]:
    """Return the option for the profile that comes with the workflow, if there is no other."""
    is_given = any(option.startswith("--workflow-profile") for option in options)
    if is_given or Path("profiles/default").exists():
        return []
    return ["--workflow-profile", str(shipped("profiles/default"))]


def report(output: Path) -> NoReturn:
    """Write one file with the report pages of a finished run, its settings and its run times.

    Parameters
    ----------
    output : Path
        File to write: .zip, or .html if there are few results.

    Raises
    ------
    SettingsError
        If the name of the file has another ending, or the current folder is not a project.
    """
    if output.suffix not in (".zip", ".html"):
        raise SettingsError(
            f"--output is {str(output)!r}, expected a name that ends in .zip or .html"
        )
    run(["--report", str(output)])

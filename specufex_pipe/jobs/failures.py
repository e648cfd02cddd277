"""What went wrong in a run: the last words of the jobs that failed, from their logs."""

import re
from collections.abc import Iterable
from pathlib import Path

from specufex_pipe.progress import ERROR_MARK

_LOG_OF_A_FAILED_JOB = re.compile(r"^ +log: (.+) \(check log file\(s\) for error details\)$", re.M)


def last_words(snakemake_logs: Iterable[str | Path], folder: str | Path = ".") -> list[str]:
    """Return the errors with which jobs of a run ended, in the order in which they failed.

    Parameters
    ----------
    snakemake_logs : iterable of str or Path
        Snakemake's own logs of the run, which name the logs of the jobs that failed.
    folder : str or Path
        That the names are relative to.

    Returns
    -------
    list of str
        The error of each job that told one; it may have several lines.
    """
    names: dict[str, None] = {}
    for log in snakemake_logs:
        text = Path(log).read_text(encoding="utf-8", errors="replace")
        names |= dict.fromkeys(_LOG_OF_A_FAILED_JOB.findall(text))
    return [error for name in names if (error := _last_error(Path(folder) / name))]


def _last_error(log: Path) -> str:
    """Return what a log says from its last error on."""
    if not log.is_file():  # the job was gone before it could write one
        return ""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    places = [number for number, line in enumerate(lines) if ERROR_MARK in line]
    return "\n".join(lines[places[-1] :]) if places else ""

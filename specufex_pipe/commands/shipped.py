"""Files that come with the package and are not Python: the workflow and the demonstration."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def shipped(name: str) -> Path:
    """Return a file or folder of the repository, such as workflow/Snakefile.

    A wheel has it within the package (pyproject.toml), a clone beside it.

    Parameters
    ----------
    name : str
        Path in the repository.

    Returns
    -------
    Path
        Where it is in this installation.

    Raises
    ------
    FileNotFoundError
        If this installation does not have it.
    """
    for folder in (_PACKAGE, _PACKAGE.parent):
        if (folder / name).exists():
            return folder / name
    raise FileNotFoundError(
        f"{name} is neither in {_PACKAGE} nor beside it; install specufex_pipe again"
    )

"""Reading a clustering from its file, whichever it is."""

from pathlib import Path

from specufex_pipe.clustering.base import Clustering
from specufex_pipe.clustering.registry import CLUSTERINGS
from specufex_pipe.store import read_attributes


def load(path: str | Path) -> Clustering:
    """Read the clusters that a file holds.

    Parameters
    ----------
    path : str or Path
        clusters.h5

    Raises
    ------
    OSError
        If the file is missing, damaged, of another kind or of another format.
    """
    try:
        name = CLUSTERINGS.name_of_class(str(read_attributes(path).get("clustering")))
    except KeyError as error:
        raise OSError(f"{path}: {error.args[0]}") from error
    return CLUSTERINGS[name].load(path)

"""How the features were made that clusters are of, as clusters.h5 keeps it."""

from pathlib import Path

from specufex_pipe.clustering.files import load_part
from specufex_pipe.features.ensemble import EnsembleJoiner


def load_joiner(path: str | Path) -> EnsembleJoiner:
    """Read how features are joined.

    Parameters
    ----------
    path : str or Path
        clusters.h5

    Raises
    ------
    OSError
        If the file is missing, damaged, of another kind or of another format.
    """
    return load_part(
        path,
        lambda arrays, attributes: EnsembleJoiner.from_arrays(arrays, attributes["features"]),
    )

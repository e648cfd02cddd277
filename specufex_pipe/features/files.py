"""How the features were made that clusters are of, as clusters.h5 keeps it."""

from pathlib import Path

from specufex_pipe.features.joining import FeatureJoiner
from specufex_pipe.store import read_arrays


def load_joiner(path: str | Path) -> FeatureJoiner:
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
    arrays, attributes = read_arrays(path, "clusters")
    try:
        return FeatureJoiner.from_arrays(arrays, attributes["features"])
    except (KeyError, TypeError, ValueError) as error:
        raise OSError(
            f"{path}: not a whole file of clusters ({error}); learn them again"
        ) from error

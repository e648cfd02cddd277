"""The file of the clusters, clusters.h5."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from specufex_pipe.clustering.learned import LearnedClusters
from specufex_pipe.numerics.types import Array
from specufex_pipe.store import read_arrays, write_arrays

_KIND = "clusters"
Part = TypeVar("Part")


def save(
    path: str | Path,
    learned: LearnedClusters,
    *,
    parameters: Mapping[str, Any],
    features: Mapping[str, Array],
    description: str,
    settings: Mapping[str, Any],
    inputs: Mapping[str, Any],
) -> None:
    """Write clusters, and how the features were made that they are of.

    Parameters
    ----------
    path : str or Path
        clusters.h5
    learned : LearnedClusters
    parameters : dict
        Of the `EventClusterer` that learned them, without `verbose`.
    features : dict of ndarray
        As `EnsembleJoiner.to_arrays` returns them.
    description : str
        As `EnsembleJoiner.description` returns it.
    settings, inputs : dict
        The settings, and the digests of the data that made them.
    """
    attributes = {"parameters": json.dumps(dict(parameters)), "features": description}
    arrays = learned.to_arrays() | dict(features)
    write_arrays(path, _KIND, arrays, attributes=attributes, settings=settings, inputs=inputs)


def load(path: str | Path) -> LearnedClusters:
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
    return load_part(path, lambda arrays, _: LearnedClusters.from_arrays(arrays))


def load_part(path: str | Path, build: Callable[[dict[str, Array], dict[str, Any]], Part]) -> Part:
    """Read a part of what a file of clusters holds.

    Parameters
    ----------
    path : str or Path
        clusters.h5
    build : callable
        Takes the arrays and the attributes of the file, and returns the part.

    Raises
    ------
    OSError
        If the file is missing, damaged, of another kind or of another format.
    """
    arrays, attributes = read_arrays(path, _KIND)
    try:
        return build(arrays, attributes)
    except (KeyError, TypeError, ValueError) as error:
        raise OSError(
            f"{path}: not a whole file of clusters ({error}); learn them again"
        ) from error


def load_parameters(path: str | Path) -> dict[str, Any]:
    """Return the parameters of the `EventClusterer` that learned the clusters of a file."""
    _, attributes = read_arrays(path, _KIND)
    parameters: dict[str, Any] = json.loads(attributes["parameters"])
    return parameters

"""The file of a classifier, classifier.h5."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from specufex_pipe.classification.learned import LearnedLabels
from specufex_pipe.numerics.types import Array
from specufex_pipe.store import read_arrays, write_arrays

_KIND = "classifier"
# Before the names of what tells how the features were made.
_FEATURES = "features."


class ClassifierFile(NamedTuple):
    """What the file of a classifier holds.

    Attributes
    ----------
    learned : learned.LearnedLabels
    parameters : dict
        Of the `EventClassifier` that learned it.
    features : dict of ndarray
        How the features were made, as they were given to `save`.
    description : str
        Likewise, in words.
    """

    learned: LearnedLabels
    parameters: dict[str, Any]
    features: dict[str, Array]
    description: str


def save(
    path: str | Path,
    learned: LearnedLabels,
    *,
    parameters: Mapping[str, Any],
    features: Mapping[str, Array],
    description: str,
    settings: Mapping[str, Any],
    inputs: Mapping[str, Any],
) -> None:
    """Write a classifier, and how the features were made that it is of.

    Parameters
    ----------
    path : str or Path
        classifier.h5
    learned : learned.LearnedLabels
    parameters : dict
        Of the `EventClassifier` that learned it.
    features : dict of ndarray
        As `EnsembleJoiner.to_arrays` returns them.
    description : str
        As `EnsembleJoiner.description` returns it.
    settings, inputs : dict
        The settings, and the digests of the data that made it.
    """
    attributes = {
        "parameters": json.dumps(dict(parameters)),
        "features": description,
        "learned": json.dumps(learned.to_texts()),
    }
    of_features = {f"{_FEATURES}{name}": values for name, values in features.items()}
    arrays = learned.to_arrays() | of_features
    write_arrays(path, _KIND, arrays, attributes=attributes, settings=settings, inputs=inputs)


def load(path: str | Path) -> ClassifierFile:
    """Read a classifier.

    Parameters
    ----------
    path : str or Path
        classifier.h5

    Raises
    ------
    OSError
        If the file is missing, damaged, of another kind or of another format.
    """
    arrays, attributes = read_arrays(path, _KIND)
    try:
        return ClassifierFile(
            LearnedLabels.from_parts(arrays, json.loads(attributes["learned"])),
            json.loads(attributes["parameters"]),
            {
                name.removeprefix(_FEATURES): values
                for name, values in arrays.items()
                if name.startswith(_FEATURES)
            },
            attributes["features"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise OSError(
            f"{path}: not a whole file of a classifier ({error}); learn it again"
        ) from error

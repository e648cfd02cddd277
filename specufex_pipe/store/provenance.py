"""Checks that files which are used together were made from each other."""

import json
from pathlib import Path
from typing import Any

from specufex_pipe.errors import StageError
from specufex_pipe.store.files import read_attributes


class Inputs(dict[str, Any]):
    """What a file was made from; asked for what it does not say, it says that."""

    def __init__(self, path: Path, values: dict[str, Any]) -> None:
        super().__init__(values)
        self._path = path

    def __missing__(self, name: str) -> Any:
        raise StageError(
            f"{self._path} does not say what {name} it was made with: use files that the stages of "
            "one run have made"
        )


def inputs_of(path: Path) -> Inputs:
    """Return what a file was made from: digests and more, by name."""
    return Inputs(path, json.loads(read_attributes(path)["inputs"]))


def make_of(fingerprints: Path) -> dict[str, Any]:
    """Return what decides whether fingerprints can be held against others.

    Returns
    -------
    dict
        hmm: digest of the HMMs; fingerprint_settings: how their states became fingerprints.
    """
    settings = json.loads(read_attributes(fingerprints)["settings"])
    return {"hmm": inputs_of(fingerprints)["hmm"], "fingerprint_settings": settings}


def require_made_with(path: Path, name: str, other: Path) -> None:
    """Raise a StageError unless a file was made with another, which its inputs call `name`."""
    if inputs_of(path)[name] != read_attributes(other)["digest"]:
        raise StageError(
            f"{path} was made with another {name} than {other}: make it again with this one, or "
            "give the one that it was made with"
        )


def require_same_processing(path: Path, processing: dict[str, Any], model: Path) -> None:
    """Raise a StageError if a model was fitted to spectrograms that were made in another way.

    Parameters
    ----------
    path : Path
        Of the spectrograms.
    processing : dict
        How they were made.
    model : Path
    """
    fitted = inputs_of(model)["processing"]
    differences = [
        f"{key} is {processing.get(key)!r}, and was {fitted.get(key)!r} for the model"
        for key in sorted(processing.keys() | fitted.keys())
        if processing.get(key) != fitted.get(key)
    ]
    if differences:
        raise StageError(
            f"{model} was fitted to other spectrograms than {path}: {'; '.join(differences)}"
        )

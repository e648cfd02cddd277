"""Checks that files which are used together were made from each other."""

import json
from collections.abc import Sequence
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


def make_of(fingerprints: Sequence[Path]) -> dict[str, Any]:
    """Return what decides whether fingerprints can be held against others.

    Parameters
    ----------
    fingerprints : sequence of Path
        fingerprints.h5 of each NMF.

    Returns
    -------
    dict
        hmm: digest of the HMMs of each NMF; fingerprint_settings: how their states became
        fingerprints.

    Raises
    ------
    StageError
        If the fingerprints of the NMFs were made with different settings.
    """
    settings = [json.loads(read_attributes(path)["settings"]) for path in fingerprints]
    for path, each in zip(fingerprints, settings, strict=True):
        if each != settings[0]:
            raise StageError(
                f"{path} was made with {each}, and {fingerprints[0]} with {settings[0]}: make both "
                "with the same"
            )
    hmms = [inputs_of(path)["hmm"] for path in fingerprints]
    return {"hmm": hmms, "fingerprint_settings": settings[0]}


def require_each(**paths: Sequence[Path]) -> None:
    """Raise a StageError unless there are as many files of each name: one of each NMF."""
    if len({len(each) for each in paths.values()}) > 1:
        told = ", ".join(f"{len(each)} of {name}" for name, each in paths.items())
        raise StageError(f"there are {told}: expected one of each for each NMF")


def require_made_with_all(path: Path, name: str, others: Sequence[Path]) -> None:
    """Raise a StageError unless a file was made with others, in their order."""
    if inputs_of(path)[name] != [read_attributes(other)["digest"] for other in others]:
        raise StageError(
            f"{path} was made with other {name} than {', '.join(map(str, others))}: make it again "
            "with these, or give those that it was made with, in their order"
        )


def require_made_with(path: Path, name: str, other: Path) -> None:
    """Raise a StageError unless a file was made with another, which its inputs call `name`."""
    if inputs_of(path)[name] != read_attributes(other)["digest"]:
        raise StageError(
            f"{path} was made with another {name} than {other}: make it again with this one, or "
            "give the one that it was made with"
        )


def require_same_events(path: Path, event_ids: Sequence[str], expected: Sequence[str]) -> None:
    """Raise a StageError unless a file has the events that are expected, in their order."""
    if event_ids != expected:
        raise StageError(
            f"{path} does not have the events of the other files: they come from different runs"
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

"""The files of a variant that the report shows."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

from specufex_pipe.errors import StageError
from specufex_pipe.store import read_attributes
from specufex_pipe.store.provenance import inputs_of

_MAIN = "main"
_MODELS = ("nmf", "hmm", "clusters")
# Of a run that is compared with others.
_NEEDED = (*_MODELS, "catalog", "waveforms", "spectrograms", "fingerprints")


class ModelFiles(NamedTuple):
    """The files of an NMF of a variant that are not shown, and which its clusters are made from."""

    nmf: Path
    hmm: Path
    fingerprints: Path


class ReportFiles(NamedTuple):
    """The files of a variant, each where it is; those of models are of the first NMF."""

    catalog: Path
    waveforms: Path
    spectrograms: Path
    nmf: Path
    activations: Path
    hmm: Path
    fingerprints: Path
    clusters: Path
    assignments: Path
    others: tuple[ModelFiles, ...] = ()

    @classmethod
    def of(cls, folder: str | Path, models: str | Path | None = None) -> Self:
        """Return the files of a variant that the workflow has run.

        Parameters
        ----------
        folder : str or Path
            results/UNIT/VARIANT; a file that the variant shares with main is in main's folder.
        models : str or Path, optional
            The same of the run whose models were kept; `folder` by default.
        """
        folder = Path(folder).absolute()
        folder_of = dict.fromkeys(_MODELS, folder if models is None else Path(models).absolute())

        def place(name: str, number: str = "") -> Path:
            return _place(folder_of.get(name, folder), name, number)

        shown = {name: place(name) for name in cls._fields if name != "others"}
        n_nmfs = len(inputs_of(shown["clusters"])["hmm"])
        others = (
            ModelFiles(*(place(name, f".{number}") for name in ModelFiles._fields))
            for number in range(2, n_nmfs + 1)
        )
        return cls(**shown, others=tuple(others))

    @property
    def models(self) -> list[ModelFiles]:
        """The files of each NMF."""
        return [ModelFiles(self.nmf, self.hmm, self.fingerprints), *self.others]

    def attributes(self) -> dict[str, dict[str, Any]]:
        """Return the attributes of each file that is shown, by its name."""
        paths = self._asdict()
        del paths["others"]
        return {name: read_attributes(path) for name, path in paths.items()}


def _place(folder: Path, name: str, number: str = "") -> Path:
    """Return where a file is: in the folder of a variant, or of one of its NMFs, or in main's."""
    if name == "catalog":
        return folder.parent.parent / "catalog.h5"
    own = folder.with_name(folder.name + number) / f"{name}.h5"
    return own if own.exists() else folder.parent / f"{_MAIN}{number}" / f"{name}.h5"


def find_assignments(folder: Path) -> Path:
    """Return where the assignments of a variant are: in its folder, or in that of main.

    Parameters
    ----------
    folder : Path
        results/UNIT/VARIANT

    Raises
    ------
    StageError
        If there are none.
    """
    path = _place(folder.resolve(), "assignments")
    _require(folder, path)
    return path


def files_of_runs(folders: Sequence[Path], models: Path | None = None) -> list[ReportFiles]:
    """Return the files of several runs, whatever results they are in.

    Parameters
    ----------
    folders : sequence of Path
        results/UNIT/VARIANT of each.
    models : Path, optional
        Folder of the results whose models runs have kept, where that is another.

    Raises
    ------
    StageError
        If a folder has not all files of a run; the message names the one that is missing.
    """
    # With absolute paths, the folders above are known.
    places = [folder.resolve() for folder in folders]
    return [
        _files_of_run(folder, place, places, models)
        for folder, place in zip(folders, places, strict=True)
    ]


def _files_of_run(
    folder: Path, place: Path, places: Sequence[Path], models: Path | None
) -> ReportFiles:
    made_with = inputs_of(find_assignments(folder))["clusters"]
    # Clusters that were kept may be those of another of the runs.
    kept = [] if models is None else [models / place.parent.name / place.name]
    for candidate in (place, *kept, *places):
        clusters = _place(candidate, "clusters")
        if clusters.exists() and read_attributes(clusters)["digest"] == made_with:
            files = ReportFiles.of(place, candidate)
            for name in _NEEDED:
                _require(folder, getattr(files, name))
            return files
    raise StageError(
        f"{folder}: the clusters.h5 that its events were assigned to is not there: name the folder "
        "of the results whose models were kept with --models, or run the workflow again"
    )


def _require(folder: Path, path: Path) -> None:
    problem = f"{path.name} is missing" if folder.is_dir() else "there is no such folder"
    if not path.exists() or not folder.is_dir():
        raise StageError(f"{folder}: {problem}; expected results/UNIT/VARIANT of a finished run")

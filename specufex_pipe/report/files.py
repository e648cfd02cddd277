"""The files of a variant that the report shows."""

from pathlib import Path
from typing import Any, NamedTuple, Self

from specufex_pipe.store import read_attributes
from specufex_pipe.store.provenance import inputs_of

_MAIN = "main"


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
    def of(cls, folder: str | Path) -> Self:
        """Return the files of a variant that the workflow has run.

        Parameters
        ----------
        folder : str or Path
            results/UNIT/VARIANT; a file that the variant shares with main is in main's folder.
        """
        folder = Path(folder)
        shown = {name: _place(folder, name) for name in cls._fields if name != "others"}
        n_nmfs = len(inputs_of(shown["clusters"])["hmm"])
        others = (
            ModelFiles(*(_place(folder, name, f".{number}") for name in ModelFiles._fields))
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
        return folder.parents[1] / "catalog.h5"
    own = folder.with_name(folder.name + number) / f"{name}.h5"
    return own if own.exists() else folder.parent / f"{_MAIN}{number}" / f"{name}.h5"

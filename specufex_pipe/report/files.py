"""The files of a variant that the report shows."""

from pathlib import Path
from typing import NamedTuple, Self

_MAIN = "main"


class ReportFiles(NamedTuple):
    """The files of a variant, each where it is."""

    catalog: Path
    waveforms: Path
    spectrograms: Path
    nmf: Path
    activations: Path
    hmm: Path
    fingerprints: Path
    clusters: Path
    assignments: Path

    @classmethod
    def of(cls, folder: str | Path) -> Self:
        """Return the files of a variant that the workflow has run.

        Parameters
        ----------
        folder : str or Path
            results/UNIT/VARIANT; a file that the variant shares with main is in main's folder.
        """
        folder = Path(folder)
        names = {name: f"{name}.h5" for name in cls._fields}

        def place(name: str) -> Path:
            if name == "catalog":
                return folder.parents[1] / names[name]
            own = folder / names[name]
            return own if own.exists() else folder.parent / _MAIN / names[name]

        return cls(*map(place, cls._fields))

"""Tables as CSV files, for people and for other programs."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from specufex_pipe.store.files import atomic_path


def write_csv(path: str | Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write a table, atomically.

    Parameters
    ----------
    path : str or Path
    columns : sequence of str
    rows : iterable of sequences
    """
    # Names of files need not be text in UTF-8.
    with (
        atomic_path(path) as temporary,
        temporary.open("w", newline="", encoding="utf-8", errors="surrogateescape") as file,
    ):
        table = csv.writer(file)
        table.writerow(columns)
        table.writerows(rows)


def read_csv(path: str | Path) -> list[dict[str, str]]:
    """Read what `write_csv` wrote, a dict a row."""
    with Path(path).open(newline="", encoding="utf-8", errors="surrogateescape") as file:
        return list(csv.DictReader(file))

"""Names that people give to clusters: in the settings, or in a table that the explorer saves."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from specufex_pipe.catalogs.csv_files import iterate_rows, read_head
from specufex_pipe.errors import StageError

COLUMNS = ("cluster", "name", "clusters_digest")
_MOST_CHARACTERS = 100


class NameRow(NamedTuple):
    """A row of a table of names.

    Attributes
    ----------
    number : int
        Of the cluster, from 1.
    name : str
    clusters_digest : str
        Of the clusters.h5 that the cluster is of.
    """

    number: int
    name: str
    clusters_digest: str


def check_names(names: Mapping[int, str]) -> None:
    """Raise a ValueError unless numbers can be those of clusters, and names can be shown."""
    for number, name in names.items():
        if number < 1:
            raise ValueError(f"{number} is not a cluster; clusters are numbered from 1")
        if not name.strip():
            raise ValueError(f"the name of cluster {number} is empty; leave the cluster out")
        if len(name) > _MOST_CHARACTERS:
            raise ValueError(
                f"the name of cluster {number} has {len(name)} characters, expected at most "
                f"{_MOST_CHARACTERS}"
            )


def read_name_table(path: str | Path) -> list[NameRow]:
    """Read a table of names, which may have those of several results.

    Parameters
    ----------
    path : str or Path
        CSV with the columns cluster, name and clusters_digest.

    Raises
    ------
    ValueError
        If it is not there, is no CSV file, or lacks a column.
    StageError
        If a row is not valid, or names a cluster again; the message says which line.
    """
    columns, _ = read_head(path, COLUMNS)
    rows: dict[tuple[str, int], NameRow] = {}
    for line, cells in iterate_rows(path):
        place = f"{path}, line {line}"
        if len(cells) != len(columns):
            raise StageError(f"{place} has {len(cells)} cells, expected {len(columns)}")
        of = dict(zip(columns, map(str.strip, cells), strict=True))
        if not of["cluster"].isdecimal():
            raise StageError(f"{place}: cluster is {of['cluster']!r}, expected a number")
        if not of["clusters_digest"]:
            raise StageError(f"{place}: clusters_digest is empty; the explorer writes it")
        row = NameRow(int(of["cluster"]), of["name"], of["clusters_digest"])
        try:
            check_names({row.number: row.name})
        except ValueError as error:
            raise StageError(f"{place}: {error}") from error
        if rows.setdefault((row.clusters_digest, row.number), row) is not row:
            raise StageError(f"{place}: cluster {row.number} has a name already; keep one of them")
    return list(rows.values())

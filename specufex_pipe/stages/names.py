"""The names of the clusters of a run, as its settings give them."""

import json
from pathlib import Path

from specufex_pipe.clustering.files import load
from specufex_pipe.clustering.names import check_names, read_name_table
from specufex_pipe.errors import StageError
from specufex_pipe.store import read_attributes


def names_of_clusters(given: str | None, clusters: Path) -> dict[int, str]:
    """Return the names that clusters were given, by their numbers.

    Parameters
    ----------
    given : str or None
        Path of a table of names, or names by number as JSON.
    clusters : Path
        clusters.h5

    Raises
    ------
    StageError
        If a table is not of these clusters, or there is no such cluster.
    """
    if given is None:
        return {}
    names = _from_json(given) if given.startswith("{") else _from_table(given, clusters)
    learned = load(clusters)
    n_clusters = 0 if learned.place is None else learned.n_clusters
    if unknown := sorted(number for number in names if number > n_clusters):
        there_are = f"the last one of {clusters} is {n_clusters}" if n_clusters else "there is none"
        raise StageError(
            f"clusters.names: {given} names cluster {unknown[0]}, and {there_are}; take it out"
        )
    return names


def _from_json(text: str) -> dict[int, str]:
    try:
        names = {int(number): name.strip() for number, name in json.loads(text).items()}
        check_names(names)
    except (ValueError, AttributeError) as error:
        raise StageError(
            f'clusters.names: {text} are not names by number, such as {{"1": "long-period"}}: '
            f"{error}"
        ) from error
    return names


def _from_table(path: str, clusters: Path) -> dict[int, str]:
    try:
        rows = read_name_table(path)
    except ValueError as error:
        raise StageError(f"clusters.names: {error}") from error
    digest = read_attributes(clusters)["digest"]
    names = {row.number: row.name for row in rows if row.clusters_digest == digest}
    if not names:
        raise StageError(
            f"clusters.names: {path} has no names for {clusters}, whose digest is {digest}; names "
            "belong to the clusters that they were given to, and these are others. Name these in "
            "their explorer, and add the rows that it saves to the file; or set clusters.names to "
            "null until then"
        )
    return names

"""Compare two finished results, whatever made them; a command, and no stage of a run."""

from collections.abc import Mapping
from pathlib import Path

from specufex_pipe.clustering.evaluation import Agreement, agreement
from specufex_pipe.errors import StageError
from specufex_pipe.store import read_assignments, write_csv
from specufex_pipe.words import counted

_FILE = "assignments.h5"


def run(first: Path, second: Path, *, output: Path | None = None) -> None:
    """Print how far two clusterings agree, and which clusters share which events.

    Parameters
    ----------
    first : Path
        results/UNIT/VARIANT, or its assignments.h5.
    second : Path
        The same of the other result.
    output : Path, optional
        CSV file for the cross table.

    Raises
    ------
    StageError
        If they have no event in common.
    """
    clusters = [_clusters(path) for path in (first, second)]
    try:
        found = agreement(*clusters)
    except ValueError as error:
        raise StageError(f"{first} and {second}: {error}") from error
    names = (str(first), str(second))
    print(describe_agreement(found, *zip(names, clusters, strict=True)))
    if output is not None:
        rows = ((row, *counts) for row, counts in zip(found.first, found.table, strict=True))
        write_csv(output, ("cluster", *found.second.tolist()), rows)


def _clusters(path: Path) -> dict[str, int]:
    found = read_assignments(path / _FILE if path.is_dir() else path)
    return dict(zip(found.event_ids, found.clusters.tolist(), strict=True))


def describe_agreement(found: Agreement, *results: tuple[str, Mapping[str, int]]) -> str:
    """Return the agreement and the cross table as text, for a terminal.

    Parameters
    ----------
    found : clustering.evaluation.Agreement
    *results : (str, dict of int)
        What each of the two is called, and the cluster of each of its events.
    """
    width = max(len(f"{number:,}") for number in (*found.table.ravel(), *found.second, 1000))
    header = " ".join(f"{number:>{width}}" for number in found.second)
    lines = [
        f"{letter}: {name}, {counted(len(clusters), 'event')} in "
        f"{counted(len({*clusters.values()} - {0}), 'cluster')}"
        for letter, (name, clusters) in zip("AB", results, strict=True)
    ]
    lines += [
        f"{counted(found.n_events, 'event is', 'events are')} in both.",
        f"Adjusted Rand index {found.rand_index:.3f}, adjusted mutual information "
        f"{found.mutual_information:.3f} (1: the same clusters, 0: chance).",
        "",
        "Events by cluster of A (rows) and of B (columns); 0: no cluster",
        f"{'':>6} {header}",
    ]
    lines += [
        f"{row:>6} " + " ".join(f"{count:>{width},}" for count in counts)
        for row, counts in zip(found.first, found.table, strict=True)
    ]
    return "\n".join(lines)

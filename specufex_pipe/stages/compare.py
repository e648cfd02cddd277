"""Compare finished results, whatever made them; a command, and no stage of a run."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path

from specufex_pipe.clustering.evaluation import Agreement, agreement
from specufex_pipe.errors import StageError
from specufex_pipe.report.files import find_assignments
from specufex_pipe.report.runs import letters
from specufex_pipe.stages import compared
from specufex_pipe.store import read_assignments, write_csv
from specufex_pipe.words import counted

_COLUMNS = ("first", "second", "cluster_of_first", "cluster_of_second", "events")


def run(
    folders: list[Path],
    *,
    output: Path | None = None,
    table: Path | None = None,
    models: Path | None = None,
) -> None:
    """Print how far clusterings agree and which clusters share events; write a page of it.

    Parameters
    ----------
    folders : list of Path
        results/UNIT/VARIANT of each result, two or more, of any run of the workflow.
    output : Path, optional
        Page to write, such as compared.html, with flows of events, spectra and differences of
        settings.
    table : Path, optional
        CSV file to write, with the number of events in each pair of clusters.
    models : Path, optional
        Folder of the results whose models were kept, where that is another.

    Raises
    ------
    StageError
        If there are fewer than two folders, or one is not that of a finished run.
    """
    if len(folders) < 2:
        raise StageError(
            f"{folders[0]} is one result: expected two or more, results/UNIT/VARIANT of each"
        )
    clusters = [_clusters(folder) for folder in folders]
    pairs = dict(_compare_all(folders, clusters))
    for (i, j), found in pairs.items():
        results = [(letters(each), str(folders[each]), clusters[each]) for each in (i, j)]
        print(describe_agreement(found, *results), end="\n\n")
    if table is not None:
        write_csv(table, _COLUMNS, _rows(folders, pairs))
    if output is not None:
        compared.run(output, folders=folders, models=models)
        print(f"The page: {output}")


def _clusters(folder: Path) -> dict[str, int]:
    found = read_assignments(find_assignments(folder))
    return dict(zip(found.event_ids, found.clusters.tolist(), strict=True))


def _compare_all(
    folders: Sequence[Path], clusters: Sequence[Mapping[str, int]]
) -> Iterator[tuple[tuple[int, int], Agreement | None]]:
    """Iterate over the pairs of results and their agreement; None without a common event."""
    for i, j in combinations(range(len(folders)), 2):
        has_common = not clusters[i].keys().isdisjoint(clusters[j])
        yield (i, j), agreement(clusters[i], clusters[j]) if has_common else None


def _rows(
    folders: Sequence[Path], pairs: Mapping[tuple[int, int], Agreement | None]
) -> Iterator[tuple[Path | int, ...]]:
    for (i, j), found in pairs.items():
        if found is None:
            continue
        for row, counts in zip(found.first.tolist(), found.table.tolist(), strict=True):
            for column, count in zip(found.second.tolist(), counts, strict=True):
                yield folders[i], folders[j], row, column, count


def describe_agreement(
    found: Agreement | None, *results: tuple[str, str, Mapping[str, int]]
) -> str:
    """Return the agreement and the cross table as text, for a terminal.

    Parameters
    ----------
    found : clustering.evaluation.Agreement or None
        None if there is no event that both have.
    *results : (str, str, dict of int)
        Letter and name of each of the two, and the cluster of each of its events.
    """
    lines = [
        f"{letter}: {name}, {counted(len(clusters), 'event')} in "
        f"{counted(len({*clusters.values()} - {0}), 'cluster')}"
        for letter, name, clusters in results
    ]
    if found is None:
        return "\n".join([*lines, "They have no event in common."])
    width = max(len(f"{number:,}") for number in (*found.table.ravel(), *found.second, 1000))
    header = " ".join(f"{number:>{width}}" for number in found.second)
    one, other = (letter for letter, *_ in results)
    agreement_in_words = (
        f"Adjusted Rand index {found.rand_index:z.3f}, adjusted mutual information "
        f"{found.mutual_information:z.3f} (1: the same groups, 0: chance)."
    )
    if len(found.first) == len(found.second) == 1:
        agreement_in_words = "Both have all of them in one group, which tells nothing of agreement."
    lines += [
        f"{counted(found.n_events, 'event is', 'events are')} in both.",
        agreement_in_words,
        "",
        f"Events by cluster of {one} (rows) and of {other} (columns); 0: no cluster",
        f"{'':>6} {header}",
    ]
    lines += [
        f"{row:>6} " + " ".join(f"{count:>{width},}" for count in counts)
        for row, counts in zip(found.first, found.table, strict=True)
    ]
    return "\n".join(lines)

"""Write the events and their clusters, as a table and as QuakeML, and what to distrust of them."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import isnan
from pathlib import Path
from typing import NamedTuple

from specufex_pipe.catalogs.protocol import Event
from specufex_pipe.catalogs.quakeml_output import Clustered, write_quakeml
from specufex_pipe.catalogs.table import TableSummary, read_events, summarize_event_table
from specufex_pipe.catalogs.types import NUMBER, TEXT, TIME
from specufex_pipe.classification.classifier import NONE_OF_THESE
from specufex_pipe.errors import StageError
from specufex_pipe.report.warnings import find_warnings
from specufex_pipe.stages.names import names_of_clusters
from specufex_pipe.store import (
    Assignments,
    FrameStore,
    TableColumn,
    read_assignments,
    read_attributes,
    read_event_labels,
    read_families,
    write_csv,
    write_table_description,
)
from specufex_pipe.store.assignments import MEASURES, NAME
from specufex_pipe.store.families import FAMILY_COLUMN
from specufex_pipe.store.labels import LABEL_COLUMNS
from specufex_pipe.store.provenance import require_same_events
from specufex_pipe.waveforms.attributes import ATTRIBUTES
from specufex_pipe.words import counted

log = logging.getLogger(__name__)
_TYPES = ("integer", "number", "integer", "number", "number", "number", "boolean")
_MEANINGS = (
    "number of the cluster, the largest first; 0 for none",
    "0 to 1: share of the resamples of events and NMFs in which the event is in this cluster",
    "the cluster that it is in most often otherwise; 0 for none",
    "0 to 1: share of the resamples in which it is in that one",
    "-1 to 1: near 1 where the event is much closer to its own cluster than to the next; empty "
    "for an event in none",
    "distance of the features to the centre of its cluster, or of the nearest one for an event in "
    "none, on the principal components",
    "whether the event is farther from all that the clusters were learned from than 99 % of events "
    "like those; empty for an event that they were learned from",
)
_MEASURES = list(map(TableColumn, MEASURES, _TYPES, _MEANINGS))
_NAME = TableColumn(NAME, "string", "name that the cluster was given; empty for one without")
_LABELS = list(
    map(
        TableColumn,
        LABEL_COLUMNS,
        ("string", "string", "number"),
        (
            "label that the event was given by people; empty for none",
            f"most probable of the labels that were learned; {NONE_OF_THESE!r} for an event that "
            "is like none that is labelled",
            "0 to 1: probability of the most probable label, if the event has one of them",
        ),
    )
)
_FAMILY = TableColumn(
    FAMILY_COLUMN, "integer", "family of repeating events, the largest first; empty for none"
)
# What "CSV on the Web" calls the types of the catalog's columns.
_COLUMN_TYPES = {NUMBER: "number", TIME: "dateTime", TEXT: "string"}
_OTHER_COLUMN = "as the catalog has it"
_KNOWN_COLUMNS = {
    "event_id": "identifier of the event, used once",
    "time": "time of the event, UTC unless it names an offset",
    "latitude": "latitude of the event, degrees north",
    "longitude": "longitude of the event, degrees east",
    "depth": "depth of the event, km",
    "magnitude": "magnitude of the event",
}
_ROWS_IN_A_BLOCK = 10_000


class _Added(NamedTuple):
    """Columns that the table has beside those of the catalog."""

    columns: list[TableColumn]
    # Takes the place of an event in the assignments, and returns its cells.
    cells_of: Callable[[int], Sequence[int | str]]


def run(
    output: Path,
    *,
    description: Path,
    quakeml: Path,
    assignments: Path,
    catalog: Path,
    waveforms: Path,
    spectrograms: Path,
    nmf: list[Path],
    hmm: list[Path],
    clusters: Path,
    names: str | None = None,
    labels: Path | None = None,
    families: Path | None = None,
) -> None:
    """Write the table of the events, a description of it, and QuakeML.

    Parameters
    ----------
    output : Path
        events.csv, a row an event: the catalog's columns, attributes, cluster, and how surely the
        event belongs to it.
    description : Path
        events.csv-metadata.json: what the columns are, what made them, and what to distrust.
    quakeml : Path
        events.xml: the events as QuakeML, the cluster of each in a comment.
    assignments : Path
        assignments.h5
    catalog : Path
        catalog.h5
    waveforms : Path
        waveforms.h5
    spectrograms : Path
        spectrograms.h5
    nmf : list of Path
        nmf.h5 of each NMF.
    hmm : list of Path
        hmm.h5 of each NMF.
    clusters : Path
        clusters.h5
    names : str, optional
        Names of the clusters: the path of a table, or JSON such as {"1": "long-period"}. With these
        events.csv has the column cluster_name.
    labels : Path, optional
        labels.h5, if labels were learned.
    families : Path, optional
        families.h5, if repeating events were looked for.

    Raises
    ------
    StageError
        If an event is not in the catalog, or has no waveform; or names, labels or families are of
        other clusters or events.
    """
    found = read_assignments(assignments)
    digest = read_attributes(assignments)["digest"]
    table = summarize_event_table(catalog)
    added = _added(found, waveforms, names_of_clusters(names, clusters), labels, families)
    columns = [column for each in added for column in each.columns]
    warnings = find_warnings(
        catalog=catalog,
        waveforms=waveforms,
        spectrograms=spectrograms,
        nmfs=nmf,
        hmms=hmm,
        clusters=clusters,
        assignments=assignments,
    )
    write_csv(
        output,
        (*table.columns, *(column.name for column in columns)),
        (
            (*event.cells.values(), *(cell for each in added for cell in each.cells_of(place)))
            for event, place in _measured(catalog, table.n_rows, found)
        ),
    )
    n_without_origin = write_quakeml(
        quakeml,
        (
            Clustered(event, found.clusters[place], found.memberships[place])
            for event, place in _measured(catalog, table.n_rows, found)
        ),
        digest=digest,
    )
    for kind, detail in warnings:
        log.warning("%s: %s", kind, detail)
    write_table_description(
        description,
        output.name,
        columns=[*_described(table), *columns],
        made_from={assignments.name: digest},
        notes=[f"{kind}: {detail}" for kind, detail in warnings],
    )
    if n_without_origin:
        log.info(
            "%s: %s no latitude and longitude in the catalog, and so no origin",
            quakeml.name, counted(n_without_origin, "event has", "events have"),
        )  # fmt: skip
    log.info(
        "table of %s, %s",
        counted(len(found.event_ids), "event"), counted(len(warnings), "warning"),
    )  # fmt: skip


def _added(
    found: Assignments,
    waveforms: Path,
    names: Mapping[int, str],
    labels: Path | None,
    families: Path | None,
) -> list[_Added]:
    """Return all columns that the table has beside those of the catalog."""
    return [
        _attributes(waveforms, found.event_ids),
        _measures(found),
        *([_names(found, names)] if names else []),
        *([] if labels is None else [_labels(labels, found.event_ids)]),
        *([] if families is None else [_families(families, found.event_ids)]),
    ]


def _measures(found: Assignments) -> _Added:
    """Return cluster and how sure it is."""

    def cells_of(place: int) -> Sequence[int | str]:
        cluster = int(found.clusters[place])
        return (
            cluster,
            f"{found.memberships[place]:.3f}",
            int(found.second_clusters[place]),
            f"{found.second_memberships[place]:.3f}",
            f"{found.silhouettes[place]:.6f}" if cluster else "",
            f"{found.distances[place]:.6f}",
            str(bool(found.are_outside[place])).lower() if found.are_new[place] else "",
        )

    return _Added(_MEASURES, cells_of)


def _names(found: Assignments, names: Mapping[int, str]) -> _Added:
    return _Added([_NAME], lambda place: [names.get(int(found.clusters[place]), "")])


def _labels(path: Path, event_ids: list[str]) -> _Added:
    """Return the labels that events have, and those that they are given."""
    found = read_event_labels(path)
    require_same_events(path, found.event_ids, event_ids)

    def cells_of(place: int) -> Sequence[str]:
        label = int(found.predicted[place])
        given = NONE_OF_THESE if found.are_none[place] else found.labels[label]
        return found.known[place], given, f"{found.probabilities[place, label]:.3f}"

    return _Added(_LABELS, cells_of)


def _families(path: Path, event_ids: list[str]) -> _Added:
    family_of = read_families(path).family_of()
    return _Added([_FAMILY], lambda place: [family_of.get(event_ids[place], "")])


def _attributes(waveforms: Path, event_ids: list[str]) -> _Added:
    """Return the attributes of the events that have a cluster; empty where there are none."""
    meanings = {attribute.name: attribute.meaning for attribute in ATTRIBUTES}
    with FrameStore(waveforms, "waveforms") as store:
        rows = {event_id: row for row, event_id in enumerate(store.event_ids)}
        if missing := [event_id for event_id in event_ids if event_id not in rows]:
            raise StageError(
                f"event {missing[0]!r} has a cluster, but no waveform in {waveforms}: they come "
                "from different runs"
            )
        values = store.array("attributes")[[rows[event_id] for event_id in event_ids]]
        described = store.attributes_of("attributes")
    columns = [
        TableColumn(name, "number", meanings[name], unit)
        for name, unit in zip(described["names"], described["units"], strict=True)
    ]
    return _Added(
        columns,
        lambda place: ["" if isnan(each) else f"{each:.6g}" for each in values[place].tolist()],
    )


def _measured(catalog: Path, n_rows: int, found: Assignments) -> Iterator[tuple[Event, int]]:
    """Iterate over the events that were assigned, and their places among those.

    A block of the catalog is in memory.

    Raises
    ------
    StageError
        If one is not in the catalog.
    """
    places = {event_id: place for place, event_id in enumerate(found.event_ids)}
    for first in range(0, n_rows, _ROWS_IN_A_BLOCK):
        for event in read_events(catalog, range(first, first + _ROWS_IN_A_BLOCK)):
            if isinstance(event, Event) and event.event_id in places:
                yield event, places.pop(event.event_id)
    if places:
        raise StageError(
            f"the events that were assigned are not all in {catalog}, such as "
            f"{next(iter(places))!r}: assign the events again"
        )


def _described(table: TableSummary) -> list[TableColumn]:
    """Return type and meaning of each column of the catalog."""
    return [
        TableColumn(name, _COLUMN_TYPES[kind], _KNOWN_COLUMNS.get(name, _OTHER_COLUMN))
        for name, kind in zip(table.columns, table.types, strict=True)
    ]

"""Write the events and their clusters, as a table and as QuakeML, and what to distrust of them."""

import logging
from collections.abc import Iterator
from math import isnan
from pathlib import Path
from typing import NamedTuple

from specufex_pipe.catalogs.protocol import Event
from specufex_pipe.catalogs.quakeml_output import Clustered, write_quakeml
from specufex_pipe.catalogs.table import TableSummary, read_events, summarize_event_table
from specufex_pipe.catalogs.types import NUMBER, TEXT, TIME
from specufex_pipe.errors import StageError
from specufex_pipe.numerics.types import FloatArray
from specufex_pipe.report.warnings import find_warnings
from specufex_pipe.store import (
    Assignments,
    FrameStore,
    TableColumn,
    read_assignments,
    read_attributes,
    write_csv,
    write_table_description,
)
from specufex_pipe.store.assignments import MEASURES
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


class _Attributes(NamedTuple):
    """The attributes of the events that have a cluster."""

    columns: list[TableColumn]
    # Of shape (n_events, n_attributes), in the order of the assignments.
    values: FloatArray

    def cells(self, place: int) -> list[str]:
        """Return those of an event as they stand in a table; empty where there are none."""
        return ["" if isnan(value) else f"{value:.6g}" for value in self.values[place].tolist()]


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

    Raises
    ------
    StageError
        If an event is not in the catalog, or has no waveform.
    """
    found = read_assignments(assignments)
    digest = read_attributes(assignments)["digest"]
    table = summarize_event_table(catalog)
    attributes = _read_attributes(waveforms, found.event_ids)
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
        (*table.columns, *(column.name for column in attributes.columns), *MEASURES),
        (
            (*event.cells.values(), *attributes.cells(place), *_measures_of(found, place))
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
        columns=[*_described(table), *attributes.columns, *_MEASURES],
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


def _measures_of(found: Assignments, place: int) -> tuple[int | str, ...]:
    """Return cluster and how sure it is, of an event, as they stand in a table."""
    return (
        int(found.clusters[place]),
        f"{found.memberships[place]:.3f}",
        int(found.second_clusters[place]),
        f"{found.second_memberships[place]:.3f}",
        f"{found.silhouettes[place]:.6f}" if found.clusters[place] else "",
        f"{found.distances[place]:.6f}",
        str(bool(found.are_outside[place])).lower() if found.are_new[place] else "",
    )


def _read_attributes(waveforms: Path, event_ids: list[str]) -> _Attributes:
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
    return _Attributes(columns, values)


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

"""Write the events and their clusters, as a table and as QuakeML, and what to distrust of them."""

import logging
from collections.abc import Iterator
from pathlib import Path

from specufex_pipe.catalogs.protocol import Event
from specufex_pipe.catalogs.quakeml_output import Clustered, write_quakeml
from specufex_pipe.catalogs.table import TableSummary, read_events, summarize_event_table
from specufex_pipe.catalogs.types import NUMBER, TEXT, TIME
from specufex_pipe.errors import StageError
from specufex_pipe.report.warnings import find_warnings
from specufex_pipe.store import (
    Assignments,
    read_assignments,
    read_attributes,
    write_csv,
    write_table_description,
)
from specufex_pipe.store.assignments import MEASURES

log = logging.getLogger(__name__)
_TYPES = ("integer", "number", "number")
_MEANINGS = (
    "number of the cluster, the largest first; 0 for none",
    "-1 to 1: near 1 where the event is much closer to its own cluster than to the next",
    "distance of the fingerprint to the centre of its cluster, on the principal components",
)
_MEASURES = list(zip(MEASURES, _TYPES, _MEANINGS, strict=True))
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


def run(
    output: Path,
    *,
    description: Path,
    quakeml: Path,
    assignments: Path,
    catalog: Path,
    waveforms: Path,
    spectrograms: Path,
    nmf: Path,
    hmm: Path,
    clusters: Path,
) -> None:
    """Write the table of the events, a description of it, and QuakeML.

    Parameters
    ----------
    output : Path
        events.csv, a row an event: the catalog's columns, cluster, silhouette, and distance to the
        centre of the cluster.
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
    nmf : Path
        nmf.h5
    hmm : Path
        hmm.h5
    clusters : Path
        clusters.h5

    Raises
    ------
    StageError
        If an event is not in the catalog.
    """
    found = read_assignments(assignments)
    digest = read_attributes(assignments)["digest"]
    table = summarize_event_table(catalog)
    warnings = find_warnings(
        catalog=catalog,
        waveforms=waveforms,
        spectrograms=spectrograms,
        nmf=nmf,
        hmm=hmm,
        clusters=clusters,
        assignments=assignments,
    )
    write_csv(
        output,
        (*table.columns, *MEASURES),
        (
            (*event.cells.values(), cluster, f"{silhouette:.6f}", f"{distance:.6f}")
            for event, cluster, silhouette, distance in _measured(catalog, table.n_rows, found)
        ),
    )
    n_without_origin = write_quakeml(
        quakeml,
        (Clustered(*row[:3]) for row in _measured(catalog, table.n_rows, found)),
        digest=digest,
    )
    for kind, detail in warnings:
        log.warning("%s: %s", kind, detail)
    write_table_description(
        description,
        output.name,
        columns=_described(table) + _MEASURES,
        made_from={assignments.name: digest},
        notes=[f"{kind}: {detail}" for kind, detail in warnings],
    )
    if n_without_origin:
        log.info(
            "%s: %d events have no latitude and longitude in the catalog, and so no origin",
            quakeml.name, n_without_origin,
        )  # fmt: skip
    log.info("table of %d events, %d warnings", len(found.event_ids), len(warnings))


def _measured(
    catalog: Path, n_rows: int, found: Assignments
) -> Iterator[tuple[Event, int, float, float]]:
    """Iterate over the events that were assigned, a block of the catalog in memory.

    Raises
    ------
    StageError
        If one is not in the catalog.
    """
    places = {event_id: place for place, event_id in enumerate(found.event_ids)}
    for first in range(0, n_rows, _ROWS_IN_A_BLOCK):
        for event in read_events(catalog, range(first, first + _ROWS_IN_A_BLOCK)):
            if isinstance(event, Event) and event.event_id in places:
                place = places.pop(event.event_id)
                yield event, *(column[place] for column in found[1:])
    if places:
        raise StageError(
            f"the events that were assigned are not all in {catalog}, such as "
            f"{next(iter(places))!r}: assign the events again"
        )


def _described(table: TableSummary) -> list[tuple[str, str, str]]:
    """Return name, type and meaning of each column of the catalog."""
    return [
        (name, _COLUMN_TYPES[kind], _KNOWN_COLUMNS.get(name, _OTHER_COLUMN))
        for name, kind in zip(table.columns, table.types, strict=True)
    ]

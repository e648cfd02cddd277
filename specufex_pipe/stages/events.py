"""Write the table of the events and their clusters, for people, and what to distrust of it."""

import logging
from pathlib import Path

from specufex_pipe.catalogs.protocol import Event
from specufex_pipe.catalogs.table import read_events, summarize_event_table
from specufex_pipe.errors import StageError
from specufex_pipe.report.warnings import find_warnings
from specufex_pipe.store import (
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


def run(
    output: Path,
    *,
    description: Path,
    assignments: Path,
    catalog: Path,
    waveforms: Path,
    spectrograms: Path,
    nmf: Path,
    hmm: Path,
    clusters: Path,
) -> None:
    """Write the table of the events, and a description of it.

    Parameters
    ----------
    output : Path
        events.csv, a row an event: the catalog's columns, cluster, silhouette, and distance to the
        centre of the cluster.
    description : Path
        events.csv-metadata.json: what the columns are, what made them, and what to distrust.
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
    rows = {e.event_id: e.cells for e in read_events(catalog) if isinstance(e, Event)}
    if missing := [event_id for event_id in found.event_ids if event_id not in rows]:
        raise StageError(
            f"{assignments} has events that are not in {catalog}, such as {missing[0]!r}: assign "
            "the events again"
        )
    warnings = find_warnings(
        catalog=catalog,
        waveforms=waveforms,
        spectrograms=spectrograms,
        nmf=nmf,
        hmm=hmm,
        clusters=clusters,
        assignments=assignments,
    )
    columns = summarize_event_table(catalog).columns
    write_csv(
        output,
        (*columns, *MEASURES),
        (
            (*rows[event_id].values(), cluster, f"{silhouette:.6f}", f"{distance:.6f}")
            for event_id, cluster, silhouette, distance in zip(*found, strict=True)
        ),
    )
    for kind, detail in warnings:
        log.warning("%s: %s", kind, detail)
    write_table_description(
        description,
        output.name,
        columns=[(name, "string", "as the catalog has it") for name in columns] + _MEASURES,
        made_from={assignments.name: read_attributes(assignments)["digest"]},
        notes=[f"{kind}: {detail}" for kind, detail in warnings],
    )
    log.info("table of %d events, %d warnings", len(found.event_ids), len(warnings))

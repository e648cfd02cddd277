"""Write the table of the events and their clusters, for people."""

import logging
from pathlib import Path

from specufex_pipe.catalogs.protocol import Event
from specufex_pipe.catalogs.table import read_events, summarize_event_table
from specufex_pipe.errors import StageError
from specufex_pipe.store import read_assignments, write_csv
from specufex_pipe.store.assignments import MEASURES

log = logging.getLogger(__name__)


def run(output: Path, *, assignments: Path, catalog: Path) -> None:
    """Write the table of the events.

    Parameters
    ----------
    output : Path
        events.csv, a row an event: the catalog's columns, cluster, silhouette, and distance to the
        centre of the cluster.
    assignments : Path
        assignments.h5
    catalog : Path
        catalog.h5

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
    columns = summarize_event_table(catalog).columns
    write_csv(
        output,
        (*columns, *MEASURES),
        (
            (*rows[event_id], cluster, f"{silhouette:.6f}", f"{distance:.6f}")
            for event_id, cluster, silhouette, distance in zip(*found, strict=True)
        ),
    )
    log.info("table of %d events", len(found.event_ids))

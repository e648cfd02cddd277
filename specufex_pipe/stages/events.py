"""Write the table of the events and their clusters, for people, and what to distrust of it."""

import logging
from math import isnan
from pathlib import Path
from typing import NamedTuple

from specufex_pipe.catalogs.protocol import Event
from specufex_pipe.catalogs.table import read_events, summarize_event_table
from specufex_pipe.errors import StageError
from specufex_pipe.numerics.types import FloatArray
from specufex_pipe.report.warnings import find_warnings
from specufex_pipe.store import (
    FrameStore,
    TableColumn,
    read_assignments,
    read_attributes,
    write_csv,
    write_table_description,
)
from specufex_pipe.store.assignments import MEASURES
from specufex_pipe.waveforms.attributes import ATTRIBUTES

log = logging.getLogger(__name__)
_TYPES = ("integer", "number", "number")
_MEANINGS = (
    "number of the cluster, the largest first; 0 for none",
    "-1 to 1: near 1 where the event is much closer to its own cluster than to the next",
    "distance of the fingerprint to the centre of its cluster, on the principal components",
)
_MEASURES = list(map(TableColumn, MEASURES, _TYPES, _MEANINGS))


class _Attributes(NamedTuple):
    """The attributes of the events that have a cluster."""

    columns: list[TableColumn]
    # Of shape (n_events, n_attributes), in the order of the assignments.
    values: FloatArray


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
        events.csv, a row an event: the catalog's columns, attributes, cluster, silhouette, and
        distance to the centre of the cluster.
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
        If an event is not in the catalog, or has no waveform.
    """
    found = read_assignments(assignments)
    rows = {e.event_id: e.cells for e in read_events(catalog) if isinstance(e, Event)}
    if missing := [event_id for event_id in found.event_ids if event_id not in rows]:
        raise StageError(
            f"{assignments} has events that are not in {catalog}, such as {missing[0]!r}: assign "
            "the events again"
        )
    attributes = _read_attributes(waveforms, found.event_ids)
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
        (*columns, *(column.name for column in attributes.columns), *MEASURES),
        (
            (
                *rows[event_id].values(),
                *("" if isnan(value) else f"{value:.6g}" for value in values.tolist()),
                cluster,
                f"{silhouette:.6f}",
                f"{distance:.6f}",
            )
            for values, event_id, cluster, silhouette, distance in zip(
                attributes.values, *found, strict=True
            )
        ),
    )
    for kind, detail in warnings:
        log.warning("%s: %s", kind, detail)
    write_table_description(
        description,
        output.name,
        columns=[
            *(TableColumn(name, "string", "as the catalog has it") for name in columns),
            *attributes.columns,
            *_MEASURES,
        ],
        made_from={assignments.name: read_attributes(assignments)["digest"]},
        notes=[f"{kind}: {detail}" for kind, detail in warnings],
    )
    log.info("table of %d events, %d warnings", len(found.event_ids), len(warnings))


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

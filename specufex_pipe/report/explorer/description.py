"""What there is to know of a run before any of its parts is read."""

from typing import Any

from specufex_pipe.report.explorer.blocks import IDS, PICTURES, RECORDS
from specufex_pipe.report.explorer.details import PICTURE_ROWS, RECORD_ROWS, frequencies_of_rows
from specufex_pipe.report.explorer.explored import Explored
from specufex_pipe.report.explorer.thinning import MOST_DRAWN


def describe(explored: Explored, *, folder: str | None, records_are_inside: bool) -> dict[str, Any]:
    """Return what the page knows of a run from the start, as JSON has it.

    Parameters
    ----------
    explored : explored.Explored
    folder : str or None
        Of the parts that are beside the page, from there; None where all are inside it.
    records_are_inside : bool
        Whether the records of events are inside the page.
    """
    columns = [
        {
            "key": column.key,
            "title": column.title,
            "unit": column.unit,
            "kind": column.kind,
            "is_logarithmic": column.is_logarithmic,
        }
        for column in explored.columns
    ]
    return {
        "digest": explored.digest,
        "clusters_digest": explored.clusters_digest,
        "unit": explored.unit,
        "variant": explored.variant,
        "n_events": explored.n_events,
        "n_clusters": explored.n_clusters,
        "said": explored.said,
        "columns": columns,
        "clusters": [note._asdict() for note in explored.clusters],
        "event": _of_event(explored),
        "n_drawn": min(explored.n_events, MOST_DRAWN),
        "blocks": {"ids": IDS, "pictures": PICTURES, "records": RECORDS},
        "folder": folder,
        "records": "inside" if records_are_inside else "beside",
    }


def _of_event(explored: Explored) -> dict[str, Any]:
    frequencies = explored.frequencies
    return {
        "frequencies": frequencies_of_rows(frequencies, RECORD_ROWS).tolist(),
        "picture_frequencies": frequencies_of_rows(frequencies, PICTURE_ROWS).tolist(),
        "spectrogram_label": explored.level.label,
        "spectrogram_end": explored.spectrogram_end,
        "fingerprint_end": explored.fingerprint_end,
        "waveform_unit": explored.waveform_unit,
        "reference": explored.clock.reference,
        "n_states": explored.n_states,
    }

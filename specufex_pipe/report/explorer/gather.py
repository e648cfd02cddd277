"""What the explorer shows, from the files of a variant."""

from collections.abc import Mapping

import numpy as np

from specufex_pipe.numerics.types import IntArray
from specufex_pipe.plotting.style import cluster_color, contrasting_color
from specufex_pipe.report.certainty import word_of
from specufex_pipe.report.clusters import project
from specufex_pipe.report.events import ClusteredEvents
from specufex_pipe.report.explorer.columns import columns_of
from specufex_pipe.report.explorer.explored import ClusterNote, Explored
from specufex_pipe.report.explorer.stored import StoredDetails
from specufex_pipe.report.explorer.thinning import random_order
from specufex_pipe.report.explorer.umap_map import map_by_umap
from specufex_pipe.report.files import ReportFiles
from specufex_pipe.store import FrameStore

# Of the space that distances are taken in, as a page can hold them of a million events.
_MOST_DIMENSIONS = 64
# From which the ends of colour scales are found, the percentile of what is seen of spectrograms,
# and that of the largest value in each fingerprint.
_SAMPLE, _OF_FRAMES, _OF_FINGERPRINTS = 200, 98, 90


def explore(
    files: ReportFiles,
    events: ClusteredEvents,
    *,
    cluster_names: Mapping[int, str] | None = None,
    family_of: Mapping[str, int] | None = None,
    umap: bool = False,
) -> Explored:
    """Gather what the explorer shows.

    Parameters
    ----------
    files : report.files.ReportFiles
    events : report.events.ClusteredEvents
        Of these files.
    cluster_names : mapping of str, optional
        By the numbers of the clusters that were given one.
    family_of : mapping of int, optional
        Family of repeating events, by the ids of the events that are in one.
    umap : bool
        Whether there is a map by UMAP.

    Returns
    -------
    explored.Explored
        Events are in the order of the assignments.

    Raises
    ------
    StageError
        If UMAP is not installed, and there is to be a map by it.
    OSError
        If a file is missing, damaged or of another kind.
    """
    space = project(files, events.learned, _MOST_DIMENSIONS)
    event_ids = events.assignments.event_ids
    points = space.points.astype(np.float32)
    umap_map = map_by_umap(points) if umap else None
    spectrogram_end, fingerprint_end = _ends_of_scales(files, events)
    return Explored(
        digest=str(events.attributes["assignments"]["digest"]),
        clusters_digest=str(events.attributes["clusters"]["digest"]),
        unit=events.unit,
        variant=events.variant,
        event_ids=event_ids,
        columns=columns_of(events, space, umap_map, family_of),
        clusters=_notes(events, cluster_names or {}),
        n_clusters=events.n_clusters,
        said=events.certainty,
        points=points,
        clock=events.clock,
        frequencies=events.frequencies,
        level=events.level,
        spectrogram_end=spectrogram_end,
        fingerprint_end=fingerprint_end,
        waveform_unit=str(events.attributes["waveforms"]["unit"]),
        n_states=events.hmm.n_states,
        places=events.places,
        details=StoredDetails(
            files.waveforms, files.spectrograms, files.fingerprints, _rows(files, event_ids)
        ),
    )


def _ends_of_scales(files: ReportFiles, events: ClusteredEvents) -> tuple[float, float]:
    """Return the upper ends of the colour scales of spectrograms and fingerprints."""
    sample = np.sort(random_order(len(events.labels))[:_SAMPLE]).astype(np.int64)
    with FrameStore(files.spectrograms, "spectrograms") as store:
        frames = store.read(sample).frames
    with FrameStore(files.fingerprints, "fingerprints") as store:
        largest = [
            store.array("fingerprints", slice(event, event + 1))[0, 0].max() for event in sample
        ]
    # Events of a single frame have fingerprints that are 0 throughout.
    fingerprint_end = float(np.percentile(largest, _OF_FINGERPRINTS)) or 1.0
    return events.level.end(np.percentile(frames, _OF_FRAMES)), fingerprint_end


def _notes(events: ClusteredEvents, cluster_names: Mapping[int, str]) -> list[ClusterNote]:
    numbers, counts = np.unique(events.labels, return_counts=True)
    notes = []
    for number, count in zip(numbers.tolist(), counts.tolist(), strict=True):
        stability = float(events.learned.cluster_stabilities[number - 1]) if number else 0.0
        color = cluster_color(number)
        word = word_of(stability) if number else ""
        name = cluster_names.get(number, "")
        notes.append(
            ClusterNote(number, name, color, contrasting_color(color), word, stability, count)
        )
    return notes


def _rows(files: ReportFiles, event_ids: list[str]) -> IntArray:
    """Return where events are in the waveforms."""
    with FrameStore(files.waveforms, "waveforms") as store:
        rows = {event_id: row for row, event_id in enumerate(store.event_ids)}
    return np.array([rows[event_id] for event_id in event_ids])

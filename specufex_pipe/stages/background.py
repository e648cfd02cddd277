"""Assign windows without events to clusters: what a station records when nothing happens."""

import logging
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from obspy import UTCDateTime

from specufex_pipe.catalogs.protocol import Event
from specufex_pipe.catalogs.table import read_events, summarize_event_table
from specufex_pipe.clustering.files import load
from specufex_pipe.features.blocks import needs_catalog
from specufex_pipe.features.files import load_joiner
from specufex_pipe.numerics.types import IntArray
from specufex_pipe.progress import log_to_file_alone, per_second
from specufex_pipe.rejections import RejectedEvent, Rejection
from specufex_pipe.settings import (
    FEWEST_WINDOWS,
    BackgroundSettings,
    FingerprintSettings,
    MemberSettings,
    SpectrogramSettings,
    WaveformSettings,
)
from specufex_pipe.stages import activations, assign, fingerprints, spectrograms
from specufex_pipe.stages.waveforms import write_waveforms
from specufex_pipe.stages.windows import EventWindows
from specufex_pipe.store import (
    Assignments,
    Background,
    FrameStore,
    read_assignments,
    read_attributes,
    write_background,
)
from specufex_pipe.store.provenance import require_each, require_made_with_all
from specufex_pipe.waveforms.background import draw_windows

log = logging.getLogger(__name__)
_EVENTS_AT_A_TIME = 10_000
_NANOSECONDS = 1_000_000_000


class _Models(NamedTuple):
    """The models that make clusters of spectrograms, and how fingerprints are made."""

    nmf: list[Path]
    hmm: list[Path]
    clusters: Path
    fingerprints: FingerprintSettings


def run(
    settings: BackgroundSettings,
    output: Path,
    *,
    waveforms_settings: WaveformSettings,
    source_settings: MemberSettings,
    spectrograms_settings: SpectrogramSettings,
    fingerprints_settings: FingerprintSettings,
    catalog: Path,
    channel: str,
    nmf: list[Path],
    hmm: list[Path],
    clusters: Path,
    index: Path | None = None,
    stations: Path | None = None,
) -> None:
    """Draw windows between the events, and assign them to the clusters as if they were events.

    Parameters
    ----------
    settings : settings.BackgroundSettings
    output : Path
        background.h5: time, cluster and membership of each window, or why there are none.
    waveforms_settings : settings.WaveformSettings
    source_settings : settings.MemberSettings
    spectrograms_settings : settings.SpectrogramSettings
    fingerprints_settings : settings.FingerprintSettings
    catalog : Path
        catalog.h5
    channel : str
        SEED id.
    nmf : list of Path
        nmf.h5 of each NMF.
    hmm : list of Path
        hmm.h5 of each NMF.
    clusters : Path
        clusters.h5
    index : Path, optional
        index.csv; without it the source is indexed first.
    stations : Path, optional
        Metadata of the stations, where the settings need them.

    Raises
    ------
    StageError
        If the metadata cannot be read, or the models were not made with each other.
    OSError
        If the machine fails where it reads.
    """
    require_each(nmf=nmf, hmm=hmm)
    require_made_with_all(clusters, "hmm", hmm)
    clock, why_none = time.monotonic(), _why_none(waveforms_settings, clusters)
    if why_none:
        found = Background.none(why_none)
    else:
        windows = EventWindows(waveforms_settings, stations)
        events = draw_events(settings, waveforms_settings.before, windows, catalog, channel)
        with tempfile.TemporaryDirectory(prefix="specufex_pipe-") as folder, log_to_file_alone():
            log.info("events in the lines that follow are windows of background")
            write_waveforms(
                placed_by_time(waveforms_settings),
                Path(folder, "waveforms.h5"),
                source_settings=source_settings,
                events=events,
                channel=channel,
                index=index,
                stations=stations,
            )
            models = _Models(nmf, hmm, clusters, fingerprints_settings)
            assigned = _assign(Path(folder), spectrograms_settings, models)
        found = _background(events, assigned, waveforms_settings.before)
    inputs = {
        name: read_attributes(path)["digest"]
        for name, path in {"catalog": catalog, "clusters": clusters}.items()
    }
    write_background(output, found, settings=settings.model_dump(), inputs=inputs)
    log.info(
        "%d of %d windows of background assigned%s, %s",
        len(found.times), found.n_tried, f": {found.why_none}" if found.why_none else "",
        per_second(found.n_tried, clock, "windows"),
    )  # fmt: skip


def _why_none(settings: WaveformSettings, clusters: Path) -> str:
    """Return why there is no background, as far as that is known before anything is read."""
    if settings.length == "file":
        return "the windows of events are whole files"
    if load(clusters).place is None:
        return "there are no clusters"
    if needs_catalog(load_joiner(clusters).weights):
        return "clusters are learned from columns of the catalog, which these do not have"
    return ""


def placed_by_time(settings: WaveformSettings) -> WaveformSettings:
    """Return the settings of windows that need no picks, and no columns but their duration."""
    length = "fixed" if settings.length == "fixed" else "duration"
    return settings.model_copy(update={"reference": "time", "length": length, "after": 0.0})


def draw_events(
    settings: BackgroundSettings,
    before: float,
    windows: EventWindows,
    catalog: Path,
    channel: str,
) -> list[Event]:
    """Return windows of background as events, which are placed as `placed_by_time` has it.

    Each has what the processing needs of the catalog from the event that it is as long as.

    Parameters
    ----------
    settings : settings.BackgroundSettings
    before : float
        A window begins so long before the time of its event, s.
    windows : EventWindows
        Of the events of the catalog.
    catalog : Path
        catalog.h5
    channel : str
        SEED id.
    """
    times, cells = _windows_of_events(windows, catalog, channel)
    starts, alike = draw_windows(
        times[:, 0], times[:, 1], settings.n_windows, settings.random_state
    )
    lengths = (times[:, 1] - times[:, 0])[alike] / _NANOSECONDS
    return [
        Event(
            f"background {number}",
            UTCDateTime(ns=int(start)) + before,
            "",
            cells[event] | {"duration": str(length - before)},
        )
        for number, (start, event, length) in enumerate(zip(starts, alike, lengths, strict=True))
    ]


def _windows_of_events(
    windows: EventWindows, catalog: Path, channel: str
) -> tuple[IntArray, list[dict[str, str]]]:
    """Return start and end of each event's window, ns, and what its processing needs of it."""
    times, cells = [], []
    for event in events_of(catalog):
        try:
            span = windows.place(event, channel)
            assert span.start is not None and span.end is not None  # noqa: S101 - no whole file
            times.append((span.start.ns, span.end.ns))
        except RejectedEvent:  # where its window is, is not known, but when it was
            times.append((event.time.ns, event.time.ns))
        cells.append({name: event.cells[name] for name in windows.cells if name in event.cells})
    return np.array(times, dtype=np.int64).reshape(-1, 2), cells


def events_of(catalog: Path) -> Iterator[Event]:
    """Yield the events of a catalog, without the rows that are none."""
    for first in range(0, summarize_event_table(catalog).n_rows, _EVENTS_AT_A_TIME):
        rows = read_events(catalog, range(first, first + _EVENTS_AT_A_TIME))
        yield from (row for row in rows if not isinstance(row, Rejection))


def _assign(folder: Path, settings: SpectrogramSettings, models: _Models) -> Assignments | None:
    """Return the clusters of what is in waveforms.h5 of a folder; None if that is too little."""
    waveforms, frames, assignments = (
        folder / f"{kind}.h5" for kind in ("waveforms", "spectrograms", "assignments")
    )
    if _count(waveforms) < FEWEST_WINDOWS:
        return None
    spectrograms.run(settings, frames, waveforms=waveforms)
    if _count(frames) < FEWEST_WINDOWS:
        return None
    made = []
    for number, (nmf, hmm) in enumerate(zip(models.nmf, models.hmm, strict=True)):
        activation_file = folder / f"activations.{number}.h5"
        made.append(folder / f"fingerprints.{number}.h5")
        activations.run(activation_file, spectrograms=frames, nmf=nmf)
        fingerprints.run(
            models.fingerprints, made[-1], activations=activation_file, nmf=nmf, hmm=hmm
        )
    assign.run(assignments, clusters=models.clusters, fingerprints=made, waveforms=waveforms)
    return read_assignments(assignments)


def _count(path: Path) -> int:
    with FrameStore(path, path.stem) as store:
        return store.n_events


def _background(events: Sequence[Event], assigned: Assignments | None, before: float) -> Background:
    if assigned is None:
        why = (
            f"{len(events)} windows have a place between events, and fewer than {FEWEST_WINDOWS} "
            "of them have complete data that pass the checks"
        )
        return Background.none(why, len(events))
    starts = {event.event_id: (event.time - before).ns for event in events}
    return Background(
        np.array([starts[event_id] for event_id in assigned.event_ids]),
        assigned.clusters,
        assigned.memberships,
        assigned.are_outside,
        len(events),
    )

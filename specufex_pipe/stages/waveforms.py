"""Read the window of each event from the source, check it and prepare it."""

import logging
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
from obspy import Stream

from specufex_pipe.catalogs.protocol import Event
from specufex_pipe.catalogs.table import read_events
from specufex_pipe.errors import StageError
from specufex_pipe.progress import per_second, track
from specufex_pipe.rejections import Kind, RejectedEvent, Rejection
from specufex_pipe.settings import MemberSettings, WaveformSettings, check_channel, is_expression
from specufex_pipe.sources.files import raise_if_machine_fails
from specufex_pipe.sources.protocol import Source
from specufex_pipe.stages.rejected import log_rejections
from specufex_pipe.stages.windows import EventWindows
from specufex_pipe.store import EventWriter, write_events
from specufex_pipe.waveforms.attributes import ATTRIBUTES, measure
from specufex_pipe.waveforms.processing import Waveform, prepare
from specufex_pipe.waveforms.steps.base import Context, Unit
from specufex_pipe.waveforms.window import Span, read_window

log = logging.getLogger(__name__)
STAGE = "waveforms"


def run(
    settings: WaveformSettings,
    output: Path,
    *,
    source_settings: MemberSettings,
    catalog: Path,
    channel: str,
    rows: range | None = None,
    index: Path | None = None,
    stations: Path | None = None,
) -> None:
    """Read and prepare waveforms.

    Parameters
    ----------
    settings : settings.WaveformSettings
    output : Path
        waveforms.h5
    source_settings : settings.MemberSettings
    catalog : Path
        catalog.h5
    channel : str
        SEED id.
    rows : range, optional
        Rows of the catalog to read, FIRST:STOP; all by default.
    index : Path, optional
        index.csv; without it the source is indexed first.
    stations : Path, optional
        Metadata of the stations, where the settings need them.

    Raises
    ------
    StageError
        If the channel is not the SEED id of one channel, or the metadata cannot be read.
    OSError
        If the machine fails where it reads; the event may be as good as any.
    """
    try:
        check_channel(channel)
    except ValueError as error:
        raise StageError(str(error)) from error
    if is_expression(channel):
        raise StageError(f"{channel!r} stands for several channels; expected one of them")
    # In the order of the catalog, so that the rejected are as well, whatever the shards.
    events = read_events(catalog, rows)
    place: Source = source_settings.open()
    if index is not None:
        place.use_index(index, [channel])
    windows = EventWindows(settings, stations)
    clock = time.monotonic()
    record = settings.model_dump() | {"source": source_settings.model_dump()}
    with write_events(output, STAGE, settings=record, inputs={}) as store:
        for event in track(events, "waveforms", "events"):
            found = _read(event, place, channel, settings, windows)
            if isinstance(found, Rejection):
                store.reject(found)
            else:
                _append(store, event.event_id, found, settings)
        log_rejections(store.rejections)
        unit = Unit()
        for step in windows.steps:
            unit = step.unit_after(unit)
        store.attributes(
            channel=channel,
            sampling_rate=settings.sampling_rate,
            # Of a whole file it is not the same for all events.
            before=0.0 if settings.length == "file" else settings.before,
            unit=str(unit),
            reference=_reference(settings),
        )
        store.describe(
            "attributes",
            names=[attribute.name for attribute in ATTRIBUTES],
            units=[attribute.unit_for(str(unit)) for attribute in ATTRIBUTES],
        )
        store.describe("onset", unit="s")
        store.describe("recorded_rate", unit="Hz")
        rate = per_second(len(events), clock)
        log.info("waveforms of %d events, %s", store.n_events, rate)


def _reference(settings: WaveformSettings) -> str:
    """Return what the zero of the time axis is, for people."""
    if settings.length == "file":
        return "start of the file"
    return {
        "time": "catalog time",
        "start": "start in the catalog",
        "pick": f"pick of {settings.phase}",
        "arrival": f"predicted arrival of {settings.phase}",
    }[settings.reference]


class _Found(NamedTuple):
    waveform: Waveform
    span: Span


def _append(store: EventWriter, event_id: str, found: _Found, settings: WaveformSettings) -> None:
    waveform, onset = found.waveform, found.span.reference - found.waveform.start
    attributes = measure(
        waveform.samples,
        settings.sampling_rate,
        onset=onset,
        low_band=settings.low_band,
        high_band=settings.high_band,
    )
    store.append(
        [event_id],
        [len(waveform.samples)],
        waveform.samples,
        may_be_nan=("attributes",),
        onset=np.array([onset]),
        recorded_rate=np.array([waveform.recorded_rate]),
        attributes=np.array([list(attributes.values())]),
    )


def _read(
    event: Event | Rejection,
    source: Source,
    channel: str,
    settings: WaveformSettings,
    windows: EventWindows,
) -> _Found | Rejection:
    if isinstance(event, Rejection):
        return event
    try:
        return _read_window(event, source, channel, settings, windows)
    except RejectedEvent as error:
        detail = error.detail
        if error.kind in (Kind.NO_DATA, Kind.GAP) and not event.file:
            detail += _name_problems(source)
        return Rejection(event.event_id, STAGE, error.kind, detail)
    except Exception as error:  # odd data make ObsPy raise anything; the others go on
        raise_if_machine_fails(error)
        log.debug("event %r", event.event_id, exc_info=True)
        detail = f"{type(error).__name__}: {error}"
        return Rejection(event.event_id, STAGE, Kind.UNUSABLE_DATA, detail)


def _read_window(
    event: Event,
    source: Source,
    channel: str,
    settings: WaveformSettings,
    windows: EventWindows,
) -> _Found:
    span, needed = windows.of_event(event, channel, source)
    stream = Stream()
    for window in needed:
        stream += read_window(source, window)
    waveform = prepare(
        stream,
        span.start,
        span.end,
        Context(event, channel, settings.sampling_rate, windows.inventory),
        steps=windows.steps,
        margin=settings.margin,
        max_gap=settings.max_gap,
        max_clipped=settings.max_clipped,
        max_flat=settings.max_flat,
        max_duration=settings.max_duration,
    )
    return _Found(waveform, span)


def _name_problems(source: Source) -> str:
    """Name the files in which data that are missing may have been."""
    problems = source.problems()
    if not problems:
        return ""
    counted = "1 file of the source is" if len(problems) == 1 else f"{len(problems)} files are"
    return f" ({counted} unreadable: {problems[0]})"

"""Which spans of time a run needs of each channel: of its events, and of its background."""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from obspy import UTCDateTime

from specufex_pipe.catalogs.protocol import Event
from specufex_pipe.downloads.plan import spans_needed
from specufex_pipe.numerics.types import IntArray
from specufex_pipe.rejections import RejectedEvent
from specufex_pipe.settings import BackgroundSettings, WaveformSettings
from specufex_pipe.sources.fdsn import FDSNSource
from specufex_pipe.stages.background import draw_events, events_of, placed_by_time
from specufex_pipe.stages.windows import EventWindows


def find_spans(
    source: FDSNSource,
    waveforms: WaveformSettings,
    background: BackgroundSettings,
    catalog: Path,
    channels: Sequence[str],
    stations: Path | None,
) -> dict[str, IntArray]:
    """Return what is needed of each channel that is recorded.

    Parameters
    ----------
    source : FDSNSource
    waveforms : settings.WaveformSettings
    background : settings.BackgroundSettings
    catalog : Path
        catalog.h5
    channels : sequence of str
        SEED ids.
    stations : Path or None
        Metadata of the stations, where the settings need them.

    Returns
    -------
    dict of array of int, shape (n_spans, 2)
        ns since 1970, as `downloads.plan.spans_needed` returns it.

    Raises
    ------
    StageError
        If the metadata cannot be read.
    """
    windows = EventWindows(waveforms, stations)
    # Flat, start and end in turn, since there may be millions.
    times: defaultdict[str, array[int]] = defaultdict(lambda: array("q"))
    for channel in channels:
        _add(times, events_of(catalog), channel, windows, source)
        if background.n_windows and waveforms.length != "file":
            drawn = draw_events(background, waveforms.before, windows, catalog, channel)
            at_a_time = EventWindows(placed_by_time(waveforms), stations)
            _add(times, drawn, channel, at_a_time, source)
    return {
        channel: spans_needed(np.frombuffer(flat, dtype=np.int64).reshape(-1, 2), source.spans)
        for channel, flat in times.items()
    }


def _add(
    times: defaultdict[str, "array[int]"],
    events: Iterable[Event],
    channel: str,
    windows: EventWindows,
    source: FDSNSource,
) -> None:
    for event in events:
        try:
            _, needed = windows.of_event(event, channel, source)
        except RejectedEvent:  # the stage of the waveforms says why
            continue
        for window in needed:
            if not window.file:
                start, end = window.span
                times[".".join(window[:4])].extend((start.ns, end.ns))


def time_range(catalog: Path) -> tuple[UTCDateTime, UTCDateTime] | None:
    """Return the times of the first and the last event; None if there is none."""
    times = np.fromiter((event.time.ns for event in events_of(catalog)), dtype=np.int64)
    return (
        (UTCDateTime(ns=int(times.min())), UTCDateTime(ns=int(times.max()))) if len(times) else None
    )

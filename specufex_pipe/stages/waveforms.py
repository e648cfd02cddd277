"""Read the window of each event from the source, check it and prepare it."""

import logging
import time
from pathlib import Path

from specufex_pipe.catalogs.protocol import Event
from specufex_pipe.catalogs.table import read_events
from specufex_pipe.errors import StageError
from specufex_pipe.numerics.types import FloatArray
from specufex_pipe.progress import per_second, track
from specufex_pipe.rejections import Kind, RejectedEvent, Rejection
from specufex_pipe.settings import MemberSettings, WaveformSettings, check_channel, is_expression
from specufex_pipe.sources.files import raise_if_machine_fails
from specufex_pipe.sources.protocol import Source
from specufex_pipe.stages.rejected import log_rejections
from specufex_pipe.store import write_events
from specufex_pipe.waveforms.processing import prepare
from specufex_pipe.waveforms.window import read_window, start_of_window, window_of

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

    Raises
    ------
    StageError
        If the channel is not the SEED id of one channel.
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
    clock = time.monotonic()
    record = settings.model_dump() | {"source": source_settings.model_dump()}
    with write_events(output, STAGE, settings=record, inputs={}) as store:
        for event in track(events, "waveforms", "events"):
            found = _read(event, place, channel, settings)
            if isinstance(found, Rejection):
                store.reject(found)
            else:
                store.append([event.event_id], [len(found)], found)
        log_rejections(store.rejections)
        store.attributes(
            channel=channel, sampling_rate=settings.sampling_rate, before=settings.before
        )
        rate = per_second(len(events), clock)
        log.info("waveforms of %d events, %s", store.n_events, rate)


def _read(
    event: Event | Rejection, source: Source, channel: str, settings: WaveformSettings
) -> FloatArray | Rejection:
    if isinstance(event, Rejection):
        return event
    try:
        return _read_window(event, source, channel, settings)
    except RejectedEvent as error:
        detail = error.detail
        if error.kind in (Kind.NO_DATA, Kind.GAP) and not event.file:
            detail += _name_problems(source)
        return Rejection(event.event_id, STAGE, error.kind, detail)
    except StageError:  # of the source as a whole
        raise
    except Exception as error:  # odd data make ObsPy raise anything; the others go on
        raise_if_machine_fails(error)
        log.debug("event %r", event.event_id, exc_info=True)
        detail = f"{type(error).__name__}: {error}"
        return Rejection(event.event_id, STAGE, Kind.UNUSABLE_DATA, detail)


def _read_window(
    event: Event, source: Source, channel: str, settings: WaveformSettings
) -> FloatArray:
    window = window_of(
        event,
        channel,
        before=settings.before,
        duration=settings.duration,
        margin=settings.margin,
    )
    return prepare(
        read_window(source, window),
        start_of_window(event, settings.before),
        duration=settings.duration,
        margin=settings.margin,
        sampling_rate=settings.sampling_rate,
        fmin=settings.fmin,
        fmax=settings.fmax,
        max_gap=settings.max_gap,
        max_clipped=settings.max_clipped,
        max_flat=settings.max_flat,
    )


def _name_problems(source: Source) -> str:
    """Name the files in which data that are missing may have been."""
    problems = source.problems()
    if not problems:
        return ""
    counted = "1 file of the source is" if len(problems) == 1 else f"{len(problems)} files are"
    return f" ({counted} unreadable: {problems[0]})"

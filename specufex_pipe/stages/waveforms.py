"""Read the window of each event from the source, check it and prepare it."""

import logging
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from specufex_pipe.catalogs.protocol import Event
from specufex_pipe.catalogs.table import read_events
from specufex_pipe.errors import StageError
from specufex_pipe.progress import per_second, track
from specufex_pipe.rejections import Rejection
from specufex_pipe.settings import MemberSettings, WaveformSettings, check_channel, is_expression
from specufex_pipe.sources.protocol import Source
from specufex_pipe.stages.reading import STAGE, EventWaveform, WaveformReader
from specufex_pipe.stages.rejected import log_rejections
from specufex_pipe.store import EventWriter, write_events
from specufex_pipe.waveforms.attributes import ATTRIBUTES
from specufex_pipe.words import counted

log = logging.getLogger(__name__)
# Writing events one by one takes as long as reading them.
_EVENTS_AT_A_TIME = 64


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
    write_waveforms(
        settings,
        output,
        source_settings=source_settings,
        events=events,
        channel=channel,
        index=index,
        stations=stations,
    )


def write_waveforms(
    settings: WaveformSettings,
    output: Path,
    *,
    source_settings: MemberSettings,
    events: Sequence[Event | Rejection],
    channel: str,
    index: Path | None = None,
    stations: Path | None = None,
) -> None:
    """Read and prepare the waveforms of events, which need not be those of a catalog.

    The parameters are those of `run`.
    """
    place: Source = source_settings.open()
    if index is not None:
        place.use_index(index, [channel])
    reader = WaveformReader(settings, place, stations)
    clock, waiting = time.monotonic(), dict[str, EventWaveform]()
    record = settings.model_dump() | {"source": source_settings.model_dump()}
    with write_events(output, STAGE, settings=record, inputs={}) as store:
        for event in track(events, "waveforms", "events"):
            found = event if isinstance(event, Rejection) else reader.read(event, channel)
            if isinstance(found, Rejection):
                store.reject(found)
                continue
            waiting[event.event_id] = found
            if len(waiting) == _EVENTS_AT_A_TIME:
                _append(store, waiting)
        _append(store, waiting)
        log_rejections(store.rejections)
        unit = reader.unit
        store.attributes(
            channel=channel,
            sampling_rate=settings.sampling_rate,
            # Of a whole file it is not the same for all events.
            before=0.0 if settings.length == "file" else settings.before,
            unit=unit,
            reference=_reference(settings),
        )
        store.describe(
            "attributes",
            names=[attribute.name for attribute in ATTRIBUTES],
            units=[attribute.unit_for(unit) for attribute in ATTRIBUTES],
        )
        store.describe("onset", unit="s")
        store.describe("first_sample", unit="s")
        store.describe("recorded_rate", unit="Hz")
        rate = per_second(len(events), clock)
        log.info("waveforms of %s, %s", counted(store.n_events, "event"), rate)


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


def _append(store: EventWriter, waiting: dict[str, EventWaveform]) -> None:
    """Write some events, and forget them."""
    if not waiting:
        return
    found = list(waiting.values())
    store.append(
        list(waiting),
        [len(each.waveform.samples) for each in found],
        np.concatenate([each.waveform.samples for each in found]),
        may_be_nan=("attributes",),
        onset=np.array([each.onset for each in found]),
        first_sample=np.array([each.first_sample for each in found]),
        recorded_rate=np.array([each.waveform.recorded_rate for each in found]),
        attributes=np.array([list(each.attributes.values()) for each in found]),
    )
    waiting.clear()

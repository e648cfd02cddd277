"""Read the window of each event from the archive, check it and prepare it."""

import logging
import time

from obspy.clients.filesystem.sds import Client as SDSClient

from specufex_pipe.catalogs.csv import Unusable, read_catalog
from specufex_pipe.catalogs.rows import read_columns
from specufex_pipe.errors import RejectedEvent, StageError
from specufex_pipe.progress import per_second, track
from specufex_pipe.settings import check_channel
from specufex_pipe.sources.folder import EventFileSource, FolderSource
from specufex_pipe.sources.index import index_archive, read_index
from specufex_pipe.stages.rejected import log_rejected
from specufex_pipe.store import write_events
from specufex_pipe.waveforms.processing import prepare

log = logging.getLogger(__name__)
STAGE = "waveforms"


def run(settings, output, *, channel, rows=None, index=None):
    """Read and prepare waveforms.

    Parameters
    ----------
    settings : config.WaveformSettings
    output : str or Path
        waveforms.h5
    channel : str
        SEED id.
    rows : range, optional
        Numbers of the rows of the catalog to read; all by default.
    index : str or Path, optional
        archive.csv; without it the headers of the archive are read first.

    Raises
    ------
    StageError
        If the channel is no SEED id or the catalog cannot be read.
    """
    try:
        check_channel(channel)
    except ValueError as error:
        raise StageError(str(error)) from error
    # In the order of the catalog, so that the rejected are as well, whatever the shards.
    events = list(read_catalog(settings.catalog, rows))
    archive = _open_source(settings, channel, index)
    clock = time.monotonic()
    with write_events(output, STAGE, settings=settings.model_dump(), inputs={}) as store:
        used = []
        for event in track(events, f"{channel} waveforms", "events"):
            if isinstance(event, Unusable):
                store.reject(event.event_id, STAGE, event.reason)
                continue
            try:
                samples = _read_window(event, archive, channel, settings)
            except RejectedEvent as error:
                reason = str(error)
                if reason.startswith(("no data", "gap")) and not event.file:
                    reason += _unreadable_files(archive)
                store.reject(event.event_id, STAGE, reason)
                continue
            except Exception as error:  # odd data make ObsPy raise anything; the others go on
                log.debug("event %r", event.event_id, exc_info=True)
                reason = f"unusable data: {type(error).__name__}: {error}"
                store.reject(event.event_id, STAGE, reason)
                continue
            store.append([event.event_id], [len(samples)], samples)
            used.append(event.row)
        log_rejected(store.rejected)
        store.table("events", read_columns(settings.catalog), used)
        store.attributes(
            channel=channel, sampling_rate=settings.sampling_rate, before=settings.before
        )
        rate = per_second(len(events), clock)
        log.info("%s: waveforms of %d events, %s", channel, store.n_events, rate)


def _open_source(settings, channel, index):
    if settings.layout == "sds":
        return SDSClient(settings.archive, format=settings.format)
    if index is None:
        entries = index_archive(settings.archive, settings.format)
    else:
        entries = read_index(index, channel)
    return FolderSource(settings.archive, settings.format, entries, channel)


def _read_window(event, archive, channel, settings):
    source = archive
    if event.file:
        source = EventFileSource(settings.archive, event.file, settings.format)
    start = event.time - settings.before
    stream = source.get_waveforms(
        *channel.split("."),
        start - settings.margin,
        start + settings.duration + settings.margin,
    )
    return prepare(stream, start, settings)


def _unreadable_files(archive):
    """Name the files in which data that are missing may have been."""
    unreadable = getattr(archive, "unreadable", [])  # an SDS archive lists no files
    if not unreadable:
        return ""
    counted = "1 file of the archive is" if len(unreadable) == 1 else f"{len(unreadable)} files are"
    return f" ({counted} unreadable: {unreadable[0]})"

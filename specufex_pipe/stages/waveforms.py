"""Read the window of each event from the archive, check it and prepare it."""

import hashlib
import logging
from collections import Counter
from pathlib import Path

from specufex_pipe.config import check_channel
from specufex_pipe.errors import RejectedEvent, StageError
from specufex_pipe.progress import track
from specufex_pipe.store import write_events
from specufex_pipe.waveforms.catalog import read_catalog
from specufex_pipe.waveforms.preparation import prepare
from specufex_pipe.waveforms.sources import EventFileSource, open_source

log = logging.getLogger(__name__)
STAGE = "waveforms"


def run(settings, output, *, channel):
    """Read and prepare waveforms.

    Parameters
    ----------
    settings : config.WaveformSettings
    output : str or Path
        waveforms.h5
    channel : str
        SEED id.

    Raises
    ------
    StageError
        If the channel is no SEED id, the catalog cannot be read or no event is left.
    """
    try:
        check_channel(channel)
    except ValueError as error:
        raise StageError(str(error)) from error
    catalog = read_catalog(settings.catalog)
    archive = open_source(settings.archive, settings.layout, settings.format, channel)
    digest = hashlib.blake2b(Path(settings.catalog).read_bytes(), digest_size=16).hexdigest()
    with write_events(
        output, STAGE, settings=settings.model_dump(), inputs={"catalog": digest}
    ) as store:
        for event_id, reason in catalog.rejected:
            store.reject(event_id, STAGE, reason)
        rows = []
        for event in track(catalog.events, f"{channel} waveforms", "events"):
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
            rows.append(event.row)
        close_rejected(store)
        store.table("events", catalog.columns, rows)
        store.attributes(
            channel=channel, sampling_rate=settings.sampling_rate, before=settings.before
        )
        log.info("%s: waveforms of %d events", channel, store.n_events)


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


def close_rejected(store):
    """Log the events that a stage rejected, and go on only if there are others.

    Each goes to the log file, and their count by kind of reason to the terminal as well.

    Parameters
    ----------
    store : store.EventWriter

    Raises
    ------
    StageError
        If no event is left.
    """
    firsts, counts = {}, Counter()
    for event_id, stage, reason in store.rejected:
        log.debug("event %r rejected by %s: %s", event_id, stage, reason)
        kind = reason.split(":")[0]
        counts[kind] += 1
        firsts.setdefault(kind, f"event {event_id!r}, {reason}")
    if store.n_events == 0:
        lines = [f"  {n} x {kind}, the first: {firsts[kind]}" for kind, n in counts.most_common()]
        raise StageError("\n".join(["no event is left:", *lines]))
    if counts:
        counted = ", ".join(f"{n} x {kind}" for kind, n in counts.most_common())
        log.warning("%d events rejected: %s", sum(counts.values()), counted)

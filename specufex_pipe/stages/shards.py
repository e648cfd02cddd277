"""Note for each shard of the catalog what its waveforms depend on."""

import hashlib
import logging
from collections.abc import Iterator
from pathlib import Path

from specufex_pipe.catalogs.protocol import Event
from specufex_pipe.catalogs.shards import count_shards, shard_rows
from specufex_pipe.catalogs.table import read_events, summarize_event_table
from specufex_pipe.rejections import RejectedEvent, Rejection
from specufex_pipe.settings import MemberSettings, WaveformSettings
from specufex_pipe.sources.files import digest_of_content, find_files
from specufex_pipe.sources.protocol import Source
from specufex_pipe.stages.index import COLUMNS as CHANNELS
from specufex_pipe.stages.windows import EventWindows
from specufex_pipe.store import read_sealed_csv, write_sealed_csv
from specufex_pipe.waveforms.window import window_dependencies
from specufex_pipe.words import counted

log = logging.getLogger(__name__)
# Of shards.csv.
COLUMNS = ("channel", "shard", "state")


def run(
    settings: WaveformSettings,
    output: Path,
    *,
    source_settings: MemberSettings,
    catalog: Path,
    index: Path,
    channels: Path,
    shard_size: int,
    stations: Path | None = None,
) -> None:
    """Note what the waveforms of each shard depend on.

    A shard has to be made again only when its own events change, or the files of the source that
    they need.

    Parameters
    ----------
    settings : settings.WaveformSettings
    output : Path
        shards.csv: channel, number of the shard, digest of events and files.
    source_settings : settings.MemberSettings
    catalog : Path
        catalog.h5
    index : Path
        index.csv
    channels : Path
        channels.csv
    shard_size : int
        Rows of the catalog in a shard.
    stations : Path, optional
        Metadata of the stations, where the settings need them.

    Raises
    ------
    StageError
        If the metadata cannot be read.
    """
    windows = EventWindows(settings, stations)
    metadata = _digest_of_stations(stations) if settings.needs_stations and stations else ""
    place: Source = source_settings.open()
    place.use_index(index)
    names = [row["channel"] for row in read_sealed_csv(channels, CHANNELS)]
    n_shards = count_shards(summarize_event_table(catalog).n_rows, shard_size)

    def states() -> Iterator[tuple[str, int, str]]:
        for shard in range(n_shards):
            events = read_events(catalog, shard_rows(shard, shard_size))
            for channel in names:
                yield channel, shard, _state(events, channel, place, windows, metadata)

    write_sealed_csv(output, COLUMNS, states())
    log.info("%s, %s", counted(n_shards, "shard"), counted(len(names), "channel"))


def _state(
    events: list[Event | Rejection],
    channel: str,
    source: Source,
    windows: EventWindows,
    metadata: str,
) -> str:
    """Return a digest of the events of a shard and of the files that they need."""
    state, files = hashlib.blake2b(metadata.encode(), digest_size=16), set[str]()
    for event in events:
        if isinstance(event, Rejection):
            state.update(repr(tuple(event)).encode())
            continue
        state.update(repr((event.event_id, event.time.ns, event.file)).encode())
        try:
            span, needed = windows.of_event(event, channel, source)
            cells = [event.cells.get(name) for name in windows.cells]
            state.update(repr((span, needed, cells)).encode())
            for window in needed:
                files.update(window_dependencies(source, window))
        except RejectedEvent as error:  # the stage of the waveforms turns it away
            files.add(str(error))
    for line in sorted(files):
        state.update(line.encode("utf-8", "surrogateescape"))
    return state.hexdigest()


def _digest_of_stations(path: Path) -> str:
    return " ".join(digest_of_content(file) for file in find_files(path, follow_links=True).paths)

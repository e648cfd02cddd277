"""Note for each shard of the catalog what its waveforms depend on."""

import hashlib
import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from specufex_pipe.catalogs.protocol import Event
from specufex_pipe.catalogs.shards import count_shards, shard_rows
from specufex_pipe.catalogs.table import read_events, summarize_event_table
from specufex_pipe.rejections import RejectedEvent, Rejection
from specufex_pipe.settings import MemberSettings, WaveformSettings
from specufex_pipe.sources.files import digest_of_content, find_files
from specufex_pipe.sources.protocol import Source, Window
from specufex_pipe.stages.index import COLUMNS as CHANNELS
from specufex_pipe.stages.windows import EventWindows
from specufex_pipe.store import read_sealed_csv, write_sealed_csv
from specufex_pipe.waveforms.window import window_dependencies
from specufex_pipe.words import counted

log = logging.getLogger(__name__)
# Of shards.csv.
COLUMNS = ("channel", "shard", "state")
# What stands for the number of a shard in the row of all data from the first event to the last.
ALL_DATA = "all data"

# The window of each recorded channel, by its codes, that has those of all events in it.
_Reach = dict[tuple[str, ...], Window]


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
        shards.csv: channel, number of the shard, digest of events and files; and a row a channel
        for all data from the first event to the last, between which windows of background are.
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
    reaches: defaultdict[str, _Reach] = defaultdict(dict)

    def states() -> Iterator[tuple[str, int | str, str]]:
        for shard in range(n_shards):
            events = read_events(catalog, shard_rows(shard, shard_size))
            for channel in names:
                reach = reaches[channel]
                yield channel, shard, _state(events, channel, place, windows, metadata, reach)
        for channel in names:
            yield channel, ALL_DATA, _state_of_files(place, reaches[channel].values(), metadata)

    write_sealed_csv(output, COLUMNS, states())
    log.info("%s, %s", counted(n_shards, "shard"), counted(len(names), "channel"))


def _state(
    events: list[Event | Rejection],
    channel: str,
    source: Source,
    windows: EventWindows,
    metadata: str,
    reach: _Reach,
) -> str:
    """Return a digest of the events of a shard and of the files that they need; widen the reach."""
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
                _widen(reach, window)
                files.update(window_dependencies(source, window))
        except RejectedEvent as error:  # the stage of the waveforms turns it away
            files.add(str(error))
    return _with_lines(state, files)


def _widen(reach: _Reach, window: Window) -> None:
    if window.starttime is None or window.endtime is None:
        return
    codes = window[:4]
    start, end = reach.get(codes, window).span
    reach[codes] = window._replace(
        starttime=min(start, window.starttime),
        endtime=max(end, window.endtime),
        file="",
        file_start=None,
    )


def _state_of_files(source: Source, windows: Iterable[Window], metadata: str) -> str:
    """Return a digest of the files with data in windows."""
    files = set[str]()
    for window in windows:
        try:
            files.update(window_dependencies(source, window))
        except RejectedEvent as error:  # there is nothing of the channel
            files.add(str(error))
    return _with_lines(hashlib.blake2b(metadata.encode(), digest_size=16), files)


def _with_lines(state: "hashlib.blake2b", lines: Iterable[str]) -> str:
    for line in sorted(lines):
        state.update(line.encode("utf-8", "surrogateescape"))
    return state.hexdigest()


def _digest_of_stations(path: Path) -> str:
    return " ".join(digest_of_content(file) for file in find_files(path, follow_links=True).paths)

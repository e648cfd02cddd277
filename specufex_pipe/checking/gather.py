"""Look at catalog, source and some windows, as the stages of a run will."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from specufex_pipe.catalogs.protocol import Catalog, Event
from specufex_pipe.catalogs.table import read_events, summarize_event_table, write_event_table
from specufex_pipe.checking.advice import advise
from specufex_pipe.checking.downloads import plan_downloads
from specufex_pipe.checking.estimate import estimate_needs
from specufex_pipe.checking.facts import (
    CatalogFacts,
    ChannelFacts,
    DownloadFacts,
    DrawnWindow,
    Facts,
    SourceFacts,
)
from specufex_pipe.errors import StageError
from specufex_pipe.progress import track
from specufex_pipe.rejections import Kind, RejectedEvent, Rejection
from specufex_pipe.settings import Settings, is_expression
from specufex_pipe.sources.index import read_index
from specufex_pipe.sources.protocol import Source
from specufex_pipe.spectrograms import SpectrogramMaker
from specufex_pipe.stages.index import resolve_channels
from specufex_pipe.stages.reading import WaveformReader

_ROWS_IN_A_BLOCK = 10_000
_CHANNELS_TO_READ = 4
_EVENTS_TO_DRAW = 10


def gather(settings: Settings, results: Path, n_sampled: int) -> Facts:
    """Look at what a run will find.

    Nothing is written but to a temporary folder, and which channels * and ? stand for at web
    services, into the archive. An index that an earlier run has left is used, so that the headers
    of its files are not read again.

    Parameters
    ----------
    settings : Settings
        Of the variant.
    results : Path
        Folder of the results of an earlier run, if there is one.
    n_sampled : int
        Events to read of a channel, spread over the catalog.

    Raises
    ------
    StageError
        If the catalog cannot be read to its end, or a service does not answer.
    """
    with tempfile.TemporaryDirectory(prefix="specufex_pipe-") as folder:
        table, index = Path(folder) / "catalog.h5", Path(folder) / "index.csv"
        catalog: Catalog = settings.catalog.open()
        write_event_table(table, catalog, settings.catalog.model_dump())
        of_catalog = _look_at_catalog(table)
        place: Source = settings.source.open()
        known = results / index.name
        if known.is_file():
            shutil.copyfile(known, index)
        stations = Path(settings.stations_path) if settings.stations_path else None
        channels, downloads, missing = list[str](), list[DownloadFacts](), list[str]()
        if place.is_downloaded:
            channels, downloads = plan_downloads(settings, table, stations)
        of_source = _look_at_source(place, index, settings, of_catalog)
        if not downloads:
            channels, missing = _resolve(settings, place, of_source)
        reader = WaveformReader(settings.waveforms, place, stations)
        maker = SpectrogramMaker(
            settings.waveforms.sampling_rate, **settings.spectrograms.model_dump()
        )
        looked_at = [] if downloads else channels[:_CHANNELS_TO_READ]
        n_drawn = -(-_EVENTS_TO_DRAW // max(1, len(looked_at)))
        first = _first_events(table, of_catalog.n_rows)[:n_drawn]
        drawn = [_draw(event, channel, reader) for channel in looked_at for event in first]
        some = list(_events_at(table, _spread(of_catalog.n_rows, n_sampled)))
        found = [_read_some(some, channel, reader, maker) for channel in looked_at]
    needs = estimate_needs(settings, found, max(1, len(channels)), of_catalog.n_events)
    advice = [*missing, *advise(settings, of_catalog, of_source, found)]
    return Facts(of_catalog, of_source, downloads, found, len(channels), drawn, needs, advice)


def _look_at_catalog(table: Path) -> CatalogFacts:
    summary = summarize_event_table(table)
    firsts: dict[Kind, Rejection] = {}
    n_events = n_with_picks = 0
    first = last = None
    for start in range(0, summary.n_rows, _ROWS_IN_A_BLOCK):
        for row in read_events(table, range(start, start + _ROWS_IN_A_BLOCK)):
            if isinstance(row, Rejection):
                firsts.setdefault(row.kind, row)
                continue
            n_events += 1
            n_with_picks += bool(row.picks)
            first = row.time if first is None else min(first, row.time)
            last = row.time if last is None else max(last, row.time)
    columns = dict(zip(summary.columns, summary.types, strict=True))
    return CatalogFacts(
        summary.n_rows, n_events, list(firsts.values()), first, last, columns, n_with_picks,
        summary.names_all_files,
    )  # fmt: skip


def _look_at_source(
    place: Source, index: Path, settings: Settings, catalog: CatalogFacts
) -> SourceFacts:
    """Index the source where the run will."""
    if catalog.names_all_files and not any(map(is_expression, settings.channels)):
        return SourceFacts([], False, 0, "", "", [])
    if place.is_downloaded and not place.channels():
        return SourceFacts([], False, 0, "", "", [], is_downloaded=True)
    place.update_index(index)
    # Some sources have none.
    entries = read_index(index) if index.is_file() else []
    n_files = len({entry.file for entry in entries})
    first = min((entry.start for entry in entries if entry.start), default="")
    last = max((entry.end for entry in entries if entry.end), default="")
    channels = sorted(place.channels())
    problems = place.problems()
    return SourceFacts(channels, True, n_files, first, last, problems, place.is_downloaded)


def _resolve(settings: Settings, place: Source, source: SourceFacts) -> tuple[list[str], list[str]]:
    """Return the channels that are meant, and what is wrong with those that stand for nothing."""
    found: list[str] = []
    problems = []
    has_to_be_there = bool(source.channels) and not settings.waveforms.needs_components
    for channel in settings.channels:
        try:
            found += resolve_channels([channel], place) if is_expression(channel) else [channel]
        except StageError as error:
            problems.append(str(error))
            continue
        if has_to_be_there and not is_expression(channel) and channel not in source.channels:
            there = ", ".join(source.channels[:5])
            problems.append(f"channels: the source has no {channel}; it has {there}")
    return list(dict.fromkeys(found)), problems


def _spread(n_rows: int, n_sampled: int) -> list[int]:
    """Return the numbers of rows that are spread over a catalog, the first among them."""
    return sorted(set(np.linspace(0, n_rows - 1, min(n_rows, n_sampled), dtype=int).tolist()))


def _first_events(table: Path, n_rows: int) -> list[Event]:
    rows = read_events(table, range(min(n_rows, _ROWS_IN_A_BLOCK)))
    return [row for row in rows if isinstance(row, Event)][:_EVENTS_TO_DRAW]


def _events_at(table: Path, rows: list[int]) -> Iterator[Event]:
    for row in rows:
        (event,) = read_events(table, range(row, row + 1))
        if isinstance(event, Event):
            yield event


def _draw(event: Event, channel: str, reader: WaveformReader) -> DrawnWindow:
    found = reader.read(event, channel)
    if isinstance(found, Rejection):
        problem = f"{found.kind}: {found.detail}"
        return DrawnWindow(channel, event.event_id, np.empty(0), 0.0, problem)
    return DrawnWindow(channel, event.event_id, found.waveform.samples, found.onset)


def _read_some(
    events: list[Event], channel: str, reader: WaveformReader, maker: SpectrogramMaker
) -> ChannelFacts:
    facts = ChannelFacts(channel)
    clock = time.monotonic()
    for event in track(events, f"windows of {channel}", "events"):
        found = reader.read(event, channel)
        facts.n_read += 1
        if isinstance(found, Rejection):
            facts.rejections.append(found)
            continue
        try:
            maker.spectrogram(found.waveform.samples, found.onset)
        except RejectedEvent as error:
            rejection = Rejection(event.event_id, "spectrograms", error.kind, error.detail)
            facts.rejections.append(rejection)
            continue
        facts.lags.append(found.waveform.start + found.onset - event.time)
        facts.rates[round(found.waveform.recorded_rate, 3)] += 1
        facts.durations.append(found.waveform.duration)
    facts.seconds = time.monotonic() - clock
    return facts

"""What is known of a run before it, as text of one screen."""

import textwrap
from collections.abc import Iterator, Sequence

from specufex_pipe.checking.facts import (
    CatalogFacts,
    ChannelFacts,
    DownloadFacts,
    Facts,
    Needs,
    SourceFacts,
)
from specufex_pipe.rejections import count_kinds
from specufex_pipe.words import counted

_WIDTH = 100
_MOST_ADVICE = 8
_MOST_CHANNELS = 6


def describe(facts: Facts) -> str:
    """Return lines for a terminal."""
    lines = list(_catalog(facts.catalog))
    lines += _downloads(facts.downloads) if facts.downloads else _source(facts.source)
    for channel in facts.channels:
        lines += _channel(channel)
    if facts.n_channels > len(facts.channels) and not facts.downloads:
        lines.append(f"          {facts.n_channels - len(facts.channels)} more channels, not read")
    lines += _needs(facts.needs)
    advice = facts.advice[:_MOST_ADVICE] or ["nothing"]
    lines += ["", "What to change:"]
    for each in advice:
        lines += textwrap.wrap(
            each, _WIDTH, initial_indent="  - ", subsequent_indent="    ", max_lines=4
        )
    if len(facts.advice) > _MOST_ADVICE:
        lines.append(f"  - and {len(facts.advice) - _MOST_ADVICE} more")
    return "\n".join(lines)


def _catalog(catalog: CatalogFacts) -> Iterator[str]:
    yield (
        f"catalog   {counted(catalog.n_events, 'event')} in {counted(catalog.n_rows, 'row')}, "
        f"{catalog.first or 'no time'} to {catalog.last or 'no time'}"
    )
    typed = ", ".join(f"{name} ({kind})" for name, kind in catalog.columns.items())
    yield from textwrap.wrap(
        f"columns {typed}", _WIDTH, initial_indent=" " * 10, subsequent_indent=" " * 12, max_lines=2
    )
    if catalog.n_with_picks:
        yield f"          {counted(catalog.n_with_picks, 'event has', 'events have')} picks"
    for row in catalog.rejections:
        yield f"          {row.kind}: {row.event_id!r}, {row.detail}"


def _source(source: SourceFacts) -> Iterator[str]:
    if source.is_downloaded and not source.channels:
        yield "source    no data came from web services"
        return
    if not source.is_indexed:
        yield "source    the catalog names the file of each event; no other is read"
        return
    if not source.channels:
        yield f"source    no readable file of {source.n_files}"
        return
    shown = ", ".join(source.channels[:_MOST_CHANNELS])
    more = len(source.channels) - _MOST_CHANNELS
    yield f"source    {shown}{f' and {more} more' if more > 0 else ''}"
    if source.first:
        files = counted(source.n_files, "file")
        yield f"          {files}, data from {source.first} to {source.last}"
    if source.problems:
        yield f"          problems with its files: {len(source.problems)}"


def _downloads(downloads: Sequence[DownloadFacts]) -> Iterator[str]:
    yield "source    waveforms are still to be downloaded; check again after that, to read some"
    for each in downloads:
        channels, days = counted(each.n_channels, "channel"), counted(each.n_days, "channel-day")
        if not each.n_requests:
            yield f"          {each.service} knows nobody who has {days} of {channels}"
            continue
        requests = counted(each.n_requests, "request")
        yield (
            f"          {each.service}: {channels}, {days} in {requests}, {each.hours:.1f} h of "
            f"data, about {each.megabytes:.0f} MB"
        )


def _channel(channel: ChannelFacts) -> Iterator[str]:
    n_good = len(channel.durations)
    yield f"{channel.channel}: {n_good} of {channel.n_read} events that were tried are good"
    if n_good:
        rates = ", ".join(f"{rate:g} Hz ({n})" for rate, n in channel.rates.most_common())
        lengths = _range(channel.durations)
        milliseconds = 1000 * channel.seconds / channel.n_read
        yield f"          recorded at {rates}; {lengths} long; {milliseconds:.1f} ms each"
        if any(channel.lags):
            yield f"          placed {_range(channel.lags)} after the time of their event"
    kinds = ", ".join(f"{n} {kind}" for kind, n in count_kinds(channel.rejections))
    if kinds:
        yield f"          rejected: {kinds}"


def _range(seconds: Sequence[float]) -> str:
    """Return the smallest and the largest of some times."""
    least, most = f"{min(seconds):.4g}", f"{max(seconds):.4g}"
    return f"{least} s" if least == most else f"{least} to {most} s"


def _needs(needs: Needs) -> Iterator[str]:
    if not needs.gigabytes_on_disk:
        yield "the run   would fail: none of the events that were tried is good"
        return
    if needs.minutes is None:
        duration = "how long is not known for this nmf.method"
    else:
        duration = f"about {needs.minutes[0]:.0f} to {needs.minutes[1]:.0f} min on this computer"
    yield (
        f"the run   {duration}; at most {needs.megabytes / 1000:.1f} GB of memory a job; "
        f"{1000 * needs.gigabytes_on_disk:.0f} MB on disk"
    )

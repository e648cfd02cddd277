"""What is known of a run before it, as text of one screen."""

import textwrap
from collections.abc import Iterator

from specufex_pipe.checking.facts import CatalogFacts, ChannelFacts, Facts, Needs, SourceFacts
from specufex_pipe.rejections import count_kinds

_WIDTH = 100
_MOST_ADVICE = 8
_MOST_CHANNELS = 6


def describe(facts: Facts) -> str:
    """Return lines for a terminal."""
    lines = [*_catalog(facts.catalog), *_source(facts.source)]
    for channel in facts.channels:
        lines += _channel(channel)
    if facts.n_channels > len(facts.channels):
        lines.append(f"          {facts.n_channels - len(facts.channels)} more channels, not read")
    lines += _needs(facts.needs)
    advice = facts.advice[:_MOST_ADVICE] or ["nothing"]
    lines += ["", "What to change:"]
    for each in advice:
        lines += textwrap.wrap(
            each, _WIDTH, initial_indent="  - ", subsequent_indent="    ", max_lines=3
        )
    if len(facts.advice) > _MOST_ADVICE:
        lines.append(f"  - and {len(facts.advice) - _MOST_ADVICE} more")
    return "\n".join(lines)


def _catalog(catalog: CatalogFacts) -> Iterator[str]:
    yield (
        f"catalog   {catalog.n_events} events in {catalog.n_rows} rows, "
        f"{catalog.first or 'no time'} to {catalog.last or 'no time'}"
    )
    typed = ", ".join(f"{name} ({kind})" for name, kind in catalog.columns.items())
    yield from textwrap.wrap(
        f"columns {typed}", _WIDTH, initial_indent=" " * 10, subsequent_indent=" " * 12, max_lines=2
    )
    if catalog.n_with_picks:
        yield f"          {catalog.n_with_picks} events have picks"
    for row in catalog.rejections:
        yield f"          {row.kind}: {row.event_id!r}, {row.detail}"


def _source(source: SourceFacts) -> Iterator[str]:
    if not source.channels:
        yield "source    the catalog names the file of each event; no other is read"
        return
    shown = ", ".join(source.channels[:_MOST_CHANNELS])
    more = len(source.channels) - _MOST_CHANNELS
    yield f"source    {shown}{f' and {more} more' if more > 0 else ''}"
    if source.problems:
        yield f"          problems with its files: {len(source.problems)}"


def _channel(channel: ChannelFacts) -> Iterator[str]:
    n_good = len(channel.durations)
    yield f"{channel.channel}: {n_good} of {channel.n_read} events that were tried are good"
    if n_good:
        rates = ", ".join(f"{rate:g} Hz ({n})" for rate, n in channel.rates.most_common())
        shortest, longest = min(channel.durations), max(channel.durations)
        lengths = f"{shortest:g} s" if shortest == longest else f"{shortest:g} to {longest:g} s"
        milliseconds = 1000 * channel.seconds / channel.n_read
        yield f"          recorded at {rates}; {lengths} long; {milliseconds:.1f} ms each"
    counted = ", ".join(f"{n} {kind}" for kind, n in count_kinds(channel.rejections))
    if counted:
        yield f"          rejected: {counted}"


def _needs(needs: Needs) -> Iterator[str]:
    if needs.minutes is None:
        duration = "how long is not known for this nmf.method"
    else:
        duration = f"about {needs.minutes[0]:.0f} to {needs.minutes[1]:.0f} min on this computer"
    yield (
        f"the run   {duration}; at most {needs.megabytes / 1000:.1f} GB of memory a job; "
        f"{needs.gigabytes_on_disk:.2g} GB on disk"
    )

"""What to change before a run, from what it will find."""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from specufex_pipe.checking.facts import CatalogFacts, ChannelFacts, SourceFacts
from specufex_pipe.rejections import Kind, count_kinds
from specufex_pipe.report.warnings import of_columns, of_few_events, of_rates
from specufex_pipe.settings import Settings

# What each kind of rejection asks for.
_WHAT_TO_CHANGE = {
    Kind.NO_DATA: "check channels and source, and whether the times of the catalog are in UTC "
    "(catalog.timezone)",
    Kind.MISSING_FILE: "check the column file of the catalog: paths are relative to source.path",
    Kind.OUTSIDE_FILE: "check the times of the catalog, or take the whole file: waveforms.length: "
    "file",
    Kind.UNREADABLE_FILE: "check source.format",
    Kind.GAP: "raise waveforms.max_gap, or shorten the window (waveforms.before, duration)",
    Kind.NO_WINDOW: "see what places the windows: waveforms.reference and length",
    Kind.NO_RESPONSE: "check stations: the response of this channel at this time",
    Kind.SAMPLING_RATE: "lower waveforms.sampling_rate, and spectrograms.fmax to half of it",
    Kind.CLIPPED: "raise waveforms.max_clipped, or keep them out",
    Kind.FLAT: "raise waveforms.max_flat, or keep them out",
}


def advise(
    settings: Settings,
    catalog: CatalogFacts,
    source: SourceFacts,
    channels: Sequence[ChannelFacts],
) -> list[str]:
    """Return what to change, the most important first.

    Parameters
    ----------
    settings : Settings
    catalog : CatalogFacts
    source : SourceFacts
    channels : sequence of ChannelFacts
        Those that were looked at.
    """
    advice = [each for channel in channels for each in _of_channel(channel)]
    advice += of_columns(catalog.columns, settings.waveforms.model_dump())
    advice += of_few_events(catalog.n_events, settings.hmm.n_states)
    rates = sum((channel.rates for channel in channels), Counter[float]())
    advice += of_rates(np.array(list(rates.elements())))
    advice += list(_of_durations(settings, channels))
    if source.problems:
        advice.append(f"files of the source have problems: {source.problems[0]}")
    return advice


def _of_channel(channel: ChannelFacts) -> Iterator[str]:
    for kind, count in count_kinds(channel.rejections):
        first = next(each for each in channel.rejections if each.kind is kind)
        yield (
            f"{channel.channel}: {count} of {channel.n_read} events are rejected for {kind}: "
            f"{_WHAT_TO_CHANGE.get(kind, 'see docs/your_own_data.md')}; event "
            f"{first.event_id!r}: {first.detail}"
        )


def _of_durations(settings: Settings, channels: Sequence[ChannelFacts]) -> Iterator[str]:
    longest = max((max(each.durations, default=0.0) for each in channels), default=0.0)
    if longest > 2 * settings.waveforms.duration:
        yield (
            f"windows are up to {longest:.0f} s long: set waveforms.duration to about that, by "
            "which jobs ask for time and memory"
        )

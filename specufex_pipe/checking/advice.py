"""What to change before a run, from what it will find."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from specufex_pipe.catalogs.types import NUMBER
from specufex_pipe.checking.facts import CatalogFacts, ChannelFacts, SourceFacts
from specufex_pipe.errors import SettingsError
from specufex_pipe.features.blocks import OF_CATALOG
from specufex_pipe.jobs.models import check_models, settings_without_effect
from specufex_pipe.rejections import Kind, count_kinds
from specufex_pipe.report.warnings import of_columns, of_few_events, of_rates
from specufex_pipe.settings import Settings, folder_of_channel

_ELSEWHERE = "see docs/your_own_data.md"
# What each kind of rejection asks for.
_WHAT_TO_CHANGE = {
    Kind.NO_DATA: "check channels and source, and whether the times of the catalog are in UTC "
    "(catalog.timezone)",
    Kind.MISSING_FILE: "check the column file of the catalog: paths are relative to source.path",
    Kind.OUTSIDE_FILE: "check the times of the catalog, or take the whole file: waveforms.length: "
    "file",
    Kind.UNREADABLE_FILE: "check source.format",
    Kind.GAP: "raise waveforms.max_gap, or shorten the window",
    Kind.NO_BACKGROUND: "raise waveforms.before, or choose another spectrograms.scale",
    Kind.TOO_SHORT: "shorten spectrograms.window, or lengthen the windows",
    Kind.NO_WINDOW: "see docs/data/windows.md",
    Kind.NO_RESPONSE: "check stations: the response of this channel at this time",
    Kind.SAMPLING_RATE: "lower waveforms.sampling_rate, and spectrograms.fmax to half of it",
    Kind.CLIPPED: "raise waveforms.max_clipped, or keep them out",
    Kind.FLAT: "raise waveforms.max_flat, or keep them out",
}

_TO_ASK_AGAIN = "see what was missing in docs/data/fdsn.md; download.ask_again asks for it again"


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
    advice = list(_of_source(source)) if not source.channels else []
    advice += _of_rejections(channels, source)
    advice += of_columns(catalog.columns, settings.waveforms.model_dump())
    advice += _of_features(settings, catalog)
    advice += of_few_events(catalog.n_events, settings.hmm.n_states)
    rates = sum((channel.rates for channel in channels), Counter[float]())
    advice += of_rates(np.array(list(rates.elements())))
    advice += list(_of_durations(settings, channels))
    return advice + (list(_of_source(source)) if source.channels else [])


def of_models(settings: Settings, channels: Sequence[ChannelFacts]) -> list[str]:
    """Return what is missing of models that are kept, or which settings they make useless.

    Parameters
    ----------
    settings : Settings
        Of the run as a whole.
    channels : sequence of ChannelFacts
        Those that were looked at.
    """
    if settings.fits_models:
        return []
    folder, units = Path(settings.models), [folder_of_channel(each.channel) for each in channels]
    try:
        check_models(settings, folder, units)
    except SettingsError as error:
        return [str(error)]
    return settings_without_effect(settings, folder, units)


def _of_source(source: SourceFacts) -> Iterator[str]:
    if source.is_indexed and not source.channels and not source.problems:
        yield "the source has no files: check source.path"
    if source.problems:
        yield f"files of the source have problems (source.format?): {source.problems[0]}"


def _of_features(settings: Settings, catalog: CatalogFacts) -> Iterator[str]:
    """Yield what is wrong with columns of the catalog that clusters are learned from."""
    numbers = [column for column, kind in catalog.columns.items() if kind == NUMBER]
    for name in settings.clusters.features:
        column = name.removeprefix(OF_CATALOG)
        if name.startswith(OF_CATALOG) and column not in numbers:
            yield (
                f"clusters.features has {name}, which is not a column of numbers of the catalog; "
                f"those are: {', '.join(numbers) or 'none'}"
            )


def _of_rejections(channels: Sequence[ChannelFacts], source: SourceFacts) -> Iterator[str]:
    """Say of each kind of rejection where, how often, an example, and what to change."""
    changes = _WHAT_TO_CHANGE | ({Kind.NO_DATA: _TO_ASK_AGAIN} if source.is_downloaded else {})
    all_of_them = [each for channel in channels for each in channel.rejections]
    n_read = sum(channel.n_read for channel in channels)
    for kind, count in count_kinds(all_of_them):
        where = [
            channel.channel
            for channel in channels
            if any(each.kind is kind for each in channel.rejections)
        ]
        first = next(each for each in all_of_them if each.kind is kind)
        # What to change comes before the example, whose end is cut where it is long.
        yield (
            f"{', '.join(where)}: {count} of {n_read} events are rejected for {kind}: "
            f"{changes.get(kind, _ELSEWHERE)}; such as {first.event_id!r} ({first.detail})"
        )


def _of_durations(settings: Settings, channels: Sequence[ChannelFacts]) -> Iterator[str]:
    longest = max((max(each.durations, default=0.0) for each in channels), default=0.0)
    if longest > 2 * settings.waveforms.duration:
        yield (
            f"windows are up to {longest:.0f} s long: set waveforms.duration to about that, by "
            "which jobs ask for time and memory"
        )

"""Index the source, and find out which channels are meant."""

import logging
from fnmatch import fnmatchcase
from pathlib import Path

from specufex_pipe.catalogs.table import summarize_event_table
from specufex_pipe.errors import StageError
from specufex_pipe.settings import MemberSettings, check_channel, is_expression
from specufex_pipe.sources.index import write_index
from specufex_pipe.sources.protocol import Source
from specufex_pipe.stations import channels as channels_of
from specufex_pipe.stations import read_stations
from specufex_pipe.store import write_sealed_csv

log = logging.getLogger(__name__)
_CHANNELS_TO_NAME = 10
# Of channels.csv.
COLUMNS = ("channel", "in_source", "in_stations")


def run(
    settings: MemberSettings,
    output: Path,
    *,
    catalog: Path,
    channels: list[str],
    resolved: Path,
    stations: Path | None = None,
) -> None:
    """Bring the index of the source up to date, and resolve the channels.

    Parameters
    ----------
    settings : settings.MemberSettings
        Of the source.
    output : Path
        index.csv, the index of the source; an older one is brought up to date. It is empty if
        nothing needs it: where the catalog names the file of each event.
    catalog : Path
        catalog.h5
    channels : list of str
        SEED ids; * and ? stand for what the source has.
    resolved : Path
        channels.csv, the SEED ids that they stand for, and where these are known.
    stations : Path, optional
        Files of stations: what is only there is named in the log.

    Raises
    ------
    StageError
        If the source has nothing of what a channel with * or ? stands for.
    """
    source: Source = settings.open()
    has_wildcards = any(is_expression(channel) for channel in channels)
    if has_wildcards or not summarize_event_table(catalog).names_all_files:
        source.update_index(output)
    else:
        write_index(output, ())
    at_stations = None if stations is None else _channels_of_stations(stations)
    found = resolve_channels(channels, source, at_stations) if has_wildcards else channels
    in_source = source.channels() if has_wildcards else None
    rows = [
        (channel, _is_among(channel, in_source), _is_among(channel, at_stations))
        for channel in found
    ]
    write_sealed_csv(resolved, COLUMNS, rows)
    log.info("channels: %s", ", ".join(found))
    if at_stations and (unknown := [channel for channel in found if channel not in at_stations]):
        log.warning("the stations have nothing of %s", ", ".join(unknown))


def _channels_of_stations(path: Path) -> set[str] | None:
    """Return the SEED ids that files of stations have, None where they name no channels."""
    try:
        return channels_of(read_stations(path)) or None
    except ValueError as error:
        raise StageError(f"stations: {error}") from error


def _is_among(channel: str, known: set[str] | None) -> str:
    """Return yes or no; empty where nobody has looked."""
    return "" if known is None else ("yes" if channel in known else "no")


def resolve_channels(
    channels: list[str], source: Source, at_stations: set[str] | None = None
) -> list[str]:
    """Return the SEED ids that channels stand for, in their order, none of them twice.

    Parameters
    ----------
    channels : list of str
        SEED ids; * and ? stand for what the source has.
    source : Source
    at_stations : set of str, optional
        SEED ids that the files of stations have; what only they have is named in the log.

    Raises
    ------
    StageError
        If the source has nothing of what a channel stands for.
    """
    there = sorted(filter(_is_usable, source.channels()))
    found: dict[str, None] = {}
    for channel in channels:
        matches = [name for name in there if _matches(name, channel)]
        only_there = sorted(
            name for name in at_stations or () if _matches(name, channel) and name not in there
        )
        if only_there and is_expression(channel):
            log.warning(
                "channels: of %s the stations alone, and not the source, have %s",
                channel, _some(only_there),
            )  # fmt: skip
        if not matches and is_expression(channel):
            known = _some(there) or "no readable file"
            others = f"; the stations have {_some(only_there)}" if only_there else ""
            raise StageError(f"channels: the source has nothing of {channel}, but {known}{others}")
        found |= dict.fromkeys(matches or [channel])
    return list(found)


def _is_usable(channel: str) -> bool:
    """Tell whether what a source calls a channel is a SEED id, and warn if it is not."""
    try:
        check_channel(channel)
    except ValueError:
        log.warning(
            "channels: %r of the source is left out; source.rename can put it right", channel
        )
        return False
    return not is_expression(channel)


def _matches(name: str, channel: str) -> bool:
    """Tell whether a SEED id is among those that a channel stands for, code by code."""
    return all(map(fnmatchcase, name.split("."), channel.split(".")))


def _some(channels: list[str]) -> str:
    named = ", ".join(channels[:_CHANNELS_TO_NAME])
    return f"{named}, ..." if len(channels) > _CHANNELS_TO_NAME else named

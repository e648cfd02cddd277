"""Index the source, and find out which channels are meant."""

import logging
from fnmatch import fnmatchcase
from pathlib import Path

from specufex_pipe.catalogs.table import summarize_event_table
from specufex_pipe.errors import StageError
from specufex_pipe.settings import MemberSettings, is_expression
from specufex_pipe.sources.index import write_index
from specufex_pipe.sources.protocol import Source
from specufex_pipe.store import write_sealed_csv

log = logging.getLogger(__name__)
_CHANNELS_TO_NAME = 10
# Of channels.csv.
COLUMNS = ("channel",)


def run(
    settings: MemberSettings, output: Path, *, catalog: Path, channels: list[str], resolved: Path
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
        channels.csv, the SEED ids that they stand for.

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
    found = resolve_channels(channels, source) if has_wildcards else channels
    write_sealed_csv(resolved, COLUMNS, [(channel,) for channel in found])
    log.info("channels: %s", ", ".join(found))


def resolve_channels(channels: list[str], source: Source) -> list[str]:
    """Return the SEED ids that channels stand for, in their order, none of them twice.

    Raises
    ------
    StageError
        If the source has nothing of what a channel stands for.
    """
    there = sorted(source.channels())
    found: dict[str, None] = {}
    for channel in channels:
        matches = [name for name in there if fnmatchcase(name, channel)]
        if not matches and is_expression(channel):
            known = ", ".join(there[:_CHANNELS_TO_NAME]) or "no readable file"
            raise StageError(f"channels: the source has nothing of {channel}, but {known}")
        found |= dict.fromkeys(matches or [channel])
    return list(found)

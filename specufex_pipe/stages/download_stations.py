"""Download the metadata of the stations."""

import logging
from pathlib import Path

from obspy import UTCDateTime

from specufex_pipe.errors import StageError
from specufex_pipe.settings import DownloadSettings, StationServiceSettings
from specufex_pipe.stations.download import download_stations
from specufex_pipe.store.downloads import is_whole, read_record
from specufex_pipe.words import counted

log = logging.getLogger(__name__)


def run(
    settings: StationServiceSettings,
    download_settings: DownloadSettings,
    output: Path,
    *,
    channels: list[str],
    asked: UTCDateTime | None = None,
) -> None:
    """Download stations with their responses, unless they are there.

    Parameters
    ----------
    settings : settings.StationServiceSettings
    download_settings : settings.DownloadSettings
    output : Path
        StationXML file, with a record beside it whose name ends in .json. What is there stays as it
        is if the services answer the same.
    channels : list of str
        SEED ids; * and ? stand for what the services have.
    asked : obspy.UTCDateTime, optional
        Time of the request, for the record; now by default.

    Raises
    ------
    StageError
        If the settings name no service, or nobody answers with stations.
    """
    if not isinstance(settings, StationServiceSettings):
        raise StageError(f"stations is {settings!r}, expected the settings of a service")
    try:
        settings.check()
    except ValueError as error:
        raise StageError(f"stations.{error}") from error
    is_there = is_whole(output) and not read_record(output).get("failed")
    if is_there and not download_settings.ask_again:
        log.info("the stations are there; nothing is asked")
        return
    request = settings.request(channels)
    manners = download_settings.manners()
    found = download_stations(request, manners, output, asked or UTCDateTime())
    same = "" if found.is_new else ", the same as before"
    log.info("%s downloaded%s", counted(found.n_channels, "channel"), same)

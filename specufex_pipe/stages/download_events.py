"""Download the events of the catalog."""

import logging
from pathlib import Path

from obspy import UTCDateTime

from specufex_pipe.errors import StageError
from specufex_pipe.settings import DownloadSettings, MemberSettings
from specufex_pipe.store.downloads import is_whole
from specufex_pipe.words import counted

log = logging.getLogger(__name__)


def run(
    settings: MemberSettings,
    download_settings: DownloadSettings,
    output: Path,
    *,
    asked: UTCDateTime | None = None,
) -> None:
    """Download a catalog, unless it is there.

    Parameters
    ----------
    settings : settings.MemberSettings
        Of the catalog.
    download_settings : settings.DownloadSettings
    output : Path
        QuakeML file, with a record beside it whose name ends in .json. What is there stays as it is
        if the service answers the same.
    asked : obspy.UTCDateTime, optional
        Time of the request, for the record; now by default.

    Raises
    ------
    StageError
        If the catalog is not one that is downloaded, or the service does not answer with events.
    """
    catalog = settings.open()
    if not catalog.is_downloaded:
        raise StageError(f"catalog.type is {settings.type!r}, which is not downloaded")
    try:
        catalog.check()
    except ValueError as error:
        raise StageError(f"catalog.{error}") from error
    if not download_settings.ask_again and is_whole(output):
        log.info("the events are there; nothing is asked")
        return
    found = catalog.download(download_settings.manners(), output, asked or UTCDateTime())
    same = "" if found.is_new else ", the same as before"
    log.info("%s downloaded%s", counted(found.n_events, "event"), same)

"""Read the catalog, and write the table of its events."""

import logging
from pathlib import Path

from specufex_pipe.catalogs.protocol import Catalog
from specufex_pipe.catalogs.table import write_event_table
from specufex_pipe.errors import StageError
from specufex_pipe.settings import MemberSettings, check_columns
from specufex_pipe.words import counted

log = logging.getLogger(__name__)


def run(settings: MemberSettings, output: Path) -> None:
    """Read a catalog.

    Parameters
    ----------
    settings : settings.MemberSettings
        Of the catalog.
    output : Path
        catalog.h5, a row an event, or what is wrong with it.

    Raises
    ------
    StageError
        If it is no catalog, has columns of the result, or cannot be read to its end.
    """
    catalog: Catalog = settings.open()
    try:
        catalog.check()
    except ValueError as error:
        raise StageError(f"catalog.{error}") from error
    try:
        check_columns(catalog.columns)
    except ValueError as error:
        raise StageError(f"catalog: {error}") from error
    n_rows = write_event_table(output, catalog, settings.model_dump())
    log.info("%s in the catalog", counted(n_rows, "row"))

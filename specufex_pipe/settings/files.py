"""Checks of what the settings name: catalog, source, labels, the folder of results."""

import os
from collections.abc import Sequence
from pathlib import Path

from specufex_pipe.catalogs.csv_files import read_head
from specufex_pipe.catalogs.series import COLUMNS_OF_MARKS, value_column
from specufex_pipe.errors import SettingsError
from specufex_pipe.settings.report import ReportSettings
from specufex_pipe.settings.run import Settings
from specufex_pipe.stations import check_stations
from specufex_pipe.store.assignments import MEASURES
from specufex_pipe.waveforms.attributes import ATTRIBUTES

_LABEL_COLUMNS = ("event_id", "label")


def check_files(settings: Settings) -> None:
    """Make sure that what the settings name is there, and can be read.

    Raises
    ------
    SettingsError
        The message names the key and its value, and says what would be right.
    """
    _check_names(settings)
    _check_catalog(settings)
    _check_source(settings)
    if settings.stations is not None:
        try:
            check_stations(settings.stations)
        except (ValueError, OSError) as error:
            raise SettingsError(f"stations: {error}") from error
    if settings.labels is not None:
        try:
            read_head(settings.labels, _LABEL_COLUMNS)
        except ValueError as error:
            raise SettingsError(f"labels: {error}") from error
    _check_report(settings.report)


def check_results(settings: Settings, folder: Path) -> None:
    """Make sure that there is a place for results, and that no result would be read as input.

    Parameters
    ----------
    settings : Settings
    folder : Path
        Of the results, where it is on disk.

    Raises
    ------
    SettingsError
    """
    if settings.source.open().contains(folder):
        raise SettingsError(
            f"results is {str(folder)!r}, which lies in the source: results would be read as "
            "waveforms; choose a folder outside"
        )
    if settings.catalog.open().contains(folder):
        raise SettingsError(
            f"results is {str(folder)!r}, which lies in the folder of the catalog: events.xml of "
            "the results would be read as a catalog; choose a folder outside"
        )
    # A folder above that is missing may be a disk that is not there.
    above = Path(settings.results).absolute().parent
    if not above.is_dir():
        raise SettingsError(
            f"results is {settings.results!r}: there is no folder {above}; make it, or mount its "
            "disk"
        )
    nearest = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not os.access(nearest, os.W_OK):
        raise SettingsError(
            f"results is {str(folder)!r}: {nearest} cannot be written; choose another, or see "
            "whether its disk is read-only"
        )


def check_columns(columns: Sequence[str]) -> None:
    """Raise a ValueError if a catalog has a column with the name of one that the result adds."""
    own = (*(attribute.name for attribute in ATTRIBUTES), *MEASURES)
    if taken := [name for name in own if name in columns]:
        raise ValueError(
            f"it has {', '.join(taken)}, columns that a run adds itself and that events.csv of an "
            "earlier run has; take them out of the catalog, or give them other names there"
        )


def _check_names(settings: Settings) -> None:
    """Refuse paths that Snakemake and command lines would take for something else."""
    paths = {key: getattr(settings, key) for key in ("results", "model", "labels", "stations")}
    paths |= settings.report.files
    catalogs = [("catalog", str(path)) for path in settings.catalog.open().files]
    for key, path in (*paths.items(), *catalogs):
        if path is not None and (set("{}\n\0") & set(path) or path.startswith("-")):
            raise SettingsError(
                f"{key} is {path!r}: expected a path without braces and line breaks, that does not "
                "begin with -"
            )
        if path is not None:
            _require_possible(key, path)


def _require_possible(key: str, path: str) -> None:
    """Raise a SettingsError for a path that no file can have, or that leads nowhere."""
    try:
        Path(path).stat()
    except FileNotFoundError:
        pass  # whether it has to be there is for others to say
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) else str(error)
        raise SettingsError(f"{key} is {path!r}: {said}") from error


def _check_report(report: ReportSettings) -> None:
    for name, series in report.series.items():
        try:
            value_column(series.path, series.column)
        except ValueError as error:
            raise SettingsError(f"report.series.{name}: {error}") from error
    for key, path in report.files.items():
        if not Path(path).is_file():
            raise SettingsError(f"{key}: path is {path!r}: there is no such file")
    if isinstance(report.events, str):
        try:
            read_head(report.events, COLUMNS_OF_MARKS)
        except ValueError as error:
            raise SettingsError(f"report.events: {error}") from error


def _check_catalog(settings: Settings) -> None:
    catalog = settings.catalog.open()
    try:
        catalog.check()
    except ValueError as error:
        raise SettingsError(f"catalog.{error}") from error
    try:
        check_columns(catalog.columns)
    except ValueError as error:
        raise SettingsError(f"catalog: {error}") from error


def _check_source(settings: Settings) -> None:
    source = settings.source.open()
    try:
        source.check()
    except ValueError as error:
        raise SettingsError(f"source.{error}") from error
    except OSError as error:  # such as a name that is too long
        raise SettingsError(f"source: {error}") from error

"""Checks of what the settings name: catalog, source, labels, the folder of results."""

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from specufex_pipe.catalogs.csv_files import read_head
from specufex_pipe.catalogs.series import COLUMNS_OF_MARKS, value_column
from specufex_pipe.classification.labels import FEWEST_EVENTS, read_labels
from specufex_pipe.clustering.names import read_name_table
from specufex_pipe.errors import SettingsError, StageError
from specufex_pipe.report.explorer.umap_map import require_umap
from specufex_pipe.settings.report import ReportSettings
from specufex_pipe.settings.run import MAIN, Settings
from specufex_pipe.settings.stations import StationServiceSettings
from specufex_pipe.stations import check_stations
from specufex_pipe.store.assignments import MEASURES, NAME
from specufex_pipe.store.families import FAMILY_COLUMN
from specufex_pipe.store.labels import LABEL_COLUMNS
from specufex_pipe.waveforms.attributes import ATTRIBUTES


def check_files(settings: Settings) -> None:
    """Make sure that what the settings name is there, and can be read.

    Raises
    ------
    SettingsError
        The message names the key and its value, and says what would be right.
    """
    _check_downloads(settings)
    _check_names(settings)
    _check_catalog(settings)
    _check_source(settings)
    _check_stations(settings)
    if settings.labels is not None:
        _check_labels(settings.labels)
    _check_cluster_names(settings)
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
    attributes = (attribute.name for attribute in ATTRIBUTES)
    own = (*attributes, *MEASURES, NAME, *LABEL_COLUMNS, FAMILY_COLUMN)
    if taken := [name for name in own if name in columns]:
        raise ValueError(
            f"it has {', '.join(taken)}, columns that a run adds itself and that events.csv of an "
            "earlier run has; take them out of the catalog, or give them other names there"
        )


def _check_downloads(settings: Settings) -> None:
    """Refuse requests that make no sense, before their files are named after them."""
    if settings.catalog.open().is_downloaded:
        _check_catalog(settings)
    if isinstance(settings.stations, StationServiceSettings):
        try:
            settings.stations.check()
        except ValueError as error:
            raise SettingsError(f"stations.{error}") from error


def _check_names(settings: Settings) -> None:
    """Refuse paths that Snakemake and command lines would take for something else."""
    paths = {key: getattr(settings, key) for key in ("results", "model", "labels")}
    paths |= {"stations": settings.stations_path} | settings.report.files
    paths |= _name_tables(settings)
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


def _name_tables(settings: Settings) -> dict[str, str | None]:
    """Return the tables of names of clusters, by the keys that name them."""
    return {
        f"{'' if name == MAIN else f'variants.{name}.'}clusters.names": (
            settings.variant(name).clusters.names_file
        )
        for name in settings.variant_names
    }


def _check_labels(path: str) -> None:
    try:
        labels = read_labels(path)
    except (ValueError, StageError) as error:
        raise SettingsError(f"labels: {error}") from error
    counts = Counter(labels.values())
    if sum(count >= FEWEST_EVENTS for count in counts.values()) < 2:
        there = ", ".join(f"{label!r} of {count}" for label, count in counts.most_common())
        raise SettingsError(
            f"labels: {path} has the labels {there or 'of no event'}, expected two of "
            f"{FEWEST_EVENTS} events or more; label more events, or set labels to null until then"
        )


def _check_cluster_names(settings: Settings) -> None:
    for key, path in _name_tables(settings).items():
        if path is not None:
            try:
                read_name_table(path)
            except (ValueError, StageError) as error:
                raise SettingsError(f"{key}: {error}") from error


def _check_report(report: ReportSettings) -> None:
    for name, series in report.series.items():
        try:
            value_column(series.path, series.column)
        except ValueError as error:
            raise SettingsError(f"report.series.{name}: {error}") from error
    for key, path in report.files.items():
        if not Path(path).is_file():
            raise SettingsError(f"{key}: path is {path!r}: there is no such file")
    if report.explorer and report.umap:
        try:
            require_umap()
        except StageError as error:
            raise SettingsError(str(error)) from error
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


def _check_stations(settings: Settings) -> None:
    path = settings.stations_path
    is_to_come = isinstance(settings.stations, StationServiceSettings)
    if path is None or (is_to_come and not Path(path).exists()):
        return
    try:
        check_stations(path)
    except (ValueError, OSError) as error:
        raise SettingsError(f"stations: {error}") from error


def _check_source(settings: Settings) -> None:
    source = settings.source.open()
    try:
        source.check()
    except ValueError as error:
        raise SettingsError(f"source.{error}") from error
    except OSError as error:  # such as a name that is too long
        raise SettingsError(f"source: {error}") from error

"""Checks of what the settings name: catalog, source, labels, folders of results, models."""

import os
from itertools import product
from pathlib import Path

from specufex_pipe.catalogs.csv import read_head
from specufex_pipe.errors import SettingsError
from specufex_pipe.settings.run import MAIN, Settings, is_expression
from specufex_pipe.store.assignments import MEASURES

MODEL_FILES = ("nmf.h5", "hmm.h5", "clusters.h5")
_LABEL_COLUMNS = ("event_id", "label")


def check_files(settings: Settings) -> None:
    """Make sure that what the settings name is there.

    Raises
    ------
    SettingsError
        The message names the key and its value, and says what would be right.
    """
    _check_catalog(settings)
    _check_source(settings)
    if settings.labels is not None:
        try:
            read_head(settings.labels, _LABEL_COLUMNS)
        except ValueError as error:
            raise SettingsError(f"labels: {error}") from error
    _check_results(settings)


def check_models(settings: Settings, folder: Path) -> None:
    """Make sure that models which are not fitted are there.

    Parameters
    ----------
    settings : Settings
    folder : Path
        Folder of the results in which they are.

    Raises
    ------
    SettingsError
        The message names the model that is missing.
    """
    if any(map(is_expression, settings.channels)):
        return
    for unit, variant, name in product(settings.channels, settings.variant_names, MODEL_FILES):
        path = folder / unit / model_variant(folder, unit, variant, name) / name
        if not path.is_file():
            raise SettingsError(
                f"model is {settings.model!r}, which needs {path}: there is no such file; expected "
                '"fit", "update", or models of an earlier run: "frozen" for those of results, or '
                "the path of another folder of results"
            )


def model_variant(folder: Path, unit: str, variant: str, name: str) -> str:
    """Return the variant in whose folder a model is that is not fitted: its own, or main.

    Parameters
    ----------
    folder : Path
        Folder of results.
    unit, variant, name : str
    """
    return variant if (folder / unit / variant / name).exists() else MAIN


def _check_catalog(settings: Settings) -> None:
    catalog = settings.catalog.open()
    try:
        catalog.check()
    except ValueError as error:
        raise SettingsError(f"catalog.{error}") from error
    if taken := [name for name in MEASURES if name in catalog.columns]:
        raise SettingsError(
            f"catalog: the result will have a column {', '.join(taken)} of its own; give the "
            "catalog's another name"
        )


def _check_source(settings: Settings) -> None:
    source = settings.source.open()
    try:
        source.check()
    except ValueError as error:
        raise SettingsError(f"source.{error}") from error
    if source.contains(Path(settings.results)):
        raise SettingsError(
            f"results is {settings.results!r}, which lies in the source: results would be read as "
            "waveforms; choose a folder outside"
        )


def _check_results(settings: Settings) -> None:
    # A folder above that is missing may be a disk that is not there.
    above = Path(settings.results).absolute().parent
    if not above.is_dir():
        raise SettingsError(
            f"results is {settings.results!r}: there is no folder {above}; make it, or mount its "
            "disk"
        )
    results = Path(settings.results)
    if not os.access(results if results.exists() else above, os.W_OK):
        raise SettingsError(
            f"results is {settings.results!r}: this folder cannot be written; choose another, or "
            "see whether its disk is read-only"
        )

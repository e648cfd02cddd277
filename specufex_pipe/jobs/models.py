"""Models that are taken as they are: in which folder each is, and whether it is there."""

from collections.abc import Iterable
from itertools import product
from pathlib import Path

from specufex_pipe.errors import SettingsError
from specufex_pipe.jobs.variants import owner_of
from specufex_pipe.settings import Settings
from specufex_pipe.stages.registry import STAGES

_MODEL_STAGES = ("nmf", "hmm", "clusters")


def check_models(settings: Settings, folder: Path, units: Iterable[str]) -> None:
    """Make sure that models which are not fitted are there.

    Parameters
    ----------
    settings : Settings
    folder : Path
        Folder of the results in which they are.
    units : iterable of str

    Raises
    ------
    SettingsError
        The message names the model that is missing.
    """
    for unit, variant, stage in product(units, settings.variant_names, _MODEL_STAGES):
        (name,) = STAGES[stage].writes
        path = folder / unit / owner_of(stage, variant, settings) / name
        if path.is_file():
            continue
        if (folder / unit / name).is_file():
            raise SettingsError(
                f"model is {settings.model!r}, and {folder / unit} has models of an earlier "
                'version (format 2), which are not read: run once with "fit"'
            )
        raise SettingsError(
            f"model is {settings.model!r}, which needs {path}: there is no such file; expected "
            '"fit", "update", or models of an earlier run: "frozen" for those of results, or '
            "the path of another folder of results"
        )

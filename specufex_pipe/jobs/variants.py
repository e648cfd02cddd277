"""Which variant a file belongs to: the first that has the same settings of all it depends on."""

from typing import Any

from specufex_pipe.settings import MAIN, Settings
from specufex_pipe.stages.registry import STAGES


def owner_of(stage: str, name: str, settings: Settings) -> str:
    """Return the variant, or the NMF of a variant, in whose folder the files of a stage are.

    Parameters
    ----------
    stage : str
    name : str
        Of a variant, or of another NMF of it, such as main.2; see `Settings.nmf_names`.
    settings : settings.Settings
        Of the run as a whole.

    Returns
    -------
    str
        The first with the same files of `main`, the NMF of `main` with the same number, the
        variant, and the name itself.
    """
    variant, _, number = name.partition(".")
    of_main = {MAIN, f"{MAIN}.{number}"} & set(settings.nmf_names(MAIN))
    names = [*sorted(of_main), variant]
    own = _depended_on(stage, settings.variant(name))
    same = (each for each in names if _depended_on(stage, settings.variant(each)) == own)
    return next(same, name)


def _depended_on(stage: str, settings: Settings) -> list[dict[str, Any]]:
    """Return the settings that the files of a stage depend on."""
    return [getattr(settings, section).relevant() for section in STAGES[stage].depends]

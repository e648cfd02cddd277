"""Which variant a file belongs to: main, if the variant changes nothing that it depends on."""

from specufex_pipe.settings import MAIN, Settings
from specufex_pipe.stages.registry import STAGES


def owner_of(stage: str, variant: str, settings: Settings) -> str:
    """Return the variant in whose folder the files of a stage are.

    Parameters
    ----------
    stage : str
    variant : str
    settings : settings.Settings
        Of the run as a whole.

    Returns
    -------
    str
        `main` if both variants have the same files.
    """
    own = settings.variant(variant)
    same = all(
        getattr(own, section).relevant() == getattr(settings, section).relevant()
        for section in STAGES[stage].depends
    )
    return MAIN if same else variant

"""The section background."""

from specufex_pipe.settings.section import Section, setting


class BackgroundSettings(Section):
    """Windows without events, which clusters are held against."""

    n_windows: int = setting(
        200, "windows to draw between events, where the source has data; 0 for none", ge=0
    )
    random_state: int = setting(0, "seed", ge=0)

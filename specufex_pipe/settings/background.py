"""The section background."""

from pydantic import field_validator

from specufex_pipe.settings.section import Section, setting

# Of fewer no shares are told.
FEWEST_WINDOWS = 20


class BackgroundSettings(Section):
    """Windows without events, which clusters are held against."""

    n_windows: int = setting(
        200, "windows to draw between events, where the source has data: 20 or more; 0 for none",
        ge=0,
    )  # fmt: skip
    random_state: int = setting(0, "seed", ge=0)

    @field_validator("n_windows")
    @classmethod
    def _are_enough_for_shares(cls, n_windows: int) -> int:
        if 0 < n_windows < FEWEST_WINDOWS:
            raise ValueError(f"expected 0, or {FEWEST_WINDOWS} windows or more")
        return n_windows

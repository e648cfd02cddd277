"""The section distances."""

from typing import Literal

from pydantic import field_validator

from specufex_pipe.settings.section import Section, setting

Kind = Literal["waveforms", "spectrograms", "features"]


class DistanceSettings(Section):
    """Matrices of distances between events, for clustering of your own."""

    of: list[Kind] = setting(
        [], "which distances distances.h5 has: waveforms, spectrograms, features; none: no file",
    )  # fmt: skip
    max_events: int = setting(
        5000, "events at most; from a larger run, so many are drawn at random", ge=2, le=5000
    )
    max_shift: float = setting(1.0, "largest lag between two waveforms", "s", gt=0)
    random_state: int = setting(0, "seed", ge=0)

    @field_validator("of")
    @classmethod
    def _are_named_once(cls, of: list[Kind]) -> list[Kind]:
        if len(set(of)) < len(of):
            raise ValueError("one is named twice")
        return of

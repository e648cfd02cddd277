"""The section repeaters."""

from typing import Any, Literal, Self

from pydantic import model_validator

from specufex_pipe.settings.section import Section, setting


class RepeaterSettings(Section):
    """Families of repeating events, whose waveforms are alike."""

    find: bool = setting(True, "whether they are looked for")
    threshold: float = setting(
        0.9, "two events are linked from this cross-correlation coefficient of their waveforms on",
        gt=0, le=1,
    )  # fmt: skip
    linkage: Literal["single", "average"] = setting(
        "average", "what makes a family of links: average: events whose mean coefficient with each "
        "other is above the threshold, of at most 5000 that are linked; single: all that links "
        "lead to",
    )  # fmt: skip
    n_stations_min: int = setting(
        1, "stations that two events are compared at, at least; their coefficient is the mean", ge=1
    )
    n_neighbors: int = setting(
        10, "nearest events by features that each event is correlated with; at most "
        "neighbours.n_neighbors", ge=0,
    )  # fmt: skip
    n_near: int = setting(
        10, "nearest hypocentres of the catalog that each event is correlated with as well", ge=0
    )
    max_distance: float = setting(5.0, "hypocentres farther apart are not near", "km", gt=0)
    start: float | None = setting(
        None, "part of the window that is correlated: from so long after the onset; null: its "
        "first sample", "s",
    )  # fmt: skip
    end: float | None = setting(None, "to so long after the onset; null: its last sample", "s")
    max_shift: float = setting(1.0, "largest lag between two waveforms", "s", gt=0)
    differential_times: float = setting(
        0.7,
        "coefficient at a station from which on its differential time is in the lists",
        gt=0,
        le=1,
    )
    phase: Literal["P", "S"] | None = setting(
        None, "the phase that is correlated, for these lists: P or S; null: the one that places "
        "the windows, and no lists where none does",
    )  # fmt: skip

    @model_validator(mode="after")
    def _part_is_not_empty(self) -> Self:
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise ValueError(f"end is {self.end:g} s, expected more than start, {self.start:g} s")
        return self

    def relevant(self) -> dict[str, Any]:
        """Return the keys that families and their lists depend on."""
        return self.model_dump(mode="json", exclude={"find"})

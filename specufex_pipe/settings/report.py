"""The section report."""

from datetime import date
from typing import Any

from pydantic import field_validator

from specufex_pipe.numerics.times import parse_time
from specufex_pipe.settings.section import Section, setting


class SeriesSettings(Section):
    """A series that rates of clusters are held against."""

    path: str = setting(description="CSV with the column time and one of numbers", min_length=1)
    column: str | None = setting(
        None, "of the numbers; null: the only one beside the time", min_length=1
    )
    unit: str | None = setting(
        None, "of the numbers; null: what the header of the column has in brackets"
    )


class ReportSettings(Section):
    """What the report shows."""

    examples_per_cluster: int = setting(4, "events shown for each cluster", ge=1)
    series: dict[str, SeriesSettings] = setting(
        {}, "other series that rates of clusters are held against, by name, each a CSV with the "
        "column time (ISO 8601, UTC) and one of numbers, {Rain: rain.csv}, or {Rain: {path: "
        "weather.csv, column: rain, unit: mm/h}}",
    )  # fmt: skip
    events: str | dict[str, str] = setting(
        {}, "moments that are marked on the time axes: a CSV with the columns time and label, or "
        "{Eruption: 2010-10-14T15:20}",
    )  # fmt: skip

    @field_validator("series", mode="before")
    @classmethod
    def _paths_are_series(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        return {
            name: {"path": each} if isinstance(each, str) else each for name, each in given.items()
        }

    @field_validator("events", mode="before")
    @classmethod
    def _times_of_yaml_are_text(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        return {
            label: time.isoformat() if isinstance(time, date) else time
            for label, time in given.items()
        }

    @field_validator("events")
    @classmethod
    def _are_times(cls, given: str | dict[str, str]) -> str | dict[str, str]:
        for label, time in given.items() if isinstance(given, dict) else ():
            try:
                parse_time(time)
            except ValueError as error:
                raise ValueError(f"{label}: {error}") from error
        return given

    @property
    def files(self) -> dict[str, str]:
        """The files that it names, by their keys."""
        found = {f"report.series.{name}": each.path for name, each in self.series.items()}
        return found | ({"report.events": self.events} if isinstance(self.events, str) else {})

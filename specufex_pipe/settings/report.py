"""The section report."""

from datetime import date
from typing import Annotated, Any

from pydantic import GetJsonSchemaHandler, WithJsonSchema, field_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

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

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Let editors take a path alone as well, as the section does."""
        return {"anyOf": [{"type": "string", "minLength": 1}, handler(core_schema)]}


# For editors: one file stands for a list of it.
_PATH_OR_PATHS = {
    "anyOf": [{"type": "string"}, {"items": {"type": "string"}, "type": "array"}],
}


class ReportSettings(Section):
    """What the report shows."""

    examples_per_cluster: int = setting(
        4, "events shown for each cluster that represent it: those of the highest silhouettes", ge=1
    )
    uncertain_per_cluster: int = setting(
        2, "events shown beside them that are least certain to be in their cluster", ge=0
    )
    figures: bool = setting(
        True, "whether all figures are written for papers as well, to the folder figures"
    )
    explorer: bool = setting(
        True, "whether explorer.html is written, a page to look at events one by one, to select "
        "and to label them",
    )  # fmt: skip
    umap: bool = setting(
        False, "whether the explorer has a map by UMAP, too, which needs umap-learn; it is for "
        "looking only, and may differ between processors",
    )  # fmt: skip
    section_azimuth: float | None = setting(
        None, "of the section of depths, from north over east, 0 to 180; null: along the longest "
        "extent of the epicentres", "degrees", ge=0, le=180,
    )  # fmt: skip
    map_lines: Annotated[list[str], WithJsonSchema(_PATH_OR_PATHS)] = setting(
        [], "files of coastlines, faults and other lines of the map: GeoJSON, or text as GMT "
        "writes it, a longitude and a latitude each line and > before each segment",
    )  # fmt: skip
    relief: str | None = setting(
        None, "grid of heights below the map, by longitudes and latitudes in degrees: netCDF, as "
        "of GMT, GEBCO and ETOPO, or ESRI ASCII", min_length=1,
    )  # fmt: skip
    series: dict[str, SeriesSettings] = setting(
        {}, "other series that rates of clusters are held against, by name, each a CSV with the "
        "column time (ISO 8601, UTC) and one of numbers, {Rain: rain.csv}, or {Rain: {path: "
        "weather.csv, column: rain, unit: mm/h}}",
    )  # fmt: skip
    events: str | dict[str, str] = setting(
        {}, "moments that are marked on the time axes: a CSV with the columns time and label, or "
        "{Eruption: 2010-10-14T15:20}",
    )  # fmt: skip

    @field_validator("map_lines", mode="before")
    @classmethod
    def _one_file_is_a_list(cls, given: Any) -> Any:
        return [given] if isinstance(given, str) else given

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
        for label, time in given.items():
            if not isinstance(label, str) or not isinstance(time, str | date):
                raise ValueError(
                    f"expected labels with times, {{Eruption: 2010-10-14T15:20}}, "
                    f"got {label}: {time}"
                )
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
        found |= {f"report.map_lines[{i}]": path for i, path in enumerate(self.map_lines)}
        others = {"report.relief": self.relief, "report.events": self.events}
        return found | {key: path for key, path in others.items() if isinstance(path, str)}

    @property
    def map_files(self) -> list[str]:
        """Those of them that the map is of."""
        return [*self.map_lines, *([] if self.relief is None else [self.relief])]

"""What all sections of the settings have in common: fields with a description and a unit."""

from datetime import date
from typing import Any, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)


def setting(
    default: Any = ..., description: str = "", unit: str | None = None, **constraints: Any
) -> Any:
    """Declare a field of a section.

    Parameters
    ----------
    default
        Left out for a key that has to be given.
    description : str
        What it means, for the comments of config.yaml, the schema and messages.
    unit : str, optional
    **constraints
        As for `pydantic.Field`: gt, ge, lt, le, min_length, ...
    """
    extra: dict[str, Any] | None = {"unit": unit} if unit else None
    return Field(default, description=description, json_schema_extra=extra, **constraints)


class Section(BaseModel):
    """A section of the settings."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _null_of_the_command_line(cls, values: Any) -> Any:
        # Snakemake hands over the values within braces, hmm={background: null}, as text.
        if not isinstance(values, dict):
            return values
        return {name: None if value == "null" else value for name, value in values.items()}

    @field_validator("*", mode="before")
    @classmethod
    def _times_of_yaml_are_text(cls, given: Any) -> Any:
        # YAML reads 2010-09-01 as a date, and a datetime is one as well.
        return given.isoformat() if isinstance(given, date) else given

    @field_validator("*", mode="before")
    @classmethod
    def _true_is_no_number(cls, given: Any, info: ValidationInfo) -> Any:
        # Python counts True as 1.
        if isinstance(given, bool) and info.field_name is not None:
            annotation = cls.model_fields[info.field_name].annotation
            kinds = set(get_args(annotation)) or {annotation}
            if kinds & {int, float} and bool not in kinds:
                raise ValueError("expected a number")
        return given

    def relevant(self) -> dict[str, Any]:
        """Return the keys that a stage depends on, with their values, as JSON has them."""
        return self.model_dump(mode="json")

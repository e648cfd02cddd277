"""The section source: a source's own parameters, and what all sources share."""

from typing import Any, Self

from pydantic import field_validator, model_validator

from specufex_pipe.settings.channels import check_channel, is_expression
from specufex_pipe.settings.members import MemberSettings
from specufex_pipe.settings.section import setting
from specufex_pipe.sources.renamed import RenamedSource


class SourceMemberSettings(MemberSettings):
    """The settings of a source, of any type."""

    rename: dict[str, str] = setting(
        {},
        "right SEED ids by those of the files, where they are wrong: "
        '{".UV05..Z": YA.UV05.00.HHZ, "*.*..?H?": YA.*.00.*}; * in the right one keeps the code',
    )

    @field_validator("rename")
    @classmethod
    def _have_four_codes(cls, rename: dict[str, str]) -> dict[str, str]:
        for old, new in rename.items():
            if old.count(".") != 3 or "[" in old:
                raise ValueError(
                    f"{old!r} is not four codes, NET.STA.LOC.CHA, which may be empty or have * "
                    "and ?"
                )
            kept = ".".join("X" if code == "*" else code for code in new.split("."))
            try:
                check_channel(kept)
            except ValueError:
                raise ValueError(f"{old!r} becomes {new!r}, which is not a SEED id") from None
            if is_expression(kept):
                raise ValueError(
                    f"{old!r} becomes {new!r}; expected four codes, where * alone keeps one"
                )
        return rename

    @model_validator(mode="after")
    def _names_of_services_are_right(self) -> Self:
        if self.rename and self.registry[self.type].is_downloaded:
            raise ValueError(
                "rename is for files with wrong codes; web services are asked for the channels by "
                "the codes that they have"
            )
        return self

    def open(self) -> Any:
        """Return the source, with the right names of its channels."""
        source = super().open()
        return RenamedSource(source, self.rename) if self.rename else source

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of the source by name."""
        return self.model_dump(exclude={"type", "rename"})

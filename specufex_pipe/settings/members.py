"""Sections whose keys are the parameters of a registered class, such as a source."""

import inspect
import re
from typing import Annotated, Any, ClassVar, Literal, TypeVar, Union, get_type_hints

from pydantic import ConfigDict, Discriminator, Field, Tag, create_model

from specufex_pipe.registries import Registry
from specufex_pipe.settings.section import Section

Member = TypeVar("Member")


class MemberSettings(Section):
    """The settings of a member of a registry: its name, `type`, and its parameters."""

    registry: ClassVar[Registry[Any]]
    type: str

    def open(self) -> Any:
        """Return the member with these parameters."""
        return self.registry[self.type](**self.parameters())

    def parameters(self) -> dict[str, Any]:
        """Return the parameters by name."""
        return self.model_dump(exclude={"type"})


class _AnyKeys(MemberSettings):
    """Keys that are not looked at."""

    model_config = ConfigDict(extra="ignore")


def member_settings(
    registry: Registry[Member], default: str, base: type[MemberSettings] = MemberSettings
) -> Any:
    """Return the type of a section that takes any member of a registry.

    A new member needs no settings of its own: keys, types, defaults and descriptions are those of
    its parameters.

    Parameters
    ----------
    registry : Registry
    default : str
        The member that is meant where no type is given.
    base : class, optional
        With what all members share.
    """
    # A type that is made when the program runs is more than a type checker can follow.
    models: list[Any] = [
        _tagged(model, name) for name, model in member_models(registry, base).items()
    ]
    models.append(_tagged(_unknown_type(registry), "unknown"))

    def type_of(values: Any) -> str:
        if isinstance(values, dict):
            name = values.get("type", default)
        else:
            name = getattr(values, "type", default)
        return name if name in registry else "unknown"

    # A call, since a tuple of types that is not spelled out is no annotation.
    return Annotated[Union.__getitem__(tuple(models)), Discriminator(type_of)]


def member_models(
    registry: Registry[Member], base: type[MemberSettings] = MemberSettings
) -> dict[str, type[MemberSettings]]:
    """Return the section of each member of a registry, by its name."""
    return {name: _model_of(registry, name, base) for name in registry}


def _tagged(model: Any, tag: str) -> Any:
    return Annotated[model, Tag(tag)]


def _model_of(
    registry: Registry[Member], name: str, base: type[MemberSettings]
) -> type[MemberSettings]:
    member = registry[name]
    hints = get_type_hints(member.__init__)
    described = parameter_descriptions(member)
    fields: dict[str, Any] = {"type": (Literal[name], Field(name, description=_first_line(member)))}
    for parameter in inspect.signature(member).parameters.values():
        is_required = parameter.default is inspect.Parameter.empty
        given = ... if is_required else parameter.default
        fields[parameter.name] = (
            hints[parameter.name],
            Field(given, description=described.get(parameter.name, "")),
        )
    model = create_model(f"{member.__name__}Settings", __base__=base, **fields)
    model.__doc__ = _first_line(member)
    model.registry = registry
    return model


def _unknown_type(registry: Registry[Member]) -> type[MemberSettings]:
    """Return a model that refuses any type, and says which there are."""
    names: Any = Literal[tuple(registry)]
    return create_model("UnknownType", __base__=_AnyKeys, type=(names, ...))


def _first_line(member: type) -> str:
    return (inspect.getdoc(member) or "").split("\n")[0]


def parameter_descriptions(documented: Any) -> dict[str, str]:
    """Return what the docstring (numpy style) of a class or function says of its parameters.

    Parameters
    ----------
    documented : class or callable

    Returns
    -------
    dict of str
        By the name of the parameter; a description is one line.
    """
    text = inspect.getdoc(documented) or ""
    found = re.search(r"^Parameters\n-+\n(.*?)(?=^\w+\n-+\n|\Z)", text, re.DOTALL | re.MULTILINE)
    descriptions: dict[str, str] = {}
    names: list[str] = []
    for line in found[1].splitlines() if found else []:
        if line and not line.startswith(" "):
            names = [name.strip() for name in line.split(" : ")[0].split(",")]
            descriptions |= dict.fromkeys(names, "")
        elif line.strip():
            for name in names:
                descriptions[name] = f"{descriptions[name]} {line.strip()}".strip()
    return descriptions

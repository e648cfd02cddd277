"""Reading settings: what is wrong with them is said by key, value, and what would be right."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import yaml
from pydantic import BaseModel, TypeAdapter, ValidationError

from specufex_pipe.catalogs.registry import CATALOGS
from specufex_pipe.errors import SettingsError
from specufex_pipe.registries import Registry
from specufex_pipe.settings.files import check_files
from specufex_pipe.settings.keys import expand_dotted, what_became_of
from specufex_pipe.settings.members import MemberSettings, member_models
from specufex_pipe.settings.run import Settings
from specufex_pipe.settings.sources import SourceMemberSettings
from specufex_pipe.settings.stations import StationServiceSettings
from specufex_pipe.sources.registry import SOURCES
from specufex_pipe.waveforms.steps.registry import STEPS
from specufex_pipe.words import did_you_mean

Model = TypeVar("Model", bound=BaseModel)
# Sections in the place of which something else may stand; pydantic puts a tag behind their names.
_SECTIONS_WITH_TAGS: dict[str, type[BaseModel]] = {"stations": StationServiceSettings}
# Where keys depend on a type, which pydantic puts behind what has it.
_MEMBERS: dict[tuple[Any, ...], tuple[Registry[Any], type[MemberSettings]]] = {
    ("catalog",): (CATALOGS, MemberSettings),
    ("source",): (SOURCES, SourceMemberSettings),
    ("waveforms", "processing", "step"): (STEPS, MemberSettings),
}


def read_settings(mapping: Mapping[str, Any]) -> Settings:
    """Check settings, and that the files that they name are there.

    Parameters
    ----------
    mapping : dict
        As read from config.yaml.

    Returns
    -------
    Settings

    Raises
    ------
    SettingsError
        The message names every wrong key and its value, and what would be right.
    """
    expanded = expand_dotted(dict(mapping))
    variants = expanded.get("variants")
    if isinstance(variants, dict):
        expanded["variants"] = {
            name: expand_dotted(changes) if isinstance(changes, dict) else changes
            for name, changes in variants.items()
        }
    settings = _validate(Settings, expanded)
    for name in settings.variant_names:
        try:
            settings.variant(name)
        except ValidationError as error:
            raise _explained(Settings, error, f"variants.{name}: ") from error
    check_files(settings)
    return settings


def read_settings_file(path: str | Path) -> Settings:
    """Check the settings in a YAML file; see `read_settings`.

    Raises
    ------
    SettingsError
        Also if there is no such file, or it is not valid YAML.
    """
    path = Path(path)
    if not path.is_file():
        raise SettingsError(f"{path}: there is no such file of settings")
    try:
        mapping = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise SettingsError(f"{path}: not valid YAML: {error}") from error
    if not isinstance(mapping, dict | None):
        raise SettingsError(f"{path}: not settings; expected lines such as `key: value`")
    return read_settings(mapping or {})


def read_sections(text: str) -> dict[str, Any]:
    """Read some sections from JSON, as `sections_as_json` writes them.

    Raises
    ------
    SettingsError
        As `read_settings`.
    """
    try:
        mapping = json.loads(text)
    except json.JSONDecodeError as error:
        raise SettingsError(f"the settings {text!r} are not valid JSON: {error}") from error
    if not isinstance(mapping, dict):
        raise SettingsError(f"the settings {text!r} are not sections by name")
    sections = {}
    for name, values in mapping.items():
        if name not in Settings.model_fields:
            raise SettingsError(f"{name} is not a section of the settings")
        adapter: TypeAdapter[Any] = TypeAdapter(Settings.model_fields[name].rebuild_annotation())
        try:
            sections[name] = adapter.validate_python(values)
        except ValidationError as error:
            raise _explained(Settings, error, f"{name}: ") from error
    return sections


def sections_as_json(settings: Settings, names: tuple[str, ...]) -> str:
    """Return what of some sections a stage depends on, as JSON."""
    return json.dumps({name: getattr(settings, name).relevant() for name in names})


def _validate(model: type[Model], mapping: Mapping[str, Any]) -> Model:
    try:
        return model.model_validate(mapping)
    except ValidationError as error:
        raise _explained(model, error) from error


def _explained(model: type[BaseModel], error: ValidationError, prefix: str = "") -> SettingsError:
    lines = [f"  {prefix}{_explain(model, problem)}" for problem in error.errors()]
    return SettingsError("\n".join(["the settings are not valid:", *lines]))


def _explain(model: type[BaseModel], problem: Mapping[str, Any]) -> str:
    location = list(problem["loc"])
    if location and location[0] in _SECTIONS_WITH_TAGS:
        del location[1:2]
    # Of a list, people count from 1.
    word = "step" if "processing" in location else "item"
    numbered = [f"{word} {part + 1}" if isinstance(part, int) else str(part) for part in location]
    member = _member_at(location)
    if member is not None:
        del numbered[member.depth]
    key = ".".join(numbered)
    if problem["type"] == "extra_forbidden":
        if (news := what_became_of(key)) is not None:
            return f"{key} has moved: {news}"
        names = _names_beside(model, location, member)
        return f"{key} is not a setting{_suggestion(str(location[-1]), names)}"
    if problem["type"] == "missing":
        return f"{key} is missing"
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "literal_error":
        known = re.findall(r"'([^']+)'", problem["ctx"]["expected"])
        message += did_you_mean(str(problem["input"]), known)
    if problem["type"] == "value_error" and isinstance(problem["input"], dict):
        return f"{f'{key}: ' if key else ''}{message}"
    return f"{key} is {problem['input']!r}: {message[0].lower()}{message[1:]}"


def _suggestion(name: str, names: list[str]) -> str:
    return did_you_mean(name, names) or (f"; there are {', '.join(names)}" if names else "")


class _Member(NamedTuple):
    """Which member of a registry a place in the settings is in, and how deep its name stands."""

    registry: Registry[Any]
    base: type[MemberSettings]
    name: str
    depth: int


def _member_at(location: list[Any]) -> _Member | None:
    places = tuple("step" if isinstance(part, int) else part for part in location)
    for place, (registry, base) in _MEMBERS.items():
        depth = len(place)
        if places[:depth] == place and len(places) > depth:
            return _Member(registry, base, places[depth], depth)
    return None


def _names_beside(model: type[BaseModel], location: list[Any], member: _Member | None) -> list[str]:
    """Return the keys that there are where a key is that there is not."""
    if member is not None and len(location) == member.depth + 2:
        return list(member_models(member.registry, member.base)[member.name].model_fields)
    for part in location[:-1]:
        annotation = model.model_fields[part].annotation if part in model.model_fields else None
        annotation = _SECTIONS_WITH_TAGS.get(part, annotation)
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            return []
        model = annotation
    return list(model.model_fields)

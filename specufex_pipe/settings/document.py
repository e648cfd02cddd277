"""The settings as files: config.yaml with its comments, and a JSON schema for editors.

Run `python -m specufex_pipe.settings.document` in the repository after a field has changed.
"""

import json
import re
import textwrap
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from specufex_pipe.catalogs.registry import CATALOGS
from specufex_pipe.registries import Registry
from specufex_pipe.settings.members import MemberSettings, member_models
from specufex_pipe.settings.run import Settings
from specufex_pipe.settings.sources import SourceMemberSettings
from specufex_pipe.settings.stations import StationServiceSettings
from specufex_pipe.sources.registry import SOURCES
from specufex_pipe.waveforms.steps.registry import STEPS

_WIDTH = 100
_ON_ONE_LINE = 1000
_SCHEMA = "workflow/schemas/config.schema.json"
_HEADER = """\
# yaml-language-server: $schema={schema}
# The settings of a run: a block for its data, and below it all defaults. Give a key in its section
# or with dots, hmm.n_states: 10, but not in both ways. Keys that have no dots in this file can also
# be given on the command line:
#     {command} --config 'hmm={{"n_states": 10}}'
"""
_DEFAULTS = """\
# -- All settings, with their defaults ------------------------------------------------------------
"""


def config_yaml(block: str, schema: str = _SCHEMA, command: str = "snakemake --cores all") -> str:
    """Return config.yaml.

    Parameters
    ----------
    block : str
        What is not a default: the keys that have to be given, and those with dots.
    schema : str
        Where the schema for editors is, seen from config.yaml.
    command : str
        Command that runs the workflow.
    """
    given = set(yaml.safe_load(block))
    lines = [
        line
        for name, field in Settings.model_fields.items()
        if not field.is_required()
        for line in _lines(name, field, "", given)
    ]
    members = [
        *_members("catalog", CATALOGS, MemberSettings),
        *_members("source", SOURCES, SourceMemberSettings),
    ]
    header = _HEADER.format(schema=schema, command=command)
    return "\n".join([header, block, _DEFAULTS, *members, "", *lines]) + "\n"


def json_schema() -> dict[str, Any]:
    """Return the JSON schema of the settings."""
    schema = Settings.model_json_schema()
    # Keys with dots stand for keys in sections, which the program checks.
    return schema | {"patternProperties": {r"^[a-z_]+\.": {}}}


def _members(name: str, registry: Registry[Any], base: type[MemberSettings]) -> list[str]:
    """Return comments on a section that has to be given: its types, and the keys of each."""
    lines = [f"# {name}: # {Settings.model_fields[name].description}; given above. Its types:"]
    for number, (member, model) in enumerate(member_models(registry, base).items()):
        lines += ["#"] if number else []
        lines.append(f"#   type: {member} # {_lower(model.model_fields['type'].description or '')}")
        for key, field in model.model_fields.items():
            if key not in base.model_fields:
                value = "" if field.is_required() else f" {_as_yaml(field.default)}"
                comment = _lower(field.description or "")
                lines += _commented(f"#   {key}:{value}", comment, "#   ")
    for key, field in base.model_fields.items():
        if key == "type":
            continue
        line = f"#   {key}: {_as_yaml(field.default)}"
        lines += ["#", *_commented(line, f"of all types; {_comment(field)}", "#   ")]
    return lines


def _lines(path: str, field: FieldInfo, indent: str, given: set[str]) -> list[str]:
    value, name = field.default, path.rpartition(".")[2]
    if isinstance(value, BaseModel):
        # An empty line before each section of the first level.
        return ([] if indent else [""]) + _section(path, value, indent, given)
    line, comment = f"{name}: {_as_yaml(value)}", _comment(field)
    types = _MORE[path](indent) if path in _MORE else []
    if path in given:
        return _commented(f"{indent}# {line}", f"given above; {comment}", indent) + types
    return _commented(f"{indent}{line}", comment, indent) + types


def _types_of_steps(indent: str) -> list[str]:
    """Return comments on the steps of the processing, a line each and one for each parameter."""
    lines = []
    for member, model in member_models(STEPS).items():
        lines += _described(f"{indent}  # {member}", model.model_fields["type"], indent)
        for key, field in model.model_fields.items():
            if key != "type":
                value = "" if field.is_required() else f" {_as_yaml(field.default)}"
                lines += _described(f"{indent}  #   {key}:{value}", field, indent)
    return lines


def _keys_of_service(indent: str) -> list[str]:
    """Return comments on the keys of a service of stations, a line each."""
    lines = []
    for key, field in StationServiceSettings.model_fields.items():
        value = "" if field.is_required() else f" {_as_yaml(field.default)}"
        lines += _described(f"{indent}  # {key}:{value}", field, indent)
    return lines


# Comments that follow on those of a key.
_MORE = {"waveforms.processing": _types_of_steps, "stations": _keys_of_service}


def _described(line: str, field: FieldInfo, indent: str) -> list[str]:
    whole = f"{line} # {_lower(field.description or '')}"
    return textwrap.wrap(whole, _WIDTH, subsequent_indent=f"{indent}  #     ")


def _section(path: str, section: BaseModel, indent: str, given: set[str]) -> list[str]:
    model = type(section)
    lines = [f"{indent}{path.rpartition('.')[2]}: # {_summary(model)}"]
    # What a section has of its own stands before what it shares with others.
    shared = {key for base in model.__mro__[1:] for key in getattr(base, "model_fields", {})}
    for key, field in sorted(model.model_fields.items(), key=lambda item: item[0] in shared):
        lines += _lines(f"{path}.{key}", field, indent + "  ", given)
    return lines


def _summary(model: type[BaseModel]) -> str:
    return _lower((model.__doc__ or "").split(";")[0])


def _lower(sentence: str) -> str:
    """Return a sentence as a comment: without its full stop, and beginning with a small letter."""
    first, text = sentence.split()[0], re.sub(r"(?<!\.)\.$", "", sentence)
    # A name keeps its capital letter.
    return text if first[1:] != first[1:].lower() else text[0].lower() + text[1:]


def _comment(field: FieldInfo) -> str:
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    unit = extra.get("unit")
    return f"{unit}; {field.description}" if unit else str(field.description)


def _commented(line: str, comment: str, indent: str) -> list[str]:
    """Return a line with its comment, which goes on in lines of its own where it is long."""
    whole = f"{line} # {comment}"
    if len(whole) <= _WIDTH:
        return [whole]
    first, *rest = textwrap.wrap(comment, _WIDTH - len(line) - 3)
    more = textwrap.wrap(" ".join(rest), _WIDTH - len(indent) - 4)
    return [f"{line} # {first}", *(f"{indent}  # {text}" for text in more)]


def _as_yaml(value: Any) -> str:
    if isinstance(value, float):
        # In decimals, since YAML takes 1e-05 for text.
        whole, _, decimals = f"{value:.12f}".partition(".")
        return f"{whole}.{decimals.rstrip('0') or '0'}"
    return yaml.safe_dump(
        value, default_flow_style=True, sort_keys=False, width=_ON_ONE_LINE
    ).splitlines()[0]


def main() -> None:
    """Write config.yaml and the schema."""
    block = Path("resources/demo/settings.yaml").read_text(encoding="utf-8")
    Path("config.yaml").write_text(config_yaml(block), encoding="utf-8")
    schema = Path(_SCHEMA)
    schema.parent.mkdir(parents=True, exist_ok=True)
    schema.write_text(json.dumps(json_schema(), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""The settings as files: config.yaml with its comments, and a JSON schema for editors.

Run `python -m specufex_pipe.settings.document` in the repository after a field has changed.
"""

import json
import textwrap
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from specufex_pipe.settings.run import Settings

_WIDTH = 100
_SCHEMA = "workflow/schemas/config.schema.json"
_HEADER = f"""\
# yaml-language-server: $schema={_SCHEMA}
# The settings of a run: a block for its data, and below it all defaults. A key may be given in its
# section or with dots, hmm.n_states: 10; one with dots takes the place of the default. Those that
# have no dots here can also be given on the command line:
#     snakemake --cores all --config 'hmm={{"n_states": 10}}'
"""
_DEFAULTS = """\
# -- All settings, with their defaults ------------------------------------------------------------
"""


def config_yaml(block: str) -> str:
    """Return config.yaml.

    Parameters
    ----------
    block : str
        What is not a default: the keys that have to be given, and those with dots.
    """
    fields = {
        name: field for name, field in Settings.model_fields.items() if not field.is_required()
    }
    lines = [line for name, field in fields.items() for line in _lines(name, field, "")]
    return "\n".join([_HEADER, block, _DEFAULTS, *lines]) + "\n"


def json_schema() -> dict[str, Any]:
    """Return the JSON schema of the settings."""
    schema = Settings.model_json_schema()
    # Keys with dots stand for keys in sections, which the program checks.
    return schema | {"patternProperties": {r"^[a-z_]+\.": {}}}


def _lines(name: str, field: FieldInfo, indent: str) -> list[str]:
    value = field.default
    if isinstance(value, BaseModel):
        # An empty line before each section of the first level.
        return ([] if indent else [""]) + _section(name, value, indent)
    return _commented(f"{indent}{name}: {_as_yaml(value)}", _comment(field), indent)


def _section(name: str, section: BaseModel, indent: str) -> list[str]:
    model = type(section)
    lines = [f"{indent}{name}: # {_summary(model)}"]
    # What a section has of its own stands before what it shares with others.
    shared = {key for base in model.__mro__[1:] for key in getattr(base, "model_fields", {})}
    for key, field in sorted(model.model_fields.items(), key=lambda item: item[0] in shared):
        lines += _lines(key, field, indent + "  ")
    return lines


def _summary(model: type[BaseModel]) -> str:
    summary = (model.__doc__ or "").split(";")[0].rstrip(".")
    first = summary.split()[0]
    # A name keeps its capital letter.
    return summary if first[1:] != first[1:].lower() else summary[0].lower() + summary[1:]


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
    return yaml.safe_dump(value, default_flow_style=True).splitlines()[0]


def main() -> None:
    """Write config.yaml and the schema."""
    block = Path("resources/demo/settings.yaml").read_text(encoding="utf-8")
    Path("config.yaml").write_text(config_yaml(block), encoding="utf-8")
    schema = Path(_SCHEMA)
    schema.parent.mkdir(parents=True, exist_ok=True)
    schema.write_text(json.dumps(json_schema(), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

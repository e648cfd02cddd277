"""Keys of the settings: written with dots, and moved since an earlier version."""

from typing import Any

from pydantic import BaseModel

from specufex_pipe.errors import SettingsError
from specufex_pipe.settings.nmf import BayesianSettings

# Where a key is that had another place before.
_MOVED = {
    "waveforms.catalog": "catalog.path",
    "waveforms.archive": "source.path",
    "waveforms.layout": 'source.type ("folder" in the place of "files")',
    "waveforms.format": "source.format",
    "nmf.minibatch_smooth_convex": "nmf.smooth_convex, with a batch_size",
    "compare": "variants in the place of compare.methods, and labels for compare.labels",
} | {f"nmf.{key}": f"nmf.bayesian.{key}" for key in BayesianSettings.model_fields}


def place_of_moved(key: str) -> str | None:
    """Return where a key is now that had another place in an earlier version, or None."""
    return _MOVED.get(key)


def expand_dotted(mapping: dict[str, Any], model: type[BaseModel]) -> dict[str, Any]:
    """Return settings in which keys with dots, hmm.n_states: 10, are put into their sections.

    A key with dots takes the place of a default that its section lists.

    Parameters
    ----------
    mapping : dict
    model : type of pydantic.BaseModel
        Knows the defaults.

    Raises
    ------
    SettingsError
        If a key is given in both ways, with values that differ and are not the default.
    """
    result = {key: value for key, value in mapping.items() if "." not in str(key)}
    for key, value in mapping.items():
        if "." in str(key):
            *sections, last = key.split(".")
            place = _section(result, sections, key)
            if last in place and place[last] not in (value, _default(model, key)):
                raise SettingsError(
                    f"{key} is given twice, as {value!r} in the key with dots and as "
                    f"{place[last]!r} in its section: keep one of them"
                )
            place[last] = value
    return result


def _section(mapping: dict[str, Any], names: list[str], key: str) -> dict[str, Any]:
    """Return the section of a key, a copy that is in its place."""
    for name in names:
        old = mapping.get(name) or {}
        if not isinstance(old, dict):
            raise SettingsError(f"{key} is given, but {name} is {old!r} and not a section")
        mapping[name] = dict(old)
        mapping = mapping[name]
    return mapping


def _default(model: type[BaseModel], key: str) -> Any:
    """Return the default of a key; None for one that there is not."""
    *sections, last = key.split(".")
    for name in sections:
        field = model.model_fields.get(name)
        if field is None or not isinstance(field.default, BaseModel):
            return None
        model = type(field.default)
    field = model.model_fields.get(last)
    return None if field is None else field.default

"""Keys of the settings: written with dots, and moved since an earlier version."""

from typing import Any

from specufex_pipe.errors import SettingsError
from specufex_pipe.settings.nmf import BayesianSettings

# What has become of a key of an earlier version.
_MOVED = {
    "waveforms.catalog": "it is catalog.path now",
    "waveforms.archive": "it is source.path now",
    "waveforms.layout": 'it is source.type now, with "folder" in the place of "files"',
    "waveforms.format": "it is source.format now",
    "waveforms.fmin": "it is a step of waveforms.processing now, "
    "{type: filter, kind: highpass, fmin: 1.0}",
    "waveforms.fmax": "it is a step of waveforms.processing now, "
    "{type: filter, kind: bandpass, fmin: 1.0, fmax: 20.0}",
    "nmf.minibatch_smooth_convex": "it is nmf.smooth_convex now, with a batch_size",
    "nmf.smooth_convex.update": "it is gone: there is one update",
    "hmm.fingerprint": "it is fingerprints.method now",
    "hmm.horizon": "it is fingerprints.horizon now",
    "clusters.n_init": "it is clusters.kmeans.n_init now",
    "compare": "its methods are variants now, {seq: {nmf.method: seq}}, and its labels are labels",
} | {f"nmf.{key}": f"it is nmf.bayesian.{key} now" for key in BayesianSettings.model_fields}

# Where a dot in a key means a section; elsewhere, as in source.rename, it need not.
_SECTIONS = ("waveforms", "spectrograms", "nmf", "hmm", "fingerprints", "clusters", "report")


def what_became_of(key: str) -> str | None:
    """Return what has become of a key of an earlier version, or None if it never was one."""
    return _MOVED.get(key)


def expand_dotted(mapping: dict[str, Any]) -> dict[str, Any]:
    """Return settings in which keys with dots, hmm.n_states: 10, are put into their sections.

    Within a section as well: nmf: {bayesian.max_iter: 100}.

    Parameters
    ----------
    mapping : dict

    Raises
    ------
    SettingsError
        If a key is given in both ways, with values that differ.
    """
    result = {
        key: expand_dotted(value) if isinstance(value, dict) and key in _SECTIONS else value
        for key, value in mapping.items()
        if "." not in str(key)
    }
    for key, value in mapping.items():
        if "." in str(key):
            *sections, last = key.split(".")
            place = _section(result, sections, key)
            if last in place and place[last] != value:
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

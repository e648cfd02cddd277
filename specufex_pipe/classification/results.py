"""The file of an evaluation, evaluation.h5."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args, get_type_hints

import numpy as np

from specufex_pipe.classification.evaluation import Evaluation
from specufex_pipe.store import read_arrays, write_arrays

_KIND = "evaluation"
Told = TypeVar("Told", bound=tuple[Any, ...])


def write_evaluation(
    path: str | Path,
    evaluation: Evaluation,
    *,
    settings: Mapping[str, Any],
    inputs: Mapping[str, Any],
) -> None:
    """Write how well labels are found, atomically.

    Parameters
    ----------
    path : str or Path
        evaluation.h5
    evaluation : evaluation.Evaluation
    settings, inputs : dict
        The settings, and the digests of the data that made it.
    """
    attributes = {"evaluation": json.dumps(_as_json(evaluation))}
    write_arrays(path, _KIND, {}, attributes=attributes, settings=settings, inputs=inputs)


def read_evaluation(path: str | Path) -> Evaluation:
    """Read what `write_evaluation` wrote.

    Raises
    ------
    OSError
        If there is no such file, or it is damaged, of another kind or of another format.
    """
    _, attributes = read_arrays(path, _KIND)
    try:
        return _from_json(Evaluation, json.loads(attributes["evaluation"]))
    except (KeyError, TypeError, ValueError) as error:
        raise OSError(f"{path}: not a whole evaluation ({error}); make it again") from error


def _as_json(value: Any) -> Any:
    """Return named tuples as objects, and arrays as lists."""
    if hasattr(value, "_asdict"):
        return {name: _as_json(part) for name, part in value._asdict().items()}
    return value.tolist() if isinstance(value, np.ndarray) else value


def _from_json(kind: type[Told], values: Mapping[str, Any]) -> Told:
    """Return the named tuple that `_as_json` was given, by the types of its fields."""
    return kind(**{name: _typed(hint, values[name]) for name, hint in get_type_hints(kind).items()})


def _typed(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    # Of what may be None as well.
    (kind,) = [each for each in get_args(hint) or (hint,) if each is not type(None)][:1]
    if isinstance(kind, type) and issubclass(kind, tuple) and hasattr(kind, "_fields"):
        return _from_json(kind, value)
    if isinstance(value, list):
        return tuple(value) if hint in (tuple[str, ...],) else np.array(value)
    return value

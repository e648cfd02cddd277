"""Models that SpecUFEx 0.1.1, the older Python port, saved: nmf.h5 and hmm.h5."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np

from specufex_pipe.numerics.types import Array, FloatArray
from specufex_pipe.store import read_foreign_arrays

Arrays = dict[str, Array]
Saved = TypeVar("Saved")

_PRIOR = ("w01", "w02", "a01", "a02", "h01", "h02")
_NMF_DATA_SETS = ("W1", "W2", "A1", "A2", *_PRIOR, "step")
_HMM_DATA_SETS = ("B1", "B2", "gain", "step")
# The parameters under which `BayesianHMM` is SpecUFEx's chain from energies to fingerprint.
HMM_CHAIN: dict[str, Any] = {
    "smoothing": 1,
    "background": None,
    "loudness": None,
    "fingerprint": "transitions",
    "horizon": 100,
}


class SavedNMF(NamedTuple):
    """An NMF that SpecUFEx saved.

    Attributes
    ----------
    parameters : dict
        Of a `BayesianNMF` whose transform is SpecUFEx's: five plain rounds.
    factors : tuple of ndarray
        Fields of `factorizations.bayesian.updates.Components`.
    prior : tuple of float
        Fields of `factorizations.bayesian.updates.Prior`.
    n_steps : int
        Number of steps that the fit took.
    """

    parameters: dict[str, Any]
    factors: tuple[FloatArray, ...]
    prior: tuple[float, ...]
    n_steps: int


class SavedHMM(NamedTuple):
    """An HMM that SpecUFEx saved.

    Attributes
    ----------
    parameters : dict
        Of the `BayesianHMM` that is SpecUFEx's chain.
    emission_shape : ndarray of shape (n_states, n_components)
    emission_rate : ndarray of shape (n_states,)
    gain : ndarray of shape (n_components,)
        Energy that an activation stood for: sum_d E[W_dk], without E[A_k].
    n_steps : int
        Number of steps that the fit took.
    """

    parameters: dict[str, Any]
    emission_shape: FloatArray
    emission_rate: FloatArray
    gain: FloatArray
    n_steps: int


def read_nmf(path: str | Path) -> SavedNMF | None:
    """Read an nmf.h5 of SpecUFEx.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    SavedNMF or None
        None for a file of anything else.

    Raises
    ------
    OSError
        If there is no such file, it is damaged, or an array of it has another shape or an entry
        that is not a number above 0.
    """
    return _read(path, _NMF_DATA_SETS, _saved_nmf)


def read_hmm(path: str | Path) -> SavedHMM | None:
    """Read an hmm.h5 of SpecUFEx; as `read_nmf`."""
    return _read(path, _HMM_DATA_SETS, _saved_hmm)


def _read(
    path: str | Path, names: tuple[str, ...], interpret: Callable[[Arrays], Saved]
) -> Saved | None:
    arrays = read_foreign_arrays(path, names)
    if arrays is None:
        return None
    try:
        return interpret(arrays)
    except (KeyError, TypeError, ValueError) as error:
        raise OSError(f"{path}: not a whole model of SpecUFEx ({error})") from error


def _saved_nmf(arrays: Arrays) -> SavedNMF:
    # W1, W2 (n_frequencies, n_components) and A1, A2 (1, n_components) are shapes and rates.
    shape = _matrix_shape(arrays, "W1")
    w_shape, w_rate = (_positive(arrays, name, shape).T for name in ("W1", "W2"))
    a_shape, a_rate = (_positive(arrays, name, (1, shape[1]))[0] for name in ("A1", "A2"))
    if (w_rate != w_rate[:, :1]).any():
        raise ValueError("W2 changes with the frequency, expected one rate for each component")
    parameters = {
        "n_components": round(1 / float(_positive(arrays, "a01", ()))),
        "max_local_rounds": 5,
        "local_tol": 0.0,
    }
    factors = (np.ascontiguousarray(w_shape), w_rate[:, :1].copy(), a_shape, a_rate)
    prior = tuple(float(_positive(arrays, name, ())) for name in _PRIOR)
    return SavedNMF(parameters, factors, prior, _n_steps(arrays))


def _saved_hmm(arrays: Arrays) -> SavedHMM:
    # B1, B2 (n_states, n_components) are shapes and rates.
    shape = _matrix_shape(arrays, "B1")
    emission_shape, rate = (_positive(arrays, name, shape) for name in ("B1", "B2"))
    if (rate != rate[:, :1]).any():
        raise ValueError("B2 changes with the component, expected one rate for each state")
    gain = _positive(arrays, "gain", shape[1:])
    parameters = {"n_states": shape[0], **HMM_CHAIN}
    return SavedHMM(parameters, emission_shape, rate[:, 0].copy(), gain, _n_steps(arrays))


def _n_steps(arrays: Arrays) -> int:
    step = np.asarray(arrays["step"])
    if step.shape != () or not np.issubdtype(step.dtype, np.integer) or step < 0:
        raise ValueError("step is not a whole number >= 0")
    return int(step)


def _matrix_shape(arrays: Arrays, name: str) -> tuple[int, ...]:
    shape = np.shape(arrays[name])
    if len(shape) != 2:
        raise ValueError(f"{name} has {len(shape)} dimension(s), expected 2")
    return shape


def _positive(arrays: Arrays, name: str, shape: tuple[int, ...]) -> FloatArray:
    values = np.asarray(arrays[name])
    if np.iscomplexobj(values):
        raise ValueError(f"{name} holds complex numbers, expected real ones")
    try:
        values = values.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} does not hold numbers") from error
    if values.shape != shape:
        raise ValueError(f"{name} has the shape {values.shape}, expected {shape}")
    if values.size == 0:
        raise ValueError(f"{name} is empty")
    if not (np.isfinite(values) & (values > 0)).all():
        raise ValueError(f"{name} has entries that are not above 0 and finite")
    return values

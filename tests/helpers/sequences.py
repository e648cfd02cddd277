"""Data for SeqNMF: the cases of its authors' code, and sequences planted in noise."""

import h5py
import numpy as np

from helpers.paths import DATA
from specufex_pipe.factorizations import SeqNMF

CASES = DATA / "seqnmf-matlab/cases.h5"
# What the options of the original are called here.
OPTIONS = {
    "lambda": ("cross_orthogonality", float),
    "shift": ("shift", lambda text: text == "1"),
    "useWupdate": ("penalize_components", lambda text: text == "1"),
    "W_fixed": ("fixed_components", lambda text: text == "1"),
    "lambdaL1W": ("sparse_components", float),
    "lambdaL1H": ("sparse_activations", float),
    "lambdaOrthoW": ("orthogonal_components", float),
    "lambdaOrthoH": ("orthogonal_activations", float),
    "K": ("n_components", int),
    "L": ("length", int),
    "maxiter": ("max_iter", int),
    "tolerance": ("tol", {"-Inf": None}.__getitem__),
    "SortFactors": ("sort", lambda text: text == "1"),
}


def of_original(name):
    """Data, start values and results of a case, the model that should come to them, the mask."""
    with h5py.File(CASES) as file:
        arrays = {key: file[key][:] for key in ("X", "W_init", "H_init")}
        case = {key: array[()] for key, array in file[name].items()}
        options = dict(option.split("=") for option in file[name].attrs["options"].split())
        mask = file[options.pop("M")][:] if "M" in options else None
    parameters = {}
    for key, text in options.items():
        parameter, read = OPTIONS[key]
        parameters[parameter] = read(text)
    return arrays, case, SeqNMF(**parameters), mask


def fit_of_original(name):
    arrays, case, model, mask = of_original(name)
    W = arrays["W_init"].transpose(1, 0, 2)
    return case, model.fit(arrays["X"], mask=mask, components=W, activations=arrays["H_init"])


def planted(rng, n_frames=240, n_members=4, n_sequences=2, gap=2, noise=0.01):
    """Rows that are active one after the other, and where the sequences begin."""
    X = noise * rng.random((n_sequences * n_members, n_frames))
    duration = gap * n_members
    starts = np.arange(duration, n_frames - 2 * duration, duration + 4)
    starts = starts + rng.integers(0, 4, len(starts))
    kinds = rng.permutation(np.arange(len(starts)) % n_sequences)
    for start, kind in zip(starts, kinds, strict=True):
        for member in range(n_members):
            X[kind * n_members + member, start + gap * member] += 1
    return X, starts, kinds

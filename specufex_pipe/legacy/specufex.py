"""Models that SpecUFEx 0.1.1, the older Python port, saved: nmf.h5 and hmm.h5."""

import numpy as np

_PRIOR = ("w01", "w02", "a01", "a02", "h01", "h02")
NMF_DATA_SETS = ("W1", "W2", "A1", "A2", *_PRIOR, "step")
HMM_DATA_SETS = ("B1", "B2", "gain", "step")
# The parameters under which `BayesianHMM` is SpecUFEx's chain from energies to fingerprint.
HMM_CHAIN = {
    "smoothing": 1,
    "background": None,
    "loudness": None,
    "fingerprint": "transitions",
    "horizon": 100,
}


def nmf_parameters(arrays):
    """Return the parameters of a `BayesianNMF` whose transform is SpecUFEx's.

    Parameters
    ----------
    arrays : dict of ndarray
        The data sets of nmf.h5.

    Raises
    ------
    ValueError
        If a01 is not a number above 0.
    """
    return {
        "n_components": round(1 / float(_positive(arrays, "a01", ()))),
        "max_local_rounds": 5,
        "local_tol": 0.0,
    }


def steps(arrays):
    """Return the number of steps that SpecUFEx took.

    Raises
    ------
    ValueError
        If it is not a number.
    """
    step = np.asarray(arrays["step"])
    if step.shape != () or not np.issubdtype(step.dtype, np.integer) or step < 0:
        raise ValueError("step is not a whole number >= 0")
    return int(step)


def nmf_factors(arrays):
    """Return the fields of `nmf.updates.Patterns` and of `nmf.updates.Prior` of nmf.h5.

    Parameters
    ----------
    arrays : dict of ndarray
        W1, W2 (n_frequencies, n_patterns) and A1, A2 (1, n_patterns) are shapes and rates.

    Raises
    ------
    ValueError
        If an array has another shape, or an entry that is not a number above 0.
    """
    shape = _matrix_shape(arrays, "W1")
    w_shape, w_rate = (_positive(arrays, name, shape).T for name in ("W1", "W2"))
    a_shape, a_rate = (_positive(arrays, name, (1, shape[1]))[0] for name in ("A1", "A2"))
    if (w_rate != w_rate[:, :1]).any():
        raise ValueError("W2 changes with the frequency, expected one rate for each pattern")
    prior = tuple(float(_positive(arrays, name, ())) for name in _PRIOR)
    return (np.ascontiguousarray(w_shape), w_rate[:, :1].copy(), a_shape, a_rate), prior


def hmm_parameters(arrays):
    """Return the parameters under which `BayesianHMM` is SpecUFEx's chain.

    Parameters
    ----------
    arrays : dict of ndarray
        The data sets of hmm.h5.
    """
    return {"n_states": len(np.atleast_1d(arrays["B1"])), **HMM_CHAIN}


def hmm_factors(arrays):
    """Return the shapes and the rates of the emissions, and the gain of hmm.h5.

    Parameters
    ----------
    arrays : dict of ndarray
        B1, B2 (n_states, n_patterns) are shapes and rates, gain (n_patterns,) is the energy that an
        activation stood for: sum_d E[W_dk], without E[A_k].

    Returns
    -------
    shape : ndarray of shape (n_states, n_patterns)
    rate : ndarray of shape (n_states,)
    gain : ndarray of shape (n_patterns,)

    Raises
    ------
    ValueError
        If an array has another shape, or an entry that is not a number above 0.
    """
    shape = _matrix_shape(arrays, "B1")
    emission_shape, rate = (_positive(arrays, name, shape) for name in ("B1", "B2"))
    if (rate != rate[:, :1]).any():
        raise ValueError("B2 changes with the pattern, expected one rate for each state")
    return emission_shape, rate[:, 0].copy(), _positive(arrays, "gain", shape[1:])


def _matrix_shape(arrays, name):
    shape = np.shape(arrays[name])
    if len(shape) != 2:
        raise ValueError(f"{name} has {len(shape)} dimension(s), expected 2")
    return shape


def _positive(arrays, name, shape):
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

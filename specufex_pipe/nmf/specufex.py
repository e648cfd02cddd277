"""Models that SpecUFEx 0.1.1, the older Python port, saved: nmf.h5."""

import numpy as np

from specufex_pipe.nmf.updates import Patterns, Prior

NMF_DATA_SETS = ("W1", "W2", "A1", "A2", "w01", "w02", "a01", "a02", "h01", "h02", "step")


def nmf_parameters(arrays):
    """Return the parameters of a `BayesianNMF` whose transform is SpecUFEx's.

    Parameters
    ----------
    arrays : dict of ndarray
        The data sets of nmf.h5.
    """
    return {
        "n_components": round(1 / float(arrays["a01"])),
        "max_local_rounds": 5,
        "local_tol": 0.0,
    }


def nmf_factors(arrays):
    """Return the `Patterns` and the `Prior` of nmf.h5.

    Parameters
    ----------
    arrays : dict of ndarray
        W1, W2 (n_frequencies, n_patterns) and A1, A2 (1, n_patterns) are shapes and rates; the
        rate of a pattern is the same at all frequencies.
    """
    patterns = Patterns(
        w_shape=np.ascontiguousarray(arrays["W1"].T),
        w_rate=np.ascontiguousarray(arrays["W2"][:1].T),
        a_shape=arrays["A1"][0],
        a_rate=arrays["A2"][0],
    )
    prior = Prior(*(float(arrays[name]) for name in ("w01", "w02", "a01", "a02", "h01", "h02")))
    return patterns, prior

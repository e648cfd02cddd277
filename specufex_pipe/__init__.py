"""Fingerprint earthquakes: spectrograms, Bayesian NMF, Bayesian HMM and clusters."""

from importlib import import_module
from importlib.metadata import version

__version__ = version("specufex_pipe")
__all__ = ["BayesianHMM", "BayesianNMF", "__version__"]

_MODELS = {"BayesianNMF": "specufex_pipe.nmf", "BayesianHMM": "specufex_pipe.hmm"}


def __getattr__(name):
    # The models load when they are first asked for, so that reading settings stays quick.
    if name in _MODELS:
        return getattr(import_module(_MODELS[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

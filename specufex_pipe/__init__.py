"""Fingerprint earthquakes: spectrograms, Bayesian NMF, Bayesian HMM and clusters."""

from importlib import import_module

__version__ = "0.1.0"
__all__ = ["BayesianHMM", "BayesianNMF", "__version__"]

_MODELS = {"BayesianNMF": "specufex_pipe.factorizations", "BayesianHMM": "specufex_pipe.hmm"}


def __getattr__(name):
    # The models load when they are first asked for, so that reading settings stays quick.
    if name in _MODELS:
        return getattr(import_module(_MODELS[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

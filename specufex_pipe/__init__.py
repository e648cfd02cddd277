"""Fingerprint seismic events: spectrograms, Bayesian NMF, Bayesian HMM and clusters."""

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from specufex_pipe.classification import EventClassifier
    from specufex_pipe.clustering import EventClusterer
    from specufex_pipe.factorizations import (
        BayesianNMF,
        ReplicateNMF,
        SeqNMF,
        SmoothConvexNMF,
        SmoothNMF,
    )
    from specufex_pipe.features.fingerprinter import EventFingerprinter
    from specufex_pipe.hmm import BayesianHMM, HMMEnsemble

try:
    __version__ = version("specufex_pipe")
except PackageNotFoundError:  # a copy of the code that nobody has installed
    __version__ = "unknown"
__all__ = [
    "BayesianHMM",
    "BayesianNMF",
    "EventClassifier",
    "EventClusterer",
    "EventFingerprinter",
    "HMMEnsemble",
    "ReplicateNMF",
    "SeqNMF",
    "SmoothConvexNMF",
    "SmoothNMF",
    "__version__",
]

# The models load when they are first asked for, so that reading settings stays quick.
__getattr__, _, _ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "classification": ["EventClassifier"],
        "clustering": ["EventClusterer"],
        "factorizations": [
            "BayesianNMF",
            "ReplicateNMF",
            "SeqNMF",
            "SmoothConvexNMF",
            "SmoothNMF",
        ],
        "features.fingerprinter": ["EventFingerprinter"],
        "hmm": ["BayesianHMM", "HMMEnsemble"],
    },
)


def __dir__() -> list[str]:
    return list(__all__)

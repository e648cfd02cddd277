"""Factorizations of spectrograms into components and their activations, behind one interface."""

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from specufex_pipe.factorizations.bayesian.model import BayesianNMF
    from specufex_pipe.factorizations.files import load
    from specufex_pipe.factorizations.registry import FACTORIZATIONS
    from specufex_pipe.factorizations.replicate import ReplicateNMF
    from specufex_pipe.factorizations.seq.model import SeqNMF
    from specufex_pipe.factorizations.smooth.convex import (
        MiniBatchSmoothConvexNMF,
        SmoothConvexNMF,
    )
    from specufex_pipe.factorizations.smooth.plain import SmoothNMF

__all__ = [
    "FACTORIZATIONS",
    "BayesianNMF",
    "MiniBatchSmoothConvexNMF",
    "ReplicateNMF",
    "SeqNMF",
    "SmoothConvexNMF",
    "SmoothNMF",
    "load",
]

# The models take a while to load, and reading settings does without them.
__getattr__, __dir__, _ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "bayesian.model": ["BayesianNMF"],
        "files": ["load"],
        "registry": ["FACTORIZATIONS"],
        "replicate": ["ReplicateNMF"],
        "seq.model": ["SeqNMF"],
        "smooth.convex": ["MiniBatchSmoothConvexNMF", "SmoothConvexNMF"],
        "smooth.plain": ["SmoothNMF"],
    },
)

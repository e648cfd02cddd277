"""Factorizations of spectrograms into components and their activations, behind one seam."""

from specufex_pipe.factorizations.bayesian.model import BayesianNMF
from specufex_pipe.factorizations.replicate import ReplicateNMF
from specufex_pipe.factorizations.seq.model import SeqNMF
from specufex_pipe.factorizations.smooth.model import (
    MiniBatchSmoothConvexNMF,
    SmoothConvexNMF,
    SmoothNMF,
)
from specufex_pipe.legacy.specufex import NMF_DATA_SETS
from specufex_pipe.store import read_attributes, read_foreign_arrays

# What the setting nmf.method chooses from.
METHODS = {
    "bayesian": BayesianNMF,
    "seq": SeqNMF,
    "smooth": SmoothNMF,
    "smooth_convex": SmoothConvexNMF,
    "minibatch_smooth_convex": MiniBatchSmoothConvexNMF,
    "replicate": ReplicateNMF,
}

__all__ = [
    "METHODS",
    "BayesianNMF",
    "MiniBatchSmoothConvexNMF",
    "ReplicateNMF",
    "SeqNMF",
    "SmoothConvexNMF",
    "SmoothNMF",
    "load",
    "method_of",
]


def method_of(model):
    """Return the name in `METHODS` of a factorization."""
    (name,) = [name for name, method in METHODS.items() if method is type(model)]
    return name


def load(path):
    """Read the factorization that a file holds, whichever it is.

    Parameters
    ----------
    path : str or Path
        nmf.h5, of this package or of SpecUFEx 0.1.1.

    Returns
    -------
    BayesianNMF, SeqNMF, SmoothNMF, SmoothConvexNMF, MiniBatchSmoothConvexNMF or ReplicateNMF

    Raises
    ------
    OSError
        If the file is missing, damaged, of another kind or of a newer format.
    """
    if read_foreign_arrays(path, NMF_DATA_SETS) is not None:
        return BayesianNMF.load(path)
    name = read_attributes(path).get("estimator", "BayesianNMF")
    models = {model.__name__: model for model in METHODS.values()}
    if name not in models:
        raise OSError(f"{path}: a model of {name}, expected one of {', '.join(models)}")
    return models[name].load(path)

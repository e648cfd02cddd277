"""Reading a factorization from its file, whichever it is."""

from pathlib import Path

from specufex_pipe.factorizations.base import Factorization
from specufex_pipe.factorizations.bayesian.model import BayesianNMF
from specufex_pipe.factorizations.registry import FACTORIZATIONS
from specufex_pipe.legacy.specufex import read_nmf
from specufex_pipe.store import read_attributes


def load(path: str | Path) -> Factorization:
    """Read the factorization that a file holds.

    Parameters
    ----------
    path : str or Path
        nmf.h5, of this package or of SpecUFEx 0.1.1.

    Returns
    -------
    Factorization
        BayesianNMF, SeqNMF, SmoothNMF, SmoothConvexNMF or ReplicateNMF.

    Raises
    ------
    OSError
        If the file is missing, damaged, of another kind or of another format.
    """
    saved = read_nmf(path)
    if saved is not None:
        return BayesianNMF.from_specufex(saved)
    try:
        name = FACTORIZATIONS.name_of_class(str(read_attributes(path, "nmf").get("estimator")))
    except KeyError as error:
        raise OSError(f"{path}: {error.args[0]}") from error
    return FACTORIZATIONS[name].load(path)

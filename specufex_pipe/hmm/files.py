"""Reading an HMM from its file."""

from pathlib import Path

from specufex_pipe.hmm.model import BayesianHMM
from specufex_pipe.legacy.specufex import read_hmm


def load(path: str | Path) -> BayesianHMM:
    """Read an HMM of this package or of SpecUFEx 0.1.1.

    Parameters
    ----------
    path : str or Path
        hmm.h5

    Raises
    ------
    OSError
        If the file is missing, damaged, of another kind or of another format.
    """
    saved = read_hmm(path)
    return BayesianHMM.load(path) if saved is None else BayesianHMM.from_specufex(saved)

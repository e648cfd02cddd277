"""Reading HMMs from their file."""

from pathlib import Path

from specufex_pipe.hmm.ensemble import HMMEnsemble
from specufex_pipe.hmm.model import BayesianHMM
from specufex_pipe.legacy.specufex import read_hmm


def load(path: str | Path) -> HMMEnsemble:
    """Read the HMMs of this package, one or several, or the one of SpecUFEx 0.1.1.

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
    if saved is None:
        return HMMEnsemble.load(path)
    return HMMEnsemble.of([BayesianHMM.from_specufex(saved)])

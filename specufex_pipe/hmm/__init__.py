"""The hidden Markov models of how components follow each other, and the fingerprints."""

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from specufex_pipe.hmm.ensemble import HMMEnsemble
    from specufex_pipe.hmm.files import load
    from specufex_pipe.hmm.model import BayesianHMM

__all__ = ["BayesianHMM", "HMMEnsemble", "load"]

# The kernels take a while to load.
__getattr__, __dir__, _ = lazy_loader.attach(
    __name__,
    submod_attrs={"ensemble": ["HMMEnsemble"], "files": ["load"], "model": ["BayesianHMM"]},
)

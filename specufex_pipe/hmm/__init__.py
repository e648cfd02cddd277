"""The hidden Markov model of how patterns follow each other, and the fingerprints."""

from specufex_pipe.hmm.model import BayesianHMM

__all__ = ["BayesianHMM"]

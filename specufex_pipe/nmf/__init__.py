"""Factorizations of spectrograms into patterns and their activations."""

from specufex_pipe.nmf.model import BayesianNMF

__all__ = ["BayesianNMF"]

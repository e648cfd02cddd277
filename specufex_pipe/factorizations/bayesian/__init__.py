"""The Bayesian nonparametric NMF."""

"""Probabilities that mean what they say: of those of 0.8, eight in ten are right."""

from typing import NamedTuple, Self

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax

from specufex_pipe.numerics.types import FloatArray, IntArray

# The inverse temperatures, and the weights of shares, among which the best are looked for.
_BOUNDS = ((0.05, 20.0), (0.0, 1.0))


class Calibration(NamedTuple):
    """How what a model says is to be read, which takes labels to have as many events each.

    Attributes
    ----------
    inverse_temperature : float
        Below 1 where the model is too sure.
    share_weight : float
        From 0 to 1: how much the shares of the labels among the events count.
    log_shares : ndarray of shape (n_labels,)
        Logarithms of those shares.
    """

    inverse_temperature: float
    share_weight: float
    log_shares: FloatArray

    @classmethod
    def of(cls, log_probabilities: FloatArray, codes: IntArray, log_shares: FloatArray) -> Self:
        """Find the numbers for which held-out events are the most likely.

        They are two, so a few dozen events tell them. By Bayes' rule the weight of the shares is 1;
        it is less where what the model says is too little sure for that. As by Platt (1999), each
        event counts a little, 1/(n_events + 2), for all other labels alike: where none was wrong,
        the model is not taken to be right always.

        Parameters
        ----------
        log_probabilities : ndarray of shape (n_events, n_labels)
            What a model that has not seen an event says of it; minus infinity for a label that the
            model was not shown.
        codes : ndarray of int, shape (n_events,)
            Labels of the events, from 0.
        log_shares : ndarray of shape (n_labels,)

        References
        ----------
        Guo, Pleiss, Sun & Weinberger, Proceedings of Machine Learning Research 70 (2017),
        1321-1330, equation 9 (temperature); Platt, in Advances in Large Margin Classifiers (1999),
        61-74 (targets).
        """
        n_events, n_labels = log_probabilities.shape
        softness = 1 / (n_events + 2)
        targets = np.full((n_events, n_labels), softness / (n_labels - 1))
        targets[np.arange(n_events), codes] = 1 - softness
        # A label that a model was not shown is impossible for it, whatever the temperature.
        is_possible = np.isfinite(log_probabilities)
        targets = np.where(is_possible, targets, 0)
        finite = np.where(is_possible, log_probabilities, 0)

        def loss(numbers: FloatArray) -> tuple[float, FloatArray]:
            found = cls(numbers[0], numbers[1], log_shares).log_probabilities(log_probabilities)
            excess = targets.sum(axis=1, keepdims=True) * np.exp(found) - targets
            gradient = np.array([np.sum(excess * finite), np.sum(excess * log_shares)])
            value = -float(np.sum(targets * np.where(is_possible, found, 0)))
            return value / n_events, gradient / n_events

        best = minimize(loss, np.ones(2), jac=True, method="L-BFGS-B", bounds=_BOUNDS).x
        return cls(float(best[0]), float(best[1]), log_shares)

    def log_probabilities(self, log_probabilities: FloatArray) -> FloatArray:
        """Return logarithms of calibrated probabilities.

        Parameters
        ----------
        log_probabilities : ndarray of shape (n_events, n_labels)
            Of a model.

        Returns
        -------
        ndarray of shape (n_events, n_labels)
        """
        cooled = self.inverse_temperature * log_probabilities
        return log_softmax(cooled + self.share_weight * self.log_shares, axis=1)


def log_shares_of(codes: IntArray, n_labels: int) -> FloatArray:
    """Return logarithms of the shares of labels, all of which events have, shape (n_labels,)."""
    return np.log(np.bincount(codes, minlength=n_labels) / len(codes))

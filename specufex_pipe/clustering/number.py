"""How many clusters: rules that choose among numbers that were tried."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from specufex_pipe.numerics.types import FloatArray, IntArray

NUMBER_RULES = ("stability", "silhouette", "calinski_harabasz")

# Mean Jaccard similarities over resamples: of clusters that are found again nearly as they were,
# and below which a number is not taken. Hennig (2007) calls clusters of 0.85 highly stable.
STEADY = 0.95
LEAST_STABILITY = 0.85
# Of resamples, from which other draws of them choose another number once in thirty times; with two
# they do so once in seven times (docs/clusters.md).
FEWEST_SURE_RESAMPLES = 10
# How much larger than in the null a silhouette is where there are clusters, in parts of the null's.
_CLEARER_BY = 0.25


class Tried(NamedTuple):
    """What was found of each number of clusters.

    Attributes
    ----------
    numbers : ndarray of int, shape (n_numbers,)
        Rising.
    stabilities : ndarray of shape (n_numbers,)
        Of the least stable of the clusters.
    usual_stabilities : ndarray of shape (n_numbers,)
        The same, if each cluster is held against nine tenths of the resamples: those that are most
        like it.
    agreements : ndarray of shape (n_numbers,)
        Mean adjusted Rand index of pairs of resamples.
    silhouettes : ndarray of shape (n_numbers,)
        Mean over the events.
    variance_ratios : ndarray of shape (n_numbers,)
        Of Caliński & Harabasz (1974).
    null_stabilities, null_silhouettes : ndarray of shape (n_numbers,)
        The largest of several draws from one Gaussian.
    """

    numbers: IntArray
    stabilities: FloatArray
    usual_stabilities: FloatArray
    agreements: FloatArray
    silhouettes: FloatArray
    variance_ratios: FloatArray
    null_stabilities: FloatArray
    null_silhouettes: FloatArray

    @property
    def least_silhouettes(self) -> FloatArray:
        """Mean silhouettes above which clusters of each number are clearer than a Gaussian's."""
        # The margin is above the null's silhouette, where that is negative too.
        return self.null_silhouettes + _CLEARER_BY * np.abs(self.null_silhouettes)

    @property
    def beat_null(self) -> NDArray[np.bool_]:
        """Whether the clusters of each number are as steady as a Gaussian's, and clearer."""
        # A Gaussian's may be found again as they were, too: what is perfect cannot be steadier.
        steady = self.stabilities >= self.null_stabilities
        return steady & (self.silhouettes > self.least_silhouettes)

    def criterion(self, rule: str) -> FloatArray:
        """Return the values that a rule chooses by, shape (n_numbers,)."""
        return {
            "stability": self.stabilities,
            "silhouette": self.silhouettes,
            "calinski_harabasz": self.variance_ratios,
        }[rule]

    def choose(self, rule: str) -> int | None:
        """Return the place of the number that a rule chooses; None for no clusters.

        Parameters
        ----------
        rule : str
            "stability": of the numbers whose clusters beat the null and have stabilities of 0.85 or
            more, the largest for which nine tenths of the resamples find each cluster again by 0.95
            or more; where there is none, the one whose least stable cluster is the most stable.
            "silhouette", "calinski_harabasz": the number with the largest value.
        """
        values = self.criterion(rule)
        if rule != "stability":
            return int(values.argmax())
        candidates = np.flatnonzero(self.beat_null & (values >= LEAST_STABILITY))
        if not len(candidates):
            return None
        steady = candidates[self.usual_stabilities[candidates] >= STEADY]
        return int(steady[-1]) if len(steady) else int(candidates[values[candidates].argmax()])

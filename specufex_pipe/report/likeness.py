"""Which clusters of two runs are alike in their mean spectra."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from specufex_pipe.numerics.types import FloatArray
from specufex_pipe.report.runs import Run
from specufex_pipe.words import counted


class Likeness(NamedTuple):
    """The clusters of another run whose mean spectra are most like that of a cluster.

    Attributes
    ----------
    number : int
    best, next : int
        The most and the second most similar cluster of the other run; `next` is 0 where there is
        one alone.
    correlation, next_correlation : float
        Of the mean spectra (Pearson).
    """

    number: int
    best: int
    correlation: float
    next: int
    next_correlation: float


def compare_spectra(first: Run, second: Run) -> tuple[list[Likeness], str]:
    """Compare the mean spectra of the clusters of two runs.

    Parameters
    ----------
    first, second : runs.Run

    Returns
    -------
    list of Likeness
        Of each cluster of the first that has events.
    str
        Why there are none; empty if there are some.
    """
    one, other = first.frequencies, second.frequencies
    if not first.n_clusters or not second.n_clusters:
        return [], "Spectra of clusters cannot be compared: one of the runs found no clusters."
    if first.scale != second.scale:
        return [], (
            "Spectra of clusters cannot be compared: those of "
            f"{first.letter} are {' in '.join(first.scale)}, those of {second.letter} "
            f"{' in '.join(second.scale)}."
        )
    if len(one) != len(other) or not np.allclose(one, other, rtol=1e-6):
        return [], (
            f"Spectra of clusters cannot be compared: {first.letter} has "
            f"{counted(len(one), 'frequency', 'frequencies')} from {one[0]:.4g} to "
            f"{one[-1]:.4g} Hz, "
            f"{second.letter} {len(other)} from {other[0]:.4g} to {other[-1]:.4g} Hz."
        )
    if len(one) < 3:
        return [], "Spectra of clusters cannot be compared: they have fewer than three frequencies."
    return likeness_of(first.mean_spectra(), second.mean_spectra()), ""


def likeness_of(
    spectra: Mapping[int, FloatArray], others: Mapping[int, FloatArray]
) -> list[Likeness]:
    """Return the most similar spectra of another run, of each cluster of a run.

    Parameters
    ----------
    spectra, others : dict of ndarray of shape (n_frequencies,)
        Mean spectrum of each cluster, by its number.
    """
    numbers = np.array(list(others))
    standard = np.array([_standardized(each) for each in others.values()])
    found = []
    for number, spectrum in spectra.items():
        correlations = standard @ _standardized(spectrum)
        order = np.argsort(-correlations, kind="stable")
        following = order[1] if len(order) > 1 else None
        found.append(
            Likeness(
                number,
                int(numbers[order[0]]),
                float(correlations[order[0]]),
                0 if following is None else int(numbers[following]),
                0.0 if following is None else float(correlations[following]),
            )
        )
    return found


def _standardized(spectrum: FloatArray) -> FloatArray:
    """Return a spectrum whose product with another is their correlation; 0 if it is flat."""
    deviations = np.asarray(spectrum, dtype=float) - np.mean(spectrum)
    norm = float(np.linalg.norm(deviations))
    return deviations / norm if norm > 0 else deviations

"""The figures of labels and of families of repeating events."""

import numpy as np
from matplotlib.figure import Figure

from specufex_pipe.classification.curve import LearningCurve
from specufex_pipe.classification.scores import Scores
from specufex_pipe.plotting.families import families_figure, stacks_figure
from specufex_pipe.plotting.labels import (
    AccuracyCurve,
    confusion_figure,
    cross_table_figure,
    learning_figure,
    reliability_figure,
)
from specufex_pipe.report.gather import Summary


def figures_of_likeness(summary: Summary) -> dict[str, tuple[Figure, str]]:
    """Draw labels and families, where there are any.

    Parameters
    ----------
    summary : gather.Summary

    Returns
    -------
    dict of (matplotlib.figure.Figure, str)
        By name, with what each shows in words: confusion, learning and reliability if labels were
        learned, cross_table if clusters can be held against labels, families and stacks if there
        are any.
    """
    return {**_of_evaluation(summary), **_of_clusters(summary), **_of_families(summary)}


def _of_evaluation(summary: Summary) -> dict[str, tuple[Figure, str]]:
    evaluation = None if summary.labelled is None else summary.labelled.evaluation
    if evaluation is None:
        return {}
    scores, baseline = evaluation.scores, evaluation.baseline_scores
    of_baseline = None
    if baseline is not None and evaluation.baseline_curve is not None:
        of_baseline = _curve(evaluation.baseline_curve, baseline)
    return {
        "confusion": (
            confusion_figure(
                evaluation.labels,
                scores.confusion,
                None if baseline is None else baseline.confusion,
            ),
            "Matrix of events by the label that they have and the one that they are given, with "
            "the features of the clusters and with mean spectra.",
        ),
        "learning": (
            learning_figure(
                _curve(evaluation.curve, scores),
                of_baseline,
                int(np.count_nonzero(evaluation.counts)),
            ),
            "Balanced accuracy against the number of labelled events of each label.",
        ),
        "reliability": (
            reliability_figure(*scores.reliability),
            "Share of the events whose most probable label is right, against its probability.",
        ),
    }


def _curve(curve: LearningCurve, scores: Scores) -> AccuracyCurve:
    return AccuracyCurve(*curve, scores.balanced_accuracy)


def _of_clusters(summary: Summary) -> dict[str, tuple[Figure, str]]:
    agreement = None if summary.labelled is None else summary.labelled.agreement
    if agreement is None or not summary.n_clusters:
        return {}
    return {
        "cross_table": (
            cross_table_figure(agreement.labels.tolist(), agreement.clusters, agreement.table),
            "Matrix of events by label and cluster.",
        )
    }


def _of_families(summary: Summary) -> dict[str, tuple[Figure, str]]:
    found = summary.repeaters
    if found is None or not found.n_families:
        return {}
    drawn = {
        "families": (
            families_figure(found.times, found.families),
            "Events of families of repeating events over time, a row for each family.",
        )
    }
    if found.stacks:
        drawn["stacks"] = (
            stacks_figure(found.stacks),
            "Waveforms of the largest families: members in grey, and their mean in black.",
        )
    return drawn

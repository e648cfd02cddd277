"""Give each event the most probable of the labels that were learned."""

import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from specufex_pipe.classification.classifier import NONE_OF_THESE
from specufex_pipe.classification.files import load
from specufex_pipe.classification.labels import NO_LABEL
from specufex_pipe.classification.learned import Classified
from specufex_pipe.classification.suggestions import suggest
from specufex_pipe.clustering.space import Space
from specufex_pipe.numerics.types import Array, FloatArray
from specufex_pipe.progress import per_second
from specufex_pipe.settings import ClassifierSettings
from specufex_pipe.stages.clustered import features_of_clusters
from specufex_pipe.stages.labels import labels_of_events
from specufex_pipe.store import EventLabels, Suggestion, read_attributes, write_event_labels
from specufex_pipe.store.provenance import require_made_with
from specufex_pipe.words import counted

log = logging.getLogger(__name__)


def run(
    settings: ClassifierSettings,
    output: Path,
    *,
    classifier: Path,
    clusters: Path,
    fingerprints: list[Path],
    waveforms: Path | None = None,
    catalog: Path | None = None,
    labels: Path | None = None,
) -> None:
    """Classify events.

    Parameters
    ----------
    settings : settings.ClassifierSettings
    output : Path
        labels.h5, an entry an event: the label that it has, and the probabilities of all labels.
    classifier : Path
        classifier.h5
    clusters : Path
        clusters.h5, which tells how features are made.
    fingerprints : list of Path
        fingerprints.h5 of each NMF, in the order in which the clusters were learned from them.
    waveforms : Path, optional
        waveforms.h5, where attributes are among the features of the clusters.
    catalog : Path, optional
        catalog.h5, where columns of the catalog are among them.
    labels : Path, optional
        CSV with the labels that events have.

    Raises
    ------
    StageError
        If classifier, clusters and fingerprints were not made with each other, a feature cannot be
        had, or the table of labels is not valid.
    """
    clock, learned = time.monotonic(), load(classifier).learned
    require_made_with(classifier, "clusters", clusters)
    with features_of_clusters(clusters, fingerprints, waveforms, catalog) as of_clusters:
        event_ids, batches, inputs = of_clusters
        points: list[FloatArray] = []
        found = learned.classify(_noting_points(batches, learned.space, points))
    known = labels_of_events(labels, event_ids)
    are_none = found.p_values <= settings.novelty_rate
    write_event_labels(
        output,
        EventLabels(
            event_ids,
            known.tolist(),
            list(learned.labels),
            found.codes,
            found.probabilities,
            found.p_values,
            are_none,
            _suggestions(settings, known, found, np.concatenate(points), learned.labels),
        ),
        settings=settings.relevant(),
        inputs=inputs | {"classifier": read_attributes(classifier)["digest"]},
    )
    log.info(
        "%s classified, %d of them as %s, %s",
        counted(len(event_ids), "event"), np.count_nonzero(are_none), NONE_OF_THESE,
        per_second(len(event_ids), clock),
    )  # fmt: skip


def _noting_points(
    batches: Iterable[FloatArray], space: Space, points: list[FloatArray]
) -> Iterator[FloatArray]:
    """Hand on the features of events, and keep their points: all features need not be in memory."""
    for features in batches:
        points.append(space.points(features))
        yield features


def _suggestions(
    settings: ClassifierSettings,
    known: Array,
    found: Classified,
    points: FloatArray,
    labels: Sequence[str],
) -> list[Suggestion]:
    """Return the events without a label that are worth one, the most worthwhile first."""
    unlabelled = np.flatnonzero(known == NO_LABEL)
    if not settings.n_suggestions or not len(unlabelled):
        return []
    suggested = suggest(
        found.probabilities[unlabelled],
        found.p_values[unlabelled],
        points[unlabelled],
        labels,
        settings.n_suggestions,
        novelty_rate=settings.novelty_rate,
        seed=settings.random_state,
    )
    return [Suggestion(int(unlabelled[event]), reason) for event, reason in suggested]

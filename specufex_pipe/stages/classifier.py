"""Learn the labels of some events, and measure how well those of others are found."""

import logging
import time
from pathlib import Path

import numpy as np

from specufex_pipe.catalogs.table import read_times
from specufex_pipe.classification.checks import MOST_UNLABELLED
from specufex_pipe.classification.classifier import EventClassifier
from specufex_pipe.classification.evaluation import evaluate
from specufex_pipe.classification.files import save
from specufex_pipe.classification.results import write_evaluation
from specufex_pipe.errors import StageError
from specufex_pipe.events.sampling import choose_events
from specufex_pipe.features.files import load_joiner
from specufex_pipe.numerics.types import FloatArray, IntArray
from specufex_pipe.progress import per_second
from specufex_pipe.settings import ClassifierSettings
from specufex_pipe.stages.clustered import features_of_clusters
from specufex_pipe.stages.labels import labels_of_events
from specufex_pipe.store import FrameStore, read_attributes, read_families
from specufex_pipe.store.provenance import require_same_events

log = logging.getLogger(__name__)

_EVENTS_AT_A_TIME = 256


def run(
    settings: ClassifierSettings,
    output: Path,
    *,
    evaluation: Path,
    labels: Path,
    clusters: Path,
    fingerprints: list[Path],
    spectrograms: Path,
    catalog: Path,
    waveforms: Path | None = None,
    families: Path | None = None,
) -> None:
    """Learn labels.

    Parameters
    ----------
    settings : settings.ClassifierSettings
    output : Path
        classifier.h5
    evaluation : Path
        evaluation.h5: how well labels of events are found that nothing was learned from.
    labels : Path
        CSV with the columns event_id and label.
    clusters : Path
        clusters.h5, which tells how features are made.
    fingerprints : list of Path
        fingerprints.h5 of each NMF, in the order in which the clusters were learned from them.
    spectrograms : Path
        spectrograms.h5, whose mean spectra the features are held against.
    catalog : Path
        catalog.h5, for the times of events.
    waveforms : Path, optional
        waveforms.h5, where attributes are among the features of the clusters.
    families : Path, optional
        families.h5: repeating events are held out together.

    Raises
    ------
    StageError
        If the labels are not valid, or too few to learn from, or the files are of different events.
    """
    clock = time.monotonic()
    with FrameStore(fingerprints[0], "fingerprints") as store:
        event_ids = store.event_ids
    of_all = labels_of_events(labels, event_ids)
    chosen = _chosen(of_all != "", settings.random_state)
    with features_of_clusters(clusters, fingerprints, waveforms, catalog, chosen) as of_clusters:
        features = np.concatenate(list(of_clusters.batches))
        inputs = of_clusters.inputs
    times = read_times(catalog)
    known = of_all[chosen]
    alike = {
        "times": np.array([times[event_ids[event]] for event in chosen]),
        "families": _families(families, [event_ids[event] for event in chosen]),
    }
    spectra = _mean_spectra(spectrograms, event_ids, chosen)
    classifier = EventClassifier(**settings.parameters())
    try:
        classifier.fit(features, known, **alike)
        found = evaluate(
            features, known, classifier=classifier, baseline=spectra,
            **alike,
        )  # fmt: skip
    except ValueError as error:
        raise StageError(f"labels: {labels}: {error}") from error
    if families is not None:
        inputs["families"] = read_attributes(families)["digest"]
    joiner = load_joiner(clusters)
    save(
        output,
        classifier.learned_,
        parameters=settings.parameters(),
        features=joiner.to_arrays(),
        description=joiner.description(),
        settings=settings.relevant(),
        inputs=inputs,
    )
    made_with = {"classifier": read_attributes(output)["digest"]}
    write_evaluation(evaluation, found, settings=settings.relevant(), inputs=made_with)
    for warning in dict.fromkeys((*classifier.warnings_, *found.warnings)):
        log.warning("labels: %s", warning)
    accuracy = found.scores.balanced_accuracy
    log.info(
        "%s; balanced accuracy %.2f (%.2f to %.2f) on events held out by %s, %s",
        classifier.learned_.outcome(), *accuracy, found.blocked_by,
        per_second(int(np.count_nonzero(known != "")), clock),
    )  # fmt: skip


def _chosen(is_labelled: IntArray, seed: int) -> IntArray:
    """Return the events that are labelled, and some of the others."""
    others = np.flatnonzero(~is_labelled)
    sample = others[choose_events(len(others), seed, MOST_UNLABELLED)]
    return np.union1d(np.flatnonzero(is_labelled), sample)


def _families(path: Path | None, event_ids: list[str]) -> IntArray | None:
    if path is None:
        return None
    family_of = read_families(path).family_of()
    return np.array([family_of.get(event_id, 0) for event_id in event_ids])


def _mean_spectra(spectrograms: Path, event_ids: list[str], chosen: IntArray) -> FloatArray:
    """Return the mean over the frames of each event that was chosen."""
    with FrameStore(spectrograms, "spectrograms") as store:
        require_same_events(spectrograms, store.event_ids, event_ids)
        return np.concatenate(
            [
                [frames.mean(axis=0, dtype=np.float64) for frames in batch.events()]
                for batch in (
                    store.read(chosen[first : first + _EVENTS_AT_A_TIME])
                    for first in range(0, len(chosen), _EVENTS_AT_A_TIME)
                )
            ]
        )

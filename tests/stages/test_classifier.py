"""The stages classifier and classify: labels of some events are learned, others are given them."""

import csv
import logging

import numpy as np
import pytest
from helpers.stages import CLUSTERS, run_all, run_clusters, write_spectrograms
from helpers.waveforms import write_events_of

from specufex_pipe.classification.classifier import NONE_OF_THESE
from specufex_pipe.classification.files import load
from specufex_pipe.classification.results import read_evaluation
from specufex_pipe.errors import StageError
from specufex_pipe.settings import ClassifierSettings
from specufex_pipe.stages import classifier, classify, clusters
from specufex_pipe.store import (
    Families,
    FrameStore,
    read_event_labels,
    write_families,
)

N_EVENTS = 60
IDS = [f"event {number}" for number in range(N_EVENTS)]
QUICK = ClassifierSettings(method="logistic_regression", n_folds=3)


def kinds_of(folder):
    """Return a label for each event that its energies tell: whether the first component is loud."""
    with FrameStore(folder / "fingerprints.h5", "fingerprints") as store:
        energies = store.array("mean_energies")
    shares = energies[:, 0] / energies.sum(axis=1)
    return np.where(shares > np.median(shares), "loud", "quiet")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    write_spectrograms(folder, N_EVENTS)
    run_all(folder)
    run_clusters(folder)
    rows = [f"{event},2020-01-01T{n // 60:02d}:{n % 60:02d}:00" for n, event in enumerate(IDS)]
    write_events_of(folder, rows)
    return folder


@pytest.fixture(scope="module")
def learned(made, tmp_path_factory):
    """A classifier of two of three events, in a folder with its table of labels."""
    folder = tmp_path_factory.mktemp("learned")
    kinds = zip(IDS, kinds_of(made), strict=True)
    labels = write_labels(folder, [row for number, row in enumerate(kinds) if number % 3])
    learn(made, folder, labels)
    return folder


def write_labels(folder, rows):
    path = folder / "labels.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("event_id", "label", "note"), *((*row, "") for row in rows)])
    return path


def learn(made, folder, labels, settings=QUICK, **options):
    classifier.run(
        settings, folder / "classifier.h5", evaluation=folder / "evaluation.h5", labels=labels,
        clusters=made / "clusters.h5", fingerprints=[made / "fingerprints.h5"],
        spectrograms=made / "spectrograms.h5", catalog=made / "catalog.h5", **options,
    )  # fmt: skip
    return read_evaluation(folder / "evaluation.h5")


def give(made, folder, labels=None, settings=QUICK):
    classify.run(
        settings, folder / "labels.h5", classifier=folder / "classifier.h5",
        clusters=made / "clusters.h5", fingerprints=[made / "fingerprints.h5"], labels=labels,
    )  # fmt: skip
    return read_event_labels(folder / "labels.h5")


def test_events_without_a_label_are_given_the_one_that_they_have(made, learned):
    found = give(made, learned, learned / "labels.csv")
    assert found.event_ids == IDS
    assert found.labels == ["loud", "quiet"]
    unlabelled = np.arange(N_EVENTS) % 3 == 0
    assert [bool(known) for known in found.known] == (~unlabelled).tolist()
    given = np.array(found.labels)[found.predicted]
    assert (given == kinds_of(made))[unlabelled].mean() > 0.7
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1)
    np.testing.assert_array_equal(found.predicted, found.probabilities.argmax(axis=1))
    np.testing.assert_array_equal(found.are_none, found.p_values <= QUICK.novelty_rate)


def test_what_is_suggested_has_no_label_yet(made, learned):
    settings = QUICK.model_copy(update={"n_suggestions": 4})
    found = give(made, learned, learned / "labels.csv", settings)
    assert len(found.suggestions) == 4
    assert all(not found.known[each.event] for each in found.suggestions)
    none = QUICK.model_copy(update={"n_suggestions": 0})
    assert give(made, learned, learned / "labels.csv", none).suggestions == []


def test_the_evaluation_is_beside_that_of_mean_spectra_and_lasts_in_its_file(learned):
    found = read_evaluation(learned / "evaluation.h5")
    assert found.labels == ("loud", "quiet")
    assert found.blocked_by == "blocks of time"
    assert found.counts.sum() == found.scores.confusion.sum() == 2 * N_EVENTS / 3
    assert found.scores.balanced_accuracy.value > 0.7
    np.testing.assert_allclose(
        found.difference.value,
        found.scores.balanced_accuracy.value - found.baseline_scores.balanced_accuracy.value,
    )


def test_a_classifier_gives_events_labels_without_a_table(made, learned):
    with_table = give(made, learned, learned / "labels.csv")
    without = give(made, learned)
    assert set(without.known) == {""}
    np.testing.assert_array_equal(without.probabilities, with_table.probabilities)


def test_families_are_held_out_together_and_odd_labels_are_told(made, tmp_path, caplog):
    empty = np.empty((0, 1))
    families = Families(
        IDS, np.arange(N_EVENTS) // 6 + 1, np.empty((0, 2), int), np.empty(0), empty, empty,
        np.zeros(1, int), np.array([-1.0, 1.0]), ["XX.STA.00.HH"], [],
    )  # fmt: skip
    write_families(tmp_path / "families.h5", families, settings={}, inputs={})
    rows = list(zip(IDS, kinds_of(made), strict=True))[3:]
    odd = [*((event, "rare") for event in IDS[:3]), ("elsewhere", "loud")]
    labels = write_labels(tmp_path, rows + odd)
    with caplog.at_level(logging.WARNING):
        found = learn(made, tmp_path, labels, families=tmp_path / "families.h5")
    assert found.blocked_by == "blocks of time and families"
    assert "labels of 1 event that are not here, such as 'elsewhere'" in caplog.text
    assert "'rare' of 3 events: fewer than 5, so they were left out" in caplog.text
    assert load(tmp_path / "classifier.h5").learned.labels == ("loud", "quiet")


@pytest.mark.parametrize(
    "rows, said",
    [
        ([(event, "loud") for event in IDS[:20]], "there is the label 'loud' of 20 events"),
        ([], "there is no label"),
        ([("elsewhere", "loud"), ("too", "quiet")], "labels of 2 events that are not here"),
        ([("event 1", "loud"), ("event 1", "quiet")], "event 1 is 'quiet', and 'loud' in line 2"),
        ([("event 1", "LP"), ("event 2", "lp ")], "the label 'lp' is written 'LP' in line 2"),
    ],
)
def test_labels_that_cannot_be_learned_are_named(made, tmp_path, rows, said):
    with pytest.raises(StageError, match=said):
        learn(made, tmp_path, write_labels(tmp_path, rows))
    assert not (tmp_path / "classifier.h5").exists()


def test_a_classifier_of_other_clusters_is_refused(made, learned, tmp_path):
    other = CLUSTERS.model_copy(update={"random_state": 7})
    clusters.run(other, tmp_path / "clusters.h5", fingerprints=[made / "fingerprints.h5"])
    with pytest.raises(StageError, match="was made with another clusters"):
        classify.run(
            QUICK, tmp_path / "labels.h5", classifier=learned / "classifier.h5",
            clusters=tmp_path / "clusters.h5", fingerprints=[made / "fingerprints.h5"],
        )  # fmt: skip


def test_spectrograms_of_other_events_are_refused(made, learned, tmp_path):
    write_spectrograms(tmp_path, N_EVENTS - 1)
    with pytest.raises(StageError, match=r"spectrograms\.h5 does not have the events"):
        classifier.run(
            QUICK, tmp_path / "classifier.h5", evaluation=tmp_path / "evaluation.h5",
            labels=learned / "labels.csv", clusters=made / "clusters.h5",
            fingerprints=[made / "fingerprints.h5"], catalog=made / "catalog.h5",
            spectrograms=tmp_path / "spectrograms.h5",
        )  # fmt: skip
    assert not (tmp_path / "classifier.h5").exists()


def test_none_of_these_is_no_label_that_could_be_learned(made, tmp_path):
    rows = [(event, NONE_OF_THESE if n % 2 else "loud") for n, event in enumerate(IDS)]
    with pytest.raises(StageError, match="is what none_label calls events"):
        learn(made, tmp_path, write_labels(tmp_path, rows))

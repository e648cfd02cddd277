"""What the report shows of labels and of families of repeating events."""

import html

import numpy as np
import pytest
from helpers.report import HOSTILE_ID, make_page

from specufex_pipe.classification.curve import LearningCurve
from specufex_pipe.classification.evaluation import Evaluation
from specufex_pipe.classification.results import write_evaluation
from specufex_pipe.classification.scores import Estimate, Reliability, Scores
from specufex_pipe.errors import StageError
from specufex_pipe.store import (
    EventLabels,
    Families,
    FamilyWaveform,
    Suggestion,
    write_event_labels,
    write_families,
)

IDS = [f"{HOSTILE_ID}{number}" for number in range(6)]
CLUSTERS = [1, 1, 1, 2, 2, 0]
HOSTILE_LABEL = "<b onclick=alert(1)>LP</b> $x_\\"
LABELS = (HOSTILE_LABEL, "VT")


def evaluation():
    scores = Scores(
        Estimate(0.75, 0.6, 0.9), np.array([0.5, 1.0]), np.array([1.0, np.nan]),
        np.array([[1, 1], [0, 2]]), np.array([1, 0]), 0.4, 0.3,
        Reliability(np.array([0.7]), np.array([0.75]), np.array([4])), ("random_forest",),
    )  # fmt: skip
    curve = LearningCurve(np.array([1]), np.array([0.6]), np.array([0.5]), np.array([0.7]))
    return Evaluation(
        LABELS, np.array([2, 2]), "blocks of time", 2, 4, scores, curve,
        scores._replace(balanced_accuracy=Estimate(0.55, 0.4, 0.7)), curve,
        Estimate(0.2, -0.1, 0.4), np.array([0.25, np.nan]), ("a warning <i>",),
    )  # fmt: skip


def write_labels(paths, *, event_ids=IDS, made_with="classifier", evaluated=True):
    folder = paths.catalog.parent
    found = EventLabels(
        event_ids, [HOSTILE_LABEL, "VT", "", "VT", "", ""], list(LABELS),
        np.array([0, 1, 0, 1, 1, 0]), np.full((6, 2), 0.5), np.full(6, 0.5),
        np.array([False, False, False, False, False, True]),
        [Suggestion(4, f"uncertain between {HOSTILE_LABEL} and VT")],
    )  # fmt: skip
    inputs = {"classifier": "classifier"}
    write_event_labels(folder / "labels.h5", found, settings={}, inputs=inputs)
    if not evaluated:
        return {"labels": folder / "labels.h5"}
    write_evaluation(
        folder / "evaluation.h5", evaluation(), settings={}, inputs={"classifier": made_with}
    )
    return {"labels": folder / "labels.h5", "evaluation": folder / "evaluation.h5"}


def write_family(paths, *, families=(1, 1, 0, 1, 0, 0)):
    wave = np.sin(np.arange(20))
    found = Families(
        event_ids=IDS, families=np.array(families), pairs=np.array([[0, 1]]), means=np.array([0.9]),
        coefficients=np.array([[0.9]]), seconds=np.array([[0.0]]), counts=np.array([0, 7, 3]),
        edges=np.array([-1, 0, 0.5, 1]), stations=["XX.STA..HH"],
        waveforms=[FamilyWaveform(1, "XX.STA..HHZ", event, 1, 10.0, wave) for event in (-1, 0)],
    )  # fmt: skip
    path = paths.catalog.parent / "families.h5"
    write_families(path, found, settings={"threshold": 0.6}, inputs={})
    return {"families": path}


def text_of(page, section):
    """Return the words of a section."""
    (part,) = [each for each in page.split("<section ")[1:] if each.startswith(f'id="{section}"')]
    return " ".join(html.unescape(part).split())


def write_both(paths):
    return write_labels(paths) | write_family(paths)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The page of a run with labels and families."""
    folder = tmp_path_factory.mktemp("run")
    return make_page(folder, CLUSTERS, event_ids=IDS, write_beside=write_both)


@pytest.fixture(scope="module")
def poor_page(tmp_path_factory):
    """That of a run whose labels are not evaluated, and in which nothing repeats."""

    def write(paths):
        return write_labels(paths, evaluated=False) | write_family(paths, families=[0] * 6)

    folder = tmp_path_factory.mktemp("poor")
    return make_page(folder, CLUSTERS, event_ids=IDS, write_beside=write)


def test_labels_have_how_well_they_are_found_and_what_clusters_make_of_them(page):
    text = text_of(page, "labels")
    assert "3 events have a label" in text
    assert "1 event is like none" in text
    assert "<b>0.75 (0.60 to 0.90)</b>" in text
    assert "0.55 (0.40 to 0.70) with mean spectra instead; the difference is 0.20 (-0.10 to" in text
    assert "By chance it is 0.50" in text
    assert "a warning <i>" in text
    # One label is in cluster 1 alone, the other in clusters 1 and 2.
    homogeneity = 1 - (2 / 3 * np.log(2)) / (np.log(3) - 2 / 3 * np.log(2))
    assert f"On 3 events with a label, homogeneity is {homogeneity:.2f}" in text
    assert f"uncertain between {HOSTILE_LABEL} and VT" in text
    assert '<a href="#labels">' in page


def test_labels_and_ids_are_escaped(page):
    for hostile in (HOSTILE_ID, HOSTILE_LABEL, "a warning <i>"):
        assert hostile not in page
        assert hostile in html.unescape(page)


def test_labels_and_families_have_their_pictures(page):
    for words in ("the label that they have", "labelled events of each", "label and cluster"):
        assert words in page
    for words in ("label is right", "families of repeating events over", "the largest families"):
        assert words in page


def test_labels_without_an_evaluation_are_held_against_clusters_all_the_same(poor_page):
    text = text_of(poor_page, "labels")
    assert "How well labels are found" not in text
    assert "Clusters and labels" in text


def test_files_of_different_runs_are_refused(tmp_path):
    with pytest.raises(StageError, match=r"evaluation\.h5 is of another classifier"):
        make_page(
            tmp_path, CLUSTERS, event_ids=IDS,
            write_beside=lambda paths: write_labels(paths, made_with="another"),
        )  # fmt: skip
    with pytest.raises(StageError, match=r"labels\.h5 does not have the events"):
        make_page(
            tmp_path, CLUSTERS, event_ids=IDS,
            write_beside=lambda paths: write_labels(paths, event_ids=IDS[::-1]),
        )  # fmt: skip


def test_families_are_told_with_their_intervals(page):
    text = text_of(page, "repeaters")
    assert "3 events of the catalog are in 1 family" in text
    assert "at 1 sensor: XX.STA..HH. 10 pairs were compared" in text
    # Events 0, 1 and 3, a minute and two minutes after each other.
    assert '<td class="number">1.5 min</td><td class="number">0.47</td>' in text


def test_where_nothing_repeats_the_most_alike_pair_is_told(poor_page):
    text = text_of(poor_page, "repeaters")
    assert "of 10 pairs of events whose waveforms were compared, the most alike has" in text
    assert "of about 0.50, less than 0.6 (repeaters.threshold)" in text

"""Any factorization takes the place of the Bayesian NMF, and variants are compared."""

import csv
import json
import shutil

import numpy as np
import pytest
from helpers.stages import run_all, run_assign, run_clusters, write_spectrograms
from sklearn.metrics import adjusted_rand_score

from specufex_pipe.clustering.evaluation import quality
from specufex_pipe.errors import StageError
from specufex_pipe.factorizations import FACTORIZATIONS, load
from specufex_pipe.plotting.comparison import comparison_figure
from specufex_pipe.report.comparison import read_comparison
from specufex_pipe.settings import NMFSettings
from specufex_pipe.stages import comparison
from specufex_pipe.store import (
    Assignments,
    FrameStore,
    read_assignments,
    read_attributes,
    write_assignments,
)

SHORT = {
    "bayesian": {"max_iter": 20},
    "seq": {"max_iter": 5, "length": 4},
    "smooth": {"max_iter": 20},
    "smooth_convex": {"max_iter": 5, "batch_size": 50},
    "replicate": {"n_replicates": 2, "max_iter": 50},
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A folder for each factorization, in which all stages have run on the same events."""
    top = tmp_path_factory.mktemp("runs")
    for method in FACTORIZATIONS:
        (folder := top / method).mkdir()
        write_spectrograms(folder)
        settings = {"method": method, "n_components": 3, "max_events": 15}
        run_all(folder, NMFSettings(**settings, **{method: SHORT[method]}))
        run_clusters(folder)
        run_assign(folder, folder / "clusters.h5")
    return top


def run_comparison(runs, output, methods=tuple(FACTORIZATIONS), **options):
    def files(name):
        return [runs / method / name for method in methods]

    comparison.run(
        output / "comparison.h5",
        table=output / "comparison.csv",
        variants=list(methods),
        spectrogram_files=files("spectrograms.h5"),
        models=files("nmf.h5"),
        activation_files=files("activations.h5"),
        fingerprint_files=files("fingerprints.h5"),
        assignment_files=files("assignments.h5"),
        **options,
    )
    with (output / "comparison.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("method", FACTORIZATIONS)
def test_any_factorization_runs_from_spectrograms_to_clusters(runs, method):
    model = load(runs / method / "nmf.h5")
    assert type(model) is FACTORIZATIONS[method]
    settings = json.loads(read_attributes(runs / method / "nmf.h5")["settings"])
    assert settings["method"] == method
    with (
        FrameStore(runs / method / "spectrograms.h5", "spectrograms") as spectrograms,
        FrameStore(runs / method / "activations.h5", "activations") as activations,
    ):
        # Only some of the events were learned from; all have activations.
        assert activations.event_ids == spectrograms.event_ids
        energy = model.energies(activations).whole().frames.sum()
        assert energy == pytest.approx(spectrograms.whole().frames.sum(), rel=0.15)
    with FrameStore(runs / method / "fingerprints.h5", "fingerprints") as store:
        assert np.isfinite(store.array("fingerprints")).all()
    assert len(read_assignments(runs / method / "assignments.h5").clusters) == 24


def test_a_row_of_the_comparison_tells_how_good_a_factorization_is(runs, tmp_path):
    rows = run_comparison(runs, tmp_path)
    assert [row["variant"] for row in rows] == list(FACTORIZATIONS)
    assert [row["method"] for row in rows] == list(FACTORIZATIONS)
    assert "rand_index" not in rows[0]
    assert float(rows[0]["agreement"]) == 1
    for row in rows:
        folder = runs / row["method"]
        model = load(folder / "nmf.h5")
        with (
            FrameStore(folder / "spectrograms.h5", "spectrograms") as spectrograms,
            FrameStore(folder / "activations.h5", "activations") as activations,
        ):
            X = spectrograms.whole().frames
            residual = X - model.inverse_transform(activations.whole()).frames
        expected = 1 - (residual**2).sum() / (X**2).sum()
        assert float(row["power_explained"]) == pytest.approx(expected, abs=1e-3)
        assert 0.5 < expected <= 1


def test_events_in_no_cluster_count_neither_as_one_nor_in_the_silhouette(runs, tmp_path):
    shutil.copytree(runs / "seq", tmp_path / "runs/seq")
    path = tmp_path / "runs/seq/assignments.h5"
    found = read_assignments(path)
    labels = np.repeat([0, 1, 2], 8)
    changed = found._replace(clusters=labels, silhouettes=np.where(labels, 0.25, 9.0))
    write_assignments(path, changed, settings={}, inputs={})
    (row,) = run_comparison(tmp_path / "runs", tmp_path, ("seq",))
    assert (row["clusters"], row["silhouette"]) == ("2", "0.250")
    write_assignments(path, changed._replace(clusters=0 * labels), settings={}, inputs={})
    (row,) = run_comparison(tmp_path / "runs", tmp_path, ("seq",))
    assert (row["clusters"], row["silhouette"]) == ("0", "0.000")


def test_where_labels_are_known_the_comparison_says_how_well_they_are_found(runs, tmp_path):
    labels = [("event_id", "label"), *((f"event {i}", "ab"[i % 2]) for i in range(20))]
    labels += [("event 20", ""), ("event 21", "alone"), ("no such event", "a")]
    with (tmp_path / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(labels)
    (row,) = run_comparison(runs, tmp_path, ("smooth",), labels=tmp_path / "labels.csv")
    with FrameStore(runs / "smooth" / "fingerprints.h5", "fingerprints") as store:
        expected = quality(store.array("fingerprints")[:20], ["ab"[i % 2] for i in range(20)])
    assert float(row["rand_index"]) == pytest.approx(expected.rand_index, abs=1e-3)
    assert float(row["neighbours"]) == pytest.approx(expected.neighbours, abs=1e-3)


def test_too_few_labels_are_named(runs, tmp_path):
    (tmp_path / "labels.csv").write_text("event_id,label\nevent 1,a\n", encoding="utf-8")
    with pytest.raises(StageError, match=r"labels \{'a': 1\}, expected two labels of 5"):
        run_comparison(runs, tmp_path, ("smooth",), labels=tmp_path / "labels.csv")


def test_variants_are_compared_on_the_events_that_both_have(runs, tmp_path):
    shutil.copytree(runs, top := tmp_path / "runs")
    path = top / "seq" / "assignments.h5"
    found = read_assignments(path)
    write_assignments(path, Assignments(*(each[:-4] for each in found)), settings={}, inputs={})
    _, row = run_comparison(top, tmp_path, ("smooth", "seq"))
    first = read_assignments(runs / "smooth/assignments.h5").clusters[:-4]
    expected = adjusted_rand_score(first, found.clusters[:-4])
    assert float(row["agreement"]) == pytest.approx(expected, abs=1e-3)
    write_assignments(
        path, found._replace(event_ids=[f"other {i}" for i in range(24)]), settings={}, inputs={}
    )
    with pytest.raises(StageError, match=r"assignments\.h5: there is no event that both have"):
        run_comparison(top, tmp_path, ("smooth", "seq"))


def test_activations_of_other_spectrograms_are_refused(runs, tmp_path):
    shutil.copytree(runs, top := tmp_path / "runs")
    write_spectrograms(top / "seq", n_events=20)
    with pytest.raises(StageError, match="was made from other spectrograms"):
        run_comparison(top, tmp_path, ("smooth", "seq"))


def test_the_components_of_all_variants_are_drawn(runs, tmp_path):
    run_comparison(runs, tmp_path, figure=tmp_path / "comparison.png")
    assert (tmp_path / "comparison.png").read_bytes().startswith(b"\x89PNG")
    rows = read_comparison(tmp_path / "comparison.h5").components
    assert {row.title: row.components.ndim for row in rows}["seq"] == 3
    titles = [axes.get_title(loc="left") for axes in comparison_figure(rows).axes]
    assert [title for title in titles if title] == [row.title for row in rows]

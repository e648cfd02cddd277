"""Any factorization takes the place of the Bayesian NMF, and they are compared."""

import csv
import json
import shutil

import numpy as np
import pytest
from test_stages import run_all, run_assign, run_clusters, write_spectrograms

from specufex_pipe import factorizations
from specufex_pipe.clustering.evaluation import quality
from specufex_pipe.errors import StageError
from specufex_pipe.plotting.comparison import comparison_figure, read_comparison
from specufex_pipe.settings import NMFSettings
from specufex_pipe.stages import compare
from specufex_pipe.store import FrameStore, read_attributes

SHORT = {
    "bayesian": {"max_iter": 20},
    "seq": {"seq": {"max_iter": 5, "length": 4}},
    "smooth": {"smooth": {"max_iter": 20}},
    "smooth_convex": {"smooth_convex": {"max_iter": 20}},
    "minibatch_smooth_convex": {"minibatch_smooth_convex": {"max_iter": 5, "batch_size": 50}},
    "replicate": {"replicate": {"n_replicates": 2, "max_iter": 50}},
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A folder for each factorization, in which all stages have run on the same events."""
    top = tmp_path_factory.mktemp("runs")
    for method in factorizations.METHODS:
        (folder := top / method).mkdir()
        write_spectrograms(folder)
        run_all(folder, NMFSettings(method=method, n_components=3, max_events=15, **SHORT[method]))
        run_clusters(folder)
        run_assign(folder, folder / "clusters.h5")
    return top


def run_compare(runs, output, methods=tuple(factorizations.METHODS), **options):
    compare.run(
        output / "comparison.h5",
        table=output / "comparison.csv",
        spectrograms=runs / "bayesian" / "spectrograms.h5",
        models=[runs / method / "nmf.h5" for method in methods],
        activation_files=[runs / method / "activations.h5" for method in methods],
        fingerprint_files=[runs / method / "fingerprints.h5" for method in methods],
        cluster_files=[runs / method / "clusters.csv" for method in methods],
        **options,
    )
    with (output / "comparison.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("method", factorizations.METHODS)
def test_any_factorization_runs_from_spectrograms_to_clusters(runs, method):
    model = factorizations.load(runs / method / "nmf.h5")
    assert type(model) is factorizations.METHODS[method]
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
    with (runs / method / "clusters.csv").open(encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == 24


def test_a_row_of_the_comparison_tells_how_good_a_factorization_is(runs, tmp_path):
    rows = run_compare(runs, tmp_path)
    assert [row["method"] for row in rows] == list(factorizations.METHODS)
    assert "rand_index" not in rows[0]
    assert float(rows[0]["agreement"]) == 1
    for row in rows:
        folder = runs / row["method"]
        model = factorizations.load(folder / "nmf.h5")
        with (
            FrameStore(folder / "spectrograms.h5", "spectrograms") as spectrograms,
            FrameStore(folder / "activations.h5", "activations") as activations,
        ):
            X = spectrograms.whole().frames
            residual = X - model.inverse_transform(activations.whole()).frames
        expected = 1 - (residual**2).sum() / (X**2).sum()
        assert float(row["power_explained"]) == pytest.approx(expected, abs=1e-3)
        assert 0.5 < expected <= 1


def test_where_kinds_are_known_the_comparison_says_how_well_they_are_found(runs, tmp_path):
    labels = [("event_id", "label"), *((f"event {i}", "ab"[i % 2]) for i in range(20))]
    labels += [("event 20", ""), ("event 21", "alone"), ("no such event", "a")]
    with (tmp_path / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(labels)
    (row,) = run_compare(runs, tmp_path, ("smooth",), labels=tmp_path / "labels.csv")
    with FrameStore(runs / "smooth" / "fingerprints.h5", "fingerprints") as store:
        expected = quality(store.array("fingerprints")[:20], ["ab"[i % 2] for i in range(20)])
    assert float(row["rand_index"]) == pytest.approx(expected.rand_index, abs=1e-3)
    assert float(row["neighbours"]) == pytest.approx(expected.neighbours, abs=1e-3)


def test_too_few_known_kinds_are_named(runs, tmp_path):
    (tmp_path / "labels.csv").write_text("event_id,label\nevent 1,a\n", encoding="utf-8")
    with pytest.raises(StageError, match=r"kinds \{'a': 1\}, expected two kinds of 5"):
        run_compare(runs, tmp_path, ("smooth",), labels=tmp_path / "labels.csv")


def test_labels_are_read_whatever_blanks_there_are_and_must_not_contradict(runs, tmp_path):
    rows = [f" event {i} , {'ab'[i % 2]} " for i in range(20)]
    labels = tmp_path / "labels.csv"
    labels.write_text("\n".join(["event_id , label", *rows]), encoding="utf-8")
    (row,) = run_compare(runs, tmp_path, ("smooth",), labels=labels)
    assert "rand_index" in row
    labels.write_text("\n".join(["event_id,label", *rows, "event 3,a"]), encoding="utf-8")
    with pytest.raises(StageError, match=r"labels\.csv: event event 3 is both b and a"):
        run_compare(runs, tmp_path, ("smooth",), labels=labels)


def test_a_method_is_compared_once(runs, tmp_path):
    with pytest.raises(StageError, match=r"nmf\.h5 is of the method smooth, as another"):
        run_compare(runs, tmp_path, ("smooth", "smooth"))


def test_runs_of_other_events_are_not_compared(runs, tmp_path):
    shutil.copytree(runs, top := tmp_path / "runs")
    lines = (top / "seq" / "clusters.csv").read_text(encoding="utf-8").splitlines()
    (top / "seq" / "clusters.csv").write_text("\n".join(lines[:-1]) + "\n", encoding="utf-8")
    with pytest.raises(StageError, match=r"clusters\.csv has other events than"):
        run_compare(top, tmp_path, ("smooth", "seq"))
    write_spectrograms(top / "bayesian", n_events=20)
    with pytest.raises(StageError, match="was made from other spectrograms"):
        run_compare(top, tmp_path, ("smooth", "seq"))


def test_the_components_of_all_factorizations_are_drawn(runs, tmp_path):
    run_compare(runs, tmp_path)
    comparison = read_comparison(tmp_path / "comparison.h5")
    assert comparison.components["seq"].shape == (3, 12, 4)
    figure = comparison_figure(comparison, np.arange(12.0))
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert [title.replace(" ", "_") for title in titles if title] == list(factorizations.METHODS)


def test_quality_knows_kinds_that_are_apart_from_kinds_that_are_not():
    rng = np.random.default_rng(0)
    labels = np.repeat(["a", "b", "c"], 20)
    apart = np.repeat(10 * np.eye(3), 20, axis=0) + rng.standard_normal((60, 3))
    assert quality(apart, labels) == (1, 1)
    found = quality(rng.standard_normal((60, 3)), labels)
    assert abs(found.rand_index) < 0.15
    assert found.neighbours < 0.6

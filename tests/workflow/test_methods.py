"""The workflow with other factorizations, from waveforms to the report."""

import pytest
from helpers.workflow import CHANNELS, read_csv, snakemake, write_run

from specufex_pipe.factorizations import FACTORIZATIONS
from specufex_pipe.store import read_attributes

pytestmark = [pytest.mark.endurance, pytest.mark.soak]
OTHERS = [method for method in FACTORIZATIONS if method != "seq"]
SHORT = {
    "n_components": 10,
    "bayesian": {"max_iter": 20},
    "seq": {"max_iter": 5},
    "smooth": {"max_iter": 5},
    "smooth_convex": {"max_iter": 5},
    "replicate": {"n_replicates": 2, "max_iter": 20},
}


def test_all_factorizations_run_side_by_side_and_the_report_compares_them(tmp_path):
    write_run(
        tmp_path,
        n_events=20,
        channels=CHANNELS[:1],
        background={"n_windows": 0},
        hmm={"n_models": 1, "n_states": 4, "max_iter": 20},
        nmf=SHORT | {"method": "seq"},
        variants={method: {"nmf.method": method} for method in OTHERS},
    )
    run = snakemake(tmp_path)
    assert run.returncode == 0, run.stdout
    unit = tmp_path / "results" / CHANNELS[0]
    assert read_attributes(unit / "main/nmf.h5")["estimator"] == "SeqNMF"
    for method in OTHERS:
        name = read_attributes(unit / method / "nmf.h5")["estimator"]
        assert name == FACTORIZATIONS[method].__name__
        assert (unit / method / "report.html").exists()
        assert not (unit / method / "spectrograms.h5").exists()
    rows = read_csv(unit / "comparison.csv")
    assert [row["variant"] for row in rows] == ["main", *OTHERS]
    assert [row["method"] for row in rows] == ["seq", *OTHERS]
    assert all(0 < float(row["power_explained"]) < 1 for row in rows)
    page = (unit / "main/report.html").read_text(encoding="utf-8")
    assert '<section id="comparison">' in page
    assert all(f"<td>{method}</td>" in page for method in OTHERS)
    # All of them are listed and compared, with the events that they have in common.
    index = (tmp_path / "results/index.html").read_text(encoding="utf-8")
    for method in OTHERS:
        assert f'href="./{CHANNELS[0]}/{method}/report.html"' in index
    compared = (tmp_path / "results/compared.html").read_text(encoding="utf-8")
    assert "20 events are in both" in compared
    assert '<th scope="row">nmf.method</th>' in compared
    assert "All of them: results/index.html" in run.stdout

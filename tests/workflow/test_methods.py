"""The workflow with other factorizations, from waveforms to the report."""

import csv

import pytest
from test_workflow import CHANNELS, demo_settings, snakemake

from specufex_pipe import factorizations
from specufex_pipe.store import read_attributes

pytestmark = pytest.mark.endurance
OTHERS = [method for method in factorizations.METHODS if method != "seq"]
SHORT = (
    "seq: {max_iter: 5}, smooth: {max_iter: 5}, smooth_convex: {max_iter: 5}, "
    "minibatch_smooth_convex: {max_iter: 5}, replicate: {n_replicates: 2, max_iter: 20}"
)


def test_all_factorizations_run_side_by_side_and_the_report_compares_them(tmp_path):
    demo_settings(tmp_path, n_events=20)
    run = snakemake(
        tmp_path,
        "--config",
        f"channels=[{CHANNELS[0]}]",
        f"nmf={{method: seq, {SHORT}}}",
        f"compare={{methods: [{', '.join(OTHERS)}]}}",
    )
    assert run.returncode == 0, run.stdout
    results = tmp_path / "results" / CHANNELS[0]
    assert read_attributes(results / "nmf.h5")["estimator"] == "SeqNMF"
    for method in OTHERS:
        name = read_attributes(results / "compare" / method / "nmf.h5")["estimator"]
        assert name == factorizations.METHODS[method].__name__
    with (results / "comparison.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["method"] for row in rows] == ["seq", *OTHERS]
    assert all(0 < float(row["power_explained"]) < 1 for row in rows)
    page = (results / "report.html").read_text(encoding="utf-8")
    assert '<section id="comparison">' in page
    assert all(f"<td>{method}</td>" in page for method in OTHERS)

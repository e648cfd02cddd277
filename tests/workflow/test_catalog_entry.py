"""What Snakemake's catalog of workflows needs: files that it shows, and a run that it can try."""

import re
import shutil

import pytest
import yaml
from helpers.paths import REPOSITORY
from helpers.workflow import clusters_of, jobs, snakemake

SHORT_RUN = REPOSITORY / ".test"


def test_the_catalog_finds_what_standardized_usage_needs():
    usage = yaml.safe_load((REPOSITORY / ".snakemake-workflow-catalog.yml").read_text())["usage"]
    assert usage["report"] is True
    assert set(usage["software-stack-deployment"].values()) == {False}
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8").lower()
    assert "snakemake" in readme
    assert "workflow" in readme


def test_the_settings_that_are_deployed_are_those_of_the_repository():
    deployed = REPOSITORY / "config/config.yaml"
    assert deployed.resolve() == (REPOSITORY / "config.yaml").resolve()
    named = re.findall(r"^   \| `([\w.]+)`", (deployed.parent / "README.md").read_text(), re.M)
    settings = yaml.safe_load(deployed.read_text(encoding="utf-8"))
    for key in named:
        section, _, name = key.partition(".")
        assert key in settings or name in settings[section]
    assert len(named) == deployed.read_text(encoding="utf-8").count("# <- ") == 4


def test_the_short_run_is_planned_from_catalog_to_report():
    planned = set(jobs(SHORT_RUN, "--forceall"))
    assert {"catalog", "nmf", "hmm", "clusters", "events", "report"} <= planned


def test_the_catalog_can_draw_the_rules():
    graph = snakemake(
        SHORT_RUN, "--forceall", "--rulegraph", snakefile=REPOSITORY / "workflow/Snakefile"
    )
    assert graph.returncode == 0, graph.stdout
    assert {"nmf", "hmm", "clusters", "all"} <= set(re.findall(r'label = "(\w+)"', graph.stdout))


@pytest.mark.endurance
@pytest.mark.soak
def test_the_short_run_ends_with_a_report(tmp_path):
    # A copy, so that nothing is written to the repository.
    folder = shutil.copytree(
        SHORT_RUN, tmp_path / "short", ignore=shutil.ignore_patterns("results", ".snakemake")
    )
    (tmp_path / "resources").symlink_to(REPOSITORY / "resources")
    run = snakemake(folder)
    assert run.returncode == 0, run.stdout
    results = folder / "results/YA.UV05.00.HHZ/main"
    assert len(clusters_of(results)) == 468
    assert (results / "report.html").exists()

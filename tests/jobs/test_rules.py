"""Rules and the registry of the stages say the same."""

import re
import subprocess
import sys

import pytest
from helpers.paths import REPOSITORY

from specufex_pipe.stages.registry import STAGES

RULES = REPOSITORY / "workflow/rules"
FILE = re.compile(r"[\w.{}]+\.(?:h5|csv-metadata\.json|csv|html|png|xml|cc|txt)\b")


def files_of_rule(stage, part):
    """Return the names of the files in the input or the output of a rule."""
    text = (RULES / f"{stage}.smk").read_text(encoding="utf-8")
    assert re.search(rf"^(rule|checkpoint) {stage}:$", text, re.MULTILINE)
    blocks = re.findall(rf"^    {part}:\n((?:        .*\n)+)", text, re.MULTILINE)
    (block,) = blocks or ("",)  # a download reads nothing
    # The catalog is read where one of its columns is among the features.
    block = block.replace("catalog_of_features", "catalog.h5")
    for name, file in (
        ("families_if_found", "families.h5"),
        ("labels_if_learned", "labels.h5"),
        ("evaluation_if_learned", "evaluation.h5"),
    ):
        block = block.replace(name, file)
    return {name.replace("{{", "{").replace("}}", "}") for name in FILE.findall(block)}


def names(files):
    return {file.rpartition("/")[2] for file in files}


@pytest.mark.parametrize("stage", STAGES)
def test_a_rule_writes_what_the_registry_says(stage):
    expected = names(STAGES[stage].writes)
    if stage == "figures":  # which there are, a run shows
        assert files_of_rule(stage, "output") == {"{figure}.png"}
        return
    if stage == "join":
        assert files_of_rule(stage, "output") == {"{kind}.h5"}
        return
    assert files_of_rule(stage, "output") == expected


@pytest.mark.parametrize("stage", [name for name in STAGES if name != "join"])
def test_a_rule_reads_what_the_registry_says(stage):
    assert files_of_rule(stage, "input") == names(STAGES[stage].reads)


def test_each_rule_is_a_stage_in_a_file_of_its_name():
    shared = {"common", "downloads", "names", "inputs", "likeness", "resources"}
    assert {path.stem for path in RULES.glob("*.smk")} == {*STAGES, *shared}


def test_snakemakes_linter_misses_an_environment_for_each_rule_and_nothing_else():
    # The Snakefile imports the package, so no environment of a rule could have it in its place.
    command = [sys.executable, "-m", "snakemake", "--lint"]
    lint = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    found = set(re.findall(r"^    \* (.*)$", lint.stdout + lint.stderr, re.MULTILINE))
    assert found == {"Specify a conda environment or container for each rule.:"}

"""The workflow as a module of another one, twice, and channels that stand for several."""

import re
import shutil
import subprocess
import sys

import pytest
from helpers.paths import REPOSITORY
from helpers.workflow import CHANNELS, read_csv, snakemake, write_run, write_settings

pytestmark = [pytest.mark.endurance, pytest.mark.soak]

SNAKEFILE = """
configfile: "config.yaml"

module one:
    snakefile: "{workflow}"
    config: config | {{"channels": ["YA.UV05.00.HHZ"]}}
    prefix: "one"

module other:
    snakefile: "{workflow}"
    config: config | {{"channels": ["YA.UV10.00.HH?"], "shard_size": 10}}
    prefix: "other"

use rule * from one as one_*

use rule * from other as other_*

rule both:
    default_target: True
    input:
        rules.one_all.input,
        rules.other_all.input,
"""


def test_two_modules_with_prefixes_keep_all_that_they_write_in_their_folders(tmp_path):
    write_run(tmp_path, n_events=12, n_first=12, background={"n_windows": 0})
    snakefile = tmp_path / "Snakefile"
    workflow = REPOSITORY / "workflow/Snakefile"
    snakefile.write_text(SNAKEFILE.format(workflow=workflow), encoding="utf-8")
    run = snakemake(tmp_path, snakefile=snakefile)
    assert run.returncode == 0, run.stdout
    written = {path.name for path in tmp_path.iterdir()} - {".snakemake"}
    assert written == {"Snakefile", "config.yaml", "catalog.csv", "one", "other"}
    for name, channel, n_shards in (("one", CHANNELS[0], 1), ("other", CHANNELS[1], 2)):
        results = tmp_path / name / "results" / channel / "main"
        assert len(read_csv(results / "events.csv")) == 12
        assert len(list((results / "shards").iterdir())) == n_shards
    # Two channels, from two runs, on the events that both have.
    results = [
        f"{name}/results/{channel}/main"
        for name, channel in (("one", CHANNELS[0]), ("other", CHANNELS[1]))
    ]
    compare = [sys.executable, "-m", "specufex_pipe", "compare", *results]
    compared = subprocess.run(compare, cwd=tmp_path, check=True, capture_output=True, text=True)
    assert "12 events are in both." in compared.stdout
    again = snakemake(tmp_path, snakefile=snakefile)
    assert "Nothing to be done" in again.stdout


def test_a_release_is_a_module_as_the_docs_say(tmp_path, monkeypatch):
    # The hosting service is a repository on this disk, with this workflow as its release.
    release, run = tmp_path / "release", tmp_path / "run"
    shutil.copytree(REPOSITORY / "workflow", release / "workflow")
    git = ["git", "-C", str(release), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "a"], ["tag", "v0.1.0"]):
        subprocess.run([*git, *arguments], check=True)
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", f"url.{release}.insteadOf")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "https://github.com/specufex-pipe/specufex_pipe")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    settings = write_run(run, n_events=12, n_first=12, channels=[CHANNELS[0]])
    write_settings(run, {"geysers": settings})
    page = (REPOSITORY / "docs/your_own_data.md").read_text(encoding="utf-8")
    section = page.partition("## In a workflow of your own")[2]
    of_a_path, of_a_release = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    configfile, _, _ = of_a_path.partition("module")
    use = of_a_path[of_a_path.index("use rule") :]
    (run / "Snakefile").write_text(configfile + of_a_release + use, encoding="utf-8")
    whole = snakemake(run, snakefile=run / "Snakefile")
    assert whole.returncode == 0, whole.stdout
    assert len(read_csv(run / f"geysers/results/{CHANNELS[0]}/main/events.csv")) == 12

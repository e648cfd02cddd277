"""The guides in docs/extend: done word for word in a copy of the repository, they add a member."""

import os
import re
import shlex
import shutil
import subprocess
import sys

import pytest
from helpers.paths import REPOSITORY

GUIDES = {
    path.stem: path.read_text(encoding="utf-8")
    for path in sorted((REPOSITORY / "docs/extend").glob("*.md"))
    if path.stem != "index"
}
NEEDED = (
    "specufex_pipe", "tests", "workflow", "docs", "resources/demo/settings.yaml", "config.yaml",
    "pyproject.toml",
)  # fmt: skip
# What the site is built into.
BUILT = shutil.ignore_patterns("_build", "auto_*")
CHANGE = r"In `([\w/.]+)`:\n\n```diff\n(.*?)```"
COMMANDS = r"```bash\n(.*?)```"
SETTINGS = r"```yaml\n(.*?)```"

USE_OF_DATA = """
import json, sys
from pathlib import Path
import numpy as np, yaml
from specufex_pipe.settings import read_settings
from specufex_pipe.stages import catalog, index, waveforms
from specufex_pipe.store import FrameStore

channel = "XX.STA.00.HHZ"
Path("my_arrays").mkdir()
for n in range(3):
    np.save(f"my_arrays/{n}.npy", np.arange(1000 * n, 1000 * n + 6000, dtype=np.int32))
    said = {"channel": channel, "start": f"2020-01-01T0{n}:00:00", "sampling_rate": 100.0}
    Path(f"my_arrays/{n}.json").write_text(json.dumps(said))
rows = [{"event_id": f"e{n}", "time": f"2020-01-01T0{n}:00:20", "magnitude": n} for n in range(3)]
Path("my_events.jsonl").write_text("\\n".join(map(json.dumps, rows)))
settings = read_settings({"channels": [channel], **yaml.safe_load(sys.argv[1])})
catalog.run(settings.catalog, Path("catalog.h5"))
index.run(
    settings.source, Path("index.csv"), catalog=Path("catalog.h5"), channels=["XX.*.*.HHZ"],
    resolved=Path("channels.csv"),
)
assert channel in Path("channels.csv").read_text()
waveforms.run(
    settings.waveforms, Path("waveforms.h5"), source_settings=settings.source,
    catalog=Path("catalog.h5"), channel=channel, index=Path("index.csv"),
)
with FrameStore("waveforms.h5", "waveforms") as store:
    assert store.event_ids == ["e0", "e1", "e2"], store.event_ids
"""
USE_OF_A_CLUSTERING = """
import sys, yaml
from helpers.clusters import SIZES, blobs
from sklearn.metrics import adjusted_rand_score
from specufex_pipe.clustering import EventClusterer
from specufex_pipe.settings import ClusterSettings

settings = ClusterSettings(**yaml.safe_load(sys.argv[1])["clusters"], n_clusters_max=4)
features, truth = blobs()
model = EventClusterer(**settings.parameters()).fit(features)
assert model.method == "bisecting" and model.method_parameters == {"n_init": 5}
assert model.n_clusters_ == len(SIZES) and adjusted_rand_score(truth, model.labels_) == 1
"""
USE_OF_A_FACTORIZATION = """
import sys, yaml
import numpy as np
from specufex_pipe.factorizations import FACTORIZATIONS
from specufex_pipe.settings import NMFSettings

settings = NMFSettings(**yaml.safe_load(sys.argv[1])["nmf"])
rng = np.random.default_rng(0)
X = rng.gamma(0.3, 1, (30, 5)) @ rng.gamma(0.3, 1, (5, 400))
model = FACTORIZATIONS[settings.method](**settings.parameters()).fit(X)
assert len(model.components_) == 20 and model.n_iter_ <= 200
explained = model.inverse_transform(model.transform(X))
assert np.linalg.norm(X - explained) < 0.1 * np.linalg.norm(X)
"""


class Clone:
    """A copy of what the guides need of the repository, in which their steps are done."""

    def __init__(self, folder):
        self.folder = folder
        for name in NEEDED:
            source, target = REPOSITORY / name, folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            # With times of change, so that kernels that are compiled already are found.
            if source.is_dir():
                shutil.copytree(source, target, ignore=BUILT)
            else:
                shutil.copy2(source, target)

    def follow(self, guide):
        """Do what a guide says, but for its tests; return the commands that run these."""
        for name, change in re.findall(CHANGE, guide, re.DOTALL):
            self.change(self.folder / name, change.splitlines())
        tests = []
        for line in "".join(re.findall(COMMANDS, guide, re.DOTALL)).splitlines():
            if line.startswith("python -m pytest"):
                tests.append(line)
            else:
                self.run(line)
        return tests

    @staticmethod
    def change(path, lines):
        """Replace what a change shows as it was, which has to be there once, by what it becomes."""
        assert {line[:1] for line in lines} <= {" ", "+", "-"}
        before = "".join(f"{line[1:]}\n" for line in lines if line[0] != "+")
        after = "".join(f"{line[1:]}\n" for line in lines if line[0] != "-")
        text = path.read_text(encoding="utf-8")
        assert text.count(before) == 1, f"{path} has not once:\n{before}"
        path.write_text(text.replace(before, after), encoding="utf-8")

    def run(self, line, *arguments):
        program, *words = shlex.split(line)
        if program == "python":
            program = sys.executable
        paths = os.pathsep.join(map(str, (self.folder, self.folder / "tests")))
        done = subprocess.run(
            [program, *words, *arguments],
            cwd=self.folder,
            env=os.environ | {"PYTHONPATH": paths},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        return done.stdout


def settings_of(*names):
    return "".join(
        block for name in names for block in re.findall(SETTINGS, GUIDES[name], re.DOTALL)
    )


def test_there_is_a_guide_for_each_family_with_a_template():
    assert set(GUIDES) == {"source", "catalog", "clustering", "factorization"}
    used = "".join(GUIDES.values())
    for template in (REPOSITORY / "docs/extend/templates").glob("*.py"):
        assert f"cp docs/extend/templates/{template.name} specufex_pipe/" in used
    for linked in re.findall(r"\]\(((?:\.\./|templates/)[^)#]+)", used):
        assert (REPOSITORY / "docs/extend" / linked).exists(), linked


@pytest.mark.parametrize("name", GUIDES)
def test_a_guide_names_each_method_that_has_to_be_written(name):
    from specufex_pipe.catalogs.protocol import Catalog
    from specufex_pipe.clustering.base import ClusteringMethod
    from specufex_pipe.factorizations.iterative import IterativeFactorization
    from specufex_pipe.sources.protocol import Source

    family = {
        "source": Source, "catalog": Catalog, "clustering": ClusteringMethod,
        "factorization": IterativeFactorization,
    }[name]  # fmt: skip
    (table, *_) = re.findall(r"\| (?:method|member) \|.*?\n\n", GUIDES[name], re.DOTALL)
    assert {each for each in family.__abstractmethods__ if f"`{each}`" not in table} == set()


@pytest.mark.endurance
@pytest.mark.soak
@pytest.mark.parametrize(("names", "use"), [
    (["source", "catalog"], USE_OF_DATA),
    (["clustering"], USE_OF_A_CLUSTERING),
    (["factorization"], USE_OF_A_FACTORIZATION),
])  # fmt: skip
def test_a_member_that_is_added_as_the_guide_says_works(names, use, tmp_path):
    clone = Clone(tmp_path)
    tests = [line for name in names for line in clone.follow(GUIDES[name])]
    assert len(tests) >= len(names)
    clone.run("python -c", use, settings_of(*names))
    for line in tests:
        assert re.search(r"[1-9]\d* passed", clone.run(line)), line
    clone.run("python -m pytest -q -n 0 tests/test_house.py tests/settings/test_defaults.py")

"""The house keeps its plan: imports run down, files have one subject, nobody asks for names."""

import ast
import re
from pathlib import Path

import pytest
from helpers.paths import REPOSITORY

from specufex_pipe.clustering.registry import CLUSTERINGS
from specufex_pipe.factorizations.registry import FACTORIZATIONS
from specufex_pipe.sources.registry import SOURCES

PACKAGE = REPOSITORY / "specufex_pipe"
# From the ground up; a module imports from its own floor (its own folder) or from those below.
FLOORS = (
    ("errors", "progress", "registries", "rejections", "words"),
    ("numerics",),
    ("events",),
    ("store", "webservices"),
    ("fitting", "sources", "catalogs", "legacy"),
    ("stations", "clustering"),
    ("waveforms", "spectrograms", "factorizations", "hmm", "downloads"),
    ("repeaters", "classification"),
    ("features", "plotting"),
    ("report",),
    ("settings",),
    ("stages",),
    ("jobs",),
    ("checking",),
    ("__main__",),
    ("commands",),
)
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
# The settings are known to these alone.
KNOW_SETTINGS = {"settings", "stages", "jobs", "checking", "__main__", "commands"}
MOST_LINES = 400


def modules():
    return sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def room_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_of(path):
    """Yield the modules of the package that a module imports, those for annotations excepted."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for_annotations = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.unparse(block.test)
        for node in ast.walk(block)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and id(node) not in for_annotations:
            names = [node.module or ""]
            if node.module == "specufex_pipe":
                names = [f"specufex_pipe.{alias.name}" for alias in node.names]
            yield from (name for name in names if name.startswith("specufex_pipe."))
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.startswith("specufex_pipe."))


def name(path):
    return str(path.relative_to(PACKAGE))


@pytest.mark.parametrize("path", modules(), ids=name)
def test_imports_run_down(path):
    room = room_of(path)
    for module in imports_of(path):
        other = module.split(".")[1]
        if other in ("__version__", room):
            continue
        assert FLOOR_OF[other] < FLOOR_OF[room], f"{name(path)} imports {module}"


def test_no_circle_of_imports_between_modules():
    graph = {}
    for path in modules():
        module = "specufex_pipe." + ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        graph[module.removesuffix(".__init__")] = set(imports_of(path))
    seen, open_ = set(), []

    def visit(module):
        assert module not in open_, " -> ".join([*open_, module])
        if module in seen or module not in graph:
            return
        open_.append(module)
        for other in graph[module]:
            visit(other)
        open_.pop()
        seen.add(module)

    for module in graph:
        visit(module)


@pytest.mark.parametrize("path", modules(), ids=name)
def test_settings_are_known_to_stages_and_jobs_alone(path):
    if room_of(path) not in KNOW_SETTINGS:
        assert not any(module.startswith("specufex_pipe.settings") for module in imports_of(path))


@pytest.mark.parametrize("path", modules(), ids=name)
def test_a_file_has_one_subject(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize("path", modules(), ids=name)
def test_only_the_store_opens_hdf5_files(path):
    if room_of(path) != "store":
        assert "h5py" not in path.read_text(encoding="utf-8").replace('"h5py"', "")


def test_nobody_asks_a_factorization_source_or_clustering_for_its_name():
    names = "|".join([*FACTORIZATIONS, *CLUSTERINGS, *SOURCES])
    comparison = re.compile(rf"(==|!=|\bin) *\(?[\"']({names})[\"']")
    templates = [*(PACKAGE / "report").rglob("*.html"), *(REPOSITORY / "workflow").rglob("*.smk")]
    found = [
        f"{path.relative_to(REPOSITORY)}: {line.strip()}"
        for path in [*modules(), *templates]
        for line in path.read_text(encoding="utf-8").splitlines()
        if comparison.search(line)
    ]
    assert found == []


def test_tests_mirror_the_package():
    folders = {path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name[0] != "_"}
    tested = {path.name for path in (REPOSITORY / "tests").iterdir() if path.is_dir()}
    assert folders - tested == set()
    for folder in folders & tested:
        assert list((REPOSITORY / "tests" / folder).glob("test_*.py")), folder


def test_the_estimators_are_shown_at_the_top():
    import specufex_pipe

    assert set(dir(specufex_pipe)) >= {
        "BayesianHMM", "BayesianNMF", "EventClassifier", "EventClusterer", "EventFingerprinter",
        "HMMEnsemble", "ReplicateNMF", "SeqNMF", "SmoothConvexNMF", "SmoothNMF",
    }  # fmt: skip
    for estimator in set(dir(specufex_pipe)) - {"__version__"}:
        assert isinstance(getattr(specufex_pipe, estimator), type)
    assert Path(PACKAGE / "py.typed").exists()

"""Small runs of the workflow on the demonstration's data."""

import csv
import re
import subprocess
import sys

import yaml

from helpers.paths import REPOSITORY
from specufex_pipe.store import read_assignments, read_attributes

CHANNELS = ["YA.UV05.00.HHZ", "YA.UV10.00.HHZ"]
ODD_ID = '<script>alert("5 > 4 & more")</script>'
STORES = (
    "waveforms", "spectrograms", "nmf", "activations", "hmm", "fingerprints", "clusters",
    "assignments",
)  # fmt: skip


def command(folder, *options, snakefile=REPOSITORY / "Snakefile"):
    return [
        sys.executable, "-m", "snakemake", "--snakefile", snakefile,
        "--directory", folder, "--cores", "2", *options,
    ]  # fmt: skip


def snakemake(folder, *options, **settings):
    # Snakemake writes some of its messages here and some there.
    return subprocess.run(
        command(folder, *options, **settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def jobs(folder, *options):
    """Return the rules that a run would execute, and how often each."""
    dry = snakemake(folder, "--dry-run", *options)
    assert dry.returncode == 0, dry.stdout
    if "Nothing to be done" in dry.stdout:
        return {}
    table = dry.stdout.split("Job stats:")[1].split("total")[0]
    counts = re.findall(r"^(\w+) +(\d+)$", table, re.MULTILINE)
    return {rule: int(count) for rule, count in counts if rule not in ("all", "default")}


def write_catalog(folder, n_events=60, n_first=60):
    """Write events of the demonstration, three of which are no events, as a catalog."""
    with (REPOSITORY / "resources/demo/catalog.csv").open(encoding="utf-8") as file:
        columns, *rows = csv.reader(file)
    rows = rows[:n_events]
    rows[0][0] = ODD_ID
    late = ["late", "2010-09-02T12:00:00Z", *rows[0][2:]]
    odd = [late, ["no time", "noon", *rows[0][2:]], rows[1]]
    rows = [*rows[:n_first], *odd, *rows[n_first:]]
    with (folder / "catalog.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([columns, *rows])


def small_settings(**changes):
    """Return the settings of a run that is over in a minute."""
    return {
        "channels": CHANNELS,
        "catalog": {"path": "catalog.csv"},
        "source": {"path": str(REPOSITORY / "resources/demo/waveforms")},
        "shard_size": 40,
        "spectrograms": {"fmin": 5.0},
        "nmf": {"n_components": 10, "bayesian": {"max_iter": 20}},
        "hmm": {"n_models": 2, "n_states": 4, "max_iter": 20},
        "clusters": {"n_nmfs": 1, "n_clusters_max": 4, "n_resamples": 5, "kmeans": {"n_init": 2}},
        "neighbours": {"n_neighbors": 0},
        "repeaters": {"find": False},
        "report": {
            "examples_per_cluster": 1,
            "uncertain_per_cluster": 0,
            "figures": False,
            "explorer": False,
        },
    } | changes


def write_settings(folder, settings):
    (folder / "config.yaml").write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")


def write_run(folder, n_events=60, n_first=60, **changes):
    """Write catalog and settings of a small run; return the settings."""
    folder.mkdir(exist_ok=True)
    write_catalog(folder, n_events, n_first)
    settings = small_settings(**changes)
    write_settings(folder, settings)
    return settings


def read_csv(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def digests(folder, channel, variant="main"):
    results = folder / "results" / channel / variant
    return {name: read_attributes(results / f"{name}.h5")["digest"] for name in STORES}


def clusters_of(results):
    """Return the cluster of each event by its id."""
    found = read_assignments(results / "assignments.h5")
    return dict(zip(found.event_ids, found.clusters.tolist(), strict=True))

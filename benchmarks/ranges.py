"""How far the demonstration's figures go with the seed and with the processor.

Run it with `python benchmarks/ranges.py` (a quarter of an hour on two cores). It runs the
demonstration with several seeds and several of OpenBLAS's kernels, which stand for as many
processors, since each adds in an order of its own, and prints the range of each measure.
"""

import argparse
import csv
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml
from demo_clusters import LABELS, count_labels, read_column

REPOSITORY = Path(__file__).parents[1]
UNIT = "YA.UV05.00.HHZ"
MEASURES = ("clusters", "silhouette", "agreement", "rand_index", "neighbours")


def write_settings(folder, seeds):
    block = REPOSITORY / "resources/demo/settings.yaml"
    settings = yaml.safe_load(block.read_text(encoding="utf-8"))
    for section in ("catalog", "source"):
        settings[section]["path"] = str(REPOSITORY / settings[section]["path"])
    settings["labels"] = str(REPOSITORY / "resources/demo/labels.csv")
    settings["variants"] = {
        f"seed{seed}": {f"{stage}.random_state": seed for stage in ("nmf", "hmm", "clusters")}
        for seed in seeds
        if seed
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")


def run(folder, kernel):
    command = [
        sys.executable, "-m", "snakemake", "--snakefile", REPOSITORY / "Snakefile",
        "--directory", folder, "--cores", "2", f"results/{UNIT}/comparison.csv",
    ]  # fmt: skip
    environment = os.environ | {"OPENBLAS_CORETYPE": kernel}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)


def purity_and_recalls(clusters):
    """Return purity, and the recall of each label, as benchmarks/demo_clusters.py does."""
    counts = count_labels(clusters, read_column(REPOSITORY / "resources/demo/labels.csv", "label"))
    found, total = dict.fromkeys(LABELS, 0), dict.fromkeys(LABELS, 0)
    for labels in counts.values():
        major = max(LABELS, key=labels.__getitem__)
        found[major] += labels[major]
        for label in LABELS:
            total[label] += labels[label]
    recalls = {f"recall of {label}": found[label] / total[label] for label in LABELS}
    return {"purity": sum(found.values()) / sum(total.values())} | recalls


def measure(kernel, seeds):
    """Return the measures of each seed with one kernel."""
    from specufex_pipe.store import read_assignments

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_settings(folder, seeds)
        run(folder, kernel)
        unit = folder / "results" / UNIT
        with (unit / "comparison.csv").open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        measured = []
        for row in rows:
            found = read_assignments(unit / row["variant"] / "assignments.h5")
            clusters = dict(zip(found.event_ids, found.clusters.tolist(), strict=True))
            values = {measure: float(row[measure]) for measure in MEASURES}
            measured.append(values | purity_and_recalls(clusters))
        return measured


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--kernels", nargs="+", default=["Haswell", "SkylakeX", "Nehalem"])
    options = parser.parse_args()
    seeds = sorted({0, *options.seeds})
    measured = {kernel: measure(kernel, seeds) for kernel in options.kernels}
    for kernel, rows in measured.items():
        for seed, row in zip(seeds, rows, strict=True):
            print(f"{kernel:10s} seed {seed}  ", {name: round(row[name], 3) for name in row})
    for name in rows[0]:
        of_all = [row[name] for rows in measured.values() for row in rows]
        of_seed_0 = [rows[0][name] for rows in measured.values()]
        print(
            f"{name:22s} {min(of_all):.3f} to {max(of_all):.3f}; "
            f"seed 0: {min(of_seed_0):.3f} to {max(of_seed_0):.3f}"
        )


if __name__ == "__main__":
    main()

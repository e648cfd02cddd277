"""Hold the demonstration's clusters against labels that were given by eye.

Run it after the workflow: `python benchmarks/demo_clusters.py`. It prints how many events of each
kind each cluster has; purity, the share of the events that are of their cluster's most frequent
kind; and recall, the share of a kind's events that are in clusters of that kind. Events labelled
"unsure" do not count. The seven windows labelled "hum" are helicopters on their approach.
"""

import argparse
import csv
from collections import Counter, defaultdict
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
KINDS = ("earthquake", "helicopter", "noise")


def read_column(path, column):
    """Return the values of a column by event id."""
    with path.open(newline="", encoding="utf-8") as file:
        return {row["event_id"]: row[column] for row in csv.DictReader(file)}


def count_kinds(clusters, labels):
    """Return a Counter of kinds for each cluster."""
    counts = defaultdict(Counter)
    for event_id, cluster in clusters.items():
        kind = "helicopter" if labels[event_id] == "hum" else labels[event_id]
        counts[int(cluster)][kind] += 1
    return dict(sorted(counts.items()))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = REPOSITORY / "results/YA.UV05.00.HHZ/main/events.csv"
    parser.add_argument("clusters", nargs="?", type=Path, default=default)
    clusters = read_column(parser.parse_args().clusters, "cluster")
    labels = read_column(REPOSITORY / "resources/demo/labels.csv", "label")
    counts = count_kinds(clusters, labels)
    print("cluster  " + "  ".join((*KINDS, "unsure")))
    found, total = Counter(), Counter()
    for cluster, kinds in counts.items():
        columns = (f"{kinds[kind]:{len(kind)}d}" for kind in (*KINDS, "unsure"))
        print(f"{cluster:7d}  " + "  ".join(columns))
        major = max(KINDS, key=kinds.__getitem__)
        found[major] += kinds[major]
        total.update({kind: kinds[kind] for kind in KINDS})
    print(f"purity {sum(found.values()) / sum(total.values()):.3f}")
    for kind in KINDS:
        print(f"recall of {kind} {found[kind] / total[kind]:.3f}")


if __name__ == "__main__":
    main()

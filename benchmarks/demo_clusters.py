"""Hold the demonstration's clusters against labels that were given by eye.

Run it after the workflow: `python benchmarks/demo_clusters.py`. It prints how many events of each
label each cluster has; purity, the share of the events that have their cluster's most frequent
label; and recall, the share of a label's events that are in clusters of that label. Events labelled
"unsure" do not count. The seven windows labelled "hum" are helicopters on their approach.
"""

import argparse
import csv
from collections import Counter, defaultdict
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
LABELS = ("earthquake", "helicopter", "noise")


def read_column(path, column):
    """Return the values of a column by event id."""
    with path.open(newline="", encoding="utf-8") as file:
        return {row["event_id"]: row[column] for row in csv.DictReader(file)}


def count_labels(clusters, label_of):
    """Return a Counter of labels for each cluster."""
    counts = defaultdict(Counter)
    for event_id, cluster in clusters.items():
        label = "helicopter" if label_of[event_id] == "hum" else label_of[event_id]
        counts[int(cluster)][label] += 1
    return dict(sorted(counts.items()))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = REPOSITORY / "results/YA.UV05.00.HHZ/main/events.csv"
    parser.add_argument("clusters", nargs="?", type=Path, default=default)
    clusters = read_column(parser.parse_args().clusters, "cluster")
    label_of = read_column(REPOSITORY / "resources/demo/labels.csv", "label")
    counts = count_labels(clusters, label_of)
    print("cluster  " + "  ".join((*LABELS, "unsure")))
    found, total = Counter(), Counter()
    for cluster, found_labels in counts.items():
        columns = (f"{found_labels[label]:{len(label)}d}" for label in (*LABELS, "unsure"))
        print(f"{cluster:7d}  " + "  ".join(columns))
        major = max(LABELS, key=found_labels.__getitem__)
        found[major] += found_labels[major]
        total.update({label: found_labels[label] for label in LABELS})
    print(f"purity {sum(found.values()) / sum(total.values()):.3f}")
    for label in LABELS:
        print(f"recall of {label} {found[label] / total[label]:.3f}")


if __name__ == "__main__":
    main()

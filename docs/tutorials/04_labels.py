"""
Labels
======

An analyst has labelled some events of the `demonstration <01_demonstration.py>`_: earthquakes, helicopters, noise. This
tutorial lets a classifier give labels to all events, and compares the clusters with the labels. It uses the
project of the first tutorial, and takes two more minutes on two cores.
"""

# %%
# The table
# ---------
# Labels are a CSV file with the columns ``event_id`` and ``label``. The explorer writes one: open ``explorer.html``,
# select events, press the key of a label, and save. Here we use the table that comes with the demonstration.

import csv
import subprocess
from collections import Counter
from pathlib import Path

project = Path("projects/volcano")
if not project.exists():
    subprocess.run(["specufex-pipe", "init", str(project)], check=True)
with (project / "resources/demo/labels.csv").open(encoding="utf-8") as file:
    known = {row["event_id"]: row["label"] for row in csv.DictReader(file)}
print(Counter(known.values()))

# %%
# The analyst was unsure about some events. We leave out those rows: "unsure" is not a sort of event, but would be
# learned like any other label.

with (project / "labels.csv").open("w", newline="", encoding="utf-8") as file:
    table = csv.writer(file)
    table.writerow(["event_id", "label"])
    table.writerows((event, label) for event, label in known.items() if label != "unsure")

# %%
# Run
# ---
# Set ``labels: labels.csv`` in ``config.yaml``; nothing else changes. Earlier results are used again, and only the
# stages that need labels run.

config = project / "config.yaml"
text = config.read_text(encoding="utf-8")
config.write_text(text.replace("labels: null", "labels: labels.csv"), encoding="utf-8")
subprocess.run(["specufex-pipe", "run"], cwd=project, check=True)
results = project / "results/YA.UV05.00.HHZ/main"

# %%
# How well it does
# ----------------
# The classifier is tested on blocks of time that it has not learned from, since events within minutes of each other are
# alike. For each label, take the share of its events that were found; *balanced accuracy* is the mean over the labels.
# The second line is for a classifier that has only the mean spectra, the third for the difference between the two.

from specufex_pipe.classification.results import read_evaluation
from specufex_pipe.plotting.labels import confusion_figure

evaluation = read_evaluation(results / "evaluation.h5")
for name, estimate in [
    ("features", evaluation.scores.balanced_accuracy),
    ("mean spectra", evaluation.baseline_scores.balanced_accuracy),
    ("difference", evaluation.difference),
]:
    print(f"{name}: {estimate.value:.2f} ({estimate.low:.2f} to {estimate.high:.2f})")
print(f"on {evaluation.n_folds} folds of {evaluation.n_groups} {evaluation.blocked_by}")
print(*evaluation.warnings, sep="\n")

figure = confusion_figure(
    evaluation.labels, evaluation.scores.confusion, evaluation.baseline_scores.confusion
)
figure

# %%
# The labels of all events
# ------------------------
# ``events.csv`` has the most probable label of each event, and its probability. An event that is farther from all
# labelled events than these are from each other is called *none of these*. Events that the analyst has labelled have that
# label in ``known_label``: do not count them as successes of the classifier.

with (results / "events.csv").open(encoding="utf-8") as file:
    events = list(csv.DictReader(file))
new = [event for event in events if not event["known_label"]]
print(len(new), "events had no label:", Counter(event["predicted_label"] for event in new))
for event in sorted(new, key=lambda event: float(event["label_probability"] or 0))[:5]:
    print(event["event_id"], event["predicted_label"], event["label_probability"] or "-")

# %%
# Clusters against labels
# -----------------------
# The clusters were made without labels. Which labels does each cluster have?

labelled = [event for event in events if event["known_label"]]
table = Counter((event["cluster"], event["known_label"]) for event in labelled)
names = sorted({label for _, label in table})
print(f"{'cluster':>8}", *(f"{name:>12}" for name in names))
for cluster in sorted({cluster for cluster, _ in table}):
    print(f"{cluster:>8}", *(f"{table[cluster, name]:>12}" for name in names))

# %%
# Label these next
# ----------------
# The report lists the events whose labels would help the classifier most. Label them in the explorer, save, and run
# again (`labels <../labels.md>`_).

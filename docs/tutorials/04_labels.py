"""
Labels
======

An analyst has labelled some events of the `demonstration <01_demonstration.py>`_: earthquakes, helicopters, noise. This
tutorial holds the clusters against the labels, and lets a classifier give labels to all events. It uses the
project of the first tutorial, and takes two minutes more on two cores.
"""

# %%
# The table
# ---------
# Labels are a CSV file with the columns ``event_id`` and ``label``. The explorer writes one: open ``explorer.html``,
# select events, press the key of a label, and save. Here it is the one that comes with the demonstration.

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
# An analyst was unsure of some. That is no kind of event, so those rows go: left in, "unsure" would be learned
# like any other label.

with (project / "labels.csv").open("w", newline="", encoding="utf-8") as file:
    table = csv.writer(file)
    table.writerow(["event_id", "label"])
    table.writerows((event, label) for event, label in known.items() if label != "unsure")

# %%
# Run
# ---
# ``labels: labels.csv`` in ``config.yaml`` is all. What was computed before is used; only what needs labels runs.

config = project / "config.yaml"
text = config.read_text(encoding="utf-8")
config.write_text(text.replace("labels: null", "labels: labels.csv"), encoding="utf-8")
subprocess.run(["specufex-pipe", "run"], cwd=project, check=True)
results = project / "results/YA.UV05.00.HHZ/main"

# %%
# How well it does
# ----------------
# The classifier is tested on blocks of time that it has not learned from, since events of the same minutes are alike.
# *Balanced accuracy* is the mean share of each label's events that were found. It is shown beside that of a
# classifier that has only the mean spectra, with an interval for the difference.

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
# ``events.csv`` has the label that is most probable for each event, and how probable it is. *None of these* is an event
# that is farther from all labelled events than they are from each other. For events that have a label already,
# ``known_label`` says so: do not count them as successes.

with (results / "events.csv").open(encoding="utf-8") as file:
    events = list(csv.DictReader(file))
new = [event for event in events if not event["known_label"]]
print(len(new), "events had no label:", Counter(event["predicted_label"] for event in new))
for event in sorted(new, key=lambda event: float(event["label_probability"] or 0))[:5]:
    print(event["event_id"], event["predicted_label"], event["label_probability"] or "-")

# %%
# Clusters against labels
# -----------------------
# Clusters were made without labels. Which labels do they hold?

labelled = [event for event in events if event["known_label"]]
table = Counter((event["cluster"], event["known_label"]) for event in labelled)
names = sorted({label for _, label in table})
print(f"{'cluster':>8}", *(f"{name:>12}" for name in names))
for cluster in sorted({cluster for cluster, _ in table}):
    print(f"{cluster:>8}", *(f"{table[cluster, name]:>12}" for name in names))

# %%
# Label these next
# ----------------
# The report lists the events whose labels would teach the classifier most. Label them in the explorer, save, and run
# again (`labels <../labels.md>`_).

"""
The demonstration: a day on a volcano
=====================================

On 1 September 2010 a detector found 468 events in the record of a station on Piton de la Fournaise. This
tutorial takes them from waveforms to clusters, and looks at the results. It takes two to four minutes
on two cores.
"""

# %%
# Make a project
# --------------
# A project is a folder with settings. Without ``--source``, ``init`` makes the demonstration, which has its
# own data. Where a block below has ``subprocess.run([...], cwd=project)``, you would type the words in
# the brackets in a shell, in the folder of the project.

import subprocess
from pathlib import Path

project = Path("projects/volcano")
if not project.exists():
    subprocess.run(["specufex-pipe", "init", str(project)], check=True)
print(*(project / "README.md").read_text(encoding="utf-8").splitlines()[:9], sep="\n")

# %%
# The top of ``config.yaml`` has the settings that are not defaults: the channel, the catalog, the folder of
# the waveforms, and three values that suit this volcano. All other settings follow with their defaults.

lines = (project / "config.yaml").read_text(encoding="utf-8").splitlines()
print("\n".join(lines[6:20]))

# %%
# Check it
# --------
# ``check`` reads a hundred events and says what a run will find, and how long it will take. Its last lines
# say what you may want to change. Here it notes that the catalog has durations. We leave that as it is.

print(subprocess.check_output(["specufex-pipe", "check"], cwd=project, text=True))

# %%
# Run it
# ------
# ``run`` is Snakemake with the workflow of this package, and takes all of Snakemake's options. If you
# interrupt it, run it again: it resumes.

subprocess.run(["specufex-pipe", "run"], cwd=project, check=True)
results = project / "results/YA.UV05.00.HHZ/main"
print(*sorted(path.name for path in results.iterdir()), sep="\n")

# %%
# Look at it
# ----------
# Open ``report.html`` in a browser first: it shows each cluster, says how sure the clusters are, and lists
# what to distrust. ``explorer.html`` is for looking at single events, and for labelling them. Here we draw
# the first figure of the report.

from specufex_pipe.plotting.overview import overview_figure
from specufex_pipe.report.files import ReportFiles
from specufex_pipe.report.gather import gather

found = gather(ReportFiles.of(results))
figure = overview_figure(
    found.clusters, found.times, found.labels, clock=found.clock, frequencies=found.frequencies
)
figure

# %%
# Each column is a cluster: the mean of its spectrograms, the mean of its fingerprints, and two events. Below
# are the events over the day. *Stability* says how well a cluster is found again when events and NMFs are
# drawn again. A stability of 1 means always; below 0.75 a cluster is not found again, and should not be
# interpreted (`clusters <../clusters.md>`_).
#
# Work with the events
# --------------------
# ``events.csv`` has a row for each event: the columns of the catalog, attributes of its waveform, its cluster,
# and how surely it belongs there. Any program can read it. How many events does each cluster have, and when?

import csv
from collections import Counter

with (results / "events.csv").open(encoding="utf-8") as file:
    events = list(csv.DictReader(file))
for cluster, count in sorted(Counter(event["cluster"] for event in events).items()):
    hours = Counter(event["time"][11:13] for event in events if event["cluster"] == cluster)
    hour, most = hours.most_common(1)[0]
    print(f"cluster {cluster}: {count} events, {most} of them in the hour from {hour}:00")

# %%
# Change a setting
# ----------------
# Do the clusters change with fewer states of the HMM? A *variant* is the same run with some settings
# changed. It shares all files that the change does not affect, and is compared with ``main``:
#
# .. code-block:: yaml
#
#    variants: {ten_states: {hmm.n_states: 10}}
#
# A dry run lists what would be computed: no spectrogram and no NMF, only the HMM and what depends on it.

option = ["--config", "variants={ten_states: {hmm.n_states: 10}}"]
dry = subprocess.check_output(
    ["specufex-pipe", "run", "--dry-run", *option], cwd=project, text=True, stderr=subprocess.STDOUT
)
print(dry.split("Job stats:")[1].split("\n\n")[0])

# %%
# Read on: your own files in the next tutorial, then
# `how many clusters, and how sure <../clusters.md>`_, and `questions and answers <../questions.md>`_.

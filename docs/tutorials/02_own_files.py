"""
Your own event files
====================

You have a folder with a waveform file for each event, and a table of the events. This tutorial makes such a
folder in place of yours, with 60 events of the demonstration. 59 of them have a SAC file. It takes a minute
or two on two cores.
"""

# %%
# The files
# ---------
# Files may have any name, in any subfolder: they are found by the station, channel and times in their
# headers. The catalog needs two columns, ``event_id`` and ``time``; all other columns are kept.

import csv
import subprocess
import tempfile
from pathlib import Path

import obspy

from specufex_pipe.commands.shipped import shipped

folder = Path(tempfile.mkdtemp())
(folder / "sac").mkdir()
with shipped("resources/demo/catalog.csv").open(encoding="utf-8") as file:
    rows = list(csv.DictReader(file))[:60]
day = obspy.read(str(shipped("resources/demo/waveforms") / "YA.UV05*T0*.mseed"))
for row in rows[1:]:  # the first event has no file
    time = obspy.UTCDateTime(row["time"])
    (trace,) = day.slice(time - 5, time + 15).merge()
    trace.write(str(folder / f"sac/{row['event_id']}.sac"), format="SAC")
with (folder / "events.csv").open("w", newline="", encoding="utf-8") as file:
    table = csv.DictWriter(file, ["event_id", "time", "comment"])
    table.writeheader()
    table.writerows({"event_id": row["event_id"], "time": row["time"]} for row in rows)
print(*sorted(path.name for path in folder.iterdir()), sep="\n")

# %%
# The project
# -----------
# ``--source folder`` is for files. ``--events`` sets the window and the frequencies: ``local``, ``regional``,
# ``volcano`` or ``laboratory``. In ``config.yaml``, change the lines marked with an arrow.

project = folder / "project"
subprocess.run(
    ["specufex-pipe", "init", str(project), "--source", "folder", "--events", "volcano"], check=True
)
config = (project / "config.yaml").read_text(encoding="utf-8")
print(config[config.index("# -- Your data") : config.index("# -- All settings")])

# %%
# Here are our changes. You would make them in an editor. The windows have to fit the files, which begin 5 s
# before the event and are 20 s long.

changes = {
    "channels: [XX.STA..HHZ]": "channels: [YA.UV05.00.HHZ]",
    "path: catalog.csv": f"path: {folder}/events.csv",
    "path: waveforms": f"path: {folder}/sac",
    "format: MSEED # <-": "format: SAC # <-",
    "waveforms.before: 10.0": "waveforms.before: 5.0",
    "waveforms.duration: 60.0": "waveforms.duration: 20.0",
}
for old, new in changes.items():
    assert old in config, old
    config = config.replace(old, new, 1)
(project / "config.yaml").write_text(config, encoding="utf-8")

# %%
# Check, and correct
# ------------------
# ``check`` is the quick way to find mistakes. It names a typo in the settings before anything is read:

with (project / "config.yaml").open("a", encoding="utf-8") as file:
    file.write("\nspectrogams.fmin: 1.0\n")
wrong = subprocess.run(["specufex-pipe", "check"], cwd=project, capture_output=True, text=True)
print(wrong.stderr)
(project / "config.yaml").write_text(config, encoding="utf-8")

# %%
# Without the typo, it says what a run will find.

print(subprocess.check_output(["specufex-pipe", "check"], cwd=project, text=True))

# %%
# It also draws the first windows. Look at them: are the onsets where they should be?

from matplotlib import pyplot as plt

figure, axes = plt.subplots(figsize=(8, 7))
axes.imshow(plt.imread(project / "check.png"))
axes.set_axis_off()

# %%
# Run
# ---
# One NMF with two HMMs is enough for a first look. By default there are three NMFs, so that the clusters depend
# less on the seed. The number of clusters is the largest one whose clusters are found again when events are
# drawn again. Figures for papers and the explorer are left out here, to save time.

clusters = "clusters={n_nmfs: 1, n_clusters_max: 8}"
quick = ["--config", clusters, "report={figures: false, explorer: false}"]
subprocess.run(["specufex-pipe", "run", *quick], cwd=project, check=True)
results = project / "results/YA.UV05.00.HHZ/main"

# %%
# What was left out
# -----------------
# An event that cannot be used has a row in ``rejected.csv``, with the reason. All kinds of reasons, and what to
# do about each, are `in a table <../your_own_data.md#why-an-event-is-rejected>`_.

print((results / "rejected.csv").read_text(encoding="utf-8"))

# %%
# What to distrust
# ----------------
# With 60 events little can be said for sure. The run says so in the log, at the top of the report, and in
# ``events.csv-metadata.json``:

import json

notes = json.loads((results / "events.csv-metadata.json").read_text(encoding="utf-8"))["notes"]
print(*notes, sep="\n")

# %%
# More events, with the old models
# --------------------------------
# Append rows to the catalog, put the files into the same folder, and run with ``--config model=frozen``. Old
# events keep their fingerprints and clusters; new events are assigned to the existing clusters
# (`new events, old models <../your_own_data.md#new-events-old-models>`_).

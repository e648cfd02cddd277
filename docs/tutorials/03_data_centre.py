"""
Events from a data centre
=========================

Waveforms, events and stations may come from FDSN web services. This page was made without a network: a local
server with the files of the demonstration takes the place of the data centre. With ``service: INGV``, or
another name, everything else is the same. It takes a minute or two on two cores.
"""

# %%
# A data centre for this page
# ---------------------------
# You do not need this block. It starts portable-fdsnws-dataselect, a server that answers like EarthScope's.

import contextlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from specufex_pipe.commands.shipped import shipped

sys.path.insert(0, str(Path("../../tests").resolve()))
from helpers.fdsn_server import serve

folder = Path(tempfile.mkdtemp())
shutil.copytree(shipped("resources/demo/waveforms"), folder / "centre")
stack = contextlib.ExitStack()
address = stack.enter_context(serve(folder / "centre"))

# %%
# The project
# -----------
# ``--source fdsn`` writes settings for events, stations and waveforms from services. Each of the three may be
# files instead. Here the events are a table of our own. The channel is known, so no stations are needed.

project = folder / "project"
subprocess.run(["specufex-pipe", "init", str(project), "--source", "fdsn"], check=True)
config = (project / "config.yaml").read_text(encoding="utf-8")
top = config[config.index("# -- Your data") : config.index("# -- All settings")]
print(top)

# %%
# This is what we put in its place:

ours = f"""
channels: [YA.UV05.00.HHZ]
catalog:
  path: events.csv
source:
  type: fdsn
  service: {address}
download.max_gigabytes: 0.1

waveforms.sampling_rate: 100.0
waveforms.duration: 20.0
spectrograms.fmin: 5.0
"""
defaults = config.replace(top, ours).replace("  # duration: 40.0", "  # duration: 20.0")
(project / "config.yaml").write_text(defaults, encoding="utf-8")
rows = shipped("resources/demo/catalog.csv").read_text(encoding="utf-8").splitlines()[:61]
(project / "events.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")

# %%
# Ask before downloading
# ----------------------
# ``check`` says how many hours of waveforms a run will ask each data centre for, and about how many MB that is.

print(subprocess.check_output(["specufex-pipe", "check"], cwd=project, text=True))

# %%
# Run
# ---
# The waveforms are kept in ``downloads/``, as an SDS archive, with a table of what was asked for and what came.
# If the network or the service fails, run again: only what is missing is asked for. The limit ``max_gigabytes``
# is for one run. One NMF, no figures for papers and no explorer save time here.

clusters = "clusters={n_nmfs: 1, n_clusters_max: 6}"
quick = ["--config", clusters, "report={figures: false, explorer: false}"]
subprocess.run(["specufex-pipe", "run", *quick], cwd=project, check=True)
for path in sorted((project / "downloads").rglob("*")):
    if path.is_file():
        print(path.relative_to(project), path.stat().st_size, "bytes")

# %%
# How many hours came, how many are missing, and why:

print((project / "results/downloads/main.csv").read_text(encoding="utf-8"))

# %%
# Run again
# ---------
# Nothing is asked for twice. Here the data centre is off, and the run does not need it.

stack.close()
again = subprocess.run(
    ["specufex-pipe", "run", *quick], cwd=project, check=True, capture_output=True, text=True
)
print((again.stdout + again.stderr).strip().splitlines()[-1])

# %%
# Read on: `routers, restricted data, what was missing <../data/fdsn.md>`_.

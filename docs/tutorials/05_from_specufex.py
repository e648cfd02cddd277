"""
Coming from SpecUFEx
====================

This page repeats the tutorials of `SpecUFEx <https://github.com/Specufex/specufex>`_ on The Geysers and on Amatrice,
step by step, with this package. Each step first says what SpecUFEx does, and then what this package does. The data
of these tutorials are not part of this package. If you have the folder ``tutorials/data`` of that repository, give
its path in the environment variable ``SPECUFEX_DATA``, and this page uses the file of The Geysers. The page that
you see was made without it, with 60 events of the `demonstration <01_demonstration.py>`_ in a file of the
same layout. It takes half a minute on two cores.
"""

# %%
# 1. Read the waveforms
# ---------------------
# The file of The Geysers has ``waveforms``, one row per event, and ``event_ids``. It has neither the sampling rate,
# which is 500 Hz, nor the times of the events.

import os
import tempfile
from pathlib import Path

import h5py
import numpy as np
import obspy

from specufex_pipe.commands.shipped import shipped


def make_stand_in(path):
    """Write events of the demonstration as the tutorials have theirs."""
    day = obspy.read(str(shipped("resources/demo/waveforms") / "YA.UV05*T0*.mseed"))
    rows = shipped("resources/demo/catalog.csv").read_text(encoding="utf-8").splitlines()[1:61]
    events = {row.split(",")[0]: obspy.UTCDateTime(row.split(",")[1]) for row in rows}
    windows = [day.slice(time - 5, time + 15).merge()[0].data[:2000] for time in events.values()]
    with h5py.File(path, "w") as file:
        file["waveforms"], file["event_ids"] = np.array(windows, dtype=float), list(events)
    return path


if "SPECUFEX_DATA" in os.environ:
    path, rate, fmin, fmax = (
        Path(os.environ["SPECUFEX_DATA"], "geysers/waveforms.h5"),
        500.0,
        5,
        100,
    )
else:
    path, rate, fmin, fmax = make_stand_in(Path(tempfile.mkdtemp(), "waveforms.h5")), 100.0, 5, 45
with h5py.File(path, "r") as file:
    waveforms, event_ids = file["waveforms"][()], file["event_ids"].asstr()[()]
print(waveforms.shape, "at", rate, "Hz")

# %%
# 2. Make spectrograms
# --------------------
# SpecUFEx: ``scipy.signal.spectrogram`` with ``nperseg=128``, ``noverlap=nperseg / 4`` and ``nfft=1024``. Then a band is
# cut out, divided by the median and converted to decibels, and negative values are set to 0.
#
# Here: one function does the same. ``window`` is in seconds, so it has the same meaning at other sampling rates;
# ``overlap`` and ``zero_padding`` are relative to the window.

from specufex_pipe.spectrograms import make_spectrograms

spectrograms = make_spectrograms(
    waveforms, rate, fmin=fmin, fmax=fmax, window=128 / rate, overlap=1 / 4, zero_padding=1024 / 128
)
print(len(spectrograms), "spectrograms of", spectrograms[0].shape, "frequencies and frames")

# %%
# Two things differ. The window here is a Hann window; SciPy's default is a Tukey window. And an overlap of a quarter
# gives few frames: the default here is three quarters, so that the HMM can learn more.

# %%
# 3. Learn the components
# -----------------------
# SpecUFEx: a loop of 100 000 steps over single events; the user decides when to end it.
#
# Here: ``fit``. It stops when the bound on held-out events has settled. It drops components that are not needed, and
# gives the same bits for the same seed.

from specufex_pipe import BayesianNMF

nmf = BayesianNMF(n_components=75, random_state=0).fit(spectrograms)
activations = nmf.transform(spectrograms)
print(nmf.n_components_, "components after", nmf.n_iter_, "steps")

# %%
# ============================  ========================================
# SpecUFEx                      here
# ============================  ========================================
# ``nmf.num_pat``               ``nmf.n_components_``
# ``nmf.EW @ np.diag(nmf.EA)``  ``nmf.components_``, a component in a row
# ``nmf.gain``                  ``nmf.gain_``
# ``nmf.transform(X)``          ``nmf.transform(X)``
# ``nmf.save``, ``nmf.load``    ``nmf.save``, ``BayesianNMF.load``
# ============================  ========================================
#
# Files that SpecUFEx has saved are read by ``specufex_pipe.factorizations.load`` and ``specufex_pipe.hmm.load``.

from matplotlib import pyplot as plt

from specufex_pipe.spectrograms import SpectrogramMaker

maker = SpectrogramMaker(
    rate, fmin=fmin, fmax=fmax, window=128 / rate, overlap=1 / 4, zero_padding=1024 / 128
)
figure, axes = plt.subplots(figsize=(7, 3.5), layout="constrained")
image = axes.pcolormesh(
    np.arange(nmf.n_components_), maker.frequencies, nmf.components_.T, shading="nearest"
)
axes.set(xlabel="Component", ylabel="Frequency (Hz)")
figure.colorbar(image, label="Weight")

# %%
# 4. Learn the states, and make fingerprints
# ------------------------------------------
# SpecUFEx: ``BayesianHMM(nmf.num_pat, nmf.gain, num_state=8, Neff=50000)``, a loop of 5000 steps, and ``transform``, which
# returns fingerprints, transition counts and state sequences.
#
# Here: the HMM learns from energies, which are activations times the gain. ``Neff``, the number of events, is known from
# the data.

from specufex_pipe import BayesianHMM

energies = nmf.energies(activations)
hmm = BayesianHMM(n_states=8, random_state=0).fit(energies)
fingerprints = hmm.transform(energies)
print(fingerprints.shape)

# %%
# By default a fingerprint here counts other transitions than a fingerprint of SpecUFEx does; for the latter, set
# ``fingerprint="transitions"``. `The HMM <../hmm.md>`_ describes both, and has measurements of both.

# %%
# 5. Cluster
# ----------
# SpecUFEx: ``KMeans(n_clusters=4)``, which always finds four clusters.
#
# Here: scikit-learn's k-means works too. But ``EventClusterer`` also says how many clusters there are, and how steady
# they are when events are drawn again.

from specufex_pipe import EventClusterer

clusterer = EventClusterer(n_clusters="stability", n_clusters_max=6, random_state=0)
labels = clusterer.fit_predict(fingerprints.reshape(len(fingerprints), -1))
print(np.bincount(labels), "events in no cluster, cluster 1, cluster 2, ...")
print(*getattr(clusterer, "warnings_", ()), sep="\n")

# %%
# All of it in one
# ----------------
# ``EventFingerprinter`` goes from spectrograms to features, as a step of a scikit-learn pipeline. The workflow does
# everything from the file to the report, in parallel, and resumes after an interruption. For The Geysers
# (the times are not in the file, so ``catalog.csv`` has ``event_id`` and ``time``):
#
# .. code-block:: yaml
#
#    channels: [XX.GEYS..HHZ]
#    catalog: {path: catalog.csv}
#    source:
#      {type: specufex, path: data/geysers/waveforms.h5, sampling_rate: 500.0, rename: {"...": XX.GEYS..HHZ}}
#    waveforms: {length: file, sampling_rate: 500.0}
#    spectrograms: {fmin: 5.0, fmax: 100.0, window: 0.256, overlap: 0.25, zero_padding: 8.0}
#    hmm: {n_states: 8}
#    clusters: {n_clusters: 4}
#
# For Amatrice, whose file has the sampling rate and the times:
#
# .. code-block:: yaml
#
#    channels: [IV.T1214..EHZ]
#    catalog: {type: specufex, path: data/amatrice/waveforms_respremoved_1000.h5}
#    source:
#      type: specufex
#      path: data/amatrice/waveforms_respremoved_1000.h5
#      rename: {"...": IV.T1214..EHZ}
#    waveforms: {length: file}
#    spectrograms: {fmin: 5.0, fmax: 20.0, window: 0.64, overlap: 0.25, zero_padding: 8.0}
#
# Read on: `HDF5 files of the older tool chain <../data/specufex.md>`_.
